"""`sanlian enrol`: let a new node in below this one."""

from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.console import Refusal, console, open_database, settings

if TYPE_CHECKING:
    from app.settings import Settings


def enrol(
    node: Annotated[str, typer.Argument(help="The name that the new node will have.")],
    region: Annotated[str, typer.Option(help="Code of its division; it lies in this node's own.")],
    tier: Annotated[str, typer.Option(help="district or street; by default the division's level.")] = "",
    quiet: Annotated[bool, typer.Option("--quiet", help="Print the code and nothing else.")] = False,
) -> None:
    """Issue a one-time code for a new node below this one. It lasts ten minutes and lets in that node alone."""
    found = settings()
    code = issue_code(found, node, tier, region)
    if quiet:
        typer.echo(code)
        return
    console.print(f"code for {node} ({region}), good once and for ten minutes:", highlight=False)
    console.print(f"    {code}", highlight=False)
    console.print("at the new node:", highlight=False)
    address = f"http://{found.host}:{found.port}"
    command = f"sanlian init --node {node} --region {region} --parent {address} --code {code}"
    console.print(f"    {command}", highlight=False, soft_wrap=True)
    console.print("or, where it has joined before and its keys were revoked:", highlight=False)
    console.print(f"    sanlian keys rotate --code {code}", highlight=False, soft_wrap=True)


def issue_code(settings: "Settings", node: str, tier: str, region: str) -> str:
    """A one-time code for the node `node`; Refusal if it cannot stand below this one."""
    from app.cli.init import check_name
    from app.exchange.models import SyncMeta
    from app.kernel.clock import SystemClock
    from app.kernel.problems import Problem
    from app.regions.service import load
    from app.sync import enrolment

    with open_database(settings) as database, database.write() as session:
        if session.get(SyncMeta, 1) is None:
            raise Refusal(f"There is no node in {settings.dir}.", "Create one with `sanlian init`.")
        check_name(node)
        try:
            division = load(session).require(region, "region")
            tier = tier or division.tier.value
            if tier != division.tier.value:
                raise Refusal(f"{division.code} {division.name} is a {division.tier.value}, not a {tier}.")
            return str(enrolment.issue_code(session, SystemClock(), node=node, tier=tier, region=region))
        except Problem as problem:
            raise Refusal(problem.detail_en or problem.en) from None
