"""The two loops that a search spends its time in, in numpy or compiled: the same numbers either way. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Protocol

from app.matching.engine.asked import Question
from app.matching.engine.asked_parts import Table
from app.matching.engine.bits import Words
from app.matching.engine.listing_columns import ListingColumns
from app.matching.engine.points import Rows, points
from app.matching.engine.promise import by_promise
from app.matching.engine.segment import Segment

Points = Callable[[ListingColumns, Question, Rows], Table]


class ByPromise(Protocol):
    """At least the best `k` rows of a set that suit, and their totals; with `fitting` those that fail nothing."""

    def __call__(
        self, segment: Segment, question: Question, target: Words, k: int, *, fitting: bool
    ) -> tuple[Rows, Table]: ...


@dataclass(frozen=True)
class Kernels:
    """`points` are those of some rows before the relevance cap; `by_promise` finds the best rows that suit."""

    points: Points
    by_promise: ByPromise

    @classmethod
    def choose(cls, *, is_compiled: bool | None = None) -> "Kernels":
        """The compiled ones, or those in numpy; None: the compiled where numba is installed."""
        if is_compiled is None:
            is_compiled = find_spec("numba") is not None
        if not is_compiled:
            return cls(points, by_promise)
        from app.matching.engine import compiled

        return cls(compiled.points, compiled.by_promise)
