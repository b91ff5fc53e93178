"""Both ends of a batch (docs/wire.md §4): the child cuts it from its sequence, the parent takes it in one transaction.

The parent's checkpoint is the only cursor that counts; it moves in the transaction that takes the records in, and
only from exactly where the child says it was. So a lost answer, a repeated, late or reordered batch all end in a 409
that tells the true place, and nothing is ever taken twice or left out.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.exchange import changes, trust
from app.exchange.envelope import Envelope, MalformedEnvelope, decode_line, encode_line
from app.exchange.models import SyncPeer, SyncReject
from app.exchange.node import LocalNode
from app.exchange.receive import Rejection, Verdicts, quarantine_unreadable, receive
from app.exchange.streams import STREAMS
from app.kernel.clock import Clock
from app.kernel.problems import Conflict, Forbidden
from app.sync.protocol import MAX_WIRE, Batch, Checkpoint, Place, PushAnswer, PushHeader, RejectedRecord

START = Place(seq=0, mark="")
NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # when a parent that has taken nothing in yet last did


class OtherCheckpoint(Conflict):
    """The batch was not cut where the parent stands; `checkpoint` tells where that is."""

    slug, zh, en = "checkpoint", "上报起点与上级记录不符", "The batch does not start at the checkpoint"


class Fenced(Conflict):
    """A later process of this node has been seen: this one is a copy or was restored, and draws a new incarnation."""

    slug, zh, en = "fenced", "该节点已有更新的运行实例", "A later incarnation of this node has been seen"


class Suspended(Forbidden):
    slug, zh, en = "suspended", "该节点已被上级暂停", "This node is suspended by its parent"


class UnknownHistory(RuntimeError):
    """The parent's checkpoint speaks of a history this node does not know: it was restored and has to recover."""


@dataclass(frozen=True)
class Cursor:
    """Where the parent has a stream of ours, as far as this node knows."""

    log_id: str
    place: Place


def cut_batch(session: Session, local: LocalNode, stream: str, at: Place, limit: int, scanned: int = 0) -> Batch | None:
    """The next batch of `stream` after the place `at`, in this read snapshot; None if there is nothing to say.

    `scanned` is a number up to which nothing more of this stream was found after `at`: it is not looked for again.
    UnknownHistory if this node's own history does not know the mark of `at`.
    """
    if at.seq > 0 and not changes.has_mark(session, at.mark):
        raise UnknownHistory
    head = changes.head(session)
    origins = trust.subtree(session, local.node)
    # On PostgreSQL each statement sees what is committed meanwhile; the mark speaks for the numbers up to `head` only.
    after = max(at.seq, scanned)
    found = [c for c in changes.changes_after(session, after, limit, stream=stream, origins=origins) if c.seq <= head]
    lines: list[bytes] = []
    size = last = 0
    reached = head if len(found) < limit else found[-1].seq
    for change in found:
        line = encode_line(change.envelope)
        # The limit is on the wire; counted before compression, so that a batch always fits.
        if lines and size + len(line) > MAX_WIRE - 4096:
            reached = last
            break
        lines.append(line)
        size += len(line)
        last = change.seq
    if reached == at.seq or not lines:
        # Records of others move the head too; a cursor that lags behind them costs nothing.
        return None
    header = PushHeader(
        node=local.node,
        log_id=local.log_id,
        inc=local.inc,
        from_=at,
        to=Place(seq=reached, mark=changes.mark_at(session, head)),
        n=len(lines),
    )
    return Batch(header=header, lines=lines)


def accept_batch(
    session: Session, clock: Clock, child: str, stream: str, header: PushHeader, lines: list[bytes]
) -> PushAnswer:
    """Take a child's batch in and move its checkpoint, in the transaction of `session`.

    OtherCheckpoint or Fenced (409) without any effect if it does not continue where this node stands.
    """
    peer = _locked_peer(session, clock, child, stream, header)
    if header.inc < highest_inc(session, child):
        raise Fenced(inc_seen=highest_inc(session, child))
    _check_continues(peer, header)
    verdicts = Verdicts()
    envelopes: list[Envelope] = []
    for position, line in enumerate(lines):
        try:
            envelopes.append(decode_line(line))
        except MalformedEnvelope:
            quarantine_unreadable(session, line, child, position, verdicts)
    taken = receive(session, envelopes, child, trust.subtree(session, child), stream)
    peer.log_id, peer.seq, peer.mark = header.log_id, header.to.seq, header.to.mark
    peer.inc_seen = max(peer.inc_seen, header.inc)
    peer.updated_at = clock.now()
    session.flush()
    return PushAnswer(
        checkpoint=_checkpoint(peer),
        rejected=[_rejected(r) for r in (*verdicts.rejected, *taken.rejected)],
        newer=[encode_line(e).decode() for e in taken.newer],
    )


def checkpoints(session: Session, child: str) -> dict[str, Checkpoint]:
    """Where this node stands with each stream of a child."""
    rows = session.scalars(select(SyncPeer).where(SyncPeer.peer == child, SyncPeer.dir == "in"))
    return {row.stream: _checkpoint(row) for row in rows}


def highest_inc(session: Session, child: str) -> int:
    """The highest incarnation of a child that this node has seen."""
    seen = select(func.max(SyncPeer.inc_seen)).where(SyncPeer.peer == child, SyncPeer.dir == "in")
    return session.execute(seen).scalar() or 0


def own_cursor(session: Session, parent: str, stream: str) -> Cursor | None:
    """What this node last heard of its checkpoint at the parent."""
    row = session.get(SyncPeer, (parent, "out", stream))
    return None if row is None else Cursor(row.log_id, Place(seq=row.seq, mark=row.mark))


def note_checkpoint(session: Session, parent: str, stream: str, checkpoint: Checkpoint, inc: int) -> SyncPeer:
    """Remember what the parent said of our checkpoint: a cache, and what the operator sees.

    Its time stays as it is: that is when the parent last took something in (`take_answer`).
    """
    row = session.get(SyncPeer, (parent, "out", stream))
    if row is None:
        row = SyncPeer(peer=parent, dir="out", stream=stream, inc_seen=0, suspended=False, updated_at=NEVER)
        session.add(row)
    row.log_id, row.seq, row.mark = checkpoint.log_id, checkpoint.seq, checkpoint.mark
    row.inc_seen = max(row.inc_seen, inc)
    return row


def take_answer(
    session: Session, clock: Clock, local: LocalNode, stream: str, batch: Batch, answer: PushAnswer
) -> None:
    """Take in what the parent said of a batch: the checkpoint, the refusals, and versions it holds instead of ours."""
    parent = local.parent or ""
    note_checkpoint(session, parent, stream, answer.checkpoint, local.inc).updated_at = clock.now()
    if session.scalar(select(SyncReject.rid).where(SyncReject.peer == parent).limit(1)) is not None:
        take_back(session, local, batch)
    for r in answer.rejected:
        session.merge(SyncReject(peer=parent, origin=r.o, kind=r.k, rid=r.r, inc=r.i, ver=r.v, code=r.code))
    if answer.newer:
        newer = [decode_line(line.encode()) for line in answer.newer]
        receive(session, newer, parent, trust.subtree(session, local.node))


def set_aside(session: Session, local: LocalNode, batch: Batch, code: str) -> None:
    """Note the records of a batch as refused by the parent: what the operator sees, and what is not sent again."""
    for e in map(decode_line, batch.lines):
        session.merge(
            SyncReject(
                peer=local.parent or "", origin=e.origin, kind=e.kind, rid=e.rid, inc=e.inc, ver=e.ver, code=code
            )
        )


def take_back(session: Session, local: LocalNode, batch: Batch) -> None:
    """Forget that the records of a batch were refused: they were accepted since, or not they were at fault."""
    for e in map(decode_line, batch.lines):
        session.execute(
            delete(SyncReject).where(
                SyncReject.peer == (local.parent or ""),
                SyncReject.origin == e.origin,
                SyncReject.kind == e.kind,
                SyncReject.rid == e.rid,
            )
        )


def backlog(session: Session, local: LocalNode) -> int:
    """How many records of this node and below wait for the parent: all of them while it holds another history."""
    if local.parent is None:
        return 0
    origins = trust.subtree(session, local.node)
    waiting = 0
    for stream in STREAMS:
        cursor = own_cursor(session, local.parent, stream)
        reached = cursor.place.seq if cursor is not None and cursor.log_id == local.log_id else 0
        waiting += changes.count_after(session, reached, stream=stream, origins=origins)
    return waiting


def _locked_peer(session: Session, clock: Clock, child: str, stream: str, header: PushHeader) -> SyncPeer:
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    first = {
        "peer": child,
        "dir": "in",
        "stream": stream,
        "log_id": header.log_id,
        "seq": 0,
        "mark": "",
        "inc_seen": 0,
        "suspended": False,
        "updated_at": clock.now(),
    }
    session.execute(make(SyncPeer).values(first).on_conflict_do_nothing())
    key = (SyncPeer.peer == child, SyncPeer.dir == "in", SyncPeer.stream == stream)
    return session.execute(select(SyncPeer).where(*key).with_for_update()).scalar_one()


def _check_continues(peer: SyncPeer, header: PushHeader) -> None:
    if peer.suspended:
        raise Suspended()
    continues = (peer.log_id, peer.seq, peer.mark) == (header.log_id, header.from_.seq, header.from_.mark)
    is_reset = header.from_ == START and header.inc > peer.inc_seen
    if not continues and not is_reset:
        raise OtherCheckpoint(checkpoint=_checkpoint(peer).model_dump())


def _checkpoint(peer: SyncPeer) -> Checkpoint:
    return Checkpoint(log_id=peer.log_id, seq=peer.seq, mark=peer.mark)


def _rejected(r: Rejection) -> RejectedRecord:
    return RejectedRecord(o=r.origin, k=r.kind, r=r.rid, i=r.inc, v=r.ver, code=r.code)
