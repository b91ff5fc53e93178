"""The courier: one thread that carries this node's records to its parent, as long as the process runs.

It sleeps until somebody commits a record (or a delay is over), then drains the streams in their order: trust first,
since nobody believes a record whose key is not known, then messages, then the rest. Each round cuts the next batch
after the parent's checkpoint, sends it, and takes the answer in; one batch is under way at a time.

How a round ends decides what comes next. Nothing left to say: sleep. The link was down or the parent too busy: wait
with growing, jittered delays. The parent stands elsewhere (409): believe it and cut anew from there; a lost answer
costs just this. The parent refuses the batch as a whole (400, 413, 415, 422): send half of it, down to the one record
at fault, set that aside where everybody sees it, and go on behind it. The parent's checkpoint speaks of a history this
node does not know: it was restored; stop and say so, since pushing on could overwrite newer versions. The parent has
seen a later process of this node: draw a new incarnation and go on, unless that happens again and again, since then a
copy of this node is at work. Any other refusal is for a person: say so, and try now and then.

What a record said has already been committed; whatever happens here, nothing is lost by dying.
"""

import random
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.exchange import changes, identity
from app.exchange.node import LocalNode
from app.exchange.streams import STREAMS
from app.kernel.clock import Clock
from app.kernel.db import Database
from app.sync import push
from app.sync.backoff import Backoff
from app.sync.election import Election
from app.sync.link import Link, LinkDown, Refused
from app.sync.protocol import PROTO, Batch, Checkpoint, Place

log = structlog.get_logger(__name__)
ELECTION_EVERY_S = 5.0
FENCINGS_A_DAY = 3
DAY_S = 86_400.0
WHOLE_BATCH = (400, 413, 415, 422)  # refusals that say "not like this", and that say nothing of where the parent stands


@dataclass(frozen=True)
class Pace:
    """How hard the courier tries; from the settings."""

    first_delay_s: float
    cap_s: float
    start_jitter_s: float
    batch: int
    hello_every_s: float = 3600.0


class OtherProtocol(Exception):
    """The parent speaks another version of the protocol: one of the two has to be upgraded."""


class Copied(Exception):
    """The parent keeps fencing this process: a copy of this node is at work elsewhere. A person has to end one."""


class Courier:
    """Pushes the records of one node to its parent, from `start` until `stop`."""

    def __init__(
        self,
        database: Database,
        local: LocalNode,
        clock: Clock,
        make_link: Callable[[], Link],
        pace: Pace,
        lock_dir: Path,
        renewed: Callable[[LocalNode], None] = lambda _: None,
    ) -> None:
        self._database, self._local, self._clock = database, local, clock
        self._make_link, self._pace, self._lock_dir = make_link, pace, lock_dir
        self._backoff = Backoff(pace.first_delay_s, pace.cap_s)
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)
        self._renewed = renewed  # told when this process goes on with a new incarnation
        self._fenced_at: deque[float] = deque()
        self._greeted = False
        # How far each stream was looked through without finding more; spares reading it all again with every record.
        self._scanned: dict[str, int] = {}
        self._limit = pace.batch
        self.last_error: str | None = None

    def start(self) -> None:
        """Begin, if this node has a parent."""
        if self._local.parent is not None and self._local.parent_url:
            self._thread.start()

    def wake(self) -> None:
        """There is something to carry."""
        self._wake.set()

    def stop(self) -> None:
        """End after the batch that is under way."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        self._stopping.wait(random.uniform(0, self._pace.start_jitter_s))  # noqa: S311  # spreads start-ups, no secret
        with Election(self._database, self._lock_dir) as election:
            link = self._open_link()
            if link is None:
                return
            try:
                while not self._stopping.is_set():
                    if not self._is_elected(election):
                        self._stopping.wait(ELECTION_EVERY_S)
                        continue
                    delay = self._round(link)
                    if self._backoff.failures:
                        self._stopping.wait(delay)
                    elif not self._wake.wait(delay):
                        self._greeted = False  # long silence: ask anew whether the parent still stands where it stood
            finally:
                link.close()

    def _open_link(self) -> Link | None:
        """The way to the parent; tried again while it cannot be made, None if the courier is stopped meanwhile."""
        while not self._stopping.is_set():
            try:
                return self._make_link()
            except Exception as error:
                reason = f"the parent's address cannot be used ({type(error).__name__})"
                self._stopping.wait(self._failed(reason, self._pace.cap_s))
        return None

    def _is_elected(self, election: Election) -> bool:
        try:
            return election.is_elected()
        except (SQLAlchemyError, OSError) as error:
            self.last_error = f"election: {type(error).__name__}"
            return False

    def _round(self, link: Link) -> float:
        """Carry everything there is; the seconds until the next try if nobody wakes the courier."""
        self._wake.clear()
        try:
            self.drain(link)
        except LinkDown as down:
            return self._failed(str(down), down.retry_after_s)
        except Refused as refused:
            return self._failed(f"refused: {refused.slug or refused.status}", None)
        except push.UnknownHistory:
            return self._failed("restored from a backup: recovery needed", self._pace.cap_s)
        except (Copied, OtherProtocol) as found:
            return self._failed(str(found), self._pace.cap_s)
        except Exception as error:
            log.error("courier failed", error=type(error).__name__, exc_info=error)
            return self._failed(type(error).__name__, None)
        self.last_error = None
        self._backoff.succeeded()
        return self._pace.hello_every_s

    def _failed(self, reason: str, at_least_s: float | None) -> float:
        delay = max(self._backoff.failed(), at_least_s or 0.0)
        if self.last_error != reason:
            log.warning("push failed", peer=self._local.parent, reason=reason, delay_s=round(delay, 1))
        self.last_error = reason
        self._greeted = False
        return delay

    def drain(self, link: Link) -> int:
        """Push every stream until nothing waits; how many records were carried. For tests and the loop."""
        if not self._greeted:
            self._greet(link)
        carried = 0
        for stream in STREAMS:
            while not self._stopping.is_set() and (sent := self._push_next(link, stream)):
                carried += sent
        return carried

    def _greet(self, link: Link) -> None:
        hello = link.hello()
        if hello.proto != PROTO:
            raise OtherProtocol("the parent speaks another protocol version")
        self._limit = max(1, min(self._pace.batch, hello.max_records))
        self._scanned.clear()
        with self._database.write() as session:
            for stream in STREAMS:
                checkpoint = hello.checkpoints.get(stream, Checkpoint(log_id=self._local.log_id, seq=0, mark=""))
                self._note(session, stream, checkpoint, hello.inc_seen)
        self._greeted = True

    def _push_next(self, link: Link, stream: str) -> int:
        with self._database.read() as session:
            head, scanned = changes.head(session), self._scanned.get(stream, 0)
            if head == scanned:
                return 0
            if head < scanned:  # not the sequence that was looked through
                scanned = 0
            cursor = push.own_cursor(session, self._local.parent or "", stream)
            if cursor is None or cursor.log_id != self._local.log_id:
                at = push.START if cursor is None or cursor.place.seq == 0 else None
                if at is None:
                    raise push.UnknownHistory
            else:
                at = cursor.place
            batch = push.cut_batch(session, self._local, stream, at, self._limit, scanned)
        if batch is None:
            self._scanned[stream] = head
            return 0
        try:
            answer = link.push(stream, batch)
        except Refused as refused:
            if refused.status in WHOLE_BATCH:
                self._narrow(link, stream, batch, refused)
            else:
                self._believe(refused, stream, at)
            return 1
        with self._database.write() as session:
            push.take_answer(session, self._clock, self._local, stream, batch, answer)
        self._scanned[stream] = batch.header.to.seq
        self._limit = min(self._pace.batch, self._limit * 2)
        return batch.header.n

    def _narrow(self, link: Link, stream: str, batch: Batch, refused: Refused) -> None:
        """After a refusal of the whole: half as much next time; a record that is refused alone is set aside.

        Whether it is the record's fault is seen by an empty batch, which takes the cursor past it on the same way. If
        that is refused, too, the way is at fault: nothing is set aside, and a person has to look.
        """
        if batch.header.n > 1:
            self._limit = batch.header.n // 2
            return
        without = Batch(header=batch.header.model_copy(update={"n": 0}), lines=[])
        code = f"batch-{refused.slug or refused.status}"[:32]
        # Noted first: whatever happens in between, a record that was passed over is never forgotten.
        with self._database.write() as session:
            push.set_aside(session, self._local, batch, code)
        try:
            answer = link.push(stream, without)
        except Refused as also:
            with self._database.write() as session:
                push.take_back(session, self._local, batch)
            if also.status in WHOLE_BATCH:
                raise refused from None
            self._believe(also, stream, batch.header.from_)
            return
        with self._database.write() as session:
            push.take_answer(session, self._clock, self._local, stream, without, answer)
        log.error("record set aside", peer=self._local.parent, reason=code)

    def _believe(self, refused: Refused, stream: str, at: Place) -> None:
        """Go on from where the parent says it stands; raise what only a person can mend."""
        if refused.slug == push.Fenced.slug:
            self._draw_again(refused)
            return
        checkpoint = refused.checkpoint
        if (
            refused.slug != push.OtherCheckpoint.slug
            or checkpoint is None
            or (checkpoint.seq, checkpoint.mark) == (at.seq, at.mark)
        ):
            raise refused
        self._scanned.pop(stream, None)
        with self._database.write() as session:
            self._note(session, stream, checkpoint)

    def _draw_again(self, refused: Refused) -> None:
        now = time.monotonic()
        while self._fenced_at and now - self._fenced_at[0] > DAY_S:
            self._fenced_at.popleft()
        if len(self._fenced_at) >= FENCINGS_A_DAY:
            raise Copied("fenced again and again: a copy of this node is running")
        self._fenced_at.append(now)
        seen = refused.extra.get("inc_seen")
        self._local = identity.draw_again(
            self._database, self._clock, self._local, seen if isinstance(seen, int) else 0
        )
        self._renewed(self._local)
        log.warning("fenced: going on with a new incarnation", node=self._local.node, inc=self._local.inc)

    def _note(self, session: Session, stream: str, checkpoint: Checkpoint, inc_seen: int = 0) -> None:
        # What the parent has seen counts for the next incarnation, even if our clock and our database went back.
        inc = max(self._local.inc, inc_seen)
        push.note_checkpoint(session, self._local.parent or "", stream, checkpoint, inc)
