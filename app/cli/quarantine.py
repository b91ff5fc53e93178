"""`sanlian quarantine`: what arrived here and could not be accepted, another try at it, and what the parent refused."""

from typing import TYPE_CHECKING

import typer

from app.cli.as_node import take_part
from app.cli.console import console, node_here, open_database, settings

if TYPE_CHECKING:
    from app.kernel.db import Database
    from app.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Records that could not be accepted, here or by the parent.")


@app.command("list")
def list_() -> None:
    """List them: the peer that sent it, the record, why, since when, how often it was tried."""
    from sqlalchemy import select

    from app.exchange.models import SyncQuarantine

    with open_database(settings()) as database, database.read() as session:
        rows = session.scalars(select(SyncQuarantine).order_by(SyncQuarantine.first_seen, SyncQuarantine.rid)).all()
    if not rows:
        console.print("nothing is in quarantine")
    for row in rows:
        record = f"{row.origin} {row.kind} {row.rid} {row.inc}.{row.ver}"
        line = f"{row.first_seen:%Y-%m-%d %H:%M}Z  from {row.peer}  {record}  {row.reason}  tries {row.tries}"
        console.print(line, highlight=False, markup=False, soft_wrap=True)


@app.command("rejected")
def rejected() -> None:
    """List what the parent could not accept of this node and those below: the record, and the parent's reason."""
    from sqlalchemy import select

    from app.exchange.models import SyncReject

    with open_database(settings()) as database, database.read() as session:
        rows = session.scalars(select(SyncReject).order_by(SyncReject.origin, SyncReject.kind, SyncReject.rid)).all()
    if not rows:
        console.print("the parent has refused nothing")
    for row in rows:
        line = f"by {row.peer}  {row.origin} {row.kind} {row.rid} {row.inc}.{row.ver}  {row.code}"
        console.print(line, highlight=False, markup=False, soft_wrap=True)


@app.command("retry")
def retry() -> None:
    """Try again what waits for a key or for its place in the tree; what can be accepted now leaves the quarantine."""
    found = settings()
    with open_database(found) as database:
        taken, left = retry_all(found, database)
    console.print(f"accepted {taken}, {left} left in quarantine", highlight=False)


def retry_all(settings: "Settings", database: "Database") -> tuple[int, int]:
    """Try all of it again: how many records were accepted, and how many rows are left."""
    from sqlalchemy import func, select

    from app.exchange.models import SyncQuarantine
    from app.exchange.receive import retry_quarantine
    from app.exchange.sql_ledger import SqlLedger

    take_part(database, node_here(settings, database))
    with database.write() as session:
        origins = session.scalars(select(SyncQuarantine.origin).distinct().order_by(SyncQuarantine.origin)).all()
        taken = sum(retry_quarantine(SqlLedger(session), origin).applied for origin in origins)
    with database.read() as session:
        return taken, session.scalar(select(func.count()).select_from(SyncQuarantine)) or 0
