"""What an answer of matching holds in either direction: three lists, cut, with how many there are in all. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

M = TypeVar("M")
N = TypeVar("N")


@dataclass(frozen=True)
class Lists(Generic[M]):
    """What suits, other work nearby and what failed, each with its true total."""

    considered: int
    matches: tuple[M, ...]
    matches_total: int
    other_nearby: tuple[M, ...]
    other_nearby_total: int
    not_shown: tuple[M, ...]
    not_shown_total: int

    @property
    def every(self) -> tuple[M, ...]:
        """What is in the lists, one after the other."""
        return (*self.matches, *self.other_nearby, *self.not_shown)

    def through(self, change: Callable[[tuple[M, ...]], Iterable[N]]) -> "Lists[N]":
        """The same with what `change` makes of each list."""
        return Lists(
            self.considered,
            tuple(change(self.matches)),
            self.matches_total,
            tuple(change(self.other_nearby)),
            self.other_nearby_total,
            tuple(change(self.not_shown)),
            self.not_shown_total,
        )
