"""What one part of a profile makes of every value of a market, a row for each part. Pure.

A part is one wished work, one place, the refusals … Each row is made by the reference's own functions. Parts recur from
person to person, so rows are kept, while the market lives, in two stacks: of small numbers and of amounts in fen.
"""

from datetime import date
from enum import IntEnum
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from app.matching.engine.facets import FACETS, Value, comfort_points
from app.matching.engine.kinship import Answers, SkillKinship, WorkKinship
from app.matching.engine.listing_rows import ListingValues, board_listing
from app.matching.engine.stack import Make, Stack
from app.matching.pay import board_fen, full_month
from app.matching.place import PERCENT, Way, divisions, way_between
from app.matching.profile import Concepts, Places, Profile
from app.matching.skill_pairs import is_generic
from app.matching.table import SCORE_TABLE
from app.taxonomy.terms import PayPeriod

_TABLE = SCORE_TABLE
_HOURS = np.arange(169)  # of a week
WISHED_SIZE = 2 * len(_HOURS)

Table = NDArray[np.int64]


class Small(IntEnum):
    """The kinds of rows of small numbers; that of a facet's failures comes after these, in the order of the facets."""

    NEAR = 0  # how near each work is to a wished one, in percent
    DONE = 1  # how much of a month in one work counts for each, in percent
    ANSWERS = 2  # how well a claimed skill answers each
    IMPLIED = 3  # the same of all skills of an occupation
    WAYS = 4  # the points of each place for one that was named; None: none was
    COMFORT = 5  # the points of each kind of comfort
    PARTICULAR = 6  # whether each skill says something
    CONCEPT = 7  # whether each work is a concept, and not words alone
    FAILURES = 8


class Amount(IntEnum):
    """The kinds of rows of amounts."""

    WISHED = 0  # `asked.AskedPay.wished`, one week after the other
    BOARD = 1  # what each kind of board is worth


class ProfileParts:
    """Makes the rows of parts over the values of one market. Safe for concurrent readers."""

    def __init__(self, values: ListingValues, concepts: Concepts, places: Places) -> None:
        self._values, self._concepts, self._places = values, concepts, places
        works, skills = WorkKinship(values.works, concepts), SkillKinship(values.skills, concepts)
        makes: dict[Small, Make] = {
            Small.NEAR: works.near_posts,
            Small.DONE: works.counted,
            Small.ANSWERS: skills.answers_to,
            Small.IMPLIED: self._implied_by,
            Small.WAYS: self._ways_from,
            Small.COMFORT: self._comfort_of,
            Small.PARTICULAR: self._which_are_particular,
            Small.CONCEPT: works.have_concepts,
        }
        failures = [partial(self._failures_of, facet) for facet in range(len(FACETS))]
        self._small = Stack([*(makes[kind] for kind in sorted(makes)), *failures], np.uint16)
        self._amounts = Stack([self._wished_months, self._board_amounts], np.int64)
        self.districts = lru_cache(maxsize=4)(self._districts_of)
        self._neighbours = lru_cache(maxsize=4)(self._neighbours_of)

    @property
    def small(self) -> Stack:
        """The rows of small numbers, of the kinds of `Small`."""
        if self._small.is_full:
            self._small = self._small.renewed()
        return self._small

    @property
    def amounts(self) -> Stack:
        """The rows of amounts in fen, of the kinds of `Amount`."""
        if self._amounts.is_full:
            self._amounts = self._amounts.renewed()
        return self._amounts

    # Below: one row each, for the values from `start` on.

    def _implied_by(self, occupation: str, start: int) -> Answers:
        count = len(self._values.skills)
        found: Answers = np.zeros(count - start, dtype=np.uint16)
        for skill in self._concepts.occupations[occupation].skills:
            np.maximum(found, self._small.row(Small.ANSWERS, (skill, ""), count)[start:], out=found)
        return found

    def _which_are_particular(self, _: str, start: int) -> NDArray[np.bool_]:
        listed = self._values.skills.first(len(self._values.skills))[start:]
        return np.array([not is_generic(skill, self._concepts) for skill, _ in listed], dtype=np.bool_)

    def _ways_from(self, code: str | None, start: int) -> Table:
        """The points of every place; of each the same where none was named.

        Posts in one district lie alike to a place in another: only those in its own are asked about one by one.
        """
        codes = self._values.places.first(len(self._values.places))
        if code is None:
            return np.full(len(codes) - start, _TABLE.place * PERCENT[Way.NOT_ASKED] // 100, dtype=np.int64)
        owner, groups = self._neighbours(len(codes))
        alike = [PERCENT[way_between(code, codes[first], self._places)] for first in groups.values()]
        found = np.array(alike, dtype=np.uint8)[owner[start:]]
        own = list(groups).index(mine) if (mine := divisions(code, self._places)[:2]) in groups else -1
        for place in np.flatnonzero(owner[start:] == own).tolist():
            found[place] = PERCENT[way_between(code, codes[start + place], self._places)]
        points: Table = _TABLE.place * found.astype(np.int64) // 100
        return points

    def _neighbours_of(self, count: int) -> tuple[NDArray[np.intp], dict[tuple[str, str | None], int]]:
        """Of each place the number of its city and district, and for these in their order the first place in each."""
        groups: dict[tuple[str, str | None], int] = {}
        numbers: dict[tuple[str, str | None], int] = {}
        owner = np.empty(count, dtype=np.intp)
        for place, code in enumerate(self._values.places.first(count)):
            key = divisions(code, self._places)[:2]
            groups.setdefault(key, place)
            owner[place] = numbers.setdefault(key, len(numbers))
        return owner, groups

    def _districts_of(self, count: int) -> NDArray[np.intp]:
        """The number of the district of each of the first `count` places."""
        places, number = self._places, self._values.districts.number
        codes = self._values.places.first(count)
        return np.array([number((places.district_of(code), places.city_of(code))) for code in codes], dtype=np.intp)

    def _comfort_of(self, wished: Value, start: int) -> Table:
        offered = self._values.comforts.first(len(self._values.comforts))[start:]
        return np.array(comfort_points(wished, offered), dtype=np.int64)

    def _failures_of(self, facet: int, value: Value, start: int) -> NDArray[np.uint8]:
        known = self._values.facets[facet]
        ask, posts = FACETS[facet].failures, known.first(len(known))[start:]
        return np.array([ask(value, post, self._concepts) for post in posts], dtype=np.uint8)

    def _board_amounts(self, asked: tuple[bool, date], start: int) -> Table:
        person, today = Profile(lodging_needed=asked[0]), asked[1]
        boards = self._values.boards.first(len(self._values.boards))[start:]
        amounts = [sum(board_fen(person, board_listing(board), self._places, today)) for board in boards]
        return np.array(amounts, dtype=np.int64)

    @staticmethod
    def _wished_months(asked: tuple[int, PayPeriod, bool, int | None], start: int) -> Table:
        """The wish (fen, its period, whether part-time, hours at most) as full months. People ask for round sums."""
        fen, period, wants_part, most = asked
        full = _TABLE.hours_a_week
        wished = np.empty((2, len(_HOURS)), dtype=np.int64)
        weeks = (_TABLE.hundredths_of_days_a_month, _TABLE.hundredths_of_days_six_day_week)
        posts = np.where(_HOURS == 0, full, _HOURS)
        hours = (posts if most is None else np.full_like(posts, most)) if wants_part else np.full_like(posts, full)
        for row, days in enumerate(weeks):
            wished[row] = full_month(fen, period, days, hours)
        return wished.reshape(-1)[start:]
