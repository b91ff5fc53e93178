"""The best rows of a segment that suit, the most promising first. Pure.

What a cell, the rows of one work in one district, can bring at most is known before any of its rows is looked at. Cells
are visited in that order until none that is left can reach the band of the last row kept.
"""

from collections.abc import Iterator

import numpy as np

from app.matching.engine import bits
from app.matching.engine.asked import Asked, Question
from app.matching.engine.asked_parts import Table
from app.matching.engine.bits import Words
from app.matching.engine.listing_columns import ListingColumns
from app.matching.engine.points import points
from app.matching.engine.segment import Rows, Segment, ranges, rows_naming
from app.matching.table import SCORE_TABLE

BAND = SCORE_TABLE.band
MOST_BANDS = SCORE_TABLE.total // BAND
_FIRST_ROWS = 512  # looked at before anything is known; later rounds are four times as large as the one before
_GROWTH = 4


class BestRows:
    """The best `k` rows so far, and all that are level with the last of them."""

    def __init__(self, columns: ListingColumns, k: int) -> None:
        self._columns, self._k = columns, k
        self._order = np.empty(0, dtype=np.int64)
        self.rows = np.empty(0, dtype=np.int64)
        self.totals = np.empty(0, dtype=np.int64)
        self.band, self.tie = -1, -1  # of the last row kept; -1 while there are fewer than k

    def add(self, rows: Rows, totals: Table) -> None:
        """Consider some more rows."""
        order = ((MOST_BANDS - totals // BAND) << 32) | self._columns.tie.take(rows)
        if self.band >= 0:
            last = ((MOST_BANDS - self.band) << 32) | self.tie
            kept = order <= last
            order, rows, totals = order[kept], rows[kept], totals[kept]
        self._order = np.concatenate([self._order, order])
        self.rows = np.concatenate([self.rows, rows])
        self.totals = np.concatenate([self.totals, totals])
        if len(self._order) >= self._k:
            last = int(np.partition(self._order, self._k - 1)[self._k - 1])
            self.band, self.tie = MOST_BANDS - (last >> 32), last & 0xFFFFFFFF
            if len(self._order) > self._k:
                kept = self._order <= last
                self._order, self.rows, self.totals = self._order[kept], self.rows[kept], self.totals[kept]


def by_promise(segment: Segment, question: Question, target: Words, k: int, *, fitting: bool) -> tuple[Rows, Table]:
    """At least the best `k` rows of `target` that suit, and their totals; with `fitting` those that fail nothing."""
    asked, best = question.tables, BestRows(segment.columns, k)
    for portion in _promising(segment.columns, asked, best):
        rows = portion[bits.holds(target, portion)]
        if fitting:
            rows = rows[segment.failures(asked, rows) == 0]
        best.add(rows, points(segment.columns, question, rows))
    return best.rows, best.totals


def _promising(columns: ListingColumns, asked: Asked, best: BestRows) -> Iterator[Rows]:
    """The rows that suit in portions, while any of those that are left may be among the `best`."""
    cells = cells_of(columns, np.flatnonzero(asked.share))
    bounds = asked.most_of_work.take(columns.cell_work.take(cells))
    bounds += asked.most_of_district.take(columns.cell_district.take(cells))
    order = np.argsort(-bounds, kind="stable")
    cells, bands = cells[order], bounds[order] // BAND
    starts, stops = columns.cell_start[cells], columns.cell_start[cells + 1]
    reached = np.cumsum(stops - starts)
    taken, portion, other = 0, _FIRST_ROWS, asked.most_of_other_work // BAND if asked.is_proof is not None else -1
    while taken < len(cells) and bands[taken] >= best.band:
        if other > bands[taken]:
            yield _proved_only(columns, asked)
            other = -1
        behind = int(reached[taken - 1]) if taken else 0
        upto = max(int(np.searchsorted(reached, behind + portion)), taken) + 1
        upto = min(upto, max(int(np.searchsorted(-bands, -best.band, side="right")), taken + 1))
        yield ranges(starts[taken:upto], stops[taken:upto])
        taken, portion = upto, portion * _GROWTH
    if other >= max(best.band, 0):
        yield _proved_only(columns, asked)


def cells_of(columns: ListingColumns, works: Rows) -> Rows:
    """The cells of some works."""
    works = works[works < len(columns.work_start) - 1]
    return ranges(columns.work_start[works], columns.work_start[works + 1])


def _proved_only(columns: ListingColumns, asked: Asked) -> Rows:
    """Rows of work that was not wished, which name a particular skill that the person has."""
    rows = rows_naming(columns, asked.is_proof)
    is_named = np.zeros(columns.n, dtype=np.bool_)  # each once: faster than to sort them
    is_named[rows[asked.share[columns.work[rows]] == 0]] = True
    return np.flatnonzero(is_named)
