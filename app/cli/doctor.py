"""`sanlian doctor`: what is wrong with this installation, and how to mend it. It changes nothing."""

import shutil
import stat
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.console import console, is_absent, settings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from app.exchange.models import SyncMeta
    from app.exchange.node import LocalNode
    from app.kernel.db import Database
    from app.settings import Settings
    from app.sync.protocol import Hello

LEAST_FREE_BYTES = 500_000_000
WAITING_TOO_LONG = 1000
NAMED = 20  # ids in one finding


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `verdict` is ok, warn or wrong; `way_out` says how to mend it."""

    verdict: str
    what: str
    way_out: str = ""


def doctor(
    online: Annotated[bool, typer.Option(help="Ask the parent, too.")] = True,
) -> None:
    """Say what is wrong with this installation, and how to mend it. Exit code 1 if anything is wrong."""
    from rich.markup import escape

    marks = {"ok": "[green]ok   [/green]", "warn": "[yellow]warn [/yellow]", "wrong": "[red]wrong[/red]"}
    worst = 0
    for finding in examine(settings(), online=online):
        console.print(f"{marks[finding.verdict]} {escape(finding.what)}", highlight=False, soft_wrap=True)
        if finding.way_out:
            console.print(f"      {escape(finding.way_out)}", highlight=False, soft_wrap=True)
        worst = max(worst, finding.verdict == "wrong")
    raise typer.Exit(worst)


def examine(settings: "Settings", *, online: bool = True) -> Iterator[Finding]:
    """Everything looked at, in the order in which it should be mended; stops where nothing further can be known."""
    from sqlalchemy.exc import SQLAlchemyError

    from app.kernel.db import Database, PragmaMismatch

    yield from _folder(settings)
    try:
        if is_absent(settings):
            yield Finding(
                "wrong", "there is no database", "Run `sanlian init`, or `sanlian restore FILE` with a backup."
            )
            return
        database = Database(settings.effective_database_url, pool_size=2)
        try:
            yield from _node(settings, database, online=online)
        finally:
            database.dispose()
    except PragmaMismatch as error:
        yield Finding("wrong", str(error), "Keep the database on a local disk, not on a network share.")
    except SQLAlchemyError as error:
        where = database.url.render_as_string()
        way_out = (
            "Put a backup back with `sanlian restore FILE`."
            if database.is_sqlite
            else "Check DATABASE_URL and the server."
        )
        yield Finding("wrong", f"the database {where} cannot be used ({type(error).__name__})", way_out)


def _folder(settings: "Settings") -> Iterator[Finding]:
    if not settings.dir.is_dir():
        yield Finding("wrong", f"there is no folder {settings.dir}", "Set SANLIAN_DIR, or run `sanlian init`.")
        return
    free = shutil.disk_usage(settings.dir).free
    room = f"{free / 1e9:.1f} GB free at {settings.dir}"
    yield Finding("ok", room) if free >= LEAST_FREE_BYTES else Finding("warn", room, "Make room: writes will fail.")
    for key in sorted(settings.keys_dir.glob("*.key")):
        is_open = bool(key.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
        if is_open:
            yield Finding("wrong", f"{key} can be read by others", f"chmod 600 {key}")
    if settings.mode == "demo":
        yield Finding("warn", "SANLIAN_MODE is demo", "Unset it where real data are kept.")


def _node(settings: "Settings", database: "Database", *, online: bool) -> Iterator[Finding]:
    from app.exchange.models import SyncMeta
    from app.kernel import migrate

    present, newest = migrate.current(database), migrate.newest()
    if present is None:
        yield Finding("wrong", "there is no node in this database", "Run `sanlian init`.")
        return
    if present != newest:
        yield Finding("wrong", f"the database stands at {present}, newest is {newest}", "Run `sanlian migrate`.")
        return
    yield Finding("ok", f"database {database.url.render_as_string()} at {present}")
    with database.read() as session:
        meta = session.get(SyncMeta, 1)
    if meta is None:
        yield Finding("wrong", "no node was made in this database", "Run `sanlian init`.")
        return
    can_speak = yield from _identity(settings, database, meta)
    yield from _office(database)
    yield from _register(database, meta)
    if can_speak:
        yield from _exchange(settings, database, meta, online=online)


def _identity(settings: "Settings", database: "Database", meta: "SyncMeta") -> Generator[Finding, None, bool]:
    """What is known of the node's key and its place; returns whether it can speak for itself."""
    from app.exchange import trust
    from app.exchange.key_folder import KeyFolder
    from app.exchange.keys import KeyFileOpen, KeyFileUnusable, number_of
    from app.exchange.models import SyncNode
    from app.exchange.sql_ledger import SqlLedger

    try:
        key = KeyFolder(settings.keys_dir, meta.node).present()
    except KeyFileOpen:
        return False  # said of the folder already
    except KeyFileUnusable as error:
        yield Finding("wrong", str(error))
        return False
    with database.read() as session:
        chain, known = trust.chain(SqlLedger(session), meta.node), session.get(SyncNode, meta.node)
    if not chain or known is None:
        yield Finding(
            "wrong", f"{meta.node} has not joined its parent", "Give `sanlian init` with --parent and --code."
        )
    elif known.public_key != key.public and number_of(key.key_id) <= number_of(known.key_id):
        yield Finding(
            "wrong",
            f"the key {key.key_id} is not the present one of this node, {known.key_id}",
            "Put back the newest key, which was kept apart; if it is lost, see docs/keys.md.",
        )
    elif number_of(key.key_id) <= known.revoked:
        yield Finding(
            "wrong",
            f"the key {key.key_id} was revoked by {known.parent}",
            "Have it issue a code (`sanlian enrol`), and run `sanlian keys rotate --code CODE` here.",
        )
    else:
        path = " → ".join(node.node for node in chain)
        yield Finding("ok", f"node {meta.node} ({meta.tier} {meta.region}), trusted through {path}")
        yield from _rotation(settings, meta)
        return True
    return False


def _rotation(settings: "Settings", meta: "SyncMeta") -> Iterator[Finding]:
    from app.exchange.key_folder import KeyFolder

    keys = KeyFolder(settings.keys_dir, meta.node)
    if keys.has_old() or keys.following() is not None:
        yield Finding("warn", "a change of the key was begun and not finished", "Run `sanlian keys rotate`.")


def _office(database: "Database") -> Iterator[Finding]:
    from sqlalchemy import func, select

    from app.auth.models import Staff
    from app.regions.queries import list_offices

    with database.read() as session:
        offices = len(list_offices(session))
        staff = session.scalar(select(func.count()).select_from(Staff).where(Staff.active)) or 0
    yield Finding("ok", f"offices: {offices}") if offices else Finding("wrong", "there is no office", "`sanlian init`")
    if staff:
        yield Finding("ok", f"staff accounts: {staff}")
    else:
        yield Finding("warn", "nobody can sign in", "Run `sanlian user add NAME --role admin`.")


def _register(database: "Database", meta: "SyncMeta") -> Iterator[Finding]:
    """Whether the vacancies are those that the network knows of this node; a restore may have parted them."""
    from app.vacancies import queries

    with database.read() as session:
        lost = [listing.rid for listing in session.scalars(queries.listings_without_vacancy(meta.node).limit(NAMED))]
        ended = [vacancy.id for vacancy in session.scalars(queries.live_without_record(meta.node).limit(NAMED))]
    if lost:
        yield Finding(
            "warn",
            f"listings of this node without a vacancy in its register: {', '.join(lost)}",
            "The serving node rebuilds them. If they stay, the office that they name is not here, or the log says why.",
        )
    if ended:
        yield Finding(
            "warn",
            f"vacancies that are live here, and ended in the network: {', '.join(ended)}",
            "Close them at the counter: a change of one is refused.",
        )


def _exchange(settings: "Settings", database: "Database", meta: "SyncMeta", *, online: bool) -> Iterator[Finding]:
    from sqlalchemy import func, select

    from app.exchange.identity import local_node
    from app.exchange.key_folder import KeyFolder
    from app.exchange.models import SyncQuarantine, SyncReject
    from app.exchange.sql_ledger import SqlLedger
    from app.sync.link import UnusableAddress, check_address
    from app.sync.push import backlog

    local = local_node(meta, KeyFolder(settings.keys_dir, meta.node).present(), settings.parent_url)
    with database.read() as session:
        waiting = backlog(SqlLedger(session))
        refused = session.scalar(select(func.count()).select_from(SyncQuarantine)) or 0
        returned = session.scalar(select(func.count()).select_from(SyncReject)) or 0
    if refused:
        yield Finding("warn", f"{refused} received records were not accepted", "See `sanlian quarantine list`.")
    yield from _alarms(database, meta)
    if meta.parent is None:
        return
    if returned:
        yield Finding(
            "warn", f"{returned} records were not accepted by the parent", "See `sanlian quarantine rejected`."
        )
    many = waiting > WAITING_TOO_LONG
    yield Finding("warn" if many else "ok", f"{waiting} records wait for the parent", "Is it reached?" if many else "")
    try:
        check_address(local.parent_url or "", is_demo=settings.mode == "demo")
    except UnusableAddress as error:
        yield Finding("wrong", str(error), error.way_out)
        return
    if online:
        yield from _parent(local, database)


def _alarms(database: "Database", meta: "SyncMeta") -> Iterator[Finding]:
    """What a person has to look into: a node that runs twice, a key in two hands."""
    from app.sync.figures import equivocations, suspended

    with database.read() as session:
        stopped, twice = suspended(session), equivocations(session)
    for peer in stopped:
        if peer == meta.parent:
            said = f"{peer} takes nothing from this node: a copy of it is or was at work"
            yield Finding("wrong", said, f"End all but one, and have `sanlian sync lift {meta.node}` run at {peer}.")
        else:
            said = f"{peer} is suspended: two processes of it were at work"
            yield Finding("warn", said, f"Have all but one ended, then run `sanlian sync lift {peer}`.")
    for node, count in twice.items():
        said = f"{count} records of {node} came in two forms under one version: its key is in two hands"
        yield Finding("wrong", said, f"See docs/keys.md; `sanlian keys revoke {node}` at its parent ends the key.")


def _parent(local: "LocalNode", database: "Database") -> Iterator[Finding]:
    from app.kernel.clock import SystemClock
    from app.sync.link import HttpLink, LinkDown, Refused

    clock = SystemClock()
    link = HttpLink(local, clock.now)
    try:
        hello = link.hello()
    except LinkDown as down:
        said = f"the parent {local.parent} at {local.parent_url} was not reached ({down})"
        yield Finding("warn", said, "Is it running?")
        return
    except Refused as refused:
        yield Finding("wrong", f"the parent {local.parent} refused: {refused.slug}", "Is it the right parent?")
        return
    finally:
        link.close()
    skew = abs(hello.now - clock.now().timestamp())
    said = f"the parent {local.parent} answers, its clock differs by {skew:.0f} s"
    yield Finding("ok", said) if skew < 60 else Finding("warn", said, "Set this machine's clock by NTP.")
    with database.read() as session:
        yield from _history(session, local, hello)


def _history(session: "Session", local: "LocalNode", hello: "Hello") -> Iterator[Finding]:
    """Whether what the parent holds of this node is this database's own history; else it recovers when it serves."""
    from app.exchange import changes

    held = [checkpoint for checkpoint in hello.checkpoints.values() if checkpoint.seq > 0]
    if any(c.log_id != local.log_id or not changes.has_mark(session, c.mark) for c in held):
        yield Finding(
            "warn",
            f"the parent {local.parent} knows {local.node} with another history: this database was restored from a"
            " backup, or made anew beside the node's key",
            "Start the node: it reads what the parent holds of it, and goes on from there.",
        )
    elif held:
        yield Finding("ok", f"the parent {local.parent} stands in this database's own history")
