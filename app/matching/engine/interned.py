"""Distinct values and their numbers. Pure."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)

NO_NUMBER = -1


class Interned(Generic[T]):
    """Values, each once, numbered from 0 in the order in which they came. Numbers never change; values only come.

    One thread adds; others may read all the while what had a number when they began.
    """

    def __init__(self, values: Iterable[T] = ()) -> None:
        self._values: list[T] = []
        self._numbers: dict[T, int] = {}
        for value in values:
            self.number(value)

    def number(self, value: T) -> int:
        """The number of `value`, which gets one if it has none."""
        known = self._numbers.get(value)
        if known is None:
            known = len(self._values)
            self._values.append(value)
            self._numbers[value] = known
        return known

    def find(self, value: T) -> int:
        """The number of `value`; NO_NUMBER if it has none."""
        return self._numbers.get(value, NO_NUMBER)

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[T]:
        return iter(self._values)

    def __getitem__(self, number: int) -> T:
        return self._values[number]

    def first(self, count: int) -> Sequence[T]:
        """The values numbered below `count`."""
        return self._values[:count]
