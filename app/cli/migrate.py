"""`sanlian migrate`: bring the database to the newest schema."""

from typing import Annotated

import typer

from app.cli.console import console, is_absent, settings, usable_database


def migrate(
    new: Annotated[str, typer.Option(help="Developers: write the next revision with this message.", hidden=True)] = "",
    show: Annotated[bool, typer.Option("--show", help="Only say where the database stands.")] = False,
) -> None:
    """Bring the database to the newest schema; safe to repeat."""
    from app.kernel import migrate as chain
    from app.kernel.db import Database

    found = settings()
    with usable_database():
        if show and is_absent(found):
            console.print("there is no database yet")
            return
        database = Database(found.effective_database_url)
        try:
            if new:
                chain.write_revision(database, new)
                return
            before = chain.current(database)
            if show:
                console.print(f"at {before or 'nothing'}, newest is {chain.newest(database)}")
                return
            chain.upgrade(database)
            after = chain.current(database)
            console.print(f"already at {after}" if before == after else f"from {before or 'nothing'} to {after}")
        finally:
            database.dispose()
