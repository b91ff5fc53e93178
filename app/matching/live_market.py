"""The market of a running node: made from the last generation on disk or from the table, and followed as it changes.

Whoever asks with a session is given the market as of the head of the exchange's sequence that the session sees: a
listing that was opened is found, one that was closed is not. Changes go into a small second segment; when it has grown,
both are merged beside the requests, and the merged market catches up by the same cursor before it takes the other's
place.
"""

import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from threading import Event, Lock, Thread

import structlog
from sqlalchemy.orm import Session

from app.exchange.changes import has_mark, head, keys_after, log_id, mark_at, swept_to
from app.kernel.db import Database
from app.matching.engine import snapshot
from app.matching.engine.kept import Kept
from app.matching.engine.market import Market, Placed
from app.matching.engine.snapshot import Provenance, Unusable
from app.matching.judging import Post, post_of
from app.matching.made_of import made_of
from app.matching.profile import Profile
from app.matching.queries import known_listings, listings_by_key
from app.regions.tree import Regions
from app.taxonomy.tables import Taxonomy
from app.vacancies.listing import KIND

log = structlog.get_logger(__name__)

Key = tuple[str, str]  # origin and id of a listing
Reads = Callable[[], AbstractContextManager[Session]]

RECENT = 2_000  # rows outside the first segment, or gone from it, after which the segments are merged
WRITTEN_FROM = 1_000  # smaller markets are made from the table as fast as they are read from disk
_POSTS_KEPT = 30_000  # a kilobyte or two each


@dataclass(frozen=True)
class _State:
    """A market as of a number of the sequence, and the words that the node had been taught when it was made."""

    market: Market
    seq: int
    taught: frozenset[tuple[str, str, str]]


class LiveMarket:
    """The market of one node, shared by all requests of a process.

    `folder` holds the generations; `name` gives the name of what they are made with. For `fresh_s` seconds `latest`
    does without a look at the database.
    """

    def __init__(
        self,
        taxonomy: Taxonomy,
        regions: Regions,
        folder: Path,
        name: Callable[[Taxonomy, Regions], str] = made_of,
        fresh_s: float = 0.0,
    ) -> None:
        self._taxonomy, self._regions, self._folder, self._name = taxonomy, regions, folder, name
        self._fresh_s = fresh_s
        self._rung = object()  # another one after every commit here
        self._looked: tuple[object, float] = (None, 0.0)  # of the last look at the head: `_rung` before it, and when
        self._state: _State | None = None
        self._lock = Lock()  # one thread at a time follows the sequence; asking takes no lock
        self._posts: Kept[Post] = Kept(_POSTS_KEPT)
        self._wanted, self._stopping = Event(), False
        self._thread: Thread | None = None

    def ring(self) -> None:
        """Something was committed by this process: whoever asks from now on is given it."""
        self._rung = object()  # not a number: of two threads that count at once, one would take back what others saw

    def latest(self, reads: Reads) -> Market:
        """The market with all that this process committed, and what others did up to `fresh_s` ago.

        Most who ask are given it without a look at the database. `reads` opens a session.
        """
        rung, looked_at = self._looked
        state = self._state
        is_fresh = rung is self._rung and time.monotonic() - looked_at < self._fresh_s
        if is_fresh and state is not None and state.taught == self._taxonomy.taught:
            return state.market
        looked = self._rung, time.monotonic()  # before the look: what is committed meanwhile is looked for anew
        with reads() as session:
            market = self.current(session)
        self._looked = looked
        return market

    def current(self, session: Session) -> Market:
        """The market as `session` sees it."""
        with self._lock:
            state = self._state
            if state is None or state.taught != self._taxonomy.taught:  # a new word may say what a post is
                self._posts.clear()
                state = self._begun(session)
            self._state = state = self._caught_up(session, state)
        if state.market.recent > RECENT:
            self._wanted.set()
        return state.market

    def posts(self, reads: Reads, placed: Iterable[Placed]) -> dict[Key, Post]:
        """The posts in some places, by key; one that has just ended is missing. `reads` opens a session."""
        wanted = [(one.origin, one.id) for one in placed]
        found = {key: post for key in wanted if (post := self._posts.look(key)) is not None}
        missing = [key for key in wanted if key not in found]
        if missing:
            with reads() as session:
                found |= self._posts_of(session, missing)
        return found

    def _posts_of(self, session: Session, keys: list[Key]) -> dict[Key, Post]:
        taught = self._taxonomy.taught
        read = {(one.origin, one.id): post_of(one, self._taxonomy) for _, one in listings_by_key(session, keys)}
        with self._lock:  # what changes is dropped under it: an older reading is not kept past the change
            state = self._state
            if state is not None and state.seq == head(session) and state.taught == taught:
                for key, post in read.items():
                    self._posts.keep(key, post)
        return read

    def start(self, database: Database) -> None:
        """Make the market now and merge it from time to time, in a thread of its own, until `stop`."""
        self._thread = Thread(target=self._settle_when_wanted, args=(database,), name="market", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end, and wait until it has."""
        self._stopping = True
        self._wanted.set()
        if self._thread is not None:
            self._thread.join()

    def settle(self, database: Database) -> None:
        """Merge the segments beside the requests, write the generation, and let it take the old one's place."""
        state = self._state
        if state is None:
            return
        settled = replace(state, market=state.market.settled())
        with database.read() as session:
            self._write(session, settled)
            with self._lock:
                present = self._state
                if present is not None and present.market.reader is state.market.reader:  # not made anew meanwhile
                    self._state = self._caught_up(session, settled)

    def _settle_when_wanted(self, database: Database) -> None:
        try:
            with database.read() as session:
                market = self.current(session)
            market.best(Profile(), date.min, limit=1, side=1)  # what is compiled is compiled before anybody waits
            while self._wanted.wait() and not self._stopping:
                self._wanted.clear()
                self.settle(database)
        except Exception as error:
            # The requests go on with what they have, and make what they lack.
            log.error("market not merged", error=type(error).__name__, exc_info=error)

    # The lock is held below, but for `_write`.

    def _begun(self, session: Session) -> _State:
        for place in snapshot.generations(self._folder):
            try:
                return self._from_disk(session, place)
            except Unusable as error:
                log.warning("market not read", reason=str(error))
        return self._from_table(session)

    def _from_disk(self, session: Session, place: Path) -> _State:
        provenance, values, columns = snapshot.read(place, self._name(self._taxonomy, self._regions))
        if provenance.log_id != log_id(session) or not has_mark(session, provenance.mark):
            raise Unusable("of another history")
        if provenance.seq < swept_to(session):
            raise Unusable("of before what has been collected since")
        market = Market.empty(self._taxonomy, self._regions, values).over(columns)
        return _State(market, provenance.seq, self._taxonomy.taught)

    def _from_table(self, session: Session) -> _State:
        seq = head(session)  # before the rows: what is read is never older than its number
        taught = self._taxonomy.taught
        market = Market.empty(self._taxonomy, self._regions).holding(known_listings(session))
        state = _State(market, seq, taught)
        self._write(session, state)
        return state

    def _caught_up(self, session: Session, state: _State) -> _State:
        """`state` with every change up to the head that the session sees; it may have begun before the state."""
        newest = head(session)
        while state.seq < newest:
            changes = keys_after(session, state.seq, RECENT, kind=KIND)
            keys = list(dict.fromkeys((origin, rid) for _, origin, rid in changes))
            listed = listings_by_key(session, keys)
            gone = {(rid, origin) for origin, rid in keys} - {(one.id, one.origin) for _, one in listed}
            self._posts.drop(keys)
            seq = changes[-1][0] if len(changes) == RECENT else newest
            market = state.market.changed(listed, gone) if keys else state.market
            state = replace(state, market=market, seq=seq)
        return state

    def _write(self, session: Session, state: _State) -> None:
        columns = state.market.segments[0].columns
        if columns.n < WRITTEN_FROM:
            return
        provenance = Provenance(
            log_id(session), state.seq, mark_at(session, state.seq), self._name(self._taxonomy, self._regions)
        )
        try:
            snapshot.write(self._folder, provenance, state.market.reader.values, columns)
        except OSError as error:  # a full disk: the next start makes the market from the table
            log.warning("market not written", error=type(error).__name__, reason=str(error.strerror))
