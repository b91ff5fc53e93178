"""What one profile makes of every value of a market: tables to look points and failures up in. Pure.

Each table is made by the reference's own functions and depends on one part of the profile only (one wished work, one
place, the refusals …). Such parts recur from person to person, so tables are kept while the market lives.
"""

from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.matching.engine.facets import FACETS, Value, comfort_of_profile, comfort_points
from app.matching.engine.kept_rows import KeptRows
from app.matching.engine.kinship import CREDIT, Answers, SkillKinship, WorkKinship, skill_key, work_key
from app.matching.engine.listing_rows import ListingValues, board_listing
from app.matching.nearness import work_of
from app.matching.pay import board_fen, full_month
from app.matching.place import PERCENT, Way, divisions, way_between
from app.matching.profile import Concepts, Places, Profile
from app.matching.skill_pairs import implying_occupations, is_generic
from app.matching.table import SCORE_TABLE
from app.people.profile import Hours
from app.people.rules import age_on
from app.taxonomy.terms import PayPeriod

_TABLE = SCORE_TABLE
_HOURS = np.arange(169)  # of a week
_PAY_UNKNOWN = _TABLE.pay * _TABLE.pay_not_stated // 100

Table = NDArray[np.int64]


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
    failures: tuple[NDArray[np.uint8], ...]  # of each facet, by its values
    facets: tuple[Value, ...]  # the person's values: what the failures depend on

    # What can be reached at most, for the search: never less than the points of any row.
    most_of_district: Table  # of place, by district
    most_of_rest: int  # of pay and conditions

    @cached_property
    def every_failure(self) -> NDArray[np.uint8]:
        """`failures` one after the other; where each begins stands in `facet_start`."""
        return np.concatenate(self.failures)

    @cached_property
    def facet_start(self) -> Table:
        """A column of as many numbers as there are facets."""
        return _starts(tuple([len(one) for one in self.failures]))

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


@lru_cache(maxsize=64)  # the numbers of values change with the market only
def _starts(sizes: tuple[int, ...]) -> Table:
    return np.cumsum([0, *sizes[:-1]])[:, None]


class Asker:
    """Makes the tables of profiles over the values of one market. Safe for concurrent readers."""

    def __init__(self, values: ListingValues, concepts: Concepts, places: Places) -> None:
        self._values, self._concepts, self._places = values, concepts, places
        self._works, self._skill_kin = WorkKinship(values.works, concepts), SkillKinship(values.skills, concepts)
        self._near = KeptRows(self._works.near_posts)
        self._done = KeptRows(self._works.counted)
        self._answers = KeptRows(self._skill_kin.answers_to)
        self._implied = KeptRows(self._implied_by)
        self._ways = KeptRows(self._ways_from)
        self._comforts = KeptRows(self._comfort_of)
        self._failures = [KeptRows(partial(self._failures_of, number)) for number in range(len(FACETS))]
        self._boards = KeptRows(self._board_amounts)
        self._wished = lru_cache(maxsize=4096)(_wished_months)
        self._particular = KeptRows(self._which_are_particular)
        self._have_concepts = KeptRows(self._works.have_concepts)
        self._districts = lru_cache(maxsize=4)(self._districts_of)
        self._neighbours = lru_cache(maxsize=4)(self._neighbours_of)

    def ask(self, profile: Profile, today: date) -> Asked:
        """The tables of `profile` on `today`, over all values that have a number now."""
        values, concepts = self._values, self._concepts
        works, skills = len(values.works), len(values.skills)
        near = [
            self._near.get(work_key(work_of(wish.occupation, wish.stated, concepts)), works) * np.int64(worth)
            for wish, worth in zip(profile.wishes, _TABLE.wish_ranks, strict=False)
        ]
        share = _best(near, None) if near else np.zeros(works, dtype=np.int64)
        months, is_clear = self._experience(profile, works)
        credit, is_proof = self._skills(profile, skills)
        facets = tuple(facet.of_profile(profile) for facet in FACETS)
        comfort = self._comforts.get(comfort_of_profile(profile), len(values.comforts))
        place, pay = self._place(profile), self._pay(profile, today)
        lodging = _TABLE.place * _TABLE.lodging_accepted // 100 if profile.lodging_needed is True else 0
        return Asked(
            today=today.toordinal(),
            age=None if profile.birth_on is None else age_on(profile.birth_on, today),
            share=share,
            months=months,
            is_clear=is_clear,
            credit=credit,
            is_proof=is_proof,
            place=place,
            lodging=lodging,
            pay=pay,
            comfort=comfort,
            failures=tuple(
                kept.get(value, len(known))
                for kept, value, known in zip(self._failures, facets, values.facets, strict=True)
            ),
            facets=facets,
            most_of_district=self._most_of_district(place, lodging),
            most_of_rest=int(comfort.max(initial=0)) + (_PAY_UNKNOWN if pay is None else _TABLE.pay),
        )

    def _experience(self, profile: Profile, works: int) -> tuple[Table | None, NDArray[np.bool_] | None]:
        if profile.experience is None:
            return None, None
        months = np.zeros(works, dtype=np.int64)
        is_clear = self._have_concepts.get("", works).copy()
        for entry in profile.experience:
            done = work_of(entry.occupation, entry.stated, self._concepts)
            percent = self._done.get(work_key(done), works)
            months += percent * np.int64(entry.months)
            if done.occupation is None:
                is_clear &= percent > 0
        return months, is_clear

    def _skills(self, profile: Profile, skills: int) -> tuple[Table | None, NDArray[np.bool_] | None]:
        stated = [self._answers.get(skill_key(said, self._concepts), skills) for said in profile.skills or ()]
        implied = [self._implied.get(one, skills) for one in implying_occupations(profile, self._concepts)]
        if not stated and not implied:
            return None, None
        none = np.zeros(skills, dtype=np.uint16)
        said, concluded = _best(stated, none), _best(implied, none)
        answers = np.maximum(said, concluded)
        if not answers.any():
            return None, None
        # Numbers are kept one higher: no skill is answered by nothing.
        credit, proves = np.zeros(skills + 1, dtype=np.int64), np.zeros(skills + 1, dtype=np.bool_)
        np.floor_divide(answers, CREDIT, out=credit[1:])
        np.greater_equal(said, concluded, out=proves[1:])
        proves[1:] &= said & (CREDIT - 1) >= _TABLE.skill_counts_from  # the similarity: CREDIT is a power of two
        proves[1:] &= self._particular.get("", skills)
        return credit, proves

    def _place(self, profile: Profile) -> Table:
        places = len(self._values.places)
        named = profile.places if profile.home is None else (*profile.places, profile.home)
        if not named:
            return np.full(places, _TABLE.place * PERCENT[Way.NOT_ASKED] // 100, dtype=np.int64)
        found: Table = _best([self._ways.get(code, places) for code in named], None)
        return found

    def _most_of_district(self, place: Table, lodging: int) -> Table:
        found = np.full(len(self._values.districts), lodging, dtype=np.int64)
        order, starts, districts = self._districts(len(place))
        found[districts] = np.maximum(found[districts], np.maximum.reduceat(place[order], starts)) if len(place) else 0
        return found

    def _pay(self, profile: Profile, today: date) -> AskedPay | None:
        wish = profile.pay
        if wish is None or wish.period is PayPeriod.PIECE:
            return None  # nothing to compare: every post counts half
        wants_part, most = profile.hours is Hours.PART, profile.max_hours_per_week
        full = _TABLE.hours_a_week
        wished = self._wished(wish.min_fen, wish.period, wants_part, most)
        board = self._boards.get((profile.lodging_needed is True, today), len(self._values.boards))
        return AskedPay(wished, (most or full) if wants_part else 0, board)

    # Below: one table each, for the values from `start` on.

    def _implied_by(self, occupation: str, start: int) -> Answers:
        count = len(self._values.skills)
        none = np.zeros(count - start, dtype=np.uint16)
        skills = self._concepts.occupations[occupation].skills
        found: Answers = _best([self._answers.get((skill, ""), count)[start:] for skill in skills], none)
        return found

    def _which_are_particular(self, _: str, start: int) -> NDArray[np.bool_]:
        listed = self._values.skills.first(len(self._values.skills))[start:]
        return np.array([not is_generic(skill, self._concepts) for skill, _ in listed], dtype=np.bool_)

    def _ways_from(self, code: str, start: int) -> Table:
        """The points of every place.

        Posts in one district lie alike to a place in another: only those in its own are asked about one by one.
        """
        codes = self._values.places.first(len(self._values.places))
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

    def _districts_of(self, count: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
        """The places by district, where each district starts among them, and the districts' numbers."""
        places, number = self._places, self._values.districts.number
        codes = self._values.places.first(count)
        owner = np.array([number((places.district_of(code), places.city_of(code))) for code in codes], dtype=np.intp)
        order = np.argsort(owner, kind="stable")
        districts, starts = np.unique(owner[order], return_index=True)
        return order, starts, districts

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


def _wished_months(fen: int, period: PayPeriod, wants_part: bool, most: int | None) -> Table:
    """`AskedPay.wished`. People ask for round sums."""
    full = _TABLE.hours_a_week
    wished = np.empty((2, len(_HOURS)), dtype=np.int64)
    weeks = (_TABLE.hundredths_of_days_a_month, _TABLE.hundredths_of_days_six_day_week)
    posts = np.where(_HOURS == 0, full, _HOURS)
    hours = (posts if most is None else np.full_like(posts, most)) if wants_part else np.full_like(posts, full)
    for row, days in enumerate(weeks):
        wished[row] = full_month(fen, period, days, hours)
    return wished


def _best(rows: list[Any], none: Any) -> Any:
    """The greatest entry at each place. The rows are few and short: one after the other is the fastest."""
    if len(rows) < 2:
        return rows[0] if rows else none
    best = np.maximum(rows[0], rows[1])
    for row in rows[2:]:
        np.maximum(best, row, out=best)
    return best
