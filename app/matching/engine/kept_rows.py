"""Rows over all values of a kind, kept by what they depend on; when values come, a row is lengthened, not made anew.

A row says what one thing (a wish, a place, a refusal) makes of every value with a number. Pure.
"""

from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from app.matching.engine.kept import Kept

K = TypeVar("K", bound=Hashable)
Array = NDArray[Any]

_ROWS_KEPT = 4096  # of one kind: a few kilobytes each


class KeptRows(Generic[K]):
    """`make(key, start)` gives the entries of the values numbered from `start` on, for as many as there are by then."""

    def __init__(self, make: Callable[[K, int], Array]) -> None:
        self._make = make
        self._rows: Kept[Array] = Kept(_ROWS_KEPT)

    def get(self, key: K, count: int) -> Array:
        """The row of `key` over the first `count` values."""
        row = self._rows.look(key)
        if row is None:
            row = self._make(key, 0)
            self._rows.keep(key, row)
        elif len(row) < count:
            row = np.concatenate([row, self._make(key, len(row))])
            self._rows.keep(key, row)
        return row[:count]
