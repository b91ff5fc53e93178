"""`sanlian taxonomy`: the tables of occupations, skills and certificates."""

from typing import Annotated

import typer

from app.cli.console import console

app = typer.Typer(no_args_is_help=True, help="Occupations, skills and certificates.")


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
    if sounds:
        for one, other in same_sound(rows):
            console.print(f"sounds the same: {one} – {other}", highlight=False, markup=False, soft_wrap=True)
    console.print(f"{len(found)} faults" if found else "the tables hold together")
    raise typer.Exit(1 if found else 0)
