"""`sanlian migrate`: bring the database to the newest schema."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.console import console, is_absent, settings, usable_database
from app.kernel.clock import SystemClock, local_day

if TYPE_CHECKING:
    from app.kernel.db import Database


class _ThenClock:
    """Says when the record came that is read again: that is when this node took it in, not the day of the upgrade."""

    def __init__(self) -> None:
        self._at = SystemClock().now()

    def turn_to(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at

    def today(self) -> date:
        return local_day(self._at)


def migrate(
    new: Annotated[str, typer.Option(help="Developers: write the next revision with this message.", hidden=True)] = "",
    show: Annotated[bool, typer.Option("--show", help="Only say where the database stands.")] = False,
) -> None:
    """Bring the database to the newest schema, and read again what it received; safe to repeat.

    To be run after every upgrade of the program: what the version before did not understand is shown from then on.
    """
    from app.cli.init import refuse_lost_database
    from app.kernel import migrate as chain
    from app.kernel.db import Database

    found = settings()
    with usable_database():
        if show and is_absent(found):
            console.print("there is no database yet")
            return
        if not show and not new:
            refuse_lost_database(found)
        database = Database(found.effective_database_url)
        try:
            if new:
                chain.write_revision(database, new)
                return
            before = chain.current(database)
            if show:
                console.print(f"at {before or 'nothing'}, newest is {chain.newest()}")
                return
            chain.upgrade(database)
            after = chain.current(database)
            console.print(f"already at {after}" if before == after else f"from {before or 'nothing'} to {after}")
            reread_all(database)
        finally:
            database.dispose()


def reread_all(database: "Database") -> int:
    """Let this version of the program read every stored record again; how many there were."""
    from app.exchange.applying import reread
    from app.main import build_kinds
    from app.taxonomy.shipped import load_shipped

    then = _ThenClock()
    with database.write() as session:
        return reread(session, build_kinds(load_shipped(), then), then.turn_to)
