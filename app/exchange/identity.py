"""The life of a node: made once, and opened at every process start with a fresh incarnation (docs/wire.md §1).

The incarnation is committed before the first local write, so that whatever is edited after a restore from a backup
carries a higher version than anything issued before it.
"""

import secrets
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.exchange import horizons, trust
from app.exchange.key_folder import KeyFolder
from app.exchange.keys import KeyFileUnusable, NodeKey, create_key, read_key
from app.exchange.kinds import Kinds
from app.exchange.ledger import Ledger
from app.exchange.models import SyncHead, SyncMeta
from app.exchange.node import LocalNode
from app.exchange.sql_ledger import SqlLedger
from app.kernel.clock import Clock, ClockWatch
from app.kernel.db import Database
from app.kernel.problems import Conflict

PROTO = 1


class NoNode(RuntimeError):
    """A database in which no node was made yet."""


def create_node(
    session: Session, clock: Clock, keys_dir: Path, *, node: str, name: str, tier: str, region: str
) -> NodeKey:
    """Make this database the node `node`, with a key of its own in `keys_dir`; Conflict if there is a node already."""
    if session.get(SyncMeta, 1) is not None:
        raise Conflict("此数据库已有节点", "there is a node in this database already")
    path = KeyFolder(keys_dir, node).path
    key = read_key(path) if path.exists() else create_key(path, f"{node}:1")
    session.add(SyncHead(id=1, head=0))
    session.add(
        SyncMeta(
            id=1,
            node=node,
            name=name,
            tier=tier,
            region=region,
            root_key=key.public if tier == "city" else None,
            log_id=secrets.token_hex(16),
            inc=0,
            recovering=False,
            confirmed=False,
            current=False,
            gc_floor=0,
            proto=PROTO,
            created_at=clock.now(),
        )
    )
    session.flush()
    return key


def join_parent(session: Session, *, parent: str, parent_url: str, root_key: bytes) -> None:
    """Remember whose child this node is and which city key everything must chain to."""
    meta = session.get_one(SyncMeta, 1)
    meta.parent, meta.parent_url, meta.root_key = parent, parent_url, root_key
    session.flush()


def open_node(database: Database, clock: Clock, keys_dir: Path, parent_url: str | None = None) -> LocalNode:
    """Draw a new incarnation, commit it, and return who this process is; NoNode or KeyFileUnusable otherwise."""
    with database.write() as session:
        meta = session.execute(select(SyncMeta).with_for_update()).scalar_one_or_none()
        if meta is None:
            raise NoNode("no node was made in this database")
        draw(SqlLedger(session, clock), is_start=True)
        return local_node(meta, settled_key(SqlLedger(session), KeyFolder(keys_dir, meta.node)), parent_url)


class Keys(Protocol):
    """The keys of this node: another process may change them. `key_folder` has them in files."""

    def present(self) -> NodeKey: ...

    def following(self) -> NodeKey | None: ...

    def adopt(self) -> NodeKey: ...


def settled_key(ledger: Ledger, keys: Keys) -> NodeKey:
    """The key in use; the one that was to follow it, if that had been stated when a rotation was broken off."""
    following = keys.following()
    if following is not None and following.public in ledger.keys(ledger.meta().node, following.key_id):
        return keys.adopt()
    return keys.present()


def draw(ledger: Ledger, inc_seen: int = 0, *, is_start: bool = False) -> int:
    """Draw and store a new incarnation above every one that this node or its parent has seen; it.

    A process that starts may stand on a restored database: until it has spoken to the parent it vouches for nothing.
    """
    ledger.take_turn()  # two that draw at once must not draw the same
    meta = ledger.meta()
    noted = [peer.inc_seen for peer in ledger.peers(meta.parent or "", "out")]
    now = int(ledger.now().timestamp() * 1000)
    inc = max(max((meta.inc, inc_seen, *noted)) + 1, now)
    ledger.change_meta(inc=inc, **({"confirmed": False, "current": False} if is_start else {}))
    if is_start:
        horizons.date(ledger)
    return inc


def begin_empty(ledger: Ledger) -> None:
    """Forget what this node holds, and begin another history that recovers from the parent (docs/wire.md §11).

    What only takes away stays, an end or an erasure: it is never wrong, and whoever made it may have forgotten it by
    now, since this node had it. Statements of trust stay: nobody else may have those that this node made.
    """
    draw(ledger)  # first: where a peer stands says, too, which incarnation the parent has seen
    ledger.empty()
    ledger.begin_history(log_id=ledger.token(16), mark=ledger.token(8))
    ledger.change_meta(recovering=True, gc_floor=0)


def after_jump(ledger: Ledger, watch: ClockWatch) -> LocalNode | None:
    """Who this process is after its clock has jumped: under a new incarnation, as after a start; None if it has not.

    A machine that was put back to an earlier state, memory and all, knows nothing of it: only its clock tells.
    """
    return replace(ledger.local, inc=draw(ledger)) if watch.has_jumped() else None


def local_node(meta: SyncMeta, key: NodeKey, parent_url: str | None = None) -> LocalNode:
    """The node that `meta` describes, at the incarnation last drawn; `parent_url` overrides the address kept."""
    return LocalNode(
        node=meta.node,
        name=meta.name,
        tier=meta.tier,
        region=meta.region,
        parent=meta.parent,
        parent_url=parent_url or meta.parent_url,
        log_id=meta.log_id,
        inc=meta.inc,
        key=key,
        since=meta.inc,
    )


def register_trust(kinds: Kinds) -> None:
    """Make trust statements known to the registry: the kinds that belong to the exchange itself."""
    for kind, body in ((trust.KIND, trust.NodeStatement), (trust.REVOCATION, trust.Revocation)):
        kinds.register(
            kind,
            body,
            apply=lambda session, envelope, body: trust.learn(SqlLedger(session), envelope, body),
            remove=lambda session, envelope: trust.forget(SqlLedger(session), envelope),
            schema=trust.SCHEMA,
            goes_down=True,
        )


__all__ = [
    "KeyFileUnusable",
    "NoNode",
    "begin_empty",
    "create_node",
    "draw",
    "join_parent",
    "local_node",
    "open_node",
    "register_trust",
]
