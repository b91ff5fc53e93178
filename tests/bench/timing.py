"""Times taken side by side: every contender answers the same question before the next question comes.

Other work on the machine then slows all of them alike, and the ratios of the medians hold where single times do not.
"""

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Q = TypeVar("Q")


@dataclass(frozen=True)
class Contender(Generic[Q]):
    """`prepare` is not timed, `answer` is. `most`: how many questions it is asked at the most, if it is slow."""

    name: str
    prepare: Callable[[Q], object]
    answer: Callable[[object], object]
    most: int | None = None


@dataclass
class Times:
    """Seconds of each answer, in the order of the questions."""

    seconds: list[float] = field(default_factory=list)
    answers: list[object] = field(default_factory=list)

    def percentile(self, percent: int) -> float:
        """In milliseconds."""
        return statistics.quantiles(self.seconds, n=100, method="inclusive")[percent - 1] * 1000

    @property
    def p50(self) -> float:
        return self.percentile(50)


def side_by_side(contenders: Iterable[Contender[Q]], questions: Iterable[Q]) -> dict[str, Times]:
    """The times of all contenders."""
    contenders = list(contenders)
    found = {one.name: Times() for one in contenders}
    for question in questions:
        for one in contenders:
            times = found[one.name]
            if one.most is not None and len(times.seconds) >= one.most:
                continue
            prepared = one.prepare(question)
            began = time.perf_counter()
            answer = one.answer(prepared)
            times.seconds.append(time.perf_counter() - began)
            times.answers.append(answer)
    return found


def ratio(theirs: Times, ours: Times) -> float:
    """How many times as fast ours is, by the medians over the questions that both answered."""
    count = min(len(theirs.seconds), len(ours.seconds))
    return statistics.median(theirs.seconds[:count]) / statistics.median(ours.seconds[:count])
