"""`sanlian keys`: the keys of this node and of those below it; another key, and an end to one (docs/keys.md)."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.as_node import parent_of, take_part
from app.cli.console import Refusal, console, login, node_here, open_database, settings

if TYPE_CHECKING:
    from app.exchange.key_folder import KeyFolder
    from app.exchange.keys import NodeKey
    from app.exchange.node import Exchange, LocalNode
    from app.kernel.db import Database
    from app.settings import Settings

app = typer.Typer(no_args_is_help=True, help="The keys with which nodes sign: list them, change this node's, revoke.")
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")]


@app.command("list")
def list_() -> None:
    """List the present key of this node and of every node it knows, and which keys count no more."""
    from sqlalchemy import select

    from app.exchange.models import SyncNode
    from app.sync.rekeying import left_to_sign

    found = settings()
    with open_database(found) as database, database.read() as session:
        local = node_here(found, database)
        for node in session.scalars(select(SyncNode).order_by(SyncNode.node)):
            revoked = f", revoked up to {node.node}:{node.revoked}" if node.revoked else ""
            _print(f"{node.key_id} of {node.node} ({node.name}), below {node.parent or 'nobody'}{revoked}")
        left = left_to_sign(session, local)
        if left:
            _print(f"{left} records of this node are not signed with {local.key.key_id} yet: `sanlian keys rotate`")


@app.command("rotate")
def rotate(
    code: Annotated[
        str, typer.Option(help="A code of the parent's `sanlian enrol`: for a node whose keys were revoked.")
    ] = "",
    dry_run: DryRun = False,
) -> None:
    """Change this node's key: draw a new one, have the parent state it, sign the live records anew, destroy the old.

    The node may be running: it takes the new key up by itself, and the counter works on. Safe to break off and to
    repeat: a rotation that was begun is finished first. Take a new backup of the key afterwards.
    """
    from app.exchange.key_folder import KeyFolder

    found = settings()
    with open_database(found) as database, _alone(found):
        local = node_here(found, database)
        keys = KeyFolder(found.keys_dir, local.node)
        if dry_run:
            _say_plan(database, local, keys)
            return
        with _serving(found, database, local) as (local, is_served):
            exchange = take_part(database, local)
            if not keys.has_old() or keys.following() is not None:
                _change(found, database, exchange, keys, code)
            _sign_anew(found, database, exchange, keys, is_served=is_served)


@app.command("revoke")
def revoke(
    node: Annotated[str, typer.Argument(help="A node directly below this one.")],
    key: Annotated[str, typer.Option(help="The last key to revoke, like beijing:1; by default all it has.")] = "",
    reason: Annotated[str, typer.Option(help="Why, for this node's own trail: it does not travel.")] = "",
    dry_run: DryRun = False,
) -> None:
    """Let the keys of a node below this one count no more: its requests are refused, and what it signed with them is
    taken in nowhere that has not taken it in yet.

    What was accepted before stays. The node joins again with `sanlian enrol NODE` here and `sanlian keys rotate
    --code CODE` there; then it signs its records anew.
    """
    from app.audit.service import record_act
    from app.kernel.problems import Problem
    from app.sync.rekeying import revoke as revoke_keys

    found = settings()
    through = _number(node, key)
    with open_database(found) as database:
        clock = take_part(database, node_here(found, database)).clock
        try:
            with database.write() as session:
                last = revoke_keys(session, clock, node, through)
                record_act(session, clock, f"cli:{login()}", "keys.revoke", f"{node}:{last}", reason)
                if dry_run:
                    session.rollback()
        except Problem as problem:
            way_out = "" if problem.slug == "already-revoked" else "`sanlian keys list` names the nodes below this one."
            raise Refusal(f"{problem.en}.", way_out) from None
    if dry_run:
        _print(f"would revoke the keys of {node} up to {node}:{last}; nothing was changed (--dry-run)")
        return
    _print(f"revoked: the keys of {node} up to {node}:{last}")
    _print(f"next: `sanlian enrol {node} --region …` here, and `sanlian keys rotate --code CODE` at {node}")


def _number(node: str, key: str) -> int | None:
    if not key:
        return None
    name, _, number = key.partition(":")
    if name != node or not number.isascii() or not number.isdigit():
        raise Refusal(f"{key!r} is no key of {node}.", f"Keys are named {node}:1, {node}:2 …")
    return int(number)


def _say_plan(database: "Database", local: "LocalNode", keys: "KeyFolder") -> None:
    from sqlalchemy import func, select

    from app.exchange.keys import number_of
    from app.exchange.models import SyncRecord

    following = keys.following()
    name = following.key_id if following else f"{local.node}:{number_of(local.key.key_id) + 1}"
    with database.read() as session:
        own = select(func.count()).where(SyncRecord.origin == local.node, SyncRecord.op == "P")
        count = session.execute(own).scalar_one()
    begun = ", which was begun before" if following else ""
    _print(f"would change {local.key.key_id} for {name}{begun}, stated by {local.parent or 'the city itself'}")
    _print(f"would sign about {count} records anew; nothing was changed (--dry-run)")


@contextmanager
def _alone(of: "Settings") -> Iterator[None]:
    """Two rotations at once would each make a key; Refusal for the second."""
    descriptor = os.open(of.keys_dir / "rotate.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise Refusal("Another `sanlian keys rotate` is at work.", "Let it finish.") from None
    finally:
        os.close(descriptor)


@contextmanager
def _serving(of: "Settings", database: "Database", local: "LocalNode") -> Iterator[tuple["LocalNode", bool]]:
    """Who works on this node: beside its serving process as that process does, otherwise as a process of its own."""
    from app.cli.serve import hold_folder
    from app.exchange.identity import open_node
    from app.kernel.clock import SystemClock

    lock = None
    with suppress(Refusal):
        lock = hold_folder(of.dir)
    if lock is None:
        yield local, True
        return
    try:
        yield open_node(database, SystemClock(), of.keys_dir, of.parent_url), False
    finally:
        os.close(lock)


def _change(of: "Settings", database: "Database", exchange: "Exchange", keys: "KeyFolder", code: str) -> None:
    """Have a new key stated, and take it up."""
    from dataclasses import replace

    from app.kernel.ids import new_id
    from app.sync.rekeying import name_root_key
    from app.sync.rotation import following_key

    local, clock = exchange.local, exchange.clock
    if code:
        key = _enrol_anew(of, database, exchange, keys, code)
    else:
        key = keys.following() or following_key(local, lambda: new_id(clock))
        keys.prepare(key)
        if local.parent is None:
            with database.write() as session:
                name_root_key(session, clock, key)
        else:
            _ask_parent(of, database, local, key)
    keys.adopt()
    exchange.renew(replace(exchange.local, key=key))
    _print(f"{local.node} signs with {key.key_id} from here on")


def _ask_parent(of: "Settings", database: "Database", local: "LocalNode", key: "NodeKey") -> None:
    from app.sync.enrolment import UntrustedParent
    from app.sync.link import LinkDown, Refused
    from app.sync.rekeying import take_statements
    from app.sync.rotation import RotationRequest

    with parent_of(local, of) as link:
        try:
            answer = link.rotate(RotationRequest.model_validate_json(key.handovers[-1]))
            with database.write() as session:
                take_statements(session, answer, key)
        except LinkDown as down:
            said = f"The parent {local.parent} at {local.parent_url} was not reached ({down})."
            raise Refusal(said, "The old key goes on. Once the parent runs, give the same command again.") from None
        except Refused as refused:
            said = f"The parent {local.parent} refused: {refused.extra.get('title', refused.slug)}."
            raise Refusal(said, _WAYS_OUT.get(refused.slug, "The old key goes on.")) from None
        except UntrustedParent as error:
            raise Refusal(f"The parent's answer is not to be trusted: {error}.", "The old key goes on.") from None


_ANEW = "Have the parent issue a code (`sanlian enrol`), and give it here with --code."
_WAYS_OUT = {
    "revoked-key": _ANEW,
    "superseded-key": f"Put the newest key back; if it is lost, have the parent revoke it. {_ANEW}",
    "unknown-key": f"The parent has forgotten this node's key; have it revoke what it knows. {_ANEW}",
}


def _enrol_anew(of: "Settings", database: "Database", exchange: "Exchange", keys: "KeyFolder", code: str) -> "NodeKey":
    """Join with a code and a key that follows all before; the key."""
    from app.cli.init import join_parent_with
    from app.exchange.keys import NodeKey, number_of
    from app.exchange.models import SyncMeta

    local = exchange.local
    begun = keys.following()
    if begun is None or begun.handovers:  # one for which the old key had signed is nothing to the parent now
        last = max(number_of(key.key_id) for key in (local.key, begun) if key is not None)
        keys.prepare(NodeKey(f"{local.node}:{last + 1}", os.urandom(32)))
    with database.read() as session:
        meta = session.get_one(SyncMeta, 1)
    following = keys.following()
    if following is None or local.parent_url is None:
        raise Refusal("A city has nobody to join.", "Give no --code.")
    return join_parent_with(of, database, meta, following, local.parent_url, code, keys.prepare)


def _sign_anew(
    of: "Settings", database: "Database", exchange: "Exchange", keys: "KeyFolder", *, is_served: bool
) -> None:
    """Sign the records anew, and push them unless the serving process does."""
    from rich.progress import Progress

    from app.sync.rekeying import carry_on, left_to_sign

    if not is_served:
        _push(of, database, exchange)  # a node may have been restored: what it has lost comes first
    with database.read() as session:
        count = left_to_sign(session, exchange.local)
    with Progress(console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("signing anew 重新签名", total=count)
        is_done = carry_on(database, exchange, keys, lambda some: progress.advance(task, some))
    if not is_done:
        _print("the records are signed anew as soon as the parent is reached; until then the old key file stays")
        return
    _print(f"{count} records are signed anew; no earlier key is left in {of.keys_dir}")
    if not is_served:
        _push(of, database, exchange)
    _print("next: keep a copy of the new key apart (docs/keys.md)")


def _push(of: "Settings", database: "Database", exchange: "Exchange") -> None:
    from app.exchange.sql_ledger import SqlLedgers
    from app.sync.carrier import Carrier
    from app.sync.link import LinkDown, Refused
    from app.sync.obstacles import Copied, NotConfirmed, OtherProtocol, TooOld

    local = exchange.local
    if local.parent is None:
        return
    with parent_of(local, of) as link:
        try:
            Carrier(SqlLedgers(database), local, of.push_batch, exchange.renew).drain(link)
        except (LinkDown, Refused, NotConfirmed, OtherProtocol, Copied, TooOld) as error:
            _print(f"the parent {local.parent} does not take records now ({error}): the node pushes when it serves")


def _print(line: str) -> None:
    console.print(line, highlight=False, markup=False, soft_wrap=True)
