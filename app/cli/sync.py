"""`sanlian sync`: whether this node and its parent hold the same, and what is on its way to and from its peers."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.as_node import parent_of, take_part
from app.cli.console import Refusal, console, login, node_here, open_database, settings
from app.cli.statements import Format, checked, render, statement_of

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from app.exchange.node import LocalNode
    from app.kernel.db import Database
    from app.settings import Settings
    from app.sync.figures import Figures
    from app.sync.link import HttpLink
    from app.sync.reconciliation import Statement

app = typer.Typer(no_args_is_help=True, help="How this node's records and its parent's stand.")
NOT_COMPARED = 2
JsonOutput = Annotated[bool, typer.Option("--json", help="Print it as one JSON object.")]


@app.command("verify")
def verify(
    as_json: JsonOutput = False,
    repair: Annotated[
        bool, typer.Option("--repair", help="Mend what differs, both ways, and compare once more.")
    ] = False,
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", dir_okay=False, help="Also write the statement 对账单 as CSV.")
    ] = None,
) -> None:
    """Compare every record of this node and those below with what the parent holds.

    Exit code 0 only if the two agree on all that was pushed; 1 if not, with a line for each record that differs:
    origin, kind, id, the version here and there. 2 if they could not be compared. Records that wait to be pushed are
    no difference. Nothing is changed unless --repair asks for it: then each side takes from the other what is newer or
    unspoilt, and the statement is that of the comparison afterwards.
    """
    try:
        found = settings()
        with open_database(found) as database:
            statement = compare_with_parent(found, database, repair=repair)
            _remember(database, statement)
        if csv is not None:
            write_text(csv, statement.as_csv(), "utf-8-sig")  # without the mark spreadsheets take it for GBK
    except Refusal as refusal:
        refusal.code = NOT_COMPARED  # 1 says that something differs
        raise
    if as_json:
        typer.echo(json.dumps(statement.as_fields(), ensure_ascii=False, indent=2))
    else:
        _say(statement)
    raise typer.Exit(0 if statement.agrees else 1)


@app.command("statement")
def statement(
    day: Annotated[
        str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="The one kept of that day; else one is made now.")
    ] = None,
    as_format: Annotated[Format, typer.Option("--format", help="How to show it.")] = Format.TEXT,
    out: Annotated[Path | None, typer.Option(metavar="FILE", dir_okay=False, help="Write it there.")] = None,
    check: Annotated[
        Path | None,
        typer.Option(metavar="FILE", dir_okay=False, help="Only check the signatures of a statement in JSON."),
    ] = None,
) -> None:
    """The reconciliation statement 对账单 of this node and its parent, signed by both and kept.

    A running node makes one each day by itself. Exit code 0 if the two agree, 1 if not, 2 if there is no statement or
    its signatures do not hold.
    """
    from app.sync.statement import said_in

    try:
        found = settings()
        with open_database(found) as database:
            document = checked(database, check) if check is not None else statement_of(found, database, day)
        text = render(document, as_format)
    except Refusal as refusal:
        refusal.code = NOT_COMPARED
        raise
    if out is not None:
        write_text(out, text, "utf-8-sig" if as_format is Format.CSV else "utf-8")
    else:
        typer.echo(text, nl=False)
    raise typer.Exit(0 if said_in(document)["agrees"] else 1)


@app.command("status")
def status(as_json: JsonOutput = False) -> None:
    """What waits for the parent, when it last took something in, what was refused, what is in quarantine, per peer."""
    from app.kernel.clock import SystemClock

    found = settings()
    with open_database(found) as database:
        local = node_here(found, database)
        with database.read() as session:
            seen = look(session, local, SystemClock().now())
    if as_json:
        typer.echo(json.dumps(seen, ensure_ascii=False, indent=2))
        return
    _print(f"{local.node} ({local.name}), {f'below {local.parent}' if local.parent else 'without a parent'}")
    _print(f"{seen['own_listings']} own listings, {seen['known_listings']} known; incarnation {seen['incarnation']}")
    if seen["is_recovering"]:
        _print("restored from a backup, and not yet reconciled with the parent")
    for peer in seen["peers"]:
        _print(f"{peer['role']} {peer['peer']}: last push {_ago(peer['last_push_age_s'])}")
        if peer["suspended"]:
            _print(f"  SUSPENDED 已暂停: {_SUSPENDED[peer['role']].format(peer=peer['peer'], node=local.node)}")
        if peer["role"] == "parent":
            _say_upward(peer)
        _print(f"  {peer['quarantined']} received records were not accepted{_by_code(peer['reasons'])}")
    for node, count in seen["equivocations"].items():
        _print(f"EQUIVOCATION 一版两文: {count} records of {node} came in two forms under one version (docs/keys.md)")


_SUSPENDED = {
    "parent": "{peer} takes nothing from this node, since a copy of it is or was at work: end all but one, then have"
    " `sanlian sync lift {node}` run at {peer}",
    "child": "nothing is taken from it, since two processes of it were at work: have all but one ended, then run"
    " `sanlian sync lift {peer}`",
}


@app.command("lift")
def lift(node: Annotated[str, typer.Argument(help="A suspended node directly below this one.")]) -> None:
    """Let a suspended node push again. First see to it that it runs only once: the next copy suspends it anew."""
    from app.audit.service import record_act
    from app.exchange.sql_ledger import SqlLedger
    from app.kernel.clock import SystemClock
    from app.sync import push

    found, clock = settings(), SystemClock()
    with open_database(found) as database, database.write() as session:
        if not push.lift(SqlLedger(session, clock), node):
            raise Refusal(f"{node} is not suspended.", "`sanlian sync status` names the nodes that are.")
        record_act(session, clock, f"cli:{login()}", "sync.lift", node)
    _print(f"{node} may push again; whichever process of it is left draws a new incarnation")


@app.command("collect")
def collect(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be forgotten.")] = False,
) -> None:
    """Forget what ended so long ago that nobody could bring it back any more; the running node does so by itself.

    Kept are ends younger than SANLIAN_TOMBSTONE_DAYS, those that the parent has not had for as long, all statements
    of trust, and every end of which another version waits in a quarantine.
    """
    from datetime import timedelta

    from app.exchange.sql_ledger import SqlLedger, SqlLedgers
    from app.kernel import log
    from app.kernel.clock import SystemClock
    from app.sync import collection

    found = settings()
    kept = timedelta(days=found.tombstone_days)
    with open_database(found) as database:
        if dry_run:
            with database.snapshot() as session:
                count = sum(1 for _ in collection.collectable(SqlLedger(session, SystemClock()), kept))
            _print(f"would forget {count} records; nothing was changed (--dry-run)")
            return
        log.configure(found.log_level)
        take_part(database, node_here(found, database))
        _print(f"forgot {collection.tidy(SqlLedgers(database), kept)} records")


def compare_with_parent(settings: "Settings", database: "Database", *, repair: bool = False) -> "Statement":
    """The reconciliation statement of this node and its parent; Refusal where they cannot be compared.

    With `repair` that of the time after what differed was mended.
    """
    from app.kernel.clock import SystemClock
    from app.sync.link import LinkDown, Refused
    from app.sync.proof import OtherHistory, verify

    clock = SystemClock()
    local = node_here(settings, database)
    if local.parent is None:
        raise Refusal("This node has no parent.", "Run this at a district or a street.")
    try:
        with parent_of(local, settings) as link:
            statement = verify(database, clock, local, link)
            if repair and not statement.agrees:
                _mend(settings, database, local, link, statement)
                statement = verify(database, clock, local, link)
            return statement
    except LinkDown as down:
        said = f"The parent {local.parent} at {local.parent_url} was not reached ({down})."
        raise Refusal(said, "Is it running?") from None
    except Refused as refused:
        said = f"The parent {local.parent} refused: {refused.slug or refused.status}."
        raise Refusal(said, "Is it the right parent, and of this version?") from None
    except OtherHistory:
        said = f"The parent {local.parent} knows {local.node} with another history than this database's."
        raise Refusal(said, "`sanlian doctor` says what happened.") from None


def _mend(
    settings: "Settings", database: "Database", local: "LocalNode", link: "HttpLink", statement: "Statement"
) -> None:
    from app.exchange.sql_ledger import SqlLedgers
    from app.kernel import log
    from app.sync.repair import repair

    log.configure(settings.log_level)
    take_part(database, local)
    with console.status(f"{len(statement.differences)} 条记录正在修复"):
        repair(SqlLedgers(database), local, link, [d.key for d in statement.differences], settings.push_batch)


def _remember(database: "Database", statement: "Statement") -> None:
    from app.sync.figures import note_comparison

    with database.write() as session:
        note_comparison(session, statement)


def look(session: "Session", local: "LocalNode", now: "datetime") -> dict[str, Any]:
    """This node and its peers at a glance: the parent first, then whoever pushed here or sent what was refused."""
    from sqlalchemy import func, select

    from app.exchange.ledger import NEVER
    from app.exchange.models import SyncPeer, SyncQuarantine
    from app.sync.figures import figures, known_codes

    seen = figures(session, local, now)
    pushes = (SyncPeer.dir.in_(("in", "out")), SyncPeer.updated_at > NEVER)
    newest = select(SyncPeer.peer, func.max(SyncPeer.updated_at)).where(*pushes)
    pushed_at = dict(session.execute(newest.group_by(SyncPeer.peer)).all())
    held = (SyncQuarantine.peer, SyncQuarantine.reason, func.count())
    reasons: dict[str, list[tuple[str, int]]] = {}
    for peer, reason, count in session.execute(select(*held).group_by(*held[:2])):
        reasons.setdefault(peer, []).append((reason, count))
    names = {*session.scalars(select(SyncPeer.peer)), *reasons} - {local.parent}
    peers = [("parent", local.parent)] if local.parent else []
    return {
        "node": local.node,
        "name": local.name,
        "parent": local.parent,
        "incarnation": local.inc,
        "is_recovering": seen.is_recovering,
        "own_listings": seen.own_listings,
        "known_listings": seen.known_listings,
        "equivocations": seen.equivocations,
        "peers": [
            {
                "peer": peer,
                "role": role,
                "last_push_age_s": max(0, int((now - pushed_at[peer]).total_seconds())) if peer in pushed_at else None,
                "suspended": peer in seen.suspended,
                **(_upward(seen) if role == "parent" else {}),
                "quarantined": sum(count for _, count in reasons.get(peer, [])),
                "reasons": known_codes(reasons.get(peer, [])),
            }
            for role, peer in (*peers, *(("child", name) for name in sorted(names)))
        ],
    }


def _upward(seen: "Figures") -> dict[str, Any]:
    """What concerns the way to the parent only."""
    last = seen.comparisons[0] if seen.comparisons else None  # with the parent: nobody else is compared with
    return {
        "data_as_of": seen.data_as_of.isoformat() if seen.data_as_of else None,
        "backlog": sum(waiting.records for waiting in seen.streams.values()),
        "streams": {
            name: {"waiting": waiting.records, "oldest_s": int(waiting.oldest_s)}
            for name, waiting in seen.streams.items()
        },
        "rejected": sum(seen.rejected.values()),
        "refusals": seen.rejected,
        "compared_at": last.at.isoformat() if last else None,
        "differing_buckets": last.differing_buckets if last else None,
        "differing_records": last.differing_records if last else None,
        "agreed_at": last.agreed_at.isoformat() if last and last.agreed_at else None,
    }


def _say_upward(parent: dict[str, Any]) -> None:
    waiting = [
        f"{name} {one['waiting']}, the oldest for {one['oldest_s']} s"
        for name, one in parent["streams"].items()
        if one["waiting"]
    ]
    _print(f"  the market of other offices as of {parent['data_as_of'] or 'never'}")
    _print(f"  {parent['backlog']} records wait for the parent" + (f" ({'; '.join(waiting)})" if waiting else ""))
    _print(f"  {parent['rejected']} records were not accepted by the parent{_by_code(parent['refusals'])}")
    if parent["compared_at"] is None:
        _print("  never compared with the parent: `sanlian sync verify`")
        return
    differing = f"{parent['differing_records']} records in {parent['differing_buckets']} buckets differed"
    _print(f"  compared at {parent['compared_at']}: {differing}; last agreed {parent['agreed_at'] or 'never'}")


def _by_code(counts: dict[str, int]) -> str:
    return f" ({', '.join(f'{code} {count}' for code, count in sorted(counts.items()))})" if counts else ""


def _say(statement: "Statement") -> None:
    here, there = statement.here, statement.there
    _print(f"对账单 {statement.at:%Y-%m-%d %H:%M:%S}Z  {here.node} {here.name} ↔ {there.node} {there.name}")
    for line in statement.lines:
        counts = f"here {line.here}, there {line.there}, waiting {line.waiting}, refused {line.rejected}"
        _print(f"  {line.origin} {line.name}  {line.kind}: {counts}, differing {line.differing}")
    _print(f"  digest here {here.digest}")
    _print(f"  digest there {there.digest}")
    for difference in statement.differences:
        _print(difference.as_line())
    _print("agree 一致" if statement.agrees else f"{len(statement.differences)} records differ 不一致")


def write_text(path: Path, text: str, encoding: str) -> None:
    try:
        path.write_text(text, encoding=encoding)
    except OSError as error:
        raise Refusal(
            f"{path} cannot be written: {error.strerror}.", "Name a file in a folder that is there."
        ) from None


def _ago(seconds: int | None) -> str:
    return "never" if seconds is None else f"{seconds} s ago"


def _print(line: str) -> None:
    console.print(line, highlight=False, markup=False, soft_wrap=True)
