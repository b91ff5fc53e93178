"""The best rows of a segment for what was asked: exact, without giving points to every row. Pure.

What suits differs in what it can bring at most, and is searched by promise. Other work is cut off at the relevance cap,
so that very many rows are level: they are visited in the order of ties, until enough of the highest possible band were
found and the next row comes after them.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from app.matching.engine import bits
from app.matching.engine.asked import Question
from app.matching.engine.asked_parts import Table
from app.matching.engine.bits import Words
from app.matching.engine.kernels import Kernels
from app.matching.engine.listing_columns import ListingColumns
from app.matching.engine.promise import BAND, BestRows
from app.matching.engine.segment import Failing, Rows, Segment
from app.matching.table import SCORE_TABLE

_CAP = SCORE_TABLE.other_work_at_most
_FIRST_ROWS = 1024  # looked at before anything is known; later rounds are twice as large as the one before


class Candidate(NamedTuple):
    """A row that may be among the best. Those with equal `key` are told apart by the daily shuffle."""

    key: tuple[int, ...]  # (other work, closed, failures) where it failed; then band, referrals, day, least first
    total: int
    id: bytes  # in UTF-8
    origin: int


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


def search(segment: Segment, question: Question, considered: Words, limit: int, side: int, kernels: Kernels) -> Found:
    """At least the best `limit` matches of the rows considered, and the best `side` of the two other lists."""
    asked = question.tables
    relevant = segment.relevant(asked)
    failing = segment.failing(asked) if side else None  # twice the work, which only near misses need
    fails = segment.failing_any(asked) if failing is None else failing.any
    fitting = considered & ~fails
    matches, other = fitting & relevant, fitting & ~relevant
    visit = _Visit(segment, question, kernels)
    fitting_total, matches_total, considered_total = bits.count(fitting), bits.count(matches), bits.count(considered)
    return Found(
        considered_total,
        visit.by_promise(matches, limit, ()) if limit else [],
        matches_total,
        visit.by_order(other, side, ()) if side else [],
        fitting_total - matches_total,
        visit.nearest_misses(considered & fails, failing, relevant, side) if failing else [],
        considered_total - fitting_total,
    )


def top(segment: Segment, question: Question, considered: Words, k: int, kernels: Kernels) -> list[Candidate]:
    """At least the best `k` matches of the rows considered; how many there are in all is not counted."""
    found = kernels.by_promise(segment, question, considered, k, fitting=True)
    return candidates(segment.columns, (), *found)


def candidates(columns: ListingColumns, level: tuple[int, ...], rows: Rows, totals: Table) -> list[Candidate]:
    """Rows with their totals, each with the key that orders it."""
    of_rows = (column[rows].tolist() for column in (columns.referrals, columns.opened_on, columns.ids, columns.origin))
    return [
        Candidate((*level, -(total // BAND), referrals, -opened_on), total, id_, origin)
        for total, referrals, opened_on, id_, origin in zip(totals.tolist(), *of_rows, strict=True)
    ]


class _Visit:
    """One question to one segment."""

    def __init__(self, segment: Segment, question: Question, kernels: Kernels) -> None:
        self._segment, self._columns, self._kernels = segment, segment.columns, kernels
        self._question, self._asked = question, question.tables

    def by_promise(self, target: Words, k: int, level: tuple[int, ...]) -> list[Candidate]:
        """The best `k` rows of a set of those that suit."""
        found = self._kernels.by_promise(self._segment, self._question, target, k, fitting=False)
        return candidates(self._columns, level, *found)

    def by_order(self, target: Words, k: int, level: tuple[int, ...]) -> list[Candidate]:
        """The best `k` rows of a set of other work."""
        best, columns, asked = BestRows(self._columns, k), self._columns, self._asked
        start, portion = 0, _FIRST_ROWS
        highest = min(asked.most_of_other_work, _CAP) // BAND
        while start < columns.n:
            stop = min(start + portion, columns.n)
            rows = columns.by_tie[start:stop]
            rows = rows[bits.holds(target, rows)]
            if best.band >= 0:
                reach = np.maximum(asked.place[columns.place[rows]], asked.lodging) + asked.most_beside_place
                rows = rows[reach // BAND >= best.band]
            best.add(rows, np.minimum(self._kernels.points(columns, self._question, rows), _CAP))
            if best.band >= highest and stop < columns.n and columns.tie[columns.by_tie[stop]] > best.tie:
                break
            start, portion = stop, portion * 2
        return candidates(columns, level, best.rows, best.totals)

    def nearest_misses(self, target: Words, failing: Failing, relevant: Words, k: int) -> list[Candidate]:
        """The best `k` failed rows: wished work before other work, what is closed last, then by failures."""
        found: list[Candidate] = []
        for is_other, part in enumerate((target & relevant, target & ~relevant)):
            near, closed = part & failing.one & ~failing.closed, part & failing.closed
            find = self.by_order if is_other else self.by_promise
            found += find(near, k, (is_other, 0, 1))
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
        totals = self._kernels.points(self._columns, self._question, rows)
        if is_other:
            totals = np.minimum(totals, _CAP)
        failures = self._segment.failures(self._asked, rows)
        found: list[Candidate] = []
        for count in np.unique(failures).tolist():
            best = BestRows(self._columns, k)
            best.add(rows[failures == count], totals[failures == count])
            found += candidates(self._columns, (is_other, is_closed, count), best.rows, best.totals)
            if len(found) >= k:
                break
        return found
