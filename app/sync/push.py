"""Both ends of a batch (docs/wire.md §4): the child cuts it from its sequence, the parent takes it in one transaction.

The parent's checkpoint is the only cursor that counts; it moves in the transaction that takes the records in, and
only from exactly where the child says it was. So a lost answer, a repeated, late or reordered batch all end in a 409
that tells the true place, and nothing is ever taken twice or left out.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import structlog

from app.exchange import horizons, trust
from app.exchange.envelope import Envelope, decode_line, encode_line
from app.exchange.keeping import RESTORABLE
from app.exchange.ledger import Direction, Ledger, Peer, Rejection, Which
from app.exchange.receive import read_lines, receive
from app.exchange.streams import STREAMS
from app.kernel.problems import Conflict, Forbidden
from app.sync.pages import part_of
from app.sync.protocol import START, Batch, Checkpoint, Place, PushAnswer, PushHeader, RejectedRecord

log = structlog.get_logger(__name__)
FENCINGS_A_DAY = 3
DAY = timedelta(days=1)


class OtherCheckpoint(Conflict):
    """The batch was not cut where the parent stands; `checkpoint` tells where that is."""

    slug, zh, en = "checkpoint", "上报起点与上级记录不符", "The batch does not start at the checkpoint"


class Fenced(Conflict):
    """A later process of this node has been seen: this one is a copy or was restored, and draws a new incarnation."""

    slug, zh, en = "fenced", "该节点已有更新的运行实例", "A later incarnation of this node has been seen"


class Suspended(Forbidden):
    """A copy of this node is at work, or was: a person has to end it, and lift the suspension at the parent."""

    slug, zh, en = "suspended", "该节点已被上级暂停", "This node is suspended by its parent"


class UnknownHistory(RuntimeError):
    """The parent's checkpoint speaks of a history this node does not know: it was restored and has to recover."""


def cut_batch(ledger: Ledger, stream: str, at: Place, inc: int, limit: int, scanned: int = 0) -> Batch | None:
    """The next batch of `stream` after the place `at`, in this read snapshot; None if there is nothing to say.

    `scanned` is a number up to which nothing more of this stream was found after `at`: it is not looked for again.
    UnknownHistory if this node's own history does not know the mark of `at`.
    """
    if at.seq > 0 and not ledger.has_mark(at.mark):
        raise UnknownHistory
    found = ledger.changes(max(at.seq, scanned), limit, going_up(ledger, stream))
    if not found:  # records of others move the head too; a cursor that lags behind them costs nothing
        return None
    meta, part = ledger.meta(), part_of(ledger, found, limit)
    header = PushHeader(node=meta.node, log_id=meta.log_id, inc=inc, from_=at, to=part.to, n=len(part.lines))
    return Batch(header=header, lines=part.lines, more=part.more)


def going_up(ledger: Ledger, stream: str) -> Which:
    """What is pushed: what this node and those below it originated, and what it gives back (docs/wire.md §9)."""
    node = ledger.meta().node
    return Which(stream=stream, origins=trust.subtree(ledger, node), or_via=node)


def accept_batch(ledger: Ledger, child: str, stream: str, header: PushHeader, lines: list[bytes]) -> PushAnswer:
    """Take a child's batch in and move its checkpoint, in one transaction.

    OtherCheckpoint or Fenced (409) without any effect if it does not continue where this node stands; Suspended (403).
    Whoever is fenced is to be noted (`note_fencing`), in a transaction of its own.
    """
    ledger.take_turn()
    peer = ledger.peer(child, "in", stream) or Peer(child, "in", stream, header.log_id)
    if is_suspended(ledger, child):
        raise suspended(child)
    highest = highest_inc(ledger, child)
    if header.inc < highest:
        raise Fenced(inc_seen=highest, inc=header.inc)
    _check_continues(peer, header)
    if header.inc > highest:
        ledger.hear_incarnation(child, header.inc)
        ledger.forget_overtaken(child, ledger.now() - RESTORABLE)  # no process of those is left that could come back
    envelopes, unreadable = read_lines(ledger, lines, child)
    taken = receive(ledger, envelopes, child, trust.subtree(ledger, child), stream)
    peer = replace(
        peer,
        log_id=header.log_id,
        seq=header.to.seq,
        mark=header.to.mark,
        inc_seen=max(peer.inc_seen, header.inc),
        updated_at=ledger.now(),
    )
    ledger.save_peer(peer)
    return PushAnswer(
        checkpoint=_checkpoint(peer),
        rejected=[_rejected(r) for r in (*unreadable, *taken.rejected)],
        newer=[encode_line(e).decode() for e in taken.newer],
        owned_head=owned_head(ledger, child),
    )


def note_fencing(ledger: Ledger, child: str, inc: int) -> bool:
    """Note that an incarnation was refused for a later one; whether the child is suspended for it.

    One that had been heard before the later one, and comes back: two processes of this node are at work. One that
    nobody had heard may be a restored node whose clock stands still: that may happen, but not all day.
    """
    ledger.take_turn()
    came_back = ledger.fence_incarnation(child, inc)
    if not came_back and ledger.fenced_since(child, ledger.now() - DAY) <= FENCINGS_A_DAY:
        return False
    log.error("child suspended: a copy of it is at work", peer=child, inc=inc)
    _set_suspended(ledger, child, "in", is_on=True)
    return True


def lift(ledger: Ledger, child: str) -> bool:
    """Let a suspended child push again; whether it was suspended. What was heard of its lives counts no more: whichever
    process is left may be one that had been fenced, and draws a new incarnation."""
    ledger.take_turn()
    if not is_suspended(ledger, child):
        return False
    _set_suspended(ledger, child, "in", is_on=False)
    ledger.forget_incarnations(child)
    return True


def is_suspended(ledger: Ledger, peer: str, direction: Direction = "in") -> bool:
    """Whether this node takes nothing from a child (`in`), or its parent takes nothing from this node (`out`)."""
    return any(one.suspended for one in ledger.peers(peer, direction))


def note_suspension(ledger: Ledger, parent: str) -> None:
    """Remember that the parent takes nothing from this node: what people see here."""
    _set_suspended(ledger, parent, "out", is_on=True)


def suspended(child: str) -> Suspended:
    """The refusal, with the way out."""
    return Suspended(
        f"{child} 另有副本在运行：请停掉多余的一个，再在上级运行 sanlian sync lift {child}",
        f"a copy of {child} is or was at work: end all but one, then run `sanlian sync lift {child}` at the parent",
    )


def _set_suspended(ledger: Ledger, peer: str, direction: Direction, *, is_on: bool) -> None:
    for one in ledger.peers(peer, direction):
        ledger.save_peer(replace(one, suspended=is_on))


def checkpoints(ledger: Ledger, child: str) -> dict[str, Checkpoint]:
    """Where this node stands with each stream of a child."""
    return {peer.stream: _checkpoint(peer) for peer in ledger.peers(child, "in")}


def highest_inc(ledger: Ledger, child: str) -> int:
    """The highest incarnation of a child that this node has seen."""
    return max((peer.inc_seen for peer in ledger.peers(child, "in")), default=0)


def owned_head(ledger: Ledger, child: str) -> int:
    """The highest number among records of a child's subtree that did not come from the child (docs/wire.md §10)."""
    return ledger.highest(trust.subtree(ledger, child), other_ways(ledger, child))


def other_ways(ledger: Ledger, child: str) -> set[str]:
    """Every way but `child` on which records of its subtree may have come: the parent, the other children, and this
    node itself, out of its quarantine."""
    meta = ledger.meta()
    siblings = {node for node, parent in ledger.parents().items() if parent == meta.node}
    return (siblings | {meta.node, meta.parent or ""}) - {child, ""}


def note_checkpoint(ledger: Ledger, parent: str, stream: str, checkpoint: Checkpoint, inc: int) -> None:
    """Remember what the parent said of our checkpoint: a cache, and what the operator sees.

    Its time stays as it is: that is when the parent last took something in (`take_answer`).
    """
    ledger.save_peer(_moved(ledger, parent, stream, checkpoint, inc))


def _moved(ledger: Ledger, parent: str, stream: str, checkpoint: Checkpoint, inc: int) -> Peer:
    before = ledger.peer(parent, "out", stream) or Peer(parent, "out", stream, checkpoint.log_id)
    log_id, seq, mark = checkpoint.log_id, checkpoint.seq, checkpoint.mark
    if before.log_id == log_id and seq < before.seq:  # put back: what it once had, it may not have now
        horizons.void(ledger, above=seq)
    return replace(before, log_id=log_id, seq=seq, mark=mark, inc_seen=max(before.inc_seen, inc))


def take_answer(ledger: Ledger, parent: str, stream: str, batch: Batch, answer: PushAnswer, inc: int) -> None:
    """Take in what the parent said of a batch: the checkpoint, the refusals, and versions it holds instead of ours."""
    moved = _moved(ledger, parent, stream, answer.checkpoint, inc)
    ledger.save_peer(replace(moved, updated_at=ledger.now(), suspended=False))
    if is_suspended(ledger, parent, "out"):
        _set_suspended(ledger, parent, "out", is_on=False)
    if ledger.has_rejects(parent):
        take_back(ledger, parent, batch)
    for r in answer.rejected:
        ledger.note_reject(parent, Rejection(r.o, r.k, r.r, r.i, r.v, r.code))
    if answer.newer:
        newer, _ = read_lines(ledger, [line.encode("utf-8", "surrogatepass") for line in answer.newer], parent)
        receive(ledger, newer, parent, trust.subtree(ledger, ledger.local.node))
        unite(ledger, parent, newer)


def set_aside(ledger: Ledger, parent: str, batch: Batch, code: str) -> None:
    """Note the records of a batch as refused by the parent: what the operator sees, and what is not sent again."""
    for e in map(decode_line, batch.lines):
        ledger.note_reject(parent, Rejection(e.origin, e.kind, e.rid, e.inc, e.ver, code))


def take_back(ledger: Ledger, parent: str, batch: Batch) -> None:
    """Forget that the records of a batch were refused: they were accepted since, or not they were at fault."""
    ledger.forget_rejects(parent, [decode_line(line).key for line in batch.lines])


def unite(ledger: Ledger, parent: str, said: Sequence[Envelope]) -> None:
    """Forget that the parent refused a record where it has said since that it holds just what this node does.

    What else it refused of that record ranks lower, and waits at the parent: it is the parent's to remember.
    """
    if said and ledger.has_rejects(parent):
        held = ledger.held([e.key for e in said])
        ledger.forget_rejects(parent, [e.key for e in said if e.key in held and held[e.key].sha256 == e.sha256])


def backlog(ledger: Ledger) -> int:
    """How many records of this node and below wait for the parent: all of them while it holds another history."""
    if ledger.meta().parent is None:
        return 0
    return sum(count_waiting(ledger, stream, waiting_after(ledger, stream)[0]) for stream in STREAMS)


def waiting_after(ledger: Ledger, stream: str) -> tuple[int, int | None]:
    """The number up to which the parent has a stream, and that of the first record behind it; None if none waits."""
    meta = ledger.meta()
    peer = ledger.peer(meta.parent or "", "out", stream)
    reached = peer.seq if peer is not None and peer.log_id == meta.log_id else 0
    first = ledger.changes(reached, 1, going_up(ledger, stream))
    return reached, first[0].seq if first else None


def count_waiting(ledger: Ledger, stream: str, reached: int) -> int:
    """How many records of a stream wait behind the number `reached`."""
    return ledger.count(reached, going_up(ledger, stream))


def _check_continues(peer: Peer, header: PushHeader) -> None:
    is_same = peer.log_id == header.log_id or peer.seq == 0  # nothing has been taken yet, of whatever history
    continues = is_same and (peer.seq, peer.mark) == (header.from_.seq, header.from_.mark)
    # Only an empty batch says "forget where I stood": what a copy of the node had pushed would stay unknown to it.
    is_reset = header.n == 0 and header.from_ == header.to == START and header.inc > peer.inc_seen
    if not continues and not is_reset:
        raise OtherCheckpoint(checkpoint=_checkpoint(peer).model_dump())


def _checkpoint(peer: Peer) -> Checkpoint:
    return Checkpoint(log_id=peer.log_id, seq=peer.seq, mark=peer.mark)


def _rejected(r: Rejection) -> RejectedRecord:
    return RejectedRecord(o=r.origin, k=r.kind, r=r.rid, i=r.inc, v=r.ver, code=r.code)
