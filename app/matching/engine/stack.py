"""Rows over all values of a kind, one after the other in one array: a row is known by where it begins. Pure.

A row says what one thing (a wish, a place, a refusal) makes of every value with a number. Who combines rows, compiled
or not, is handed one array and some whole numbers, however many rows there are.
"""

from collections.abc import Callable, Hashable, Sequence
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Make = Callable[[Any, int], Array]  # (key, start) to the entries of the values numbered from `start` on

_FIRST_SIZE = 1 << 16
_MOST_OCTETS = 48 << 20  # then another stack is begun


class Stack:
    """Rows of some kinds, made by `makes`, a kind each. Safe for concurrent readers.

    When values come, a row is written anew at the end, lengthened. A stack that is full still takes rows, for those who
    have begun to use it; the next one copies from it what is asked for again, and so what is not used is dropped.
    """

    def __init__(self, makes: Sequence[Make], entry: type[np.generic], before: "Stack | None" = None) -> None:
        self._makes, self._entry, self._before = makes, entry, before
        self._known: list[dict[Hashable, tuple[int, int]]] = [{} for _ in makes]  # by kind and key: start, length
        self._lock = Lock()
        self._used = 0
        self.numbers: Array = np.zeros(_FIRST_SIZE, dtype=entry)  # to be read after the starts of the rows

    @property
    def is_full(self) -> bool:
        """Whether the next question is to be asked of `renewed`."""
        return self._used * self.numbers.itemsize > _MOST_OCTETS

    def renewed(self) -> "Stack":
        """An empty stack that takes over what it is asked for."""
        self._before = None
        return Stack(self._makes, self._entry, self)

    def start(self, kind: int, key: Hashable, count: int) -> int:
        """Where the row of `key` over the first `count` values begins."""
        known = self._known[kind].get(key)
        if known is None or known[1] < count:
            known = self._push(kind, key, count)
        return known[0]

    def row(self, kind: int, key: Hashable, count: int) -> Array:
        """The row itself."""
        start = self.start(kind, key, count)
        return self.numbers[start : start + count]

    def _push(self, kind: int, key: Hashable, count: int) -> tuple[int, int]:
        row = self.known(kind, key)
        if row is None:
            row = self._makes[kind](key, 0)
        if len(row) < count:
            row = np.concatenate([row, self._makes[kind](key, len(row))])
        with self._lock:
            start, stop = self._used, self._used + len(row)
            if stop > len(self.numbers):
                numbers = np.zeros(max(2 * len(self.numbers), stop), dtype=self._entry)
                numbers[:start] = self.numbers[:start]
                self.numbers = numbers
            self.numbers[start:stop] = row
            self._used = stop
            self._known[kind][key] = known = start, len(row)
        return known

    def known(self, kind: int, key: Hashable) -> Array | None:
        """The row as far as it is known, here or in the stack before."""
        known = self._known[kind].get(key)
        if known is None:
            before = self._before
            return None if before is None else before.known(kind, key)
        return self.numbers[known[0] : known[0] + known[1]]
