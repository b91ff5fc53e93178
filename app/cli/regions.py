"""`sanlian regions`: bring in the divisions of another city."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.console import Refusal, console, errors, open_database, settings

if TYPE_CHECKING:
    from app.regions.tree import Region

SHOWN_FINDINGS = 20

app = typer.Typer(no_args_is_help=True, help="Divisions: city, district, street, community.")


@app.callback()
def regions() -> None:
    """Divisions: city, district, street, community."""


@app.command("import")
def import_city(
    paths: Annotated[
        list[Path],
        typer.Argument(exists=True, help="CSV files of the package china-division, or the folder that holds them."),
    ],
    city: Annotated[str, typer.Option(help="The city's code: 4403 or 440300.")],
    name: Annotated[str, typer.Option(help="What the city is called, if there is no cities file.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and compare, write nothing.")] = False,
) -> None:
    """Import one city's divisions, all or nothing, in place of what was known of it."""
    from app.kernel.clock import SystemClock
    from app.regions.service import compare_city, load, replace_city

    code, table = _read(paths, city, name)
    with open_database(settings()) as database:
        with database.read() as session:
            change = compare_city(load(session), code, table)
        _say(table)
        console.print(
            f"{change.added} new, {change.changed} changed, {change.unchanged} unchanged, {change.removed} removed"
        )
        if dry_run:
            console.print("dry run: nothing was written")
            return
        with database.write() as session:
            replace_city(session, SystemClock(), code, table)
    console.print("imported; restart the node's server so that it reads the new tables")


def _read(paths: list[Path], city: str, name: str) -> "tuple[str, list[Region]]":
    """The city's six-digit code and its whole tree; Refusal listing what is wrong with the files."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    from app.regions.china_division import Unreadable, city_code, csv_files, read_city

    try:
        code = city_code(city)
    except ValueError as error:
        raise Refusal(str(error)) from None
    columns = (TextColumn("reading"), BarColumn(), DownloadColumn())
    try:
        files = csv_files(paths)
        with Progress(*columns, console=errors, transient=True) as bar:
            task = bar.add_task("reading", total=sum(file.stat().st_size for file in files))
            table = read_city(files, code, city_name=name, progress=lambda n: bar.advance(task, n))
    except Unreadable as unreadable:
        found = unreadable.findings
        lines = [str(finding) for finding in found[:SHOWN_FINDINGS]]
        if len(found) > SHOWN_FINDINGS:
            lines.append(f"… and {len(found) - SHOWN_FINDINGS} more")
        raise Refusal("Nothing was imported:", "\n".join(lines)) from None
    return code, table


def _say(table: "list[Region]") -> None:
    from collections import Counter

    counts = Counter(region.tier.value for region in table)
    read = f"{counts['district']} districts, {counts['street']} streets and towns, {counts['community']} communities"
    console.print(f"{table[0].name}: {read}")
