"""Figures about a running process in Prometheus' text format, version 0.0.4.

Counters and histograms live in memory and begin at nothing with each process, as Prometheus expects; what a database
knows is read when it is asked for. Labels are words of our own from small sets: never what somebody typed.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Literal

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Labels = tuple[str, ...]
Sample = tuple[Labels, float]


@dataclass(frozen=True)
class Family:
    """One figure: its name, what it means, and the names of its labels."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    meaning: str
    labels: tuple[str, ...] = ()


class Counter:
    """Counts up, by labels."""

    def __init__(self, family: Family) -> None:
        self.family = family
        self._counts: dict[Labels, float] = {}
        self._lock = Lock()

    def add(self, *labels: str, by: float = 1) -> None:
        with self._lock:
            self._counts[labels] = self._counts.get(labels, 0) + by

    def text(self) -> str:
        with self._lock:
            found = sorted(self._counts.items())
        return render(self.family, found)


class Histogram:
    """Counts what is observed by labels, and by the least of the bounds that it does not pass."""

    def __init__(self, family: Family, bounds: Sequence[float]) -> None:
        self.family, self._bounds = family, tuple(bounds)
        self._found: dict[Labels, tuple[list[int], list[float]]] = {}  # counts by bound; the sum
        self._lock = Lock()

    def observe(self, value: float, *labels: str, times: int = 1) -> None:
        with self._lock:
            counts, total = self._found.setdefault(labels, ([0] * (len(self._bounds) + 1), [0.0]))
            counts[bisect_left(self._bounds, value)] += times
            total[0] += value * times

    def text(self) -> str:
        with self._lock:
            found = sorted((labels, list(counts), total[0]) for labels, (counts, total) in self._found.items())
        lines = _head(self.family)
        for labels, counts, total in found:
            reached = 0
            for bound, count in zip((*map(_number, self._bounds), "+Inf"), counts, strict=True):
                reached += count
                lines.append(f"{self.family.name}_bucket{self._named(labels, bound)} {reached}")
            lines.append(f"{self.family.name}_sum{_named(self.family.labels, labels)} {_number(total)}")
            lines.append(f"{self.family.name}_count{_named(self.family.labels, labels)} {reached}")
        return "\n".join(lines) + "\n"

    def _named(self, labels: Labels, bound: str) -> str:
        return _named((*self.family.labels, "le"), (*labels, bound))


def render(family: Family, samples: Iterable[Sample]) -> str:
    """A counter or a gauge with its samples."""
    lines = _head(family)
    lines += [f"{family.name}{_named(family.labels, labels)} {_number(value)}" for labels, value in samples]
    return "\n".join(lines) + "\n"


def _head(family: Family) -> list[str]:
    meaning = family.meaning.replace("\\", "\\\\").replace("\n", "\\n")
    return [f"# HELP {family.name} {meaning}", f"# TYPE {family.name} {family.kind}"]


def _named(names: Sequence[str], values: Labels) -> str:
    pairs = [f'{name}="{_escaped(value)}"' for name, value in zip(names, values, strict=True)]
    return f"{{{','.join(pairs)}}}" if pairs else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))
