"""Every listing judged for a profile: the reference's rules over whole columns, with nothing left out.

It is as plain as it can be: no bounds, no order of visiting, no sets of rows. The reference itself judges some ten
thousand pairs a second, too few for a market; `differences` asks it about random pairs of the same market instead.
"""

import random
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TypeVar

import numpy as np

from app.matching.conditions import (
    Condition,
    Status,
    certificate_conditions,
    education_condition,
    hours_condition,
    lodging_condition,
    required_certificates,
    reserved_condition,
    shift_condition,
)
from app.matching.engine.market import Best, Placed
from app.matching.filters import NO_FILTERS, Filters, is_at_or_below, is_within
from app.matching.nearness import Work, experience_percent, nearness, work_of
from app.matching.order import shuffle
from app.matching.place import PERCENT, Way, way_between
from app.matching.profile import KnownListing, ListedSkill, Profile
from app.matching.rank import judge
from app.matching.score import score_conditions
from app.matching.skill_pairs import (
    Claim,
    credit_for,
    implying_occupations,
    is_generic,
    listed_weight,
    similarity,
    skill_of,
)
from app.matching.table import SCORE_TABLE
from app.people.rules import age_on
from tests.bench.brute_pay import guaranteed_months, pay_points
from tests.bench.listing_table import REFUSALS, Array, ListingTable

V = TypeVar("V")

_TABLE = SCORE_TABLE
_CREDIT = 128  # an answer as one number: credit × 128 + similarity, compared as the reference compares the two

_ASPECTS: dict[str, Callable[[Profile, KnownListing, ListingTable], Iterable[Condition]]] = {
    "reserved": lambda who, post, _: reserved_condition(who, post),
    "certificates": lambda who, post, table: certificate_conditions(
        who, required_certificates(post, _occupation(post, table), table.concepts), table.concepts
    ),
    "education": lambda who, post, _: education_condition(who, post),
    "shift": lambda who, post, _: shift_condition(who, post),
    "hours": lambda who, post, _: [hours_condition(who, post)],
    "lodging": lambda who, post, _: lodging_condition(who, post),
}


@dataclass(frozen=True)
class Judged:
    """What is thought of one profile and every row."""

    total: Array
    failures: Array
    is_closed: Array
    is_other: Array


class BruteForce:
    """Judges all rows of a table. What a profile makes of a value is asked of the reference once."""

    def __init__(self, table: ListingTable) -> None:
        self.table = table
        self._kept: dict[Hashable, Array] = {}
        wanted = [skill_of(one.skill, one.stated, table.concepts) for one in table.listed]
        self._generic = np.array([*(is_generic(one, table.concepts) for one in wanted), False])
        pairs = zip(wanted, table.listed, strict=True)
        # One more than there are skills: the last is for the places of rows that list fewer.
        self.weight = np.array([*(listed_weight(skill, one.must, table.concepts) for skill, one in pairs), 0])
        self.weights = self.weight[table.skills].sum(axis=1)

    def judge(self, profile: Profile, today: date) -> Judged:
        """Points, failed conditions and relevance of every row."""
        number, work = self.table.number, self.table.number["work"]
        share, (months, is_clear), (credit, proof) = self.share(profile), self.months(profile), self.credit(profile)
        is_other = (share[work] == 0) & ~proof[self.table.skills].any(axis=1)
        points = _TABLE.occupation * share[work] // 10_000
        points += self._experience_points(months)
        points += self._skill_points(share[work], credit)
        points += np.maximum(self.place(profile)[number["region"]], number["has_lodging"] * self.lodging(profile))
        points += pay_points(self.table, profile, today)
        points += self.comfort(profile)[number["comfort"]]
        is_over = number["valid_until"] < today.toordinal()
        failures = number["is_shut"] + is_over + number["is_sanctioned"]
        if profile.birth_on is not None:
            failures += number["least_age"] > age_on(profile.birth_on, today)
        for aspect in _ASPECTS:
            failures += self.failing(aspect, profile)[number[aspect]]
        if months is not None:
            failures += (number["must"] > months[work] // 100) & is_clear[work]
        for refusal in profile.refusals or ():
            failures += self.table.demanded[:, REFUSALS.index(refusal)]
        total = np.where(is_other, np.minimum(points, _TABLE.other_work_at_most), points)
        return Judged(total, failures, (number["is_shut"] > 0) | is_over, is_other)

    def best(
        self,
        profile: Profile,
        today: date,
        *,
        limit: int,
        side: int = 0,
        seeker_id: str = "",
        filters: Filters = NO_FILTERS,
    ) -> Best:
        """The three lists of the reference, cut to the first ones."""
        judged, admitted = self.judge(profile, today), self.admitted(filters)
        fits = admitted & (judged.failures == 0)
        lists = (fits & ~judged.is_other, fits & judged.is_other, admitted & (judged.failures > 0))
        number = self.table.number
        order = (_TABLE.total // _TABLE.band - judged.total // _TABLE.band) << 44
        order |= (number["referrals"] << 22) | ((1 << 22) - 1 - number["opened"])
        distance = (judged.is_other * 2 + judged.is_closed) * 64 + judged.failures
        missed = order | (distance.astype(np.int64) << 52)

        def first(which: Array, keys: Array, most: int) -> tuple[Placed, ...]:
            rows = np.flatnonzero(which)
            if most == 0 or not len(rows):
                return ()
            keys = keys[rows]
            last = np.partition(keys, min(most, len(rows)) - 1)[min(most, len(rows)) - 1]
            level = list(zip(keys[keys <= last].tolist(), rows[keys <= last].tolist(), strict=True))
            ids, origins = self.table.ids, self.table.origins
            level.sort(key=lambda one: (one[0], shuffle(seeker_id, today, ids[one[1]]), ids[one[1]], origins[one[1]]))
            return tuple(Placed(ids[row], origins[row], int(judged.total[row])) for _, row in level[:most])

        matches, other, failed = lists
        return Best(
            int(admitted.sum()),
            first(matches, order, limit),
            int(matches.sum()),
            first(other, order, side),
            int(other.sum()),
            first(failed, missed, side),
            int(failed.sum()),
        )

    def admitted(self, filters: Filters) -> Array:
        """The rows that the filters admit."""
        table, number = self.table, self.table.number
        found = np.ones(table.n, dtype=np.bool_)
        if (area := filters.place) is not None:
            regions = table.examples["region"]
            found &= np.array([is_within(one.region, area, table.places) for one in regions])[number["region"]]
        if (wanted := filters.occupation) is not None:
            posts = [one.occupation for one in table.works]
            below = [one is not None and is_at_or_below(one, wanted, table.concepts) for one in posts]
            found &= np.array(below)[number["work"]]
        if filters.pay_fen is not None:
            found &= guaranteed_months(table) >= filters.pay_fen
        if filters.shift is not None:
            found &= np.array([one.shift is filters.shift for one in table.examples["shift"]])[number["shift"]]
        if filters.since is not None:
            found &= number["opened"] >= filters.since.toordinal()
        if filters.shown_at is not None:
            found &= (number["is_hidden"] == 0) & (number["expires"] >= filters.shown_at.timestamp())
        return found

    # What a profile makes of each value. Points are whole, shares and months in hundredths.

    def share(self, profile: Profile) -> Array:
        """The occupation's share by work."""
        concepts, works = self.table.concepts, self.table.works
        found = np.zeros(len(works), dtype=np.int64)
        for wish, worth in zip(profile.wishes, _TABLE.wish_ranks, strict=False):
            wished = work_of(wish.occupation, wish.stated, concepts)
            near = self._keep(("near", wished), works, partial(self._near, wished))
            found = np.maximum(found, near * worth)
        return found

    def months(self, profile: Profile) -> tuple[Array | None, Array]:
        """The months that count by work, None if not asked; and where no words may hide any."""
        concepts, works = self.table.concepts, self.table.works
        is_clear = np.array([one.occupation is not None for one in works])
        if profile.experience is None:
            return None, is_clear
        found = np.zeros(len(works), dtype=np.int64)
        for entry in profile.experience:
            done = work_of(entry.occupation, entry.stated, concepts)
            percent = self._keep(("done", done), works, partial(experience_percent, done, concepts=concepts))
            found += entry.months * percent
            if done.occupation is None:
                is_clear &= percent > 0
        return found, is_clear

    def credit(self, profile: Profile) -> tuple[Array, Array]:
        """By listed skill what the best answer counts in percent, and whether it proves that the work suits."""
        concepts = self.table.concepts
        said = [Claim(skill_of(one.skill, one.stated, concepts), one.stated) for one in profile.skills or ()]
        implied = [
            Claim(skill, "")
            for occupation in implying_occupations(profile, concepts)
            for skill in concepts.occupations[occupation].skills
        ]
        stated, concluded = self._answers(said), self._answers(implied)
        proof = (stated >= concluded) & (stated % _CREDIT >= _TABLE.skill_counts_from) & ~self._generic
        return np.maximum(stated, concluded) // _CREDIT, proof

    def place(self, profile: Profile) -> Array:
        """Points by region."""
        named = [*profile.places, *([] if profile.home is None else [profile.home])]
        regions = [one.region for one in self.table.examples["region"]]
        if not named:
            return np.full(len(regions), _TABLE.place * PERCENT[Way.NOT_ASKED] // 100)
        ways = [self._keep(("way", code), regions, partial(self._way, code)) for code in named]
        nearest: Array = np.maximum.reduce(ways)
        return _TABLE.place * nearest // 100

    def lodging(self, profile: Profile) -> int:
        """Points of the place factor at least where there is lodging."""
        return _TABLE.place * _TABLE.lodging_accepted // 100 if profile.lodging_needed is True else 0

    def comfort(self, profile: Profile) -> Array:
        """Points of the conditions factor by what a post offers."""
        shifts = None if profile.shifts is None else tuple(sorted(profile.shifts.items()))
        wished = (shifts, profile.days_off_per_month, profile.employment_forms, profile.wants_insurance)
        posts = self.table.examples["comfort"]
        return self._keep(("comfort", wished), posts, lambda post: score_conditions(profile, post).points)

    def failing(self, aspect: str, profile: Profile) -> Array:
        """How many conditions of an aspect fail, by its values."""
        ask, posts = _ASPECTS[aspect], self.table.examples[aspect]
        return np.array(
            [sum(one.status is Status.FAILED for one in ask(profile, post, self.table)) for post in posts], np.int64
        )

    def _answers(self, claims: Sequence[Claim]) -> Array:
        found = np.zeros(len(self.table.listed) + 1, dtype=np.int64)
        for claim in claims:
            found = np.maximum(found, self._keep(("claim", claim), [*self.table.listed, None], self._answer_by(claim)))
        return found

    def _answer_by(self, claim: Claim) -> Callable[[ListedSkill | None], int]:
        concepts = self.table.concepts
        known: dict[tuple[str | None, str], int] = {}  # a skill that is a must is as alike as one that is not

        def answer(listed: ListedSkill | None) -> int:
            if listed is None:
                return 0
            key = listed.skill, listed.stated
            if key not in known:
                alike = similarity(listed, claim, concepts)
                by_concept = claim.skill is not None and skill_of(listed.skill, listed.stated, concepts) is not None
                credit = credit_for(alike, by_concept=by_concept)
                known[key] = credit * _CREDIT + alike if credit else 0
            return known[key]

        return answer

    def _near(self, wish: Work, post: Work) -> int:
        return nearness(wish, post, self.table.concepts).percent

    def _way(self, wished: str, post: str) -> int:
        return PERCENT[way_between(wished, post, self.table.places)]

    def _experience_points(self, months: Array | None) -> Array | int:
        if months is None:
            return 0
        needed = 100 * self.table.number["needed"]
        points: Array = _TABLE.experience * np.minimum(months[self.table.number["work"]], needed) // needed
        return points

    def _skill_points(self, share: Array, credit: Array) -> Array:
        skills = self.table.skills
        answered = (self.weight[skills] * credit[skills]).sum(axis=1)
        listed = _TABLE.skills * answered // (100 * np.maximum(self.weights, 1))
        least = _TABLE.skills * share * _TABLE.skills_at_least // 1_000_000
        unlisted = _TABLE.skills * share * _TABLE.skills_not_listed // 1_000_000
        return np.where(skills[:, 0] < 0, unlisted, np.maximum(listed, least))

    def _keep(self, key: Hashable, values: Sequence[V], ask: Callable[[V], int]) -> Array:
        """What `ask` says of each of `values`, asked once."""
        if key not in self._kept:
            self._kept[key] = np.array([ask(value) for value in values], dtype=np.int64)
        return self._kept[key]


def differences(
    brute: BruteForce, listings: Sequence[KnownListing], profiles: Sequence[Profile], today: date, pairs: int
) -> list[str]:
    """Where the reference thinks otherwise of `pairs` random pairs; empty if nowhere."""
    rnd = random.Random(pairs)
    table, found = brute.table, []
    for profile in profiles:
        judged = brute.judge(profile, today)
        for row in rnd.sample(range(table.n), min(table.n, -(-pairs // len(profiles)))):
            said = judge(profile, listings[row], table.concepts, table.places, today)
            failures = sum(one.status is Status.FAILED for one in said.conditions)
            ours = (int(judged.total[row]), int(judged.failures[row]), bool(judged.is_other[row]))
            if ours != (said.total, failures, said.is_other_work):
                found.append(f"{profile} {listings[row]}: {ours} and {(said.total, failures, said.is_other_work)}")
    return found


def _occupation(post: KnownListing, table: ListingTable) -> str | None:
    return table.occupation_of[post.occupation, post.occupation_stated, post.title]
