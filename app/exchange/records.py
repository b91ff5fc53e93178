"""Publishing: staging a new version of an own record in the session. Its number comes at commit (`commit`)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import Row, Select, delete, select
from sqlalchemy.orm import Session

from app.exchange.bodies import PseudonymousBody, PublicBody
from app.exchange.envelope import FINALITY, Envelope, check_travels, signing_bytes
from app.exchange.keys import NodeKey
from app.exchange.models import SyncQuarantine, SyncRecord
from app.exchange.node import LocalNode, exchange_of
from app.kernel.keys import one_of
from app.kernel.problems import Conflict

STAGE = "exchange_stage"


class FinalRecord(Conflict):
    """A record that ended: an id never returns. Relisting makes a new one."""

    slug, zh, en = "final-record", "网络中的这条记录已经结束", "The network's record of this has ended"


class PublishedInSavepoint(RuntimeError):
    """Publishing or receiving inside a savepoint: rolling it back would leave the record staged."""


class ScopeMoved(RuntimeError):
    """A new version with another region: a record's scope never changes, since readers filter by it."""


@dataclass(frozen=True)
class Draft:
    """An own record that waits for its version, signature and number."""

    kind: str
    rid: str
    op: str
    schema: int
    scope: str | None
    expires: int | None
    body: str | None


@dataclass(frozen=True)
class Accepted:
    """A signed record, mostly of another node, that waits for its number here."""

    envelope: Envelope
    via: str | None  # None: this node made the version itself, from one that it held


Staged = dict[tuple[str, str, str], Draft | Accepted]


def publish(
    session: Session,
    kind: str,
    rid: str,
    body: PublicBody | PseudonymousBody,
    *,
    region: str | None = None,
    expires_at: datetime | None = None,
) -> None:
    """Stage the next version of the own record (kind, rid). It leaves with this transaction, or not at all.

    `region` is the record's scope, `expires_at` the instant after which every tier hides it. Publishing twice in a
    transaction sends the last. FinalRecord if the record has ended, ScopeMoved if it belongs to another region;
    LookupError for a kind that is not registered.
    """
    known = exchange_of(session).kinds.get(kind)
    # The very type: a subclass could carry fields that were never checked.
    if known is None or type(body) is not known.body_type:
        raise LookupError(f"{type(body).__name__} is not the body of a registered kind {kind}")
    expires = None if expires_at is None else int(expires_at.timestamp())
    _stage(session, Draft(kind, rid, "P", known.schema, region, expires, _written(body)))


def retract(session: Session, kind: str, rid: str) -> None:
    """Stage the tombstone of the own record (kind, rid): it ends here and everywhere, for good.

    A record that was never published ends without a trace.
    """
    _end(session, kind, rid, "D")


def erase(session: Session, kind: str, rid: str) -> None:
    """Stage the erasure of the own record (kind, rid): as `retract`, also of one that has ended, and whoever takes it
    in keeps nothing of what the record ever said, refused versions included (PIPL art. 47; docs/wire.md §1)."""
    _end(session, kind, rid, "E")
    purge(session, (exchange_of(session).local.node, kind, rid))


def purge(session: Session, key: tuple[str, str, str]) -> None:
    """Forget everything in the quarantine that is of this record, whoever brought it."""
    origin, kind, rid = key
    q = SyncQuarantine
    session.execute(delete(q).where(q.origin == origin, q.kind == kind, q.rid == rid))


def _end(session: Session, kind: str, rid: str, op: str) -> None:
    refuse_savepoint(session)
    node = exchange_of(session).local.node
    before = stored_version(session, node, kind, rid)
    if before is None:
        stage_of(session).pop((node, kind, rid), None)
        return
    _stage(session, Draft(kind, rid, op, before.schema, before.scope, before.expires_at, None))


def _written(body: BaseModel) -> str:
    return body.model_dump_json(by_alias=True)


def _stage(session: Session, draft: Draft) -> None:
    refuse_savepoint(session)
    node = exchange_of(session).local.node
    before = stored_version(session, node, draft.kind, draft.rid)
    staged = stage_of(session).get((node, draft.kind, draft.rid))
    last = staged.op if isinstance(staged, Draft) else None if before is None else before.op
    if last not in (None, "P") and draft.op == "P":
        raise FinalRecord("不能再发布，请在本机构结束它", "it cannot be published again: end it here, too")
    if before is not None and before.scope != draft.scope:
        raise ScopeMoved(f"{draft.kind} {draft.rid} belongs to {before.scope}")
    if last in (None, "P") or FINALITY[draft.op] > FINALITY[last]:  # a record ends once, and is erased once
        stage_of(session)[node, draft.kind, draft.rid] = draft


def next_version(local: LocalNode, draft: Draft, before: tuple[int, int] | None, by: NodeKey | None = None) -> Envelope:
    """The draft as the version after `before` (inc, ver), signed `by` this or the node's present key.

    MalformedEnvelope if it could not travel.
    """
    key = by or local.key
    unsigned = Envelope(
        origin=local.node,
        kind=draft.kind,
        rid=draft.rid,
        # Another process of this node may have drawn a later incarnation; a version never goes back behind it.
        inc=local.inc if before is None else max(local.inc, before[0]),
        ver=1 if before is None else before[1] + 1,
        op=draft.op,
        schema=draft.schema,
        scope=draft.scope,
        dst=None,
        expires=draft.expires,
        body=draft.body,
        key_id=key.key_id,
        sig=bytes(64),
    )
    check_travels(unsigned)
    return replace(unsigned, sig=key.sign(signing_bytes(unsigned)))


def refuse_savepoint(session: Session) -> None:
    """PublishedInSavepoint inside a savepoint."""
    if session.in_nested_transaction():
        raise PublishedInSavepoint("records are staged for the whole transaction")


def stage_of(session: Session) -> Staged:
    """What waits in this session for its number."""
    stage: Staged = session.info.setdefault(STAGE, {})
    return stage


def stored_version(
    session: Session, origin: str, kind: str, rid: str
) -> Row[int, int, str, int, str | None, int | None] | None:
    """(inc, ver, op, schema, scope, expires_at) of the stored record, or None. Holds its row lock on PostgreSQL."""
    r = SyncRecord.__table__.c
    wanted: Select[int, int, str, int, str | None, int | None] = (
        select(r.inc, r.ver, r.op, r.schema, r.scope, r.expires_at)
        .where(r.origin == origin, r.kind == kind, r.rid == rid)
        .with_for_update()
    )
    return session.execute(wanted).first()


def stored_versions(session: Session, node: str, drafts: Sequence[Draft]) -> dict[tuple[str, str], tuple[int, int]]:
    """(kind, rid) → (inc, ver) of the stored records of `node` that these drafts follow. Holds their locks."""
    rids: dict[str, list[str]] = {}
    for draft in drafts:
        rids.setdefault(draft.kind, []).append(draft.rid)
    r, is_postgresql = SyncRecord.__table__.c, session.get_bind().dialect.name == "postgresql"
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for kind, some in rids.items():
        is_one = one_of(r.rid, some, is_postgresql=is_postgresql)
        wanted = select(r.rid, r.inc, r.ver).where(r.origin == node, r.kind == kind, is_one).with_for_update()
        found |= {(kind, rid): (inc, ver) for rid, inc, ver in session.execute(wanted)}
    return found
