"""One profile against one post after the other: the judgement of `rank`, with what recurs worked out once. Pure.

A post is read once for all who may suit it. Of a profile every part is asked about every value of a post once: of ten
posts that suit a person most are the same work, and many have the same hours or ask for the same certificates.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from app.matching.conditions import (
    Condition,
    Name,
    Status,
    certificate_conditions,
    education_condition,
    employer_condition,
    experience_condition,
    hours_condition,
    least_age,
    legal_age_condition,
    lodging_condition,
    open_condition,
    refusal_conditions,
    required_certificates,
    reserved_condition,
    shift_condition,
    validity_condition,
)
from app.matching.nearness import Work, work_of, work_of_listing
from app.matching.pay import compare_pay
from app.matching.place import nearest
from app.matching.profile import Concepts, KnownListing, ListedSkill, Places, Profile
from app.matching.refusals import NOTHING_SAID, Demand, demands
from app.matching.score import (
    ExperienceScore,
    Factors,
    OccupationScore,
    PlaceScore,
    SkillsScore,
    is_other_work,
    score_conditions,
    score_experience,
    score_occupation,
    score_pay,
    score_place,
    score_skills,
)
from app.matching.skill_pairs import Claim, SkillPair, claims_of, pair_skill
from app.matching.table import SCORE_TABLE
from app.taxonomy.terms import Refusal


@dataclass(frozen=True, slots=True)
class Post:
    """A listing with what follows from it alone."""

    listing: KnownListing
    work: Work
    least_age: int
    certificates: tuple[str, ...]  # that are required, in order
    demands: tuple[tuple[Refusal, Demand], ...]  # of which something is known, in the order of the code list
    opening: Condition
    employer: Condition

    def __hash__(self) -> int:
        return hash(self.listing.id)  # what is made of a post is kept by it; its other fields are many


def post_of(listing: KnownListing, concepts: Concepts) -> Post:
    """What follows from a listing alone."""
    work = work_of_listing(listing, concepts)
    occupation = work.occupation
    return Post(
        listing,
        work,
        least_age(listing, occupation, concepts),
        tuple(sorted(required_certificates(listing, occupation, concepts))),
        tuple(one for one in demands(listing, occupation, concepts).items() if one[1] is not NOTHING_SAID),
        open_condition(listing),
        employer_condition(listing),
    )


class Judgement(NamedTuple):
    """What is thought of one pair. `is_other_work`: the relevance cap applies, shown apart."""

    total: int
    factors: Factors
    conditions: tuple[Condition, ...]
    is_other_work: bool

    @property
    def failed(self) -> tuple[Name, ...]:
        """The names of the failed conditions, each once, in their order; empty for what may be shown."""
        return tuple(dict.fromkeys(one.name for one in self.conditions if one.status is Status.FAILED))


class Judging:
    """Judges posts for one profile. Not for several threads at once."""

    def __init__(self, profile: Profile, concepts: Concepts, places: Places, today: date) -> None:
        self.profile, self.concepts, self.places, self._today = profile, concepts, places, today
        self._wishes = [work_of(wish.occupation, wish.stated, concepts) for wish in profile.wishes]
        self._done = (
            None
            if profile.experience is None
            else [(work_of(one.occupation, one.stated, concepts), one.months) for one in profile.experience]
        )
        self._kept: dict[Hashable, Any] = {}

    def judge(self, post: Post) -> Judgement:
        """Points, conditions and relevance of the profile and `post`."""
        factors = self._score(post)
        conditions = self._check(post, factors.experience)
        other = is_other_work(factors)
        total = min(factors.points, SCORE_TABLE.other_work_at_most) if other else factors.points
        return Judgement(total, factors, conditions, other)

    def _score(self, post: Post) -> Factors:
        listing, profile = post.listing, self.profile
        occupation = self._occupation(post.work)
        return Factors(
            occupation,
            self._experience(post.work, listing.experience_months),
            self._skills(post, occupation.share),
            self._place(listing.region, listing.lodging),
            score_pay(compare_pay(profile, listing, self.places, self._today)),
            score_conditions(profile, listing),
        )

    def _occupation(self, work: Work) -> OccupationScore:
        found: OccupationScore = self._once(
            ("occupation", work), lambda: score_occupation(self._wishes, work, self.concepts)
        )
        return found

    def _experience(self, work: Work, asked_months: int) -> ExperienceScore:
        found: ExperienceScore = self._once(
            ("experience", work, asked_months),
            lambda: score_experience(self._done, work, asked_months, self.concepts),
        )
        return found

    def _skills(self, post: Post, share: int) -> SkillsScore:
        pairs = tuple([self._pair(one) for one in post.listing.skills])
        return score_skills(pairs, share, is_asked=self.profile.skills is not None)

    def _pair(self, listed: ListedSkill) -> SkillPair:
        found: SkillPair = self._once(("skill", listed), lambda: pair_skill(listed, self._claims, self.concepts))
        return found

    @cached_property
    def _claims(self) -> list[Claim]:
        return list(claims_of(self.profile, self.concepts))

    def _place(self, region: str, lodging: bool | None) -> PlaceScore:
        found: PlaceScore = self._once(
            ("place", region, lodging), lambda: score_place(nearest(self.profile, region, lodging, self.places))
        )
        return found

    def _check(self, post: Post, experience: ExperienceScore) -> tuple[Condition, ...]:
        """Every condition of the pair, in the order of `Name`; `experience` is the pair's factor."""
        listing, profile, concepts = post.listing, self.profile, self.concepts
        of, wanted = self._conditions, listing.education if listing.education_must else None
        required, is_known = post.certificates, post.work.occupation is not None
        return (
            post.opening,
            validity_condition(listing, self._today),
            post.employer,
            *of("age", post.least_age, lambda: (legal_age_condition(profile, post.least_age, self._today),)),
            *of("reserved", listing.reserved_for, lambda: reserved_condition(profile, listing)),
            *of("certificates", required, lambda: certificate_conditions(profile, required, concepts)),
            *of("education", wanted, lambda: education_condition(profile, listing)),
            *experience_condition(listing, experience),
            *of("shift", listing.shift, lambda: shift_condition(profile, listing)),
            *of(
                "hours",
                (listing.employment_form, listing.hours_per_week),
                lambda: (hours_condition(profile, listing),),
            ),
            *of("lodging", listing.lodging, lambda: lodging_condition(profile, listing)),
            *of(
                "refusals",
                (post.demands, is_known),
                lambda: refusal_conditions(profile, dict(post.demands), is_known=is_known),
            ),
        )

    def _conditions(self, name: str, value: Hashable, ask: Callable[[], Iterable[Condition]]) -> tuple[Condition, ...]:
        found: tuple[Condition, ...] = self._once((name, value), lambda: tuple(ask()))
        return found

    def _once(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What `make` gave for `key`, which says all that it depends on beside the profile."""
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = make()
        return found
