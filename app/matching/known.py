"""The listings of this node as values to compare, kept from one request to the next while no record came in.

What is kept is named by the head of the exchange's sequence: every change of a listing takes a number there, and the
head is read before the rows, so what is kept is never older than its name.
"""

from collections.abc import Callable
from datetime import datetime
from threading import Lock

from sqlalchemy.orm import Session

from app.exchange.changes import head
from app.matching.profile import KnownListing
from app.matching.queries import known_listings, shown_listings

_Found = tuple[tuple[datetime, KnownListing], ...]


class _Kept:
    """One reading at one head. Threads that ask for the same take turns, and all but the first find it there."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._head: int | None = None
        self._found: _Found = ()

    def at_head(self, session: Session, read: Callable[[Session], _Found]) -> _Found:
        now = head(session)
        with self._lock:
            if self._head != now:
                self._found = read(session)
                self._head = now
            return self._found


class KnownListings:
    """What matching is given of the listings; immutable, so the session may be closed before anything is scored."""

    def __init__(self) -> None:
        self._all, self._shown = _Kept(), _Kept()

    def every(self, session: Session) -> tuple[KnownListing, ...]:
        """Every listing, hidden ones too: why they are hidden is part of the answer."""
        return tuple(listing for _, listing in self._all.at_head(session, known_listings))

    def shown(self, session: Session, now: datetime) -> tuple[KnownListing, ...]:
        """Those that are open and not past their last day. A listing opens only with a record; it runs out without."""
        found = self._shown.at_head(session, lambda asking: shown_listings(asking, now))
        return tuple(listing for expires_at, listing in found if expires_at >= now)
