"""Brings the network up: each node is set up under its running parent, then served; then the sample is entered."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.cli.console import Refusal
from app.cli.enrol import issue_code
from app.cli.init import initialise, is_initialised
from app.cli.network.credentials import Credentials
from app.cli.network.plan import NodePlan
from app.cli.network.processes import NodeProcess, node_settings, wait_ready
from app.cli.network.stopping import StopSignals
from app.cli.sample import Sample, build_sample
from app.cli.sample.loading import OfficeAccess, OfficeLoader, Unloadable
from app.kernel.clock import SystemClock
from app.kernel.db import Database
from app.settings import Settings
from app.taxonomy.shipped import load_shipped as load_taxonomy

OFFICES_AT_ONCE = 2  # two cores carry the offices and this loader


def start_network(
    console: Console, nodes: Sequence[NodeProcess], credentials: Credentials, signals: StopSignals
) -> None:
    """Set up what is new, serve everything; parents answer before their children are set up."""
    for tier in ("city", "district", "street"):
        level = [node for node in nodes if node.plan.tier == tier]
        for node in level:
            _set_up(console, node.plan, credentials)
            node.start(signals)
        wait_ready(level)


def _set_up(console: Console, plan: NodePlan, credentials: Credentials) -> None:
    settings = settings_of(plan)
    if not is_initialised(settings):
        console.print(f"setting up {plan.name} ({plan.node}) in {plan.folder}", highlight=False)
        plan.folder.mkdir(parents=True, exist_ok=True)
        place = {"node": plan.node, "name": plan.name, "tier": plan.tier, "region": plan.region}
        if plan.parent is None:
            initialise(settings, **place)
        else:
            code = issue_code(settings_of(plan.parent), plan.node, plan.tier, plan.region)
            initialise(settings, **place, parent_url=plan.parent.url, code=code)
    database = Database(settings.effective_database_url)
    try:
        credentials.ensure(plan, database)
    finally:
        database.dispose()


def settings_of(plan: NodePlan) -> Settings:
    """The settings that the node's process has, whatever DATABASE_URL says here."""
    return Settings(**{"DATABASE_URL": None, **node_settings(plan)})  # type: ignore[arg-type]


def sample_for(plans: Sequence[NodePlan], today: date) -> Sample:
    """The sample for the street offices among `plans`."""
    return build_sample(load_taxonomy(), [plan.region for plan in plans if plan.tier == "street"], today)


def load_sample(console: Console, plans: Sequence[NodePlan], credentials: Credentials) -> None:
    """Enter the sample at the street offices, through their API; Refusal if one does not take it."""
    sample = sample_for(plans, SystemClock().today())
    access = {plan.region: _access(plan, credentials) for plan in plans if plan.tier == "street"}
    stopping = threading.Event()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("entering the sample", total=sample.size)
        with ThreadPoolExecutor(OFFICES_AT_ONCE) as pool:
            loaders = {
                part.region: OfficeLoader(
                    access[part.region], advance=lambda: bar.advance(task), stopped=stopping.is_set
                )
                for part in sample.offices
            }
            running = [pool.submit(loaders[part.region].load, part) for part in sample.offices]
            try:
                for future in running:
                    future.result()
            except Unloadable as error:
                raise Refusal("The sample could not be entered.", str(error)) from None
            finally:
                stopping.set()  # after an error or Ctrl-C the others end after their present request


def _access(plan: NodePlan, credentials: Credentials) -> OfficeAccess:
    accounts = credentials.of(plan.node)
    return OfficeAccess(plan.url, accounts["clerk"].token, accounts["officer"].token)
