"""The ledger in the database of the node: each method one statement or two, on the session's transaction."""

import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, bindparam, delete, exists, func, insert, not_, or_, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, SessionTransaction

from app.exchange import changes
from app.exchange.applying import bring_in, take_back
from app.exchange.envelope import Envelope, MalformedEnvelope, decode_line, encode_line
from app.exchange.key_rows import forget_key
from app.exchange.keys import verify, verify_beside
from app.exchange.kinds import Bodies
from app.exchange.ledger import (
    Change,
    Direction,
    Ended,
    Horizon,
    Key,
    KnownNode,
    Ledger,
    Meta,
    Peer,
    Rejection,
    Which,
)
from app.exchange.models import (
    SyncHorizon,
    SyncIncarnation,
    SyncKey,
    SyncMark,
    SyncMeta,
    SyncNode,
    SyncPeer,
    SyncQuarantine,
    SyncRecord,
    SyncReject,
    SyncSeen,
)
from app.exchange.node import LocalNode, exchange_of
from app.exchange.records import Accepted, purge, refuse_savepoint, stage_of
from app.exchange.rows import ENVELOPE, envelope_of
from app.kernel.bulk import upsert
from app.kernel.clock import Clock
from app.kernel.db import Base, Database
from app.kernel.keys import among, one_of

_TURN = 0x5245434549564531  # "RECEIVE1", the name of the lock on PostgreSQL
_KEYS_AT_ONCE = 200  # in one statement
_REMEMBERED = "exchange_remembered"
_PARENTS = select(SyncNode.__table__.c.node, SyncNode.__table__.c.parent)
_PEER = tuple(column.name for column in SyncPeer.__table__.columns)
# What is asked for all the time is put together once.
_A_PEER = select(SyncPeer.__table__).where(*(c == bindparam(f"of_{c.name}") for c in SyncPeer.__table__.primary_key))
_A_PEER_TO_CHANGE = _A_PEER.with_for_update()
_IN_ORDER = select(*ENVELOPE, SyncRecord.__table__.c.seq).order_by(SyncRecord.__table__.c.seq)


@dataclass
class _Remembered:
    """What a transaction has read of the few rows that nearly every rule asks for, so that it reads them once."""

    transaction: SessionTransaction | None
    meta: Meta | None = None
    parents: Mapping[str, str | None] | None = None
    nodes: dict[str, KnownNode | None] = field(default_factory=dict)


class SqlLedger:
    """A `Ledger` on one session. Only a session of a running node, which has an exchange, takes records in."""

    def __init__(self, session: Session, clock: Clock | None = None) -> None:
        self._session = session
        self._clock = clock
        self._is_postgresql = session.get_bind().dialect.name == "postgresql"
        self._genuine: dict[Envelope, tuple[bytes, Callable[[], bool]]] = {}  # by which key, and whether it holds
        self._bodies: Bodies = {}

    @property
    def local(self) -> LocalNode:
        return exchange_of(self._session).local

    def now(self) -> datetime:
        return (self._clock or exchange_of(self._session).clock).now()

    def take_turn(self) -> None:
        refuse_savepoint(self._session)
        if self._is_postgresql:  # on SQLite a transaction that writes is alone anyway
            self._session.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _TURN})
        self._forget()  # another may have had its turn before

    @property
    def _remembered(self) -> _Remembered:
        """Kept by the session, since the tables above make ledgers of their own on it."""
        found: _Remembered | None = self._session.info.get(_REMEMBERED)
        if found is None or found.transaction is not self._session.get_transaction():
            found = self._session.info[_REMEMBERED] = _Remembered(self._session.get_transaction())
        return found

    def _forget(self) -> None:
        self._session.info.pop(_REMEMBERED, None)

    def meta(self) -> Meta:
        known = self._remembered
        if known.meta is None:
            known.meta = _as(Meta, self._session.get_one(SyncMeta, 1))
        return known.meta

    def change_meta(self, **changes: int | bool) -> None:
        self._forget()
        row = self._session.get_one(SyncMeta, 1, with_for_update=True)
        for name, value in changes.items():
            setattr(row, name, value)
        self._session.flush()

    def token(self, size: int) -> str:
        return secrets.token_hex(size)

    def head(self) -> int:
        return changes.head(self._session)

    def mark_at(self, seq: int) -> str:
        return changes.mark_at(self._session, seq)

    def has_mark(self, mark: str) -> bool:
        return changes.has_mark(self._session, mark)

    def begin_history(self, log_id: str, mark: str) -> None:
        self._forget()
        self._session.get_one(SyncMeta, 1, with_for_update=True).log_id = log_id
        self._session.execute(delete(SyncMark))
        self._session.execute(insert(SyncMark).values(mark=mark, seq=self.head(), created_at=self.now()))

    def changes(self, after: int, limit: int, which: Which) -> list[Change]:
        r = SyncRecord.__table__.c
        found = _IN_ORDER.where(r.seq > after, *_conditions(which)).limit(limit)
        return [Change(row[-1], envelope_of(row)) for row in self._session.execute(found)]

    def count(self, after: int, which: Which) -> int:
        found = select(func.count()).where(SyncRecord.__table__.c.seq > after, *_conditions(which))
        return self._session.execute(found).scalar_one()

    def highest(self, origins: Collection[str], vias: Collection[str]) -> int:
        r = SyncRecord.__table__.c
        found = select(func.max(r.seq)).where(r.origin.in_(sorted(origins)), r.via.in_(sorted(vias)))
        staged = [s for s in stage_of(self._session).values() if isinstance(s, Accepted)]
        if any(s.envelope.origin in origins and s.via in vias for s in staged):
            return self.head() + len(staged)
        return self._session.execute(found).scalar() or 0

    def held(self, keys: Sequence[Key]) -> dict[Key, Envelope]:
        found = {e.key: e for e in self._stored(keys)}
        stage = stage_of(self._session)
        for key in keys:
            staged = stage.get(key)
            if isinstance(staged, Accepted):
                found[key] = staged.envelope
        return found

    def _stored(self, keys: Sequence[Key]) -> Iterator[Envelope]:
        rids: dict[tuple[str, str], list[str]] = {}
        for origin, kind, rid in keys:
            rids.setdefault((origin, kind), []).append(rid)
        r = SyncRecord.__table__.c
        for (origin, kind), some in rids.items():
            is_one = one_of(r.rid, some, is_postgresql=self._is_postgresql)
            wanted = select(*ENVELOPE).where(r.origin == origin, r.kind == kind, is_one)
            # Our own may be changed meanwhile; others' only by arrivals, which take turns.
            if self._writes and origin == self.local.node:
                wanted = wanted.with_for_update()
            yield from map(envelope_of, self._session.execute(wanted))

    def stage(self, envelope: Envelope, via: str | None) -> None:
        stage_of(self._session)[envelope.key] = Accepted(envelope, via)

    def bring_in(self, envelopes: Sequence[Envelope]) -> None:
        kinds = exchange_of(self._session).kinds
        bring_in(self._session, kinds, envelopes, self._bodies)
        take_back(self._session, kinds, [e for e in envelopes if e.origin == self.local.node])

    def signed_otherwise(self, key_id: str, revoked: Collection[str], limit: int) -> list[Envelope]:
        r, node = SyncRecord.__table__.c, self.local.node
        has_to_be = or_(changes.signed_otherwise(node, key_id), r.key_id.in_(sorted(revoked)))
        wanted = select(*ENVELOPE).where(r.origin == node, r.op != "X", has_to_be)
        rows = self._session.execute(wanted.order_by(r.seq).limit(limit).with_for_update())
        return [envelope_of(row) for row in rows]

    def brought_by(self, vias: Collection[str], kinds: Collection[str], besides: Collection[str]) -> Iterator[Envelope]:
        r = SyncRecord.__table__.c
        last = 0
        theirs = (r.via.in_(sorted(vias)), r.op != "X", r.kind.in_(sorted(kinds)), r.origin.not_in(sorted(besides)))
        while rows := self._session.execute(
            select(*ENVELOPE, r.seq).where(*theirs, r.seq > last).order_by(r.seq).limit(1000)
        ).all():
            last = rows[-1].seq
            yield from map(envelope_of, rows)

    def note_seen(self, keys: Iterable[Key]) -> None:
        rows = [{"origin": origin, "kind": kind, "rid": rid} for origin, kind, rid in keys]
        if rows:
            make = postgresql.insert if self._is_postgresql else sqlite.insert
            self._session.connection().execute(make(SyncSeen).on_conflict_do_nothing(), rows)

    def seen(self, keys: Sequence[Key]) -> set[Key]:
        s = SyncSeen.__table__.c
        wanted = (select(s.origin, s.kind, s.rid).where(among((s.origin, s.kind, s.rid), k)) for k in _some(keys))
        return {(row.origin, row.kind, row.rid) for one in wanted for row in self._session.execute(one)}

    def forget_seen(self) -> None:
        self._session.execute(delete(SyncSeen))

    def check_ahead(self, signed: Sequence[tuple[bytes, Envelope]]) -> None:
        holds = verify_beside((public, e.signed_bytes, e.sig) for public, e in signed)
        self._genuine = {e: (public, held) for (public, e), held in zip(signed, holds, strict=True)}
        self._bodies = exchange_of(self._session).kinds.read_ahead([e for _, e in signed])

    def is_signed(self, public: bytes, envelope: Envelope) -> bool:
        checked = self._genuine.get(envelope)
        if checked is not None and checked[0] == public:
            return checked[1]()
        return verify(public, envelope.signed_bytes, envelope.sig)

    def node(self, name: str) -> KnownNode | None:
        nodes = self._remembered.nodes
        if name not in nodes:
            row = self._session.get(SyncNode, name)
            nodes[name] = None if row is None else _as(KnownNode, row)
        return nodes[name]

    def parents(self) -> Mapping[str, str | None]:
        known = self._remembered
        if known.parents is None:
            known.parents = {row.node: row.parent for row in self._session.execute(_PARENTS)}
        return known.parents

    def keys(self, node: str, key_id: str) -> list[bytes]:
        k = SyncKey.__table__.c
        named = select(k.public_key).where(k.node == node, k.key_id == key_id).order_by(k.public_key)
        return [bytes(row.public_key) for row in self._session.execute(named)]

    def learn(self, node: KnownNode, *, is_present: bool = True) -> None:
        self._forget()
        self._upsert(SyncKey, node=node.node, public_key=node.public_key, key_id=node.key_id, statement=node.statement)
        if is_present:
            values = {field.name: getattr(node, field.name) for field in fields(node)}
            self._session.merge(SyncNode(**values))
            self._session.flush()

    def revoke(self, node: str, through: int) -> None:
        self._forget()
        row = self._session.get_one(SyncNode, node)
        row.revoked = max(row.revoked, through)
        self._session.flush()

    def forget_statement(self, rid: str, stated_by: str) -> None:
        self._forget()
        forget_key(self._session, rid, stated_by)

    def peer(self, peer: str, direction: Direction, stream: str) -> Peer | None:
        wanted = _A_PEER_TO_CHANGE if self._writes else _A_PEER
        found = self._session.execute(wanted, {"of_peer": peer, "of_dir": direction, "of_stream": stream})
        row = found.mappings().first()
        return None if row is None else Peer(**row)

    @property
    def _writes(self) -> bool:
        return "exchange" in self._session.info

    def peers(self, peer: str, direction: Direction) -> list[Peer]:
        p = SyncPeer.__table__.c
        wanted = select(SyncPeer.__table__).where(p.peer == peer, p.dir == direction)
        return [Peer(**row) for row in self._session.execute(wanted).mappings()]

    def save_peer(self, peer: Peer) -> None:
        self._upsert(SyncPeer, **{name: getattr(peer, name) for name in _PEER})

    def drop_peer(self, peer: str, direction: Direction, stream: str) -> None:
        p = SyncPeer
        self._session.execute(delete(p).where(p.peer == peer, p.dir == direction, p.stream == stream))

    def hear_incarnation(self, peer: str, inc: int) -> None:
        self._upsert(SyncIncarnation, peer=peer, inc=inc, heard_at=self.now())

    def fence_incarnation(self, peer: str, inc: int) -> bool:
        i = SyncIncarnation.__table__.c
        self._upsert(SyncIncarnation, peer=peer, inc=inc, fenced_at=self.now())
        heard = select(i.heard_at).where(i.peer == peer, i.inc == inc)
        return self._session.execute(heard).scalar_one() is not None

    def fenced_since(self, peer: str, since: datetime) -> int:
        i = SyncIncarnation.__table__.c
        return self._session.execute(select(func.count()).where(i.peer == peer, i.fenced_at >= since)).scalar_one()

    def forget_overtaken(self, peer: str, before: datetime) -> None:
        i = SyncIncarnation.__table__.c
        last = select(func.max(i.inc)).where(i.peer == peer, i.heard_at < before)
        overtaken = self._session.execute(last).scalar() or 0
        is_quiet = or_(i.fenced_at.is_(None), i.fenced_at < before)
        self._session.execute(delete(SyncIncarnation).where(i.peer == peer, i.inc < overtaken, is_quiet))

    def forget_incarnations(self, peer: str) -> None:
        self._session.execute(delete(SyncIncarnation).where(SyncIncarnation.peer == peer))

    def horizons(self) -> list[Horizon]:
        h = SyncHorizon.__table__.c
        return [Horizon(row.at, row.seq) for row in self._session.execute(select(h.at, h.seq).order_by(h.at, h.seq))]

    def note_horizon(self, seq: int) -> None:
        self._session.merge(SyncHorizon(at=self.now(), seq=seq))
        self._session.flush()

    def forget_horizons(self, horizons: Collection[Horizon]) -> None:
        h = SyncHorizon
        for one in horizons:
            self._session.execute(delete(h).where(h.at == one.at, h.seq == one.seq))

    def ended(self, after: int, upto: int, limit: int) -> list[Ended]:
        r = SyncRecord.__table__.c
        waits = (
            exists().where(t.c.origin == r.origin, t.c.kind == r.kind, t.c.rid == r.rid)
            for t in (SyncQuarantine.__table__, SyncReject.__table__)
        )
        among_numbers = (r.op.in_(("D", "X")), r.seq > after, r.seq <= upto)
        found = select(*ENVELOPE, r.seq, r.via).where(*among_numbers, *(not_(one) for one in waits))
        rows = self._session.execute(found.order_by(r.seq).limit(limit))
        return [Ended(row.seq, envelope_of(row), row.via) for row in rows]

    def remove(self, keys: Sequence[Key]) -> None:
        r = SyncRecord
        for some in _some(keys):
            self._session.execute(delete(r).where(among((r.origin, r.kind, r.rid), some)))

    def empty(self) -> None:
        self._forget()
        r = SyncRecord.__table__.c
        kept = or_(r.op.in_(("D", "E")), and_(r.op == "P", changes.in_stream("trust")))
        self._session.execute(delete(SyncRecord).where(not_(kept)))
        for table in (SyncPeer, SyncHorizon, SyncQuarantine, SyncReject, SyncSeen):
            self._session.execute(delete(table))

    def quarantine(self, peer: str, envelope: Envelope, reason: str) -> None:
        e = envelope
        self._quarantine(peer, (e.origin, e.kind, e.rid, e.inc, e.ver), encode_line(e), reason)

    def quarantine_raw(self, peer: str, raw: bytes, position: int, reason: str) -> str:
        rid = f"{position:08d}-0000-7000-8000-{int(self.now().timestamp() * 1000) % 16**12:012x}"
        self._quarantine(peer, (peer, "unreadable", rid, 0, 0), raw, reason)
        return rid

    def _quarantine(self, peer: str, version: tuple[str, str, str, int, int], raw: bytes, reason: str) -> None:
        row = self._session.get(SyncQuarantine, (peer, *version))
        if row is None:
            origin, kind, rid, inc, ver = version
            row = SyncQuarantine(peer=peer, origin=origin, kind=kind, rid=rid, inc=inc, ver=ver, tries=0)
            row.first_seen = self.now()
            self._session.add(row)
        row.reason, row.raw, row.tries = reason, raw, row.tries + 1
        self._session.flush()

    def quarantined(self, origin: str, reasons: Collection[str]) -> list[tuple[str, Envelope]]:
        q = SyncQuarantine
        waiting = select(q).where(q.origin == origin, q.reason.in_(sorted(reasons))).order_by(q.inc, q.ver)
        found: list[tuple[str, Envelope]] = []
        for row in self._session.scalars(waiting):
            with suppress(MalformedEnvelope):  # what cannot be read (any more) cannot be tried: it stays
                found.append((row.peer, decode_line(row.raw)))
        return found

    def forget_waiting(self, peer: str, reasons: Collection[str]) -> None:
        q = SyncQuarantine
        waiting = (q.peer == peer, q.reason.in_(sorted(reasons)), q.kind.not_like("trust.%"))
        self._session.execute(delete(q).where(*waiting))

    def release(self, peer: str, envelope: Envelope) -> None:
        e = envelope
        row = self._session.get(SyncQuarantine, (peer, e.origin, e.kind, e.rid, e.inc, e.ver))
        if row is not None:
            self._session.delete(row)
            self._session.flush()

    def purge(self, key: Key) -> None:
        purge(self._session, key)

    def note_reject(self, peer: str, rejection: Rejection) -> None:
        r = rejection
        self._upsert(SyncReject, peer=peer, origin=r.origin, kind=r.kind, rid=r.rid, inc=r.inc, ver=r.ver, code=r.code)

    def has_rejects(self, peer: str) -> bool:
        return self._session.scalar(select(SyncReject.rid).where(SyncReject.peer == peer).limit(1)) is not None

    def forget_rejects(self, peer: str, keys: Iterable[Key]) -> None:
        r = SyncReject
        for some in _some(list(keys)):
            self._session.execute(delete(r).where(r.peer == peer, among((r.origin, r.kind, r.rid), some)))

    def _upsert(self, model: type[Base], **values: Any) -> None:
        upsert(self._session, Base.metadata.tables[model.__tablename__], [values])


class SqlLedgers:
    """Transactions on the node's database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def read(self) -> Iterator[Ledger]:
        with self._database.snapshot() as session:
            yield SqlLedger(session)

    @contextmanager
    def write(self) -> Iterator[Ledger]:
        with self._database.write() as session:
            yield SqlLedger(session)


_Value = TypeVar("_Value", Meta, KnownNode)


def _as(value: type[_Value], row: SyncMeta | SyncNode) -> _Value:
    """The columns of `row` that have the names of the fields of `value`."""
    return value(**{field.name: getattr(row, field.name) for field in fields(value)})


def _conditions(which: Which) -> Iterator[ColumnElement[bool]]:
    r = SyncRecord.__table__.c
    if not which.drops:
        yield r.op != "X"
    if which.stream is not None:
        yield changes.in_stream(which.stream)
    if which.kinds is not None:
        yield r.kind.in_(sorted(which.kinds))
    if which.origins is not None:
        theirs = r.origin.in_(sorted(which.origins))
        yield theirs if which.or_via is None else or_(theirs, r.via == which.or_via)
    if which.besides:
        yield r.origin.not_in(sorted(which.besides))
    if which.vias is not None:
        yield r.via.in_(sorted(which.vias))


def _some(keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
    return (keys[start : start + _KEYS_AT_ONCE] for start in range(0, len(keys), _KEYS_AT_ONCE))
