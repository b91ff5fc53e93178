"""The best rows of a segment for what was asked: exact, without giving points to every row. Pure.

Work that was wished differs in what it can bring at most: rows are visited by cells of work and district, the most
promising first, until no other cell can reach the band of the last row kept. Other work is cut off at the relevance
cap, so that very many rows are level: they are visited in the order of ties, until enough of the highest possible band
were found and the next row comes after them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from app.matching.engine import bits
from app.matching.engine.asked import Asked, Table
from app.matching.engine.bits import Words
from app.matching.engine.points import Points
from app.matching.engine.segment import Failing, Rows, Segment, ranges, rows_naming
from app.matching.table import SCORE_TABLE

_BAND, _CAP = SCORE_TABLE.band, SCORE_TABLE.other_work_at_most
_MOST_BANDS = SCORE_TABLE.total // _BAND
_FIRST_ROWS = 512  # looked at before anything is known; later rounds are four times as large as the one before
_GROWTH = 4


class Candidate(NamedTuple):
    """A row that may be among the best. Those with equal `key` are told apart by the daily shuffle."""

    key: tuple[int, ...]  # (other work, closed, failures) where it failed; then band, referrals, day, least first
    row: int
    total: int


@dataclass(frozen=True)
class Found:
    """The best of a segment in three lists, in no order, and how many there are of each kind."""

    considered: int
    matches: list[Candidate]
    matches_total: int
    other_nearby: list[Candidate]
    other_nearby_total: int
    not_shown: list[Candidate]
    not_shown_total: int


def search(segment: Segment, asked: Asked, considered: Words, limit: int, side: int, points: Points) -> Found:
    """At least the best `limit` matches of the rows considered, and the best `side` of the two other lists."""
    failing, relevant = segment.failing(asked), segment.relevant(asked)
    fitting = considered & ~failing.any
    matches, other = fitting & relevant, fitting & ~relevant
    visit = _Visit(segment, asked, points)
    fitting_total, matches_total, considered_total = bits.count(fitting), bits.count(matches), bits.count(considered)
    return Found(
        considered_total,
        visit.by_promise(matches, limit).candidates(()) if limit else [],
        matches_total,
        visit.by_order(other, side).candidates(()) if side else [],
        fitting_total - matches_total,
        visit.nearest_misses(considered & failing.any, failing, relevant, side) if side else [],
        considered_total - fitting_total,
    )


class _Best:
    """The best `k` rows so far, and all that are level with the last of them."""

    def __init__(self, segment: Segment, k: int) -> None:
        self._columns, self._k = segment.columns, k
        self._order = np.empty(0, dtype=np.int64)
        self._rows = np.empty(0, dtype=np.int64)
        self._totals = np.empty(0, dtype=np.int64)
        self.band, self.tie = -1, -1  # of the last row kept; -1 while there are fewer than k

    def add(self, rows: Rows, totals: Table) -> None:
        """Consider some more rows."""
        order = ((_MOST_BANDS - totals // _BAND) << 32) | self._columns.tie[rows]
        if self.band >= 0:
            last = ((_MOST_BANDS - self.band) << 32) | self.tie
            kept = order <= last
            order, rows, totals = order[kept], rows[kept], totals[kept]
        self._order = np.concatenate([self._order, order])
        self._rows = np.concatenate([self._rows, rows])
        self._totals = np.concatenate([self._totals, totals])
        if len(self._order) >= self._k:
            last = int(np.partition(self._order, self._k - 1)[self._k - 1])
            self.band, self.tie = _MOST_BANDS - (last >> 32), last & 0xFFFFFFFF
            if len(self._order) > self._k:
                kept = self._order <= last
                self._order, self._rows, self._totals = self._order[kept], self._rows[kept], self._totals[kept]

    def candidates(self, level: tuple[int, ...]) -> list[Candidate]:
        """What was kept."""
        columns = self._columns
        return [
            Candidate(
                (*level, -(total // _BAND), int(columns.referrals[row]), -int(columns.opened_on[row])), row, total
            )
            for row, total in zip(self._rows.tolist(), self._totals.tolist(), strict=True)
        ]


class _Visit:
    """One question to one segment."""

    def __init__(self, segment: Segment, asked: Asked, points: Points) -> None:
        self._segment, self._columns, self._asked, self._points = segment, segment.columns, asked, points

    def by_promise(self, target: Words, k: int) -> _Best:
        """The best `k` rows of a set of relevant ones."""
        best = _Best(self._segment, k)
        for bound, portion in self._promising(best):
            if bound // _BAND < best.band:
                break
            rows = portion[bits.holds(target, portion)]
            best.add(rows, self._points(self._columns, self._asked, rows))
        return best

    def _promising(self, best: _Best) -> Iterator[tuple[int, Rows]]:
        """The relevant rows in portions, each with the most points that it and all later ones can have."""
        columns, asked = self._columns, self._asked
        cells = np.flatnonzero(asked.share[columns.cell_work])
        bounds = asked.most_of_work[columns.cell_work[cells]] + asked.most_of_district[columns.cell_district[cells]]
        order = np.argsort(-bounds, kind="stable")
        cells, bounds = cells[order], bounds[order]
        starts, stops = columns.cell_start[cells], columns.cell_start[cells + 1]
        reached = np.cumsum(stops - starts)
        taken, portion, is_other_due = 0, _FIRST_ROWS, asked.is_proof is not None
        while taken < len(cells):
            if is_other_due and asked.most_of_other_work > bounds[taken]:
                yield asked.most_of_other_work, self._proved_only()
                is_other_due = False
            behind = int(reached[taken - 1]) if taken else 0
            upto = max(int(np.searchsorted(reached, behind + portion)), taken) + 1
            upto = min(upto, max(int(np.searchsorted(-(bounds // _BAND), -best.band, side="right")), taken + 1))
            yield int(bounds[taken]), ranges(starts[taken:upto], stops[taken:upto])
            taken, portion = upto, portion * _GROWTH
        if is_other_due:
            yield asked.most_of_other_work, self._proved_only()

    def _proved_only(self) -> Rows:
        """Rows of work that was not wished, which name a particular skill that the person has."""
        rows = rows_naming(self._columns, self._asked.is_proof)
        return np.unique(rows[self._asked.share[self._columns.work[rows]] == 0])

    def by_order(self, target: Words, k: int) -> _Best:
        """The best `k` rows of a set of other work."""
        best, columns, asked = _Best(self._segment, k), self._columns, self._asked
        start, portion = 0, 2 * _FIRST_ROWS
        highest = min(asked.most_of_other_work, _CAP) // _BAND
        while start < columns.n:
            stop = min(start + portion, columns.n)
            rows = columns.by_tie[start:stop]
            rows = rows[bits.holds(target, rows)]
            if best.band >= 0:
                reach = np.maximum(asked.place[columns.place[rows]], asked.lodging) + asked.most_beside_place
                rows = rows[reach // _BAND >= best.band]
            best.add(rows, np.minimum(self._points(columns, asked, rows), _CAP))
            if best.band >= highest and stop < columns.n and columns.tie[columns.by_tie[stop]] > best.tie:
                break
            start, portion = stop, portion * 2
        return best

    def nearest_misses(self, target: Words, failing: Failing, relevant: Words, k: int) -> list[Candidate]:
        """The best `k` failed rows: wished work before other work, what is closed last, then by failures."""
        found: list[Candidate] = []
        for is_other, part in enumerate((target & relevant, target & ~relevant)):
            near, closed = part & failing.one & ~failing.closed, part & failing.closed
            best = self.by_order(near, k) if is_other else self.by_promise(near, k)
            found += best.candidates((is_other, 0, 1))
            if len(found) < k:
                found += self._by_failures(part & ~failing.one & ~failing.closed, is_other, 0, k - len(found))
            if len(found) < k:
                found += self._by_failures(closed, is_other, 1, k - len(found))
            if len(found) >= k:
                break
        return found

    def _by_failures(self, target: Words, is_other: int, is_closed: int, k: int) -> list[Candidate]:
        """The best `k` rows of a set, those that fail least first."""
        rows = bits.rows_of(target)
        totals = self._points(self._columns, self._asked, rows)
        if is_other:
            totals = np.minimum(totals, _CAP)
        failures = self._segment.failures(self._asked, rows)
        found: list[Candidate] = []
        for count in np.unique(failures).tolist():
            best = _Best(self._segment, k)
            best.add(rows[failures == count], totals[failures == count])
            found += best.candidates((is_other, is_closed, count))
            if len(found) >= k:
                break
        return found
