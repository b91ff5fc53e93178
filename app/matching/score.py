"""The points of a pair: one function per factor, each floored to an integer of its points. Pure.

Every factor keeps between what a proven mismatch costs and what proof earns when something is unknown, and remembers
the facts that its sentence needs. Hard conditions are not scored here (conditions.py), nor is anything ordered.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app.matching.nearness import NOT_NEAR, Nearness, Work, experience_percent, nearness
from app.matching.pay import PayCompared
from app.matching.place import Nearest
from app.matching.profile import Concepts, KnownListing, Profile
from app.matching.skill_pairs import SkillPair
from app.matching.table import SCORE_TABLE
from app.people.profile import Liking
from app.taxonomy.terms import Shift

_TABLE = SCORE_TABLE


@dataclass(frozen=True, slots=True)
class FactorScore:
    """Points of one factor out of those it can have."""

    points: int
    of: int


@dataclass(frozen=True, slots=True)
class OccupationScore(FactorScore):
    """`rank` is 1 to 3, of the wish that counts; 0 when no wish comes near. `share` is in hundredths of a percent."""

    share: int = 0
    rank: int = 0
    wish: Work | None = None
    near: Nearness = NOT_NEAR
    has_wishes: bool = True


@dataclass(frozen=True, slots=True)
class ExperienceScore(FactorScore):
    """Months that count, floored, the months needed for full points, and whether experience was asked at all."""

    months: int = 0
    needed: int = 0
    is_asked: bool = True
    is_clear: bool = True  # False where words without a concept may hide months that count


@dataclass(frozen=True, slots=True)
class SkillsScore(FactorScore):
    """The pairs behind the points; `from_occupation` says that an occupation was put in place of them."""

    pairs: tuple[SkillPair, ...] = ()
    from_occupation: bool = False
    is_asked: bool = True


@dataclass(frozen=True, slots=True)
class PlaceScore(FactorScore):
    """How the post lies to the best of the person's places."""

    nearest: Nearest | None = None


@dataclass(frozen=True, slots=True)
class PayScore(FactorScore):
    """Offer and wish, made comparable."""

    pay: PayCompared | None = None


@dataclass(frozen=True, slots=True)
class ConditionsScore(FactorScore):
    """Percent of each part; None where the person was not asked or the listing does not say."""

    shift: int | None = None
    days_off: int | None = None
    form: int | None = None
    insurance: int | None = None


class Factors(NamedTuple):
    """All factors of a pair."""

    occupation: OccupationScore
    experience: ExperienceScore
    skills: SkillsScore
    place: PlaceScore
    pay: PayScore
    conditions: ConditionsScore

    def in_order(self) -> tuple[tuple[str, FactorScore], ...]:
        """(name, score) of each factor, in the order of the published table."""
        return tuple(zip(self._fields, self, strict=True))

    @property
    def points(self) -> int:
        """Their sum, before the relevance cap."""
        return (  # written out: it is asked of every pair that is judged
            self.occupation.points
            + self.experience.points
            + self.skills.points
            + self.place.points
            + self.pay.points
            + self.conditions.points
        )


def is_other_work(factors: Factors) -> bool:
    """Whether nothing says that this work suits: no wished occupation, no listed particular skill that was stated."""
    return factors.occupation.share == 0 and not any(pair.is_proof for pair in factors.skills.pairs)


def score_occupation(wishes: Sequence[Work], post: Work, concepts: Concepts) -> OccupationScore:
    """Best over the wishes of proximity × rank; of equals the wish named first."""
    best = OccupationScore(0, _TABLE.occupation, has_wishes=bool(wishes))
    for rank, (wished, worth) in enumerate(zip(wishes, _TABLE.wish_ranks, strict=False), start=1):
        near = nearness(wished, post, concepts)
        share = near.percent * worth
        if share > best.share:
            points = _TABLE.occupation * share // 10_000
            best = OccupationScore(points, _TABLE.occupation, share, rank, wished, near)
    return best


def score_experience(
    entries: Sequence[tuple[Work, int]] | None, post: Work, asked_months: int, concepts: Concepts
) -> ExperienceScore:
    """Months in this occupation, and those in near ones × proximity, over what full points need; capped.

    `entries` are what was done and for how many months; None: not asked. `asked_months` are those that the post asks.
    """
    needed = max(asked_months, _TABLE.experience_months_at_least)
    if entries is None:
        return ExperienceScore(0, _TABLE.experience, 0, needed, is_asked=False)
    hundredths = 0
    is_clear = post.occupation is not None
    for done, months in entries:
        percent = experience_percent(done, post, concepts)
        hundredths += months * percent
        is_clear = is_clear and (done.occupation is not None or percent > 0)
    points = _TABLE.experience * min(hundredths, 100 * needed) // (100 * needed)
    return ExperienceScore(points, _TABLE.experience, hundredths // 100, needed, is_clear=is_clear)


def score_skills(pairs: tuple[SkillPair, ...], share: int, *, is_asked: bool) -> SkillsScore:
    """Σ weight × best / Σ weight over the listed skills, never below half the occupation factor, whose share is given;
    70 % of that factor where the vacancy lists none."""
    of = _TABLE.skills
    if not pairs:
        points = of * share * _TABLE.skills_not_listed // 1_000_000
        return SkillsScore(points, of, from_occupation=True, is_asked=is_asked)
    floor = of * share * _TABLE.skills_at_least // 1_000_000
    weight = sum(pair.weight for pair in pairs)
    listed = of * sum(pair.weight * pair.credit for pair in pairs) // (100 * weight)
    return SkillsScore(max(listed, floor), of, pairs, floor > listed, is_asked)


def score_place(found: Nearest) -> PlaceScore:
    """The best over the wished places and home."""
    return PlaceScore(_TABLE.place * found.percent // 100, _TABLE.place, found)


def score_pay(pay: PayCompared) -> PayScore:
    """The guaranteed minimum against the wish."""
    return PayScore(_TABLE.pay * pay.permille // 1000, _TABLE.pay, pay)


def score_conditions(profile: Profile, listing: KnownListing) -> ConditionsScore:
    """Shift, days off, contract form and insurance, each as the person asked for it; what is not known counts half."""
    shift, days_off = shift_part(profile, listing), days_off_part(profile, listing)
    form, insurance = form_part(profile, listing), insurance_part(profile, listing)
    points = points_of_parts(shift, days_off, form, insurance)
    return ConditionsScore(points, _TABLE.conditions, shift, days_off, form, insurance)


def points_of_parts(shift: int | None, days_off: int | None, form: int | None, insurance: int | None) -> int:
    """The points of the conditions factor for the percents of its parts."""
    unknown = _TABLE.not_known
    percent = (
        _TABLE.part_shift * (unknown if shift is None else shift)
        + _TABLE.part_days_off * (unknown if days_off is None else days_off)
        + _TABLE.part_form * (unknown if form is None else form)
        + _TABLE.part_insurance * (unknown if insurance is None else insurance)
    )
    return _TABLE.conditions * percent // 10_000


def shift_liking(profile: Profile, listing: KnownListing) -> Liking | None:
    """How the person takes the post's shift; None if not at all. Where the hours are flexible the person chooses."""
    if profile.shifts is None or listing.shift is None:
        return None
    if listing.shift is Shift.FLEXIBLE and profile.shifts:
        return min(profile.shifts.values(), key=list(Liking).index)
    return profile.shifts.get(listing.shift)


def shift_part(profile: Profile, listing: KnownListing) -> int | None:
    if profile.shifts is None or listing.shift is None:
        return None
    liking = shift_liking(profile, listing)
    if liking is None:
        return 0
    return _TABLE.as_asked if liking is Liking.PREFERRED else _TABLE.tolerated


def days_off_part(profile: Profile, listing: KnownListing) -> int | None:
    if profile.days_off_per_month is None or listing.days_off_per_month is None:
        return None
    return _TABLE.as_asked if listing.days_off_per_month >= profile.days_off_per_month else 0


def form_part(profile: Profile, listing: KnownListing) -> int | None:
    if profile.employment_forms is None:
        return None
    return _TABLE.as_asked if listing.employment_form in profile.employment_forms else 0


def insurance_part(profile: Profile, listing: KnownListing) -> int | None:
    if profile.wants_insurance is None:
        return None
    if not profile.wants_insurance:
        return _TABLE.as_asked
    return None if listing.insurance is None else _TABLE.as_asked * listing.insurance
