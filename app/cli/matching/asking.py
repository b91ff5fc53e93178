"""What both verbs ask: who is at the terminal, which office is meant, who works, and how far it is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.audit.models import EVERYBODY
from app.cli.console import Refusal, errors, login
from app.kernel.actor import Actor
from app.kernel.db import Database
from app.kernel.problems import Problem
from app.matching.batch.job import EVERY_OFFICE
from app.matching.batch.run import WithWorkers
from app.matching.batch.workers import cluster, cores, processes
from app.regions.queries import list_offices

_ID = 36  # characters of an id in the audit trail


def office_id(database: Database, text: str) -> str:
    """The office that an id, name or region code stands for; EVERY_OFFICE for "". Refusal naming the choice."""
    if not text:
        return EVERY_OFFICE
    with database.read() as session:
        offices = list_offices(session)
    found = [one for one in offices if text in (one.id, one.name, one.region_code)]
    if len(found) != 1:
        listed = "\n".join(f"{one.region_code}  {one.id}  {one.name}" for one in found or offices)
        raise Refusal(f"--office: {'more than one' if found else 'no'} office is {text!r}.", f"It knows:\n{listed}")
    return found[0].id


def whoever_types(office: str) -> Actor:
    """The login at the terminal, as it stands in the audit trail. It acts for an office, or for the node."""
    name = login()
    return Actor(f"terminal:{name}"[:_ID], name, "terminal", office or EVERYBODY, frozenset())


def workers_of(count: int | None, scheduler: str = "") -> WithWorkers:
    """The processes or the cluster that were asked for."""
    return partial(cluster, scheduler=scheduler) if scheduler else partial(processes, count=count or cores())


def say_problem(problem: Problem) -> Refusal:
    """A refusal of the program as one at the terminal, with the nearest valid values."""
    lines = [f"--{fault.field.replace('_', '-')}: {fault.zh} / {fault.en}" for fault in problem.errors]
    nearest = [f"{one.code}  {one.name}" for fault in problem.errors for one in fault.nearest]
    return Refusal("\n".join(lines) or f"{problem.zh} / {problem.en}", "\n".join(nearest))


@contextmanager
def progress(what: str, total: int, done: int = 0) -> Iterator[Callable[[int], None]]:
    """A bar with an estimate on standard error; the block tells it of every so many."""
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(elapsed_when_finished=True))
    with Progress(*columns, console=errors) as bar:
        task = bar.add_task(what, total=total, completed=done)
        yield partial(bar.advance, task)
