"""`sanlian taxonomy`: the tables of occupations, skills and certificates, and what a node adds to them."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli import synonym
from app.cli.console import Refusal, console, errors, settings

SHOWN_FINDINGS = 20

app = typer.Typer(no_args_is_help=True, help="Occupations, skills and certificates.")
app.add_typer(synonym.app, name="synonym")


@app.callback()
def taxonomy() -> None:
    """Occupations, skills and certificates."""


@app.command("check")
def check(
    sounds: Annotated[bool, typer.Option("--sounds", help="List names that sound the same, for review.")] = False,
) -> None:
    """Say what is wrong with the shipped tables. Exit code 1 if anything is."""
    from app.taxonomy.checking import faults, same_sound
    from app.taxonomy.shipped import rows

    found = list(faults(rows))
    for fault in found:
        console.print(f"{fault.table}: {fault.key}: {fault.what}", highlight=False, markup=False, soft_wrap=True)
    alike = same_sound(rows)
    for one, other in alike if sounds else ():
        console.print(f"sounds the same: {one} – {other}", highlight=False, markup=False, soft_wrap=True)
    hint = "" if sounds else "; --sounds lists them for review"
    console.print(f"{len(alike)} pairs of names sound the same{hint}", highlight=False)
    console.print(f"{len(found)} faults" if found else "the tables hold together", highlight=False)
    raise typer.Exit(1 if found else 0)


@app.command("import-esco")
def import_esco(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="ESCO's occupations_en.csv, as its portal gives it.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and check, keep nothing.")] = False,
) -> None:
    """Keep ESCO's English names in the node's folder (SANLIAN_DIR): search and titles in English use them."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from app.taxonomy.esco import EscoUnreadable, english_names, keep, read_export
    from app.taxonomy.shipped import load_shipped

    columns = (TextColumn("reading"), BarColumn(), MofNCompleteColumn(), TextColumn("occupations"))
    try:
        with Progress(*columns, console=errors, transient=True) as bar:
            task = bar.add_task("reading", total=None)
            found = read_export(file, lambda rows: bar.advance(task, rows))
    except EscoUnreadable as unreadable:
        lines = [f"{file.name}: {finding}" for finding in unreadable.findings[:SHOWN_FINDINGS]]
        if len(unreadable.findings) > SHOWN_FINDINGS:
            lines.append(f"… and {len(unreadable.findings) - SHOWN_FINDINGS} more")
        raise Refusal("Nothing was imported:", "\n".join(lines)) from None
    names = sum(1 + len(one.others) for one in found)
    ours = len(list(english_names(load_shipped().occupations, found)))
    console.print(f"{len(found)} occupations with {names} names, {ours} of them new names of ours", highlight=False)
    if dry_run:
        console.print("dry run: nothing was kept")
        return
    kept = keep(found, settings().dir)
    console.print(f"kept in {kept}; restart the node's server so that it reads them", highlight=False, soft_wrap=True)
