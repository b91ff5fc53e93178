"""A segment: the columns of some listings, which of them are still there, and sets of rows that are asked for again.

Columns never change. A listing that ends is taken out of `alive`; a segment with another `alive` shares everything
else, the sets that were worked out included.
"""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from app.matching.engine import bits
from app.matching.engine.asked import Asked
from app.matching.engine.asked_parts import Table
from app.matching.engine.bits import Mask, Words
from app.matching.engine.kept import Kept
from app.matching.engine.listing_columns import ListingColumns

_SETS_KEPT = 512  # n / 8 octets each

Rows = NDArray[np.signedinteger]


@dataclass(frozen=True)
class Failing:
    """Which rows fail something, exactly one thing, and which are closed (not open, or past their last day)."""

    any: Words
    one: Words
    closed: Words


@dataclass(frozen=True)
class Segment:
    """Some listings. `sets` keeps sets of rows by what they depend on; None where the set is empty."""

    columns: ListingColumns
    alive: Words
    sets: Kept[Words | None] = field(default_factory=lambda: Kept(_SETS_KEPT))

    @classmethod
    def of(cls, columns: ListingColumns) -> "Segment":
        """A segment of which every row is there."""
        return cls(columns, bits.every(columns.n))

    def without(self, rows: Rows) -> "Segment":
        """The same without some rows."""
        return replace(self, alive=self.alive & ~bits.of_rows(rows, self.columns.n))

    def where(self, key: Hashable, mask: Callable[[], Mask]) -> Words | None:
        """The rows at which `mask` is true, kept under `key`; None if there are none."""

        def make() -> Words | None:
            found = mask()
            return bits.pack(found) if found.any() else None

        return self.sets.get(key, make)

    def relevant(self, asked: Asked) -> Words:
        """The rows of wished work, and those that name a particular skill that the person has."""
        columns = self.columns
        mask = np.zeros(columns.n, dtype=np.bool_)
        works = np.flatnonzero(asked.share[: len(columns.work_start) - 1])
        starts, stops = (columns.cell_start[columns.work_start[works + edge]].tolist() for edge in (0, 1))
        for start, stop in zip(starts, stops, strict=True):
            mask[start:stop] = True
        mask[rows_naming(columns, asked.is_proof)] = True
        return bits.pack(mask)

    def failing(self, asked: Asked) -> Failing:
        """The failures of all rows, by adding up the conditions in two bits: none, one, or more."""
        columns = self.columns
        some, more, closed = bits.none(columns.n), bits.none(columns.n), bits.none(columns.n)
        for once, again in zip(self._failures(asked, 1), self._failures(asked, 2), strict=True):
            if once is not None:
                more |= some & once
                some |= once
            if again is not None:
                more |= again
        for shut in (self._expired(asked), self.where("shut", lambda: ~columns.is_open)):
            if shut is not None:
                closed |= shut
        return Failing(some, some & ~more, closed)

    def failing_any(self, asked: Asked) -> Words:
        """The rows that fail something."""
        some = bits.none(self.columns.n)
        for failing in self._failures(asked, 1):
            if failing is not None:
                some |= failing
        return some

    def failures(self, asked: Asked, rows: Rows) -> Table:
        """How many conditions each of `rows` fails."""
        columns = self.columns
        found = columns.standing_failures.take(rows).astype(np.int64)
        found += columns.valid_until.take(rows) < asked.today
        if asked.age is not None:
            found += columns.least_age.take(rows) > asked.age
        found += asked.small.take(asked.facet_start + columns.facets.take(rows, axis=1)).sum(axis=0, dtype=np.int64)
        return found + self._is_too_short(asked, rows)

    def _failures(self, asked: Asked, least: int) -> Iterator[Words | None]:
        """For each condition the rows that fail it `least` times, once or twice, or more often."""
        columns, is_once = self.columns, least == 1
        yield self._expired(asked) if is_once else None
        yield self._counted("standing", least, np.arange(256), columns.standing_failures)
        if (age := asked.age) is not None:
            yield self.where(("age", age), lambda: columns.least_age > age) if is_once else None
        for number, (start, size, value) in enumerate(zip(asked.failures, asked.sizes, asked.facets, strict=True)):
            failures = asked.small[start : start + size]
            if failures.any():
                yield self._counted((number, value), least, failures, columns.facets[number])
        yield self._too_short(asked) if is_once else None

    def _expired(self, asked: Asked) -> Words | None:
        return self.where(("expired", asked.today), lambda: self.columns.valid_until < asked.today)

    def _too_short(self, asked: Asked) -> Words | None:
        """The rows that require months which the person surely lacks; worked out by the fewer of both kinds."""
        columns = self.columns
        must = self.where("must", lambda: columns.must_months > 0)
        if must is None or asked.months is None or asked.is_clear is None:
            return None
        starts, stops, work = columns.must_start[:-1], columns.must_start[1:], columns.must_work
        short = (asked.months[work] // 100 < columns.must_needed) & asked.is_clear[work]
        is_most = 2 * (stops - starts)[short].sum() > len(columns.by_must)
        fewer = ~short if is_most else short
        found = bits.of_rows(columns.by_must[ranges(starts[fewer], stops[fewer])], columns.n)
        return must & ~found if is_most else found

    def _is_too_short(self, asked: Asked, rows: Rows) -> Mask:
        """Whether the person surely lacks months that a row requires."""
        if asked.months is None or asked.is_clear is None:
            return np.zeros(len(rows), dtype=np.bool_)
        work, must = self.columns.work.take(rows), self.columns.must_months.take(rows)
        return (must > 0) & (asked.months.take(work) // 100 < must) & asked.is_clear.take(work)

    def _counted(self, key: Hashable, least: int, failures: NDArray[np.integer], value: Rows) -> Words | None:
        return self.where((key, least), partial(_at_least, least, failures, value))


def _at_least(least: int, table: NDArray[np.integer], value: Rows) -> Mask:
    found: Mask = table[value] >= least
    return found


def rows_naming(columns: ListingColumns, skills: Mask | None) -> Rows:
    """The rows that name one of `skills`, given by skill number + 1; each row as often as it names one."""
    if skills is None:
        return np.empty(0, dtype=np.int32)
    wanted = np.flatnonzero(skills[1:])
    wanted = wanted[wanted < len(columns.skill_start) - 1]
    starts, stops = columns.skill_start[wanted], columns.skill_start[wanted + 1]
    rows: Rows = columns.by_skill[ranges(starts, stops)]
    return rows


def ranges(starts: Table, stops: Table) -> Table:
    """The numbers from each start to below its stop, one range after the other."""
    sizes = stops - starts
    before = np.cumsum(sizes) - sizes
    found: Table = np.arange(sizes.sum(), dtype=np.int64) + np.repeat(starts - before, sizes)
    return found
