"""The subscriber: one thread that takes in what comes down from the parent, as long as the process runs.

It keeps a long poll open, and takes each page in with its cursor in one transaction. The parent no longer knows the
cursor (it was restored, or offers other kinds): read everything anew, and drop in the end what is not there any more.
The link is down: wait with growing, jittered delays; meanwhile this node works with what it has.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from app.exchange.ledger import Ledgers
from app.sync import feed, pages
from app.sync.backoff import Backoff
from app.sync.link import Link, LinkDown, Refused

log = structlog.get_logger(__name__)
WAIT_S = 20
WAIT_FOR_PARENT_S = 1  # a parent that is not yet current may soon be
IDLE_S = 1.0


@dataclass(frozen=True)
class Taken:
    """What one page was."""

    applied: int
    is_end: bool
    begins_anew: bool = False  # no page: the parent's history is another, or it offers other kinds


class Reader:
    """Takes in one page after another. Knows no threads and no delays.

    `told` hears, with each page, how far the parent has come with what reached it of our subtree another way.
    """

    def __init__(self, ledgers: Ledgers, parent: str, told: Callable[[int], None] = lambda _: None) -> None:
        self._ledgers, self._parent, self._told = ledgers, parent, told
        self._owned_head = 0
        self._patience_s = 0  # until this node is current, and with it what it can vouch for below

    def read(self, link: Link, wait_s: int = 0) -> Taken:
        """Ask for the next page and take it in. LinkDown or Refused say why not."""
        with self._ledgers.read() as ledger:
            cursor = feed.cursor_of(ledger, self._parent)
            is_current = ledger.meta().current and ledger.peer(self._parent, "feed", feed.DOWN) is not None
        try:
            page = link.feed(cursor, wait_s if is_current else min(wait_s, self._patience_s), self._owned_head)
        except Refused as refused:
            if refused.slug != pages.CursorGone.slug or cursor is None:
                raise
            log.warning("the parent's history is another: reading its feed from the start", peer=self._parent)
            with self._ledgers.write() as ledger:
                feed.begin_sweep(ledger, self._parent)
            self._patience_s = 0
            return Taken(0, is_end=False, begins_anew=True)
        with self._ledgers.write() as ledger:
            applied = feed.take_page(ledger, self._parent, page, cursor)
        self._patience_s = WAIT_FOR_PARENT_S
        self._owned_head = page.header.owned_head
        self._told(self._owned_head)
        return Taken(applied, is_end=not page.header.more and page.header.confirmed)


class Subscriber:
    """Keeps the copy of the market that comes from the parent, from `start` until `stop`."""

    def __init__(
        self,
        ledgers: Ledgers,
        parent: str | None,
        make_link: Callable[[], Link],
        backoff: Backoff,
        is_at_work: Callable[[], bool],
        ask_anew: Callable[[], None],
        told: Callable[[int], None],
    ) -> None:
        self._reader, self._parent = Reader(ledgers, parent or "", told), parent
        self._make_link, self._backoff = make_link, backoff
        self._is_at_work, self._ask_anew = is_at_work, ask_anew
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="subscriber", daemon=True)
        self._link: Link | None = None
        self.last_error: str | None = None

    def start(self) -> None:
        """Begin, if this node has a parent."""
        if self._parent is not None:
            self._thread.start()

    def stop(self) -> None:
        """End, without waiting for the long poll."""
        self._stopping.set()
        while self._thread.is_alive():
            if self._link is not None:
                self._link.hang_up()
            self._thread.join(0.2)  # a request that was just being made hears nothing yet: hang up once more

    def _run(self) -> None:
        while not self._stopping.is_set():
            if not self._is_at_work():
                self._stopping.wait(IDLE_S)
                continue
            self._round()
        if self._link is not None:
            self._link.close()

    def _round(self) -> None:
        try:
            self._link = self._link or self._make_link()
            taken = self._reader.read(self._link, WAIT_S)
        except LinkDown as down:
            self._failed(str(down), down.retry_after_s)
        except Refused as refused:
            self._failed(f"refused: {refused.slug or refused.status}", None)
        except Exception as error:
            log.error("subscriber failed", error=type(error).__name__, exc_info=error)
            self._failed(type(error).__name__, None)
        else:
            if self.last_error is not None or taken.begins_anew:
                self._ask_anew()  # the parent may have been restored meanwhile, and lack what was pushed
            self.last_error = None
            self._backoff.succeeded()
            if not taken.is_end and not taken.applied:
                self._stopping.wait(0.1)

    def _failed(self, reason: str, asked_s: float | None) -> None:
        if self._stopping.is_set():
            return
        delay = self._backoff.failed(asked_s)
        if self.last_error != reason:
            log.warning("feed failed", peer=self._parent, reason=reason, delay_s=round(delay, 1))
        self.last_error = reason
        self._stopping.wait(delay)
