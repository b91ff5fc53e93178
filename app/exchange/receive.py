"""What happens to a record that arrives: verified by its origin's key, kept if it is newer, else answered or refused.

One bad record stops nobody: it goes to the quarantine with its raw bytes and the rest goes on. What was refused for
want of a key is tried again as soon as a statement brings one (docs/wire.md §1, §5).
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Row, select, text
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.orm import Session

from app.exchange import trust
from app.exchange.envelope import Envelope, decode_line, encode_line
from app.exchange.keys import verify
from app.exchange.kinds import Kinds
from app.exchange.models import SyncNode, SyncQuarantine, SyncRecord
from app.exchange.node import exchange_of
from app.exchange.records import Accepted, refuse_savepoint, stage_of
from app.exchange.streams import stream_of
from app.kernel.keys import among

log = structlog.get_logger(__name__)

BAD_SIGNATURE = "bad_signature"
UNKNOWN_KEY = "unknown_key"
FOREIGN_SUBTREE = "foreign_subtree"
FOREIGN_REGION = "foreign_region"  # a record about a division that is not the origin's to speak of
EQUIVOCATION = "equivocation"
SUPERSEDED = "superseded"  # an older version of a record that the same batch brings anew
MALFORMED = "malformed"
WRONG_STREAM = "wrong_stream"  # each stream has its own cursor: a record in another would pass by the order of both
_WAITING = (UNKNOWN_KEY, FOREIGN_SUBTREE, FOREIGN_REGION)  # what a new statement about the origin may mend
_TURN = 0x5245434549564531  # "RECEIVE1", the name of the lock on PostgreSQL


@dataclass(frozen=True)
class Rejection:
    """One record that was refused, and why."""

    origin: str
    kind: str
    rid: str
    inc: int
    ver: int
    code: str


@dataclass
class Verdicts:
    """What became of a batch. `newer` are the versions held here of records that came in an older or another form."""

    applied: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    newer: list[Envelope] = field(default_factory=list)


@dataclass
class _Arrival:
    """One call of `receive` at work: what was taken waits in `taken` for the tables above."""

    session: Session
    verdicts: Verdicts
    origins: set[str] | None
    held: dict[tuple[str, str, str], Envelope] = field(default_factory=dict)
    taken: list[Envelope] = field(default_factory=list)

    def current(self, key: tuple[str, str, str]) -> Envelope | None:
        """The version that counts now: the one just accepted, else the stored one."""
        staged = stage_of(self.session).get(key)
        return staged.envelope if isinstance(staged, Accepted) else self.held.get(key)


def receive(
    session: Session,
    envelopes: Sequence[Envelope],
    via: str,
    allowed: Collection[str] | None = None,
    stream: str | None = None,
) -> Verdicts:
    """Apply what is newer than what is held; the verdicts. The records get their numbers when `session` commits.

    `allowed` are the origins this peer may speak for (None: any), `stream` the one they came in (None: any).
    Trust statements take effect within the batch.
    """
    refuse_savepoint(session)
    _take_turn(session)
    origins = set(allowed) if allowed is not None else None
    arrival = _Arrival(session, Verdicts(), origins, _held(session, list({e.key for e in envelopes})))
    for rivals in _greatest_first(envelopes):
        winner: Envelope | None = None
        for envelope in rivals:
            if winner is not None:
                if envelope.sha256 != winner.sha256:
                    code = EQUIVOCATION if envelope.version == winner.version else SUPERSEDED
                    _refuse(session, envelope, via, code, arrival.verdicts)
            elif stream is not None and stream_of(envelope.kind) != stream:
                _refuse(session, envelope, via, WRONG_STREAM, arrival.verdicts)
            elif arrival.origins is not None and envelope.origin not in arrival.origins:
                _refuse(session, envelope, via, FOREIGN_SUBTREE, arrival.verdicts)
            elif _take(session, envelope, arrival.current(envelope.key), via, arrival.verdicts):
                winner = envelope
                _settle(arrival, envelope)
    _bring_in(session, arrival.taken)
    return arrival.verdicts


def reread(session: Session, kinds: Kinds, arrived: Callable[[datetime], object] = lambda _: None) -> int:
    """Let the tables above read every stored record of a registered kind again; how many there were.

    `sanlian migrate` calls this each time: it is how a kind, a schema or a field that the version before did not
    understand comes to be shown after an upgrade. `arrived` is told beforehand when each record came. It takes no
    numbers: nothing changes for those who follow this node.
    """
    r = SyncRecord.__table__.c
    names = sorted((kind.name for kind in kinds), key=lambda name: (name != trust.KIND, name))
    count = 0
    for name in names:
        last = 0
        while rows := session.execute(
            select(SyncRecord.__table__).where(r.kind == name, r.op != "X", r.seq > last).order_by(r.seq).limit(500)
        ).all():
            for row in rows:
                arrived(row.applied_at)
                _bring_in_one(session, kinds, envelope_of(row))
            count, last = count + len(rows), rows[-1].seq
            session.expunge_all()
    return count


def retry_quarantine(session: Session, origin: str) -> Verdicts:
    """Try again what waits for the key of `origin`; what is accepted leaves the quarantine."""
    refuse_savepoint(session)
    _take_turn(session)
    arrival = _Arrival(session, Verdicts(), None)
    _retry(arrival, origin)
    _bring_in(session, arrival.taken)
    return arrival.verdicts


def _take_turn(session: Session) -> None:
    """One arrival at a time on PostgreSQL, as on SQLite: what was compared with the stored version holds to the end."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _TURN})


def _settle(arrival: _Arrival, envelope: Envelope) -> None:
    """Note an accepted record for the tables above; a statement counts at once, and frees what waited for it."""
    if envelope.kind != trust.KIND:
        arrival.taken.append(envelope)
        return
    _bring_in(arrival.session, [envelope])
    learned = _learned_node(envelope)
    if learned is not None:
        if arrival.origins is not None:
            arrival.origins.add(learned)
        _retry(arrival, learned)


def _retry(arrival: _Arrival, origin: str) -> None:
    session = arrival.session
    waiting = session.scalars(
        select(SyncQuarantine)
        .where(SyncQuarantine.origin == origin, SyncQuarantine.reason.in_(_WAITING))
        .order_by(SyncQuarantine.inc, SyncQuarantine.ver)
    ).all()
    for row in waiting:
        if origin not in trust.subtree(session, row.peer):
            continue
        envelope = decode_line(row.raw)
        if envelope.key not in arrival.held:
            arrival.held.update(_held(session, [envelope.key]))
        outcome = Verdicts()
        is_taken = _take(session, envelope, arrival.current(envelope.key), row.peer, outcome)
        if not outcome.rejected:  # taken now, or no longer needed: this version or a newer one came another way
            session.delete(row)
            session.flush()
        if is_taken:
            arrival.verdicts.applied += 1
            _settle(arrival, envelope)


def _bring_in(session: Session, envelopes: Sequence[Envelope]) -> None:
    """Let the tables above take in what was accepted; a record they choke on is kept and relayed all the same.

    All in one savepoint, and one by one only if that fails: the good ones must not suffer for the bad one.
    """
    kinds = exchange_of(session).kinds
    if not envelopes or _fits(session, envelopes, kinds.bring_in):
        return
    for envelope in envelopes:
        _bring_in_one(session, kinds, envelope)


def _bring_in_one(session: Session, kinds: Kinds, envelope: Envelope) -> None:
    if not _fits(session, [envelope], kinds.bring_in):
        log.error("record not understood", node=envelope.origin, kind=envelope.kind)
        _fits(session, [envelope], kinds.take_off)  # the version before it is outdated


def _fits(session: Session, envelopes: Sequence[Envelope], do: Callable[[Session, Envelope], object]) -> bool:
    try:
        with session.begin_nested():
            for envelope in envelopes:
                do(session, envelope)
    except (OperationalError, InternalError, InterfaceError):
        raise  # the database's trouble, not the record's: the whole batch comes again
    except Exception as error:
        log.warning("records not taken in", reason=type(error).__name__)
        return False
    return True


def quarantine_unreadable(session: Session, raw: bytes, via: str, position: int, verdicts: Verdicts) -> None:
    """Keep a line that is no envelope, under a name made from its place in the batch."""
    now = exchange_of(session).clock.now()
    rid = f"{position:08d}-0000-7000-8000-{int(now.timestamp() * 1000) % 16**12:012x}"
    row = SyncQuarantine(
        peer=via,
        origin=via,
        kind="unreadable",
        rid=rid,
        inc=0,
        ver=0,
        reason=MALFORMED,
        raw=raw,
        first_seen=now,
        tries=1,
    )
    session.merge(row)
    verdicts.rejected.append(Rejection(via, "unreadable", rid, 0, 0, MALFORMED))


def _greatest_first(envelopes: Sequence[Envelope]) -> Iterator[list[Envelope]]:
    """The versions of each record together, the greatest first; the records in the order in which they came."""
    rivals: dict[tuple[str, str, str], list[Envelope]] = {}
    for envelope in envelopes:
        rivals.setdefault(envelope.key, []).append(envelope)
    for versions in rivals.values():
        yield sorted(versions, key=lambda e: (e.version, e.sha256), reverse=True) if len(versions) > 1 else versions


def _take(session: Session, envelope: Envelope, held: Envelope | None, via: str, verdicts: Verdicts) -> bool:
    """Apply one record if it is newer and its signature holds; whether it was applied."""
    if held is not None and held.version > envelope.version:
        verdicts.newer.append(held)
        return False
    if held is not None and held.version == envelope.version and held.sha256 == envelope.sha256:
        return False  # already here: a repeated batch is no news
    fault = _fault(session, envelope)
    if fault is not None:
        _refuse(session, envelope, via, fault, verdicts)
        return False
    if held is not None and held.version == envelope.version:
        log.error("equivocation", peer=via, node=envelope.origin, kind=envelope.kind)
        if held.sha256 > envelope.sha256:
            _refuse(session, envelope, via, EQUIVOCATION, verdicts)
            verdicts.newer.append(held)
            return False
        _refuse(session, held, via, EQUIVOCATION, verdicts)
    stage_of(session)[envelope.key] = Accepted(envelope, via)
    verdicts.applied += 1
    return True


def _fault(session: Session, envelope: Envelope) -> str | None:
    """Why this record may not be accepted, or None."""
    statement = _statement(envelope)
    if statement is not None:
        return _statement_fault(session, envelope, statement)
    signer = session.get(SyncNode, envelope.origin)
    if signer is None or signer.key_id != envelope.key_id:
        return UNKNOWN_KEY
    if not verify(signer.public_key, envelope.signed_bytes, envelope.sig):
        return BAD_SIGNATURE
    # A node hosts offices of its own division and below it, as its parent stated; it speaks for no other's.
    is_own = envelope.scope is None or trust.is_inside(envelope.scope, signer.region)
    return None if is_own else FOREIGN_REGION


def _statement_fault(session: Session, envelope: Envelope, statement: trust.NodeStatement) -> str | None:
    if statement.parent is None:  # the city's own: it brings the key it is signed with
        public = statement.public_key_bytes
    else:
        signer = session.get(SyncNode, envelope.origin)
        if signer is None or signer.key_id != envelope.key_id:
            return UNKNOWN_KEY
        public = signer.public_key
    if not verify(public, envelope.signed_bytes, envelope.sig):
        return BAD_SIGNATURE
    return None if trust.is_lawful(session, envelope.origin, statement) else FOREIGN_SUBTREE


def _statement(envelope: Envelope) -> trust.NodeStatement | None:
    """The node statement in a record; None for other kinds, ends, and a later schema, which is kept but not read."""
    if envelope.kind != trust.KIND or envelope.op != "P" or envelope.schema != trust.SCHEMA:
        return None
    try:
        return trust.NodeStatement.model_validate_json(envelope.body or "", extra="ignore")
    except ValueError:
        return None


def _learned_node(envelope: Envelope) -> str | None:
    statement = _statement(envelope)
    return statement.node if statement is not None else None


def _refuse(session: Session, envelope: Envelope, via: str, code: str, verdicts: Verdicts) -> None:
    e = envelope
    verdicts.rejected.append(Rejection(e.origin, e.kind, e.rid, e.inc, e.ver, code))
    if code == SUPERSEDED:
        return
    log.warning("record refused", peer=via, node=e.origin, kind=e.kind, reason=code)
    row = session.get(SyncQuarantine, (via, e.origin, e.kind, e.rid, e.inc, e.ver))
    if row is None:
        now = exchange_of(session).clock.now()
        row = SyncQuarantine(
            peer=via, origin=e.origin, kind=e.kind, rid=e.rid, inc=e.inc, ver=e.ver, first_seen=now, tries=0
        )
        session.add(row)
    row.reason, row.raw, row.tries = code, encode_line(e), row.tries + 1


def _held(session: Session, keys: Sequence[tuple[str, str, str]]) -> dict[tuple[str, str, str], Envelope]:
    return {e.key: e for start in range(0, len(keys), 200) for e in _held_some(session, keys[start : start + 200])}


def _held_some(session: Session, keys: Sequence[tuple[str, str, str]]) -> Iterator[Envelope]:
    r = SyncRecord.__table__.c
    wanted = select(SyncRecord.__table__).where(among((r.origin, r.kind, r.rid), keys))
    own = exchange_of(session).local.node
    if any(origin == own for origin, _, _ in keys):  # our own may be changed here meanwhile; others' only by arrivals
        wanted = wanted.with_for_update()
    for row in session.execute(wanted):
        yield envelope_of(row)


def envelope_of(row: Row[Any]) -> Envelope:
    """The envelope that a row of `sync_record` holds."""
    r = row
    return Envelope(
        origin=r.origin,
        kind=r.kind,
        rid=r.rid,
        inc=r.inc,
        ver=r.ver,
        op=r.op,
        schema=r.schema,
        scope=r.scope,
        dst=r.dst,
        expires=r.expires_at,
        body=r.body,
        key_id=r.key_id,
        sig=r.sig,
    )
