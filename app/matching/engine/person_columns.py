"""The job seekers of a pool as columns. What a person has several of lies in one list for all. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.matching.engine.facets import FACETS
from app.matching.engine.person_rows import PersonRow

Array = NDArray[Any]


@dataclass(frozen=True)
class Lists:
    """A list of numbers for each row: those of row r are `numbers[start[r] : start[r + 1]]`."""

    numbers: Array
    start: Array

    @classmethod
    def of(cls, lists: Sequence[Sequence[int]]) -> "Lists":
        """From one sequence a row."""
        sizes = np.array([len(one) for one in lists], dtype=np.int64)
        numbers = np.array([number for one in lists for number in one], dtype=np.int64)
        return cls(numbers, np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(sizes)]))

    def best(self, table: Array, least: int = 0) -> Array:
        """For each row the greatest of what its numbers mean in `table`; `least` for an empty list."""
        return self._reduced(np.maximum, table[self.numbers], least)

    def total(self, values: Array) -> Array:
        """For each row the sum of `values`, given in the order of `numbers`."""
        return self._reduced(np.add, values, 0)

    def _reduced(self, ufunc: Any, values: Array, empty: int) -> Array:
        found = np.full(len(self.start) - 1, empty, dtype=np.int64)
        filled = np.flatnonzero(np.diff(self.start))
        if len(filled):
            found[filled] = ufunc.reduceat(values.astype(np.int64), self.start[filled])
        return found


@dataclass(frozen=True)
class PersonColumns:
    """`n` persons. Every column has one entry a row; what an entry means stands at `person_rows.PersonRow`."""

    ids: list[str]
    office: Array
    wishes: Array  # (3, n), work number + 1; 0 where fewer were named
    done: Lists
    months: Array  # in the order of `done.numbers`
    has_experience: Array
    claims: Lists
    implying: Lists
    places: Lists
    born: Array
    pay_wish: Array
    pay_fen: Array
    wants_part: Array
    most_hours: Array
    needs_lodging: Array
    comfort: Array
    facets: Array  # (facets, n)

    @property
    def n(self) -> int:
        return len(self.ids)


_PLAIN: dict[str, type[np.generic]] = {
    "office": np.int32,
    "has_experience": np.bool_,
    "born": np.int32,
    "pay_wish": np.uint8,
    "pay_fen": np.int64,
    "wants_part": np.bool_,
    "most_hours": np.int64,
    "needs_lodging": np.bool_,
    "comfort": np.int32,
}
RANKS = 3


def columns_of(rows: Sequence[PersonRow]) -> PersonColumns:
    """The columns of `rows`, in their order."""
    plain = {name: np.array([getattr(row, name) for row in rows], dtype=kind) for name, kind in _PLAIN.items()}
    wishes = np.zeros((len(rows), RANKS), dtype=np.int32)
    for place, row in enumerate(rows):
        wishes[place, : len(row.wishes[:RANKS])] = [number + 1 for number in row.wishes[:RANKS]]
    return PersonColumns(
        ids=[row.id for row in rows],
        wishes=wishes.T.copy(),
        done=Lists.of([row.done for row in rows]),
        months=np.array([months for row in rows for months in row.months], dtype=np.int64),
        claims=Lists.of([row.claims for row in rows]),
        implying=Lists.of([row.implying for row in rows]),
        places=Lists.of([row.places for row in rows]),
        facets=np.array([row.facets for row in rows], dtype=np.int32).reshape(-1, len(FACETS)).T.copy(),
        **plain,
    )
