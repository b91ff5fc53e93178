"""What a child says to its parent, and what follows from each answer: one call of `drain` carries all there is.

Nothing here knows of threads, delays or HTTP; `courier` gives it a link and a turn. The streams are drained in their
order: trust first, since nobody believes a record whose key is not known, then messages, then the rest. Each step cuts
the next batch after the parent's checkpoint, sends it, and takes the answer in; one batch is under way at a time. The
one behind it may be cut meanwhile (`cutting`), which counts only if the answer is a plain success.

The parent stands elsewhere (409): believe it and cut anew from there; a lost answer costs just this. The parent refuses
the batch as a whole (400, 413, 415, 422), or fails at it again and again (5xx): send half of it, down to the one record
at fault, set that aside where everybody sees it, and go on behind it. It takes too long: send half of it next time. The
parent's checkpoint speaks of a history this node does not know: it was restored; recover (`recovery`). The parent has
seen a later process of this node: draw a new incarnation and go on, unless that happens again and again, since then a
copy of this node is at work. Any other refusal is for a person.

What a record said has already been committed; whatever happens here, nothing is lost by dying.
"""

from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import replace

import structlog

from app.exchange import identity
from app.exchange.keys import KeyFileUnusable, NodeKey
from app.exchange.ledger import Ledgers, Meta
from app.exchange.node import LocalNode
from app.exchange.streams import STREAMS
from app.kernel.clock import ClockWatch
from app.sync import collection, pages, push, recovery
from app.sync.bisection import Bisection
from app.sync.callers import RevokedKey, SupersededKey, UnknownKey
from app.sync.cutting import Ahead, Cut, cut_next, is_plain
from app.sync.link import Link, LinkDown, Refused, TooSlow
from app.sync.obstacles import Copied, NotConfirmed, OtherProtocol, TooOld
from app.sync.protocol import PROTO, START, Batch, Checkpoint, Hello, PushHeader
from app.sync.rotation import RotationRequest

log = structlog.get_logger(__name__)
CORRECTIONS = 4  # more in a row lead nowhere: wait, and ask anew
DAY_S = 86_400.0
SLOW_MS = 500  # of the parent's time for one batch
TOO_SLOW_HERE, BUSY = 408, 503  # a smaller batch comes through sooner
WHOLE_BATCH = (400, 413, 415, 422)  # refusals that say "not like this", and that say nothing of where the parent stands


class Carrier:
    """Carries the records of one node to its parent, for as long as a process runs."""

    def __init__(
        self,
        ledgers: Ledgers,
        local: LocalNode,
        batch: int,
        renewed: Callable[[LocalNode], None] = lambda _: None,
        monotonic: Callable[[], float] = lambda: 0.0,
        keys: identity.Keys | None = None,
        watch: ClockWatch | None = None,
        beside: Executor | None = None,
    ) -> None:
        self._ledgers, self.local, self._most = ledgers, local, batch
        self._ahead = Ahead(ledgers, beside)
        self._renewed = renewed  # told when this process goes on under another incarnation
        self._monotonic, self._keys, self._watch = monotonic, keys, watch
        self._fenced_at: deque[float] = deque()
        self._fenced_as = -1  # the incarnation under which this process has fenced the lives before it
        self._greeted = False
        self._highest = 0  # the head that this process has seen; a lower one means another database
        # How far each stream was looked through without finding more; spares reading it all again with every record.
        self._scanned: dict[str, int] = {}
        self._limit = batch
        self._bisection = Bisection()
        self._owned_seen = self._owned_told = -1
        self._corrected = 0  # times in a row that the parent stood elsewhere

    @property
    def parent(self) -> str:
        return self.local.parent or ""

    def greet_again(self) -> None:
        """Ask the parent anew how it stands, before anything else is sent."""
        self._greeted = False

    def hear_owned(self, owned_head: int) -> None:
        """So far the parent has come with what reached it of our subtree another way: read it before long."""
        self._owned_told = owned_head

    @property
    def has_owned_to_read(self) -> bool:
        return self._owned_told not in (-1, self._owned_seen)

    def drain(self, link: Link, is_stopping: Callable[[], bool] = lambda: False) -> int:
        """Carry everything there is; how many records that were. LinkDown, Refused, Copied, OtherProtocol, TooOld,
        NotConfirmed say why not; what was carried until then is carried."""
        self._corrected = carried = 0
        self._ahead.drop()
        while not is_stopping():
            self._reconcile(link)
            cut = self._ahead.take(self.local, self._limit) or self._cut_next()
            self._scanned, self._highest = dict(cut.scanned), max(self._highest, cut.head)
            if cut.batch is None:
                break
            carried += self._push(link, cut, cut.batch)
        return carried

    def _reconcile(self, link: Link) -> None:
        """Before anything is sent: this history is the one that the parent knows, or becomes so."""
        if self._watch is not None and self._watch.has_jumped():
            self.draw_again()  # as after a start: this may be a machine that was put back, memory and all
            self._watch.settle()
            log.warning("the clock has jumped: going on with a new incarnation", node=self.local.node)
        with self._ledgers.read() as ledger:
            meta, head = ledger.meta(), ledger.head()
        self._follow(meta)
        if head < self._highest:  # lower than one seen before: the database was exchanged under this process
            self._begin_recovery()
            meta = self._meta()
        self._highest = head
        if meta.recovering:
            self._recover(link)
        if not self._greeted or not meta.confirmed:
            self._greet(link)
        if self.has_owned_to_read:
            self._read_owned(link, self._owned_told)

    def draw_again(self, inc_seen: int = 0) -> None:
        """Go on under a new incarnation."""
        with self._ledgers.write() as ledger:
            identity.draw(ledger, inc_seen)
        self._renew()

    def _follow(self, meta: Meta) -> None:
        """Go on as what this node is by now: another process may have drawn an incarnation, or changed the key."""
        local = self.local
        is_same = (meta.inc, meta.log_id, self._present_key().key_id) == (local.inc, local.log_id, local.key.key_id)
        if not is_same:
            self._renew()

    def _present_key(self) -> NodeKey:
        try:
            return self.local.key if self._keys is None else self._keys.present()
        except KeyFileUnusable:
            return self.local.key  # what it was when the process began will do until somebody has mended the file

    def _hello(self, link: Link) -> Hello:
        """Ask the parent how it stands; where it does not know the key, or knows a later one, that is mended first."""
        try:
            return link.hello()
        except Refused as refused:
            if not self._mend_key(link, refused.slug):
                raise
            return link.hello()

    def _mend_key(self, link: Link, slug: str) -> bool:
        """Whether the parent may know this node by its key now."""
        following = self._keys.following() if self._keys is not None else None
        if slug in (SupersededKey.slug, RevokedKey.slug) and self._keys is not None and following is not None:
            # The answer that stated it was lost, or this node died before it took it in: it is answered again.
            link.rotate(RotationRequest.model_validate_json(following.handovers[-1]))
            self._keys.adopt()
            self._renew()
            return True
        if slug == UnknownKey.slug and self.local.key.handovers:
            for line in self.local.key.handovers:  # the parent was restored to a time before
                link.rotate(RotationRequest.model_validate_json(line))
            return True
        return False

    def _greet(self, link: Link) -> None:
        hello = self._hello(link)
        if hello.proto != PROTO:
            raise OtherProtocol("the parent speaks another protocol version")
        self._limit = max(1, min(self._limit, hello.max_records))
        self._ahead.drop()
        self._scanned.clear()
        if not self._knows(hello.checkpoints):
            self._begin_recovery()
            self._recover(link)
            hello = link.hello()
        with self._ledgers.write() as ledger:
            for stream in STREAMS:
                start = Checkpoint(log_id=self.local.log_id, seq=0, mark="")
                # What the parent has seen counts for the next incarnation, even if our clock and database went back.
                inc = max(self.local.inc, hello.inc_seen)
                push.note_checkpoint(ledger, self.parent, stream, hello.checkpoints.get(stream, start), inc)
            ledger.change_meta(confirmed=True)
            collection.note_horizon(ledger)
        self._read_owned(link, hello.owned_head, is_new=True)
        self._greeted = True

    def _knows(self, checkpoints: Mapping[str, Checkpoint]) -> bool:
        """Whether every checkpoint that the parent holds speaks of this node's history as it is.

        At the start of another history, too, it has seen a life of this node that this one may know nothing of.
        """
        with self._ledgers.read() as ledger:
            log_id = ledger.meta().log_id
            return all(
                checkpoint.log_id == log_id and (checkpoint.seq == 0 or ledger.has_mark(checkpoint.mark))
                for checkpoint in checkpoints.values()
            )

    def _cut_next(self) -> Cut:
        with self._ledgers.read() as ledger:
            return cut_next(ledger, self.local, self._limit, self._scanned)

    def _push(self, link: Link, cut: Cut, batch: Batch) -> int:
        """Send a batch and take the answer in; how many records were carried, or 0 if the parent stood elsewhere."""
        stream, next_limit = cut.stream, min(self._most, self._limit * 2)
        self._ahead.begin(cut, self.local, next_limit, link)
        try:
            answer = link.push(stream, batch)
        except LinkDown as down:
            self._lighten(link, stream, batch, down)
            return 0
        except Refused as refused:
            if refused.status in WHOLE_BATCH:
                self._narrow(link, stream, batch, refused)
            elif refused.status == TOO_SLOW_HERE:
                self._halve(batch)
                raise
            else:
                self._believe(refused, stream)
            return 0
        with self._ledgers.write() as ledger:
            push.take_answer(ledger, self.parent, stream, batch, answer, self.local.inc)
        self._corrected = 0
        self._bisection.passed(stream, batch.header.to.seq)
        self._scanned[stream] = batch.header.to.seq
        self._limit = max(1, self._limit // 2) if answer.delay_ms > SLOW_MS else next_limit
        if is_plain(batch, answer) and answer.owned_head == self._owned_seen:
            self._ahead.keep()
        self._read_owned(link, answer.owned_head)
        return batch.header.n

    def _lighten(self, link: Link, stream: str, batch: Batch, down: LinkDown) -> None:
        """After a batch that did not get through: less next time if that may help. Raises `down` unless it is now."""
        if isinstance(down, TooSlow) or down.status == BUSY:
            self._halve(batch)
        elif down.status is not None and down.status >= 500 and self._bisection.failed(stream, batch, down.status):
            self._narrow(link, stream, batch, Refused(down.status, "", {}))
            return
        raise down

    def _halve(self, batch: Batch) -> None:
        self._limit = max(1, batch.header.n // 2)

    def _narrow(self, link: Link, stream: str, batch: Batch, refused: Refused) -> None:
        """After a refusal of the whole: half as much next time; a record that is refused alone is set aside.

        Whether it is the record's fault is seen by an empty batch, which takes the cursor past it on the same way. If
        that is refused, too, the way is at fault: nothing is set aside, and a person has to look.
        """
        if batch.header.n > 1:
            self._halve(batch)
            return
        without = Batch(header=batch.header.model_copy(update={"n": 0}), lines=[])
        code = f"batch-{refused.slug or refused.status}"[:32]
        # Noted first: whatever happens in between, a record that was passed over is never forgotten.
        with self._ledgers.write() as ledger:
            push.set_aside(ledger, self.parent, batch, code)
        try:
            answer = link.push(stream, without)
        except (Refused, LinkDown) as also:
            with self._ledgers.write() as ledger:
                push.take_back(ledger, self.parent, batch)
            if isinstance(also, LinkDown):
                self._bisection.give_up()
                raise
            if also.status in WHOLE_BATCH:
                raise refused from None
            self._believe(also, stream)
            return
        with self._ledgers.write() as ledger:
            push.take_answer(ledger, self.parent, stream, without, answer, self.local.inc)
        self._bisection.passed(stream, batch.header.to.seq)
        log.error("record set aside", peer=self.parent, reason=code)

    def _believe(self, refused: Refused, stream: str) -> None:
        """Go on from where the parent says it stands; raise what only a person can mend."""
        if refused.slug == push.Fenced.slug:
            self._fenced(refused)
            return
        if refused.slug == push.Suspended.slug:
            self._note_suspension()
        checkpoint = refused.checkpoint
        self._corrected += 1
        if refused.slug != push.OtherCheckpoint.slug or checkpoint is None or self._corrected > CORRECTIONS:
            raise refused
        self._scanned.pop(stream, None)
        self._greeted = False  # it may have been restored: before long it is asked as a whole
        if not self._knows({stream: checkpoint}):
            self._begin_recovery()
            return
        with self._ledgers.write() as ledger:
            push.note_checkpoint(ledger, self.parent, stream, checkpoint, self.local.inc)

    def _note_suspension(self) -> None:
        with self._ledgers.write() as ledger:
            push.note_suspension(ledger, self.parent)

    def _fenced(self, refused: Refused) -> None:
        now = self._monotonic()
        while self._fenced_at and now - self._fenced_at[0] > DAY_S:
            self._fenced_at.popleft()
        if len(self._fenced_at) >= push.FENCINGS_A_DAY:
            raise Copied("fenced again and again: a copy of this node is running")
        self._fenced_at.append(now)
        seen = refused.extra.get("inc_seen")
        self.draw_again(seen if isinstance(seen, int) else 0)
        log.warning("fenced: going on with a new incarnation", node=self.local.node, inc=self.local.inc)

    def _begin_recovery(self) -> None:
        with self._ledgers.write() as ledger:
            recovery.begin(ledger)
        self._renew()
        log.error("this node was restored: recovering from its parent", node=self.local.node, peer=self.parent)

    def _recover(self, link: Link) -> None:
        """Fence, read, resume; NotConfirmed if the parent cannot vouch for what it holds yet, TooOld if it may have
        forgotten what this node does not know."""
        with self._ledgers.write() as ledger:
            if collection.is_too_old(ledger):
                raise TooOld("a state too old: back it up, and restore that with --rebuild-from-parent")
        self._fence(link)
        self._read_pages(link, everything=True)
        with self._ledgers.write() as ledger:
            recovery.finish(ledger)
        self._scanned.clear()
        log.warning("recovered", node=self.local.node, peer=self.parent)

    def _fence(self, link: Link) -> None:
        """See to it that no earlier life counts: once is enough for as long as the parent has heard nothing since."""
        hello = self._hello(link)
        if self._fenced_as == self.local.inc and recovery.is_fenced(hello, self.local.log_id, self.local.inc):
            return
        if hello.inc_seen >= self.local.inc:  # another life drew as high: be above them all
            self.draw_again(hello.inc_seen)
        for stream in STREAMS:
            self._reset(link, stream)
        self._fenced_as = self.local.inc

    def _reset(self, link: Link, stream: str) -> None:
        """An empty batch from the start, under the new incarnation: no batch of an earlier life counts after it."""
        local = self.local
        header = PushHeader(node=local.node, log_id=local.log_id, inc=local.inc, from_=START, to=START, n=0)
        try:
            answer = link.push(stream, Batch(header=header, lines=[]))
        except Refused as refused:
            if refused.slug == push.Suspended.slug:
                self._note_suspension()
            if refused.slug != push.Fenced.slug:
                raise
            self._fenced(refused)
            self._reset(link, stream)
            return
        with self._ledgers.write() as ledger:
            push.note_checkpoint(ledger, self.parent, stream, answer.checkpoint, self.local.inc)

    def _read_owned(self, link: Link, owned_head: int, *, is_new: bool = False) -> None:
        """Read what of our subtree reached the parent another way, if there is something new of it."""
        if owned_head == self._owned_seen and not is_new:
            return
        with self._ledgers.read() as ledger:
            has_read = recovery.owned_cursor(ledger, self.parent) is not None
        if owned_head > 0 or has_read:
            self._read_pages(link, everything=False)
        self._owned_seen = owned_head

    def _read_pages(self, link: Link, *, everything: bool) -> None:
        with self._ledgers.read() as ledger:
            cursor = recovery.owned_cursor(ledger, self.parent)  # none when a recovery begins
        more = True
        while more:
            try:
                page = link.owned(cursor, everything=everything)
            except Refused as refused:
                if refused.slug != pages.CursorGone.slug or cursor is None:
                    raise
                cursor = None
                continue
            with self._ledgers.write() as ledger:
                recovery.take_owned(ledger, self.parent, page)
            cursor, more = page.header.end, page.header.more
            if everything and not more and not page.header.confirmed:
                raise NotConfirmed("the parent is itself recovering")

    def _meta(self) -> Meta:
        with self._ledgers.read() as ledger:
            return ledger.meta()

    def _renew(self) -> None:
        meta = self._meta()
        self.local = replace(self.local, inc=meta.inc, log_id=meta.log_id, key=self._present_key())
        self._renewed(self.local)
