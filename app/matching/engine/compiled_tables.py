"""The rows of a question put together, compiled: `Question.tables` without a lock of the interpreter.

A question reaches compiled code as the two stacks and one array of numbers.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from app.matching.engine.asked import NOT_THERE, Question
from app.matching.engine.asked_parts import Table
from app.matching.engine.bits import Mask
from app.matching.engine.facets import FACETS
from app.matching.engine.kinship import CREDIT
from app.matching.engine.listing_columns import Array
from app.matching.engine.points import PAY_UNKNOWN
from app.matching.table import SCORE_TABLE

_PAY, _COUNTS_FROM, _FACETS = SCORE_TABLE.pay, SCORE_TABLE.skill_counts_from, len(FACETS)

Given = tuple[
    NDArray[np.uint16], Table, Array, Table
]  # small numbers, amounts, the district of each place, the question

compiled = njit(nogil=True, cache=True, error_model="numpy")


class Tables(NamedTuple):
    """What is empty was not asked."""

    today: int
    age: int  # as old as anybody need be where it was not asked
    share: Table
    months: Table
    is_clear: Mask
    credit: Table
    is_proof: Mask
    place: NDArray[np.uint16]
    lodging: int
    small: NDArray[np.uint16]
    comfort: int  # where the points of comfort begin in `small`
    failures: Table  # where those of each facet begin
    amounts: Table
    wished: int  # where the wish begins in `amounts`: NOT_THERE if there is none
    board: int
    unknown_hours: int
    most_of_district: Table
    most_of_rest: int


# The places of what a question begins with; then the failures of each facet, and the lists one after the other.
(_WORKS, _SKILLS, _PLACES, _DISTRICTS, _COMFORTS, _WISHES, _DONE, _SAID, _IMPLIED, _TODAY, _AGE, _LODGING, _COMFORT,
 _WISHED, _BOARD, _UNKNOWN_HOURS, _PARTICULAR, _CONCEPT) = range(18)  # fmt: skip
_FAILURES = 18
_LISTS = _FAILURES + _FACETS


def given(question: Question) -> Given:
    """A question as compiled code takes it; the last list is what is left."""
    done = question.done or []
    numbers = [
        question.works, question.skills, question.places, question.districts, question.comforts,
        len(question.wishes), NOT_THERE if question.done is None else len(done), len(question.said),
        len(question.implied), question.today, 255 if question.age is None else question.age, question.lodging,
        question.comfort, question.wished, question.board, question.unknown_hours, question.particular,
        question.concept, *question.failures, *question.wishes, *done, *question.said, *question.implied,
        *question.ways,
    ]  # fmt: skip
    return question.small, question.amounts, question.district_of_place, np.array(numbers, dtype=np.int64)


@compiled
def tables_of(given: Given) -> Tables:
    """The tables of a question."""
    small, amounts, districts, asked = given
    done_at = _LISTS + asked[_WISHES]
    said_at = done_at + max(asked[_DONE], 0)
    implied_at = said_at + asked[_SAID]
    ways_at = implied_at + asked[_IMPLIED]
    share = _share(small, asked, asked[_LISTS:done_at])
    months, is_clear = _experience(small, asked, asked[done_at:said_at])
    credit, is_proof = _skills(small, asked, asked[said_at:implied_at], asked[implied_at:ways_at])
    place = np.zeros(asked[_PLACES], dtype=np.uint16)
    _raise(place, small, asked[ways_at:])
    most_of_district = np.full(asked[_DISTRICTS], asked[_LODGING], dtype=np.int64)
    for one in range(len(place)):
        most_of_district[districts[one]] = max(most_of_district[districts[one]], np.int64(place[one]))
    comfort = asked[_COMFORT]
    most_of_rest = _PAY * PAY_UNKNOWN // 1000 if asked[_WISHED] == NOT_THERE else _PAY
    if asked[_COMFORTS] > 0:
        most_of_rest += int(small[comfort : comfort + asked[_COMFORTS]].max())
    return Tables(
        asked[_TODAY], asked[_AGE], share, months, is_clear, credit, is_proof, place, asked[_LODGING], small, comfort,
        asked[_FAILURES:_LISTS], amounts, asked[_WISHED], asked[_BOARD], asked[_UNKNOWN_HOURS], most_of_district,
        most_of_rest,
    )  # fmt: skip


@compiled
def _share(small: NDArray[np.uint16], asked: Table, wishes: Table) -> Table:
    works = asked[_WORKS]
    share = np.zeros(works, dtype=np.int64)
    for at in range(0, len(wishes), 2):
        row, worth = small[wishes[at] : wishes[at] + works], wishes[at + 1]
        for work in range(works):
            share[work] = max(share[work], row[work] * worth)
    return share


@compiled
def _experience(small: NDArray[np.uint16], asked: Table, done: Table) -> tuple[Table, Mask]:
    works = asked[_WORKS] if asked[_DONE] != NOT_THERE else 0
    months, is_clear = np.zeros(works, dtype=np.int64), small[asked[_CONCEPT] : asked[_CONCEPT] + works] > 0
    for at in range(0, len(done), 3):
        row, count = small[done[at] : done[at] + works], done[at + 1]
        for work in range(works):
            months[work] += row[work] * count
        if done[at + 2]:
            is_clear &= row > 0
    return months, is_clear


@compiled
def _skills(small: NDArray[np.uint16], asked: Table, claims: Table, implying: Table) -> tuple[Table, Mask]:
    """The credit and the proof of each skill number + 1: no skill is answered by nothing."""
    skills = asked[_SKILLS]
    said, concluded = np.zeros(skills, dtype=np.uint16), np.zeros(skills, dtype=np.uint16)
    _raise(said, small, claims)
    _raise(concluded, small, implying)
    credit, is_proof = np.zeros(skills + 1, dtype=np.int64), np.zeros(skills + 1, dtype=np.bool_)
    particular, answered = small[asked[_PARTICULAR] : asked[_PARTICULAR] + skills], False
    for skill in range(skills):
        best = np.int64(max(said[skill], concluded[skill]))
        if best > 0:
            answered = True
            credit[skill + 1] = best // CREDIT
            alike = said[skill] & (CREDIT - 1)
            is_proof[skill + 1] = said[skill] == best and alike >= _COUNTS_FROM and particular[skill] > 0
    return (credit, is_proof) if answered else (credit[:0], is_proof[:0])


@compiled
def _raise(found: NDArray[np.uint16], small: NDArray[np.uint16], starts: Table) -> None:
    """Make each entry the greatest of all rows at its place."""
    for start in starts:
        row = small[start : start + len(found)]
        for at in range(len(found)):
            found[at] = max(found[at], row[at])
