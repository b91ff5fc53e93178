"""What one profile makes of every value of a market: tables to look points and failures up in. Pure.

A profile is a question: where in the stacks the rows of its parts begin, and some numbers of its own. Tables are what
comes of putting the rows together, the best over the wishes for instance.
"""

from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from app.matching.engine.asked_parts import WISHED_SIZE, Amount, ProfileParts, Small, Table
from app.matching.engine.facets import FACETS, Value, comfort_of_profile
from app.matching.engine.kinship import CREDIT, Key, skill_key, work_key
from app.matching.engine.listing_rows import ListingValues
from app.matching.engine.stack import Stack
from app.matching.nearness import work_of
from app.matching.profile import Concepts, Places, Profile, SkillClaim
from app.matching.skill_pairs import implying_occupations
from app.matching.table import SCORE_TABLE
from app.people.profile import Hours
from app.people.rules import age_on
from app.taxonomy.terms import PayPeriod

_TABLE = SCORE_TABLE
_PAY_UNKNOWN = _TABLE.pay * _TABLE.pay_not_stated // 100
_LODGING = _TABLE.place * _TABLE.lodging_accepted // 100
NOT_THERE = -1
_FAILURES = range(Small.FAILURES, Small.FAILURES + len(FACETS))


@dataclass
class Question:
    """One profile over the values that had a number when it was asked. What begins in a stack is told by its start.

    Pairs and triples stand one after the other in one list.
    """

    small: NDArray[np.uint16]
    amounts: Table
    district_of_place: NDArray[np.intp]
    facets: list[Value]  # the person's values: what the failures depend on
    sizes: list[int]  # how many values each facet has
    works: int
    skills: int
    places: int
    districts: int
    comforts: int
    boards: int
    today: int
    age: int | None
    wishes: list[int]  # the start, what the rank is worth
    done: list[int] | None  # the start, the months, whether it is words alone; None: not asked
    said: list[int]
    implied: list[int]
    ways: list[int]
    comfort: int
    failures: list[int]
    particular: int
    concept: int
    lodging: int  # points of the place factor at least, where the post has lodging
    wished: int  # NOT_THERE where the pay cannot be compared; then the next two mean nothing
    board: int
    unknown_hours: int  # a week, where the post's are unknown; 0: then it cannot be compared

    @cached_property
    def tables(self) -> "Asked":
        """The rows put together."""
        return _tables_of(self)


@dataclass(frozen=True)
class AskedPay:
    """The wish, in fen a full-time month: by the length of the post's week in days, and by its hours."""

    wished: Table  # (2, 169)
    unknown_hours: int  # a week, where the post's are unknown; 0: then it cannot be compared
    board: Table  # what lodging and meals are worth, by kind of board


@dataclass(frozen=True)
class Asked:
    """The tables of one profile. Points are whole; `share` is the occupation's in hundredths of a percent."""

    today: int
    age: int | None
    share: Table  # by work
    months: Table | None  # that count, in hundredths, by work; None: not asked
    is_clear: NDArray[np.bool_] | None  # whether no words hide months that count, by work
    credit: Table | None  # percent by skill number + 1; None where nothing answers anything
    is_proof: NDArray[np.bool_] | None
    place: Table  # points by place
    lodging: int  # points of the place factor at least, where the post has lodging
    pay: AskedPay | None
    comfort: Table  # points by kind of comfort
    small: NDArray[np.uint16]
    failures: list[int]  # where in `small` those of each facet begin, by its values
    facets: list[Value]  # the person's values: what the failures depend on
    sizes: list[int]  # how many values each facet has

    # What can be reached at most, for the search: never less than the points of any row.
    most_of_district: Table  # of place, by district
    most_of_rest: int  # of pay and conditions

    @cached_property
    def facet_start(self) -> Table:
        """`failures` as a column."""
        return np.array(self.failures, dtype=np.int64)[:, None]

    @cached_property
    def occupation(self) -> Table:
        """The points of the occupation factor, by work."""
        return _TABLE.occupation * self.share // 10_000

    @cached_property
    def unlisted(self) -> Table:
        """The points of the skills factor where none is listed, by work."""
        return _TABLE.skills * self.share * _TABLE.skills_not_listed // 1_000_000

    @cached_property
    def least(self) -> Table:
        """What the skills factor is at least, by work."""
        return _TABLE.skills * self.share * _TABLE.skills_at_least // 1_000_000

    @cached_property
    def most_of_work(self) -> Table:
        """Of all factors but place, by work."""
        return self.occupation + self._most_done + self._most_listed + self.most_of_rest

    @cached_property
    def most_beside_place(self) -> int:
        """Of work that was not wished."""
        done = self._most_done * (self.share == 0)
        return int((done + np.where(self.share == 0, self._most_listed, 0)).max(initial=0)) + self.most_of_rest

    @cached_property
    def most_of_other_work(self) -> int:
        """Of work that was not wished, place included."""
        return int(self.most_of_district.max(initial=0)) + self.most_beside_place

    @property
    def _most_listed(self) -> Table | np.int64:
        return self.unlisted if self.credit is None else np.int64(_TABLE.skills)

    @property
    def _most_done(self) -> Table | int:
        """Of experience: months count fully only where the least is asked."""
        if self.months is None:
            return 0
        full = 100 * _TABLE.experience_months_at_least
        return _TABLE.experience * np.minimum(self.months, full) // full


class Asker:
    """Asks profiles over the values of one market. Safe for concurrent readers."""

    def __init__(self, values: ListingValues, concepts: Concepts, places: Places) -> None:
        self._values, self._concepts = values, concepts
        self._parts = ProfileParts(values, concepts, places)
        self._work_key = lru_cache(maxsize=1 << 14)(self._work_key_of)
        self._skill_key = lru_cache(maxsize=1 << 14)(self._skill_key_of)

    def question(self, profile: Profile, today: date) -> Question:
        """`profile` on `today`, over all values that have a number now."""
        values, small, amounts = self._values, self._parts.small, self._parts.amounts
        works, skills, comforts = len(values.works), len(values.skills), len(values.comforts)
        places, boards = len(values.places), len(values.boards)
        start = small.start
        done = self._done(profile, small, works)
        facets = [facet.of_profile(profile) for facet in FACETS]
        sizes = [len(one) for one in values.facets]
        wished, board, unknown_hours = NOT_THERE, NOT_THERE, 0
        if (pay := profile.pay) is not None and pay.period is not PayPeriod.PIECE:
            wants_part, most = profile.hours is Hours.PART, profile.max_hours_per_week
            wished = amounts.start(Amount.WISHED, (pay.min_fen, pay.period, wants_part, most), WISHED_SIZE)
            board = amounts.start(Amount.BOARD, (profile.lodging_needed is True, today), boards)
            unknown_hours = (most or _TABLE.hours_a_week) if wants_part else 0
        return Question(
            district_of_place=self._parts.districts(places),
            facets=facets,
            sizes=sizes,
            works=works,
            skills=skills,
            places=places,
            districts=len(values.districts),
            comforts=comforts,
            boards=boards,
            today=today.toordinal(),
            age=None if profile.birth_on is None else age_on(profile.birth_on, today),
            wishes=self._wishes(profile, small, works),
            done=done,
            said=[start(Small.ANSWERS, self._skill_key(one.skill, one.stated), skills) for one in profile.skills or ()],
            implied=[start(Small.IMPLIED, one, skills) for one in implying_occupations(profile, self._concepts)]
            if done
            else [],
            ways=[start(Small.WAYS, code, places) for code in profile.named_places or (None,)],
            comfort=start(Small.COMFORT, comfort_of_profile(profile), comforts),
            failures=list(map(start, _FAILURES, facets, sizes)),
            particular=start(Small.PARTICULAR, "", skills),
            concept=start(Small.CONCEPT, "", works),
            lodging=_LODGING if profile.lodging_needed is True else 0,
            wished=wished,
            board=board,
            unknown_hours=unknown_hours,
            small=small.numbers,  # last: with all rows that were made above
            amounts=amounts.numbers,
        )

    def _wishes(self, profile: Profile, small: Stack, works: int) -> list[int]:
        found: list[int] = []
        for wish, worth in zip(profile.wishes, _TABLE.wish_ranks, strict=False):
            found += small.start(Small.NEAR, self._work_key(wish.occupation, wish.stated), works), worth
        return found

    def _done(self, profile: Profile, small: Stack, works: int) -> list[int] | None:
        if profile.experience is None:
            return None
        found: list[int] = []
        for entry in profile.experience:
            work = self._work_key(entry.occupation, entry.stated)
            found += small.start(Small.DONE, work, works), entry.months, work[0] is None
        return found

    def _work_key_of(self, occupation: str | None, stated: str) -> Key:
        return work_key(work_of(occupation, stated, self._concepts))

    def _skill_key_of(self, skill: str | None, stated: str) -> Key:
        return skill_key(SkillClaim(skill, stated), self._concepts)


def _tables_of(question: Question) -> Asked:
    """The tables of a question."""
    small, works, places = question.small, question.works, question.places
    share = np.zeros(works, dtype=np.int64)
    for start, worth in zip(question.wishes[::2], question.wishes[1::2], strict=True):
        np.maximum(share, small[start : start + works] * np.int64(worth), out=share)
    months, is_clear = _experience(question)
    credit, is_proof = _skills(question)
    ways = [small[start : start + places] for start in question.ways]
    place = (ways[0] if len(ways) == 1 else np.maximum.reduce(ways)).astype(np.int64)
    comfort = small[question.comfort : question.comfort + question.comforts].astype(np.int64)
    pay = _pay(question)
    return Asked(
        today=question.today,
        age=question.age,
        share=share,
        months=months,
        is_clear=is_clear,
        credit=credit,
        is_proof=is_proof,
        place=place,
        lodging=question.lodging,
        pay=pay,
        comfort=comfort,
        small=small,
        failures=question.failures,
        facets=question.facets,
        sizes=question.sizes,
        most_of_district=_most_of_district(question, place),
        most_of_rest=int(comfort.max(initial=0)) + (_PAY_UNKNOWN if pay is None else _TABLE.pay),
    )


def _experience(question: Question) -> tuple[Table | None, NDArray[np.bool_] | None]:
    if question.done is None:
        return None, None
    small, works = question.small, question.works
    months = np.zeros(works, dtype=np.int64)
    is_clear = small[question.concept : question.concept + works] > 0
    for start, count, is_words in zip(question.done[::3], question.done[1::3], question.done[2::3], strict=True):
        percent = small[start : start + works]
        months += percent * np.int64(count)
        if is_words:
            is_clear &= percent > 0
    return months, is_clear


def _skills(question: Question) -> tuple[Table | None, NDArray[np.bool_] | None]:
    if not question.said and not question.implied:
        return None, None
    small, skills = question.small, question.skills
    said, concluded = np.zeros((2, skills), dtype=np.uint16)
    for found, starts in ((said, question.said), (concluded, question.implied)):
        for start in starts:
            np.maximum(found, small[start : start + skills], out=found)
    answers = np.maximum(said, concluded)
    if not answers.any():
        return None, None
    # Numbers are kept one higher: no skill is answered by nothing.
    credit, proves = np.zeros(skills + 1, dtype=np.int64), np.zeros(skills + 1, dtype=np.bool_)
    np.floor_divide(answers, CREDIT, out=credit[1:])
    np.greater_equal(said, concluded, out=proves[1:])
    proves[1:] &= said & (CREDIT - 1) >= _TABLE.skill_counts_from  # the similarity: CREDIT is a power of two
    proves[1:] &= small[question.particular : question.particular + skills] > 0
    return credit, proves


def _pay(question: Question) -> AskedPay | None:
    if question.wished == NOT_THERE:
        return None  # nothing to compare: every post counts half
    amounts = question.amounts
    wished = amounts[question.wished : question.wished + WISHED_SIZE].reshape(2, -1)
    return AskedPay(wished, question.unknown_hours, amounts[question.board : question.board + question.boards])


def _most_of_district(question: Question, place: Table) -> Table:
    found = np.full(question.districts, question.lodging, dtype=np.int64)
    np.maximum.at(found, question.district_of_place, place)
    return found
