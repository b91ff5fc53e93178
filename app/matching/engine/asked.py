"""What one profile makes of every value of a market: tables to look points and failures up in. Pure.

Each table is made by the reference's own functions and depends on one part of the profile only (one wished work, one
place, the refusals …). Such parts recur from person to person, so tables are kept while the market lives.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.matching.engine.facets import FACETS, Value, comfort_of_profile, comfort_points
from app.matching.engine.kinship import CREDIT, Answers, Percents, Skill, answers_to, near_posts, near_wishes
from app.matching.engine.listing_rows import ListingValues, board_listing
from app.matching.nearness import Work, work_of
from app.matching.pay import board_fen, full_month
from app.matching.place import PERCENT, Way, way_between
from app.matching.profile import Concepts, Places, Profile
from app.matching.skill_pairs import implying_occupations, is_generic, skill_of
from app.matching.table import SCORE_TABLE
from app.people.profile import Hours
from app.people.rules import age_on
from app.taxonomy.terms import PayPeriod

_TABLE = SCORE_TABLE
_KEPT = 4096  # tables of one kind: a few kilobytes each
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
    wishes: tuple[tuple[str | None, str], ...]
    near: tuple[Percents, ...]  # of each wish, by work
    share: Table  # by work
    occupation: Table
    unlisted: Table  # the skills factor where none is listed, by work
    least: Table  # what the skills factor is at least, by work
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
    most_of_work: Table  # of all factors but place, by work
    most_of_district: Table  # of place, by district
    most_of_other_work: int
    most_beside_place: int  # of work that was not wished


class Asker:
    """Makes the tables of profiles over the values of one market. Safe for concurrent readers."""

    def __init__(self, values: ListingValues, concepts: Concepts, places: Places) -> None:
        self._values, self._concepts, self._places = values, concepts, places
        kept = lru_cache(maxsize=_KEPT)
        self._near = kept(self._near_to)
        self._done = kept(self._counted_for)
        self._answers = kept(self._answers_to)
        self._implied = kept(self._implied_by)
        self._ways = kept(self._ways_from)
        self._districts = kept(self._districts_of)
        self._comforts = kept(self._comfort_of)
        self._failures = kept(self._failures_of)
        self._boards = kept(self._board_amounts)
        self._generic = kept(self._which_are_generic)
        self._have_concepts = kept(self._which_have_concepts)

    def ask(self, profile: Profile, today: date) -> Asked:
        """The tables of `profile` on `today`, over all values that have a number now."""
        values, concepts = self._values, self._concepts
        works, skills = len(values.works), len(values.skills)
        wishes = tuple(_key(work_of(wish.occupation, wish.stated, concepts)) for wish in profile.wishes)
        near = tuple(self._near(wish, works) for wish in wishes)
        share = np.zeros(works, dtype=np.int64)
        for one, worth in zip(near, _TABLE.wish_ranks, strict=False):
            np.maximum(share, one * np.int64(worth), out=share)
        months, is_clear = self._experience(profile, works)
        credit, is_proof = self._skills(profile, skills)
        facets = tuple(facet.of_profile(profile) for facet in FACETS)
        comfort = self._comforts(comfort_of_profile(profile), len(values.comforts))
        place, pay = self._place(profile), self._pay(profile, today)
        lodging = _TABLE.place * _TABLE.lodging_accepted // 100 if profile.lodging_needed is True else 0
        unlisted = _TABLE.skills * share * _TABLE.skills_not_listed // 1_000_000

        # What can be reached at most. Months count fully only where the least is asked.
        district = self._most_of_district(place, lodging)
        done = 0 if months is None else _experience_at_most(months)
        listed = unlisted if credit is None else np.int64(_TABLE.skills)
        rest = int(comfort.max(initial=0)) + (_PAY_UNKNOWN if pay is None else _TABLE.pay)
        unwished = int((done * (share == 0) + np.where(share == 0, listed, 0)).max(initial=0)) + rest
        occupation = _TABLE.occupation * share // 10_000
        return Asked(
            today=today.toordinal(),
            age=None if profile.birth_on is None else age_on(profile.birth_on, today),
            wishes=wishes,
            near=near,
            share=share,
            occupation=occupation,
            unlisted=unlisted,
            least=_TABLE.skills * share * _TABLE.skills_at_least // 1_000_000,
            months=months,
            is_clear=is_clear,
            credit=credit,
            is_proof=is_proof,
            place=place,
            lodging=lodging,
            pay=pay,
            comfort=comfort,
            failures=tuple(self._failures(n, value, len(values.facets[n])) for n, value in enumerate(facets)),
            facets=facets,
            most_of_work=occupation + done + listed + rest,
            most_of_district=district,
            most_of_other_work=int(district.max(initial=0)) + unwished,
            most_beside_place=unwished,
        )

    def _experience(self, profile: Profile, works: int) -> tuple[Table | None, NDArray[np.bool_] | None]:
        if profile.experience is None:
            return None, None
        months = np.zeros(works, dtype=np.int64)
        is_clear = self._have_concepts(works).copy()
        for entry in profile.experience:
            done = work_of(entry.occupation, entry.stated, self._concepts)
            percent = self._done(_key(done), works)
            months += percent * np.int64(entry.months)
            if done.occupation is None:
                is_clear &= percent > 0
        return months, is_clear

    def _skills(self, profile: Profile, skills: int) -> tuple[Table | None, NDArray[np.bool_] | None]:
        stated = [
            self._answers((skill_of(said.skill, said.stated, self._concepts), said.stated), skills)
            for said in profile.skills or ()
        ]
        implied = [self._implied(occupation, skills) for occupation in implying_occupations(profile, self._concepts)]
        if not stated and not implied:
            return None, None
        none = np.zeros(skills + 1, dtype=np.uint16)
        said, concluded = _best(stated, none), _best(implied, none)
        best = np.maximum(said, concluded)
        proves = (said >= concluded) & (said % CREDIT >= _TABLE.skill_counts_from) & ~self._generic(skills)
        credit = (best // CREDIT).astype(np.int64)
        return (credit, proves) if credit.any() else (None, None)

    def _place(self, profile: Profile) -> Table:
        places = len(self._values.places)
        named = [*profile.places, *([] if profile.home is None else [profile.home])]
        percent = np.full(places, PERCENT[Way.NOT_ASKED], dtype=np.int64)
        if named:
            percent = _best([self._ways(code, places) for code in named], percent).astype(np.int64)
        return _TABLE.place * percent // 100

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
        wished = np.empty((2, len(_HOURS)), dtype=np.int64)
        weeks = (_TABLE.hundredths_of_days_a_month, _TABLE.hundredths_of_days_six_day_week)
        posts = np.where(_HOURS == 0, full, _HOURS)
        hours = (posts if most is None else np.full_like(posts, most)) if wants_part else np.full_like(posts, full)
        for row, days in enumerate(weeks):
            wished[row] = full_month(wish.min_fen, wish.period, days, hours)
        board = self._boards(profile.lodging_needed is True, today, len(self._values.boards))
        return AskedPay(wished, (most or full) if wants_part else 0, board)

    # Below: one table each, kept by what it depends on. The count names how many values there were.

    def _near_to(self, wish: tuple[str | None, str], count: int) -> Percents:
        return near_posts(Work(*wish), self._values.all_works(count), self._concepts)

    def _counted_for(self, done: tuple[str | None, str], count: int) -> Percents:
        works, work = self._values.all_works(count), Work(*done)
        return np.minimum(near_posts(work, works, self._concepts), near_wishes(work, works, self._concepts))

    def _which_have_concepts(self, count: int) -> NDArray[np.bool_]:
        return np.array([occupation is not None for occupation, _ in self._values.works.first(count)], dtype=np.bool_)

    def _answers_to(self, claim: Skill, count: int) -> Answers:
        found = answers_to(self._values.skills.first(count), claim, self._concepts)
        return np.concatenate([np.zeros(1, dtype=np.uint16), found])

    def _implied_by(self, occupation: str, count: int) -> Answers:
        skills = self._concepts.occupations[occupation].skills
        none = np.zeros(count + 1, dtype=np.uint16)
        found: Answers = _best([self._answers((skill, ""), count) for skill in skills], none)
        return found

    def _which_are_generic(self, count: int) -> NDArray[np.bool_]:
        listed = self._values.skills.first(count)
        return np.array([False, *(is_generic(skill, self._concepts) for skill, _ in listed)], dtype=np.bool_)

    def _ways_from(self, code: str, count: int) -> Percents:
        posts = self._values.places.first(count)
        return np.array([PERCENT[way_between(code, post, self._places)] for post in posts], dtype=np.uint8)

    def _districts_of(self, count: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
        """The places by district, where each district starts among them, and the districts' numbers."""
        places, number = self._places, self._values.districts.number
        codes = self._values.places.first(count)
        owner = np.array([number((places.district_of(code), places.city_of(code))) for code in codes], dtype=np.intp)
        order = np.argsort(owner, kind="stable")
        districts, starts = np.unique(owner[order], return_index=True)
        return order, starts, districts

    def _comfort_of(self, wished: Value, count: int) -> Table:
        return np.array([comfort_points(wished, offered) for offered in self._values.comforts.first(count)], np.int64)

    def _failures_of(self, facet: int, value: Value, count: int) -> NDArray[np.uint8]:
        ask, posts = FACETS[facet].failures, self._values.facets[facet].first(count)
        return np.array([ask(value, post, self._concepts) for post in posts], dtype=np.uint8)

    def _board_amounts(self, lodging_needed: bool, today: date, count: int) -> Table:
        person = Profile(lodging_needed=lodging_needed)
        posts = [board_listing(board) for board in self._values.boards.first(count)]
        return np.array([sum(board_fen(person, post, self._places, today)) for post in posts], dtype=np.int64)


def _experience_at_most(months: Table) -> Table:
    full = 100 * _TABLE.experience_months_at_least
    return _TABLE.experience * np.minimum(months, full) // full


def _key(work: Work) -> tuple[str | None, str]:
    return work.occupation, "" if work.occupation else work.words


def _best(rows: list[Any], none: Any) -> Any:
    return np.maximum.reduce(rows) if rows else none
