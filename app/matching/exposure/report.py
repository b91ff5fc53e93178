"""The figures of the groups, without a cell that speaks of few persons. Pure.

A cell is small if it stands for 1 to k − 1 persons. A group that small is not shown at all. A share is not shown where
those who have what it counts, or those who do not, are that few. Nor may the cells that are left tell what is missing:
since a dimension's groups add up to everybody, what is hidden in one dimension is at least two groups, which together
are no small cell either (complementary suppression). Groups are hidden, from the smallest up, until that is so.

Figures are rounded: matches to a tenth, scores to whole points, shares to whole percent.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.matching.exposure.tally import Sums, Tally, total

LEAST_CELL = 10
EVERYBODY, ALL = "everybody", "all"


@dataclass(frozen=True)
class Line:
    """The figures of a group; None is not shown. `share` is the percent of persons with a match of the good band."""

    dimension: str
    group: str
    persons: int | None
    matches: float | None
    score: int | None
    share: int | None


def report(tally: Tally, least: int = LEAST_CELL) -> list[Line]:
    """A line for everybody, then one for each group that has anybody, with cells of fewer than `least` suppressed."""
    lines = [_line(EVERYBODY, ALL, tally.all, _is_small(tally.all, least), _is_telling(tally.all, least))]
    for dimension, sums in tally:
        groups = {group: one for group, one in sums.items() if one.persons}
        hidden = _hidden(groups, least, _is_small)
        without_share = hidden | _hidden(groups, least, _is_telling)
        lines += [
            _line(dimension, group, one, group in hidden, group in without_share) for group, one in groups.items()
        ]
    return lines


def _hidden(groups: Mapping[str, Sums], least: int, is_small: Callable[[Sums, int], bool]) -> set[str]:
    """The groups that are small, and as many of the next smallest as keep them from being worked out."""
    hidden = {group for group, one in groups.items() if is_small(one, least)}
    others = sorted(groups.keys() - hidden, key=lambda group: (groups[group].persons, group), reverse=True)
    while hidden and others and (len(hidden) < 2 or is_small(total(groups[group] for group in hidden), least)):
        hidden.add(others.pop())
    return hidden


def _is_small(one: Sums, least: int) -> bool:
    return one.persons < least


def _is_telling(one: Sums, least: int) -> bool:
    """Whether they are few, or few of them have, or few lack, what the share counts."""
    return _is_small(one, least) or 0 < one.with_good < least or 0 < one.persons - one.with_good < least


def _line(dimension: str, group: str, one: Sums, is_hidden: bool, is_without_share: bool) -> Line:
    if is_hidden:
        return Line(dimension, group, None, None, None, None)
    share = None if is_without_share else _rounded(100 * one.with_good, one.persons)
    score = _rounded(one.points, one.matches) if one.matches else None
    return Line(dimension, group, one.persons, _rounded(10 * one.matches, one.persons) / 10, score, share)


def _rounded(sum_: int, count: int) -> int:
    """A quotient of whole numbers, rounded half up."""
    return (2 * sum_ + count) // (2 * count)
