"""Which batch is next, and the one behind it: cut, encoded and packed while the parent still works on the first.

What was cut ahead is what would be cut if the parent stood where a plain success puts it. It is sent only after such an
answer, and only while this node is the one that cut it; anything else, and it is cut anew. The parent's checkpoint
decides as always: a batch that was cut ahead is no different from one that was cut and then took long on its way.
"""

from collections.abc import Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass

from app.exchange.ledger import Ledger, Ledgers
from app.exchange.node import LocalNode
from app.exchange.streams import STREAMS
from app.sync import push
from app.sync.link import Link
from app.sync.protocol import START, Batch, Place, PushAnswer


@dataclass(frozen=True)
class Cut:
    """What one look at the sequence found: the next batch and its stream (None: nothing is left to say), the head that
    it saw, and how far each stream was looked through without finding more."""

    stream: str
    batch: Batch | None
    head: int
    scanned: Mapping[str, int]


def cut_next(
    ledger: Ledger, local: LocalNode, limit: int, scanned: Mapping[str, int], reached: Mapping[str, Place] | None = None
) -> Cut:
    """The next batch of the first stream that has one, in this read snapshot.

    `scanned` are numbers up to which a stream was looked through before; `reached` is where the parent is taken to
    stand, for streams in which it is not yet known to. UnknownHistory if this node's history does not know the place.
    """
    head, looked = ledger.head(), dict(scanned)
    for stream in STREAMS:
        through = looked.get(stream, 0)
        if through == head:
            continue
        at = (reached or {}).get(stream) or _stands(ledger, local, stream)
        batch = push.cut_batch(ledger, stream, at, local.inc, limit, through)
        if batch is not None:
            return Cut(stream, batch, head, looked)
        looked[stream] = head
    return Cut("", None, head, looked)


def _stands(ledger: Ledger, local: LocalNode, stream: str) -> Place:
    """Where the parent said last that it stands with a stream."""
    peer = ledger.peer(local.parent or "", "out", stream)
    return Place(seq=peer.seq, mark=peer.mark) if peer is not None and peer.log_id == local.log_id else START


def is_plain(batch: Batch, answer: PushAnswer) -> bool:
    """Whether an answer says no more than that the batch was taken."""
    at, to = answer.checkpoint, batch.header.to
    is_there = (at.log_id, at.seq, at.mark) == (batch.header.log_id, to.seq, to.mark)
    return is_there and not answer.rejected and not answer.newer


class Ahead:
    """Cuts the batch behind the one that is under way, in a thread of `beside`; without one it cuts nothing."""

    def __init__(self, ledgers: Ledgers, beside: Executor | None) -> None:
        self._ledgers, self._beside = ledgers, beside
        self._begun: tuple[LocalNode, Future[Cut | None]] | None = None
        self._kept: tuple[LocalNode, Future[Cut | None]] | None = None

    def begin(self, sent: Cut, local: LocalNode, limit: int, link: Link) -> None:
        """Begin to cut what follows a batch that is about to be sent, if more waits behind it."""
        self.drop()
        if self._beside is not None and sent.batch is not None and sent.batch.more:
            cut = self._beside.submit(self._cut, sent.stream, sent.batch, local, limit, sent.scanned, link)
            self._begun = local, cut

    def keep(self) -> None:
        """What was begun counts: the batch that it follows was plainly taken."""
        self._kept = self._begun

    def drop(self) -> None:
        """What was begun counts no more."""
        self._begun = self._kept = None

    def take(self, local: LocalNode, limit: int) -> Cut | None:
        """What was cut ahead, once, if it is still what would be cut now."""
        kept, self._kept = self._kept, None
        cut = kept[1].result() if kept is not None else None
        if kept is None or cut is None or cut.batch is None:
            return None
        is_ours = kept[0] is local and cut.batch.header.n <= limit
        return cut if is_ours and self._still_holds(cut, cut.batch.header.to) else None

    def _still_holds(self, cut: Cut, to: Place) -> bool:
        """Whether the history it was cut from is the present one, and no stream that goes first has news."""
        with self._ledgers.read() as ledger:
            if not ledger.has_mark(to.mark) or ledger.head() < cut.head:
                return False
            before = STREAMS[: STREAMS.index(cut.stream)] if ledger.head() > cut.head else ()
            return not any(ledger.changes(cut.head, 1, push.going_up(ledger, stream)) for stream in before)

    def _cut(
        self, stream: str, sent: Batch, local: LocalNode, limit: int, scanned: Mapping[str, int], link: Link
    ) -> Cut | None:
        with self._ledgers.read() as ledger:
            try:
                cut = cut_next(ledger, local, limit, scanned, {stream: sent.header.to})
            except push.UnknownHistory:  # found again where it is dealt with
                return None
        if cut.batch is not None:
            link.prepare(cut.batch)
        return cut
