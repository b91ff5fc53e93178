"""A market: the listings of a node in segments, and the best of them for a profile. Pure.

A market never changes: opening or closing a listing makes a new one that shares almost everything with the old, so
that whoever is asking goes on undisturbed. The points of a pair depend on nothing but the pair, so the best of all
segments are the best of the bests of each.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from app.matching.engine import bits
from app.matching.engine.admission import admitted
from app.matching.engine.asked import Asker
from app.matching.engine.kernels import Kernels
from app.matching.engine.listing_columns import ListingColumns, columns_of, merged
from app.matching.engine.listing_rows import ListingRow, ListingValues, RowReader
from app.matching.engine.search import Candidate, Found, search, top
from app.matching.engine.segment import Segment
from app.matching.filters import NO_FILTERS, Filters
from app.matching.lists import Lists
from app.matching.order import shuffle
from app.matching.profile import Concepts, KnownListing, Places, Profile


class Placed(NamedTuple):
    """A listing in its place in a list."""

    id: str
    origin: str
    total: int


_key = attrgetter("key")
Best = Lists[Placed]  # the best listings for one profile


@dataclass(frozen=True)
class Market:
    """Listings to be found. `asker` and `reader` share the values that all segments are numbered by."""

    reader: RowReader
    asker: Asker
    kernels: Kernels
    segments: tuple[Segment, ...] = ()

    @classmethod
    def empty(
        cls, concepts: Concepts, places: Places, values: ListingValues | None = None, *, is_compiled: bool | None = None
    ) -> "Market":
        """A market without listings, whose rows are numbered by `values`.

        `is_compiled` asks for the compiled loops or for those in numpy; by default the compiled where there are any.
        """
        values = values or ListingValues.empty()
        kernels = Kernels.choose(is_compiled=is_compiled)
        return cls(RowReader(values, concepts, places), Asker(values, concepts, places), kernels)

    def over(self, columns: ListingColumns) -> "Market":
        """A market of these columns, which are numbered by the values of this one."""
        return replace(self, segments=(Segment.of(columns),))

    def holding(self, listings: Iterable[tuple[datetime, KnownListing]]) -> "Market":
        """A market of these listings, each given with the instant that ends it."""
        rows = [self.reader.read(listing, expires_at) for expires_at, listing in listings]
        return replace(self, segments=(self.segment(rows),))

    def segment(self, rows: Sequence[ListingRow]) -> Segment:
        """A segment of rows that `reader` has read."""
        return Segment.of(columns_of(rows, self._skill_count))

    @property
    def _skill_count(self) -> int:
        return len(self.reader.values.skills)

    @property
    def recent(self) -> int:
        """How many rows lie outside the first segment, and how many of it are gone: what merging would save."""
        first, *others = self.segments
        return sum(segment.columns.n for segment in others) + first.columns.n - bits.count(first.alive)

    def changed(self, listings: Iterable[tuple[datetime, KnownListing]], gone: Iterable[tuple[str, str]]) -> "Market":
        """The market with some listings new or changed, and those of some (id, origin) gone.

        What is new lies in a second segment, which is made anew; the first only learns what is no longer there.
        """
        rows = [self.reader.read(listing, expires_at) for expires_at, listing in listings]
        number = self.reader.values.origins.number
        leaving = {(id_, number(origin)) for id_, origin in gone} | {(row.id, row.origin) for row in rows}
        first, *others = (_without(segment, leaving) for segment in self.segments or (self.segment(()),))
        recent = _merged([*others, self.segment(rows)], self._skill_count)
        return replace(self, segments=(first, recent) if recent.columns.n else (first,))

    def settled(self) -> "Market":
        """The same market in one segment."""
        return replace(self, segments=(_merged(self.segments, self._skill_count),))

    def best(
        self,
        profile: Profile,
        today: date,
        *,
        limit: int,
        side: int = 0,
        seeker_id: str = "",
        filters: Filters = NO_FILTERS,
    ) -> Best:
        """The best `limit` matches and the best `side` of each other list, of the listings that `filters` admit."""
        question = self.asker.question(profile, today)
        found = [
            search(segment, question, admitted(segment, filters, self.reader), limit, side, self.kernels)
            for segment in self.segments
        ]

        def placed(of: Callable[[Found], Sequence[Candidate]], most: int) -> tuple[Placed, ...]:
            return self._first([candidate for one in found for candidate in of(one)], most, seeker_id, today)

        return Best(
            sum(one.considered for one in found),
            placed(lambda one: one.matches, limit),
            sum(one.matches_total for one in found),
            placed(lambda one: one.other_nearby, side),
            sum(one.other_nearby_total for one in found),
            placed(lambda one: one.not_shown, side),
            sum(one.not_shown_total for one in found),
        )

    def top(
        self, profile: Profile, today: date, k: int, *, seeker_id: str = "", filters: Filters = NO_FILTERS
    ) -> tuple[Placed, ...]:
        """The matches of `best` alone, for who does not ask how many there are: that costs more than to find them."""
        question = self.asker.question(profile, today)
        every = [
            candidate
            for segment in self.segments
            for candidate in top(segment, question, admitted(segment, filters, self.reader), k, self.kernels)
        ]
        return self._first(every, k, seeker_id, today)

    def _first(self, every: list[Candidate], most: int, seeker_id: str, today: date) -> tuple[Placed, ...]:
        """The first `most` in order; the daily shuffle is worked out only where the rest of the key is level."""
        every.sort(key=_key)
        origins, kept = self.reader.values.origins, list[Placed]()
        level, start = None, 0  # what the last ones share, and where they begin
        for key, total, id_, origin in every:
            if key != level:
                if len(kept) >= most:
                    break
                _shuffle(kept, start, seeker_id, today)
                level, start = key, len(kept)
            kept.append(Placed(id_.decode(), origins[origin], total))
        _shuffle(kept, start, seeker_id, today)
        return tuple(kept[:most])


def _shuffle(kept: list[Placed], start: int, seeker_id: str, today: date) -> None:
    """Put those from `start` on, which are level, in the order of the day."""
    if len(kept) - start > 1:
        kept[start:] = sorted(kept[start:], key=lambda one: (shuffle(seeker_id, today, one.id), one.id, one.origin))


def _without(segment: Segment, leaving: Iterable[tuple[str, int]]) -> Segment:
    found = (segment.columns.row_of(id_, origin) for id_, origin in leaving)
    rows = [row for row in found if row is not None]
    return segment.without(np.array(rows)) if rows else segment


def _merged(segments: Sequence[Segment], skill_count: int) -> Segment:
    """Segment by segment what is still there, in one."""
    parts = [(segment.columns, bits.rows_of(segment.alive)) for segment in segments]
    return Segment.of(merged(parts, skill_count))
