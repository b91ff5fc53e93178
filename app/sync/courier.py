"""The courier: one thread that carries this node's records to its parent, as long as the process runs.

It sleeps until somebody commits a record (or a delay is over), then lets the carrier send all there is. How that ends
decides what comes next. Nothing left to say: sleep. The link was down, the parent too busy or itself recovering: wait
with growing, jittered delays. A refusal that only a person can mend: say so, and try now and then.
"""

import math
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.exchange.identity import Keys
from app.exchange.node import LocalNode
from app.exchange.sql_ledger import SqlLedgers
from app.kernel.clock import ClockWatch
from app.kernel.db import Database
from app.sync.backoff import Backoff
from app.sync.carrier import Carrier
from app.sync.election import Election
from app.sync.link import Link, LinkDown, Refused
from app.sync.obstacles import Copied, NotConfirmed, OtherProtocol, TooOld
from app.sync.push import Suspended

log = structlog.get_logger(__name__)
ELECTION_EVERY_S = 5.0
STOP_WITHIN_S = 2.0  # for the request that is under way; then it is given up
SUSPENDED = (
    "suspended by the parent, since a copy of this node is or was at work: end all but one, then have it run"
    " `sanlian sync lift`"
)
LOOK_EVERY_S = 2.0  # another process of this node may have committed, or begun and has to be confirmed


@dataclass(frozen=True)
class Pace:
    """How hard the courier tries; from the settings."""

    first_delay_s: float
    cap_s: float
    start_jitter_s: float
    batch: int
    hello_every_s: float = 3600.0


class Courier:
    """Pushes the records of one node to its parent, from `start` until `stop`."""

    def __init__(
        self,
        database: Database,
        local: LocalNode,
        make_link: Callable[[], Link],
        pace: Pace,
        lock_dir: Path,
        renewed: Callable[[LocalNode], None] = lambda _: None,
        keys: Keys | None = None,
        watch: ClockWatch | None = None,
    ) -> None:
        self._database, self._parent, self._has_way = database, local.parent, bool(local.parent and local.parent_url)
        self._make_link, self._pace, self._lock_dir = make_link, pace, lock_dir
        self._beside = ThreadPoolExecutor(1, "cutting")
        self._carrier = Carrier(
            SqlLedgers(database), local, pace.batch, renewed, time.monotonic, keys, watch, self._beside
        )
        self._backoff = Backoff(pace.first_delay_s, pace.cap_s)
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)
        self._link: Link | None = None
        self._ask_anew = False
        self._asked_at = -math.inf
        self.is_at_work = False  # whether this is the process of the node that speaks to the parent
        self.last_error: str | None = None

    def start(self) -> None:
        """Begin, if this node has a parent."""
        if self._has_way:
            self._thread.start()

    def wake(self) -> None:
        """There is something to carry."""
        self._wake.set()

    def ask_anew(self) -> None:
        """The parent is not what it was: ask it how it stands."""
        self._ask_anew = True
        self._wake.set()

    def hear_owned(self, owned_head: int) -> None:
        """Told by the subscriber: something of our subtree may have reached the parent another way."""
        self._carrier.hear_owned(owned_head)
        if self._carrier.has_owned_to_read:
            self._wake.set()

    def stop(self) -> None:
        """End after the batch that is under way. A parent that does not answer is not waited for."""
        self._stopping.set()
        self._wake.set()
        until = time.monotonic() + STOP_WITHIN_S
        while self._thread.is_alive():
            self._thread.join(max(0.2, until - time.monotonic()))
            if self._link is not None and time.monotonic() >= until:
                self._link.hang_up()  # once more each time: a request that was just being made heard nothing yet

    def _run(self) -> None:
        self._stopping.wait(random.uniform(0, self._pace.start_jitter_s))  # noqa: S311  # spreads start-ups, no secret
        with Election(self._database, self._lock_dir) as election:
            link = self._link = self._open_link()
            if link is None:
                return
            try:
                while not self._stopping.is_set():
                    self.is_at_work = self._is_elected(election)
                    if not self.is_at_work:
                        self._stopping.wait(ELECTION_EVERY_S)
                        continue
                    delay = self._round(link)
                    (self._stopping if self._backoff.failures else self._wake).wait(delay)
            finally:
                self.is_at_work = False
                self._beside.shutdown()
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
        """Carry everything there is; the seconds until the next look if nobody wakes the courier."""
        self._wake.clear()
        if self._ask_anew or time.monotonic() - self._asked_at > self._pace.hello_every_s:
            self._ask_anew = False
            self._carrier.greet_again()
            self._asked_at = time.monotonic()
        try:
            self._carrier.drain(link, self._stopping.is_set)
        except LinkDown as down:
            return self._failed(str(down), down.retry_after_s)
        except Refused as refused:
            is_suspended = refused.slug == Suspended.slug
            return self._failed(SUSPENDED if is_suspended else f"refused: {refused.slug or refused.status}", None)
        except NotConfirmed as waiting:
            return self._failed(str(waiting), None)
        except (Copied, OtherProtocol, TooOld) as found:
            return self._failed(str(found), self._pace.cap_s)
        except Exception as error:
            log.error("courier failed", error=type(error).__name__, exc_info=error)
            return self._failed(type(error).__name__, None)
        self.last_error = None
        self._backoff.succeeded()
        return min(LOOK_EVERY_S, self._pace.hello_every_s)

    def _failed(self, reason: str, at_least_s: float | None) -> float:
        delay = max(self._backoff.failed(), at_least_s or 0.0)
        if self.last_error != reason:
            log.warning("push failed", peer=self._parent, reason=reason, delay_s=round(delay, 1))
        self.last_error = reason
        self._ask_anew = True
        return delay
