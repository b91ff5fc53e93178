"""The points of a pair: one function per factor, each floored to an integer of its points. Pure.

Every factor keeps between what a proven mismatch costs and what proof earns when something is unknown, and remembers
the facts that its sentence needs. Hard conditions are not scored here (conditions.py), nor is anything ordered.
"""

from dataclasses import dataclass, fields
from datetime import date

from app.matching.nearness import (
    NOT_NEAR,
    Nearness,
    Work,
    experience_percent,
    nearness,
    work_of,
    work_of_listing,
)
from app.matching.pay import PayCompared, compare_pay
from app.matching.place import Nearest, nearest
from app.matching.profile import Concepts, KnownListing, Places, Profile
from app.matching.skill_pairs import SkillPair, pair_skills
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


@dataclass(frozen=True, slots=True)
class Factors:
    """All factors of a pair."""

    occupation: OccupationScore
    experience: ExperienceScore
    skills: SkillsScore
    place: PlaceScore
    pay: PayScore
    conditions: ConditionsScore

    def in_order(self) -> tuple[tuple[str, FactorScore], ...]:
        """(name, score) of each factor, in the order of the published table."""
        return tuple((field.name, getattr(self, field.name)) for field in fields(self))

    @property
    def points(self) -> int:
        """Their sum, before the relevance cap."""
        return sum(score.points for _, score in self.in_order())


def score(profile: Profile, listing: KnownListing, concepts: Concepts, places: Places, today: date) -> Factors:
    """All factors of one pair."""
    occupation = score_occupation(profile, listing, concepts)
    return Factors(
        occupation,
        score_experience(profile, listing, concepts),
        score_skills(profile, listing, concepts, occupation),
        score_place(profile, listing, places),
        score_pay(profile, listing, places, today),
        score_conditions(profile, listing),
    )


def is_other_work(factors: Factors) -> bool:
    """Whether nothing says that this work suits: no wished occupation, no listed particular skill that was stated."""
    return factors.occupation.share == 0 and not any(pair.is_proof for pair in factors.skills.pairs)


def score_occupation(profile: Profile, listing: KnownListing, concepts: Concepts) -> OccupationScore:
    """Best over the wishes of proximity × rank; of equals the wish named first."""
    post = work_of_listing(listing, concepts)
    best = OccupationScore(0, _TABLE.occupation, has_wishes=bool(profile.wishes))
    for rank, (wish, worth) in enumerate(zip(profile.wishes, _TABLE.wish_ranks, strict=False), start=1):
        wished = work_of(wish.occupation, wish.stated, concepts)
        near = nearness(wished, post, concepts)
        share = near.percent * worth
        if share > best.share:
            points = _TABLE.occupation * share // 10_000
            best = OccupationScore(points, _TABLE.occupation, share, rank, wished, near)
    return best


def score_experience(profile: Profile, listing: KnownListing, concepts: Concepts) -> ExperienceScore:
    """Months in this occupation, and those in near ones × proximity, over what full points need; capped."""
    needed = max(listing.experience_months, _TABLE.experience_months_at_least)
    if profile.experience is None:
        return ExperienceScore(0, _TABLE.experience, 0, needed, is_asked=False)
    post = work_of_listing(listing, concepts)
    hundredths = 0
    is_clear = post.occupation is not None
    for entry in profile.experience:
        done = work_of(entry.occupation, entry.stated, concepts)
        percent = experience_percent(done, post, concepts)
        hundredths += entry.months * percent
        is_clear = is_clear and (done.occupation is not None or percent > 0)
    points = _TABLE.experience * min(hundredths, 100 * needed) // (100 * needed)
    return ExperienceScore(points, _TABLE.experience, hundredths // 100, needed, is_clear=is_clear)


def score_skills(
    profile: Profile, listing: KnownListing, concepts: Concepts, occupation: OccupationScore
) -> SkillsScore:
    """Σ weight × best / Σ weight over the listed skills, never below half the occupation factor; 70 % of that factor
    where the vacancy lists none."""
    of, is_asked = _TABLE.skills, profile.skills is not None
    pairs = pair_skills(profile, listing, concepts)
    if not pairs:
        points = of * occupation.share * _TABLE.skills_not_listed // 1_000_000
        return SkillsScore(points, of, from_occupation=True, is_asked=is_asked)
    floor = of * occupation.share * _TABLE.skills_at_least // 1_000_000
    weight = sum(pair.weight for pair in pairs)
    listed = of * sum(pair.weight * pair.credit for pair in pairs) // (100 * weight)
    return SkillsScore(max(listed, floor), of, pairs, floor > listed, is_asked)


def score_place(profile: Profile, listing: KnownListing, places: Places) -> PlaceScore:
    """The best over the wished places and home."""
    found = nearest(profile, listing, places)
    return PlaceScore(_TABLE.place * found.percent // 100, _TABLE.place, found)


def score_pay(profile: Profile, listing: KnownListing, places: Places, today: date) -> PayScore:
    """The guaranteed minimum against the wish."""
    pay = compare_pay(profile, listing, places, today)
    return PayScore(_TABLE.pay * pay.permille // 1000, _TABLE.pay, pay)


def score_conditions(profile: Profile, listing: KnownListing) -> ConditionsScore:
    """Shift, days off, contract form and insurance, each as the person asked for it; what is not known counts half."""
    shift, days_off = shift_part(profile, listing), days_off_part(profile, listing)
    form, insurance = form_part(profile, listing), insurance_part(profile, listing)
    points = points_of_parts(shift, days_off, form, insurance)
    return ConditionsScore(points, _TABLE.conditions, shift, days_off, form, insurance)


def points_of_parts(shift: int | None, days_off: int | None, form: int | None, insurance: int | None) -> int:
    """The points of the conditions factor for the percents of its parts."""
    parts = (
        (_TABLE.part_shift, shift),
        (_TABLE.part_days_off, days_off),
        (_TABLE.part_form, form),
        (_TABLE.part_insurance, insurance),
    )
    percent = sum(weight * (_TABLE.not_known if part is None else part) for weight, part in parts)
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
