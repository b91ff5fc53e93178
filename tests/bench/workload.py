"""A market and its seekers made by a seed, over the shipped tables: skewed the way real markets are.

A few everyday occupations make most of the posts, most posts list no skills, pay follows the occupation, inner
districts hold more than outer ones, and one post in thirty has stated words in place of a concept. Everything is
invented; nothing here is a person.
"""

import random
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from uuid import UUID

from app.matching.profile import (
    Experience,
    KnownListing,
    ListedCertificate,
    ListedSkill,
    Pay,
    PayWish,
    Profile,
    SkillClaim,
    Wish,
)
from app.people.profile import Hours, Liking
from app.regions.shipped import load_shipped as load_regions
from app.regions.tier import Tier
from app.regions.tree import Regions
from app.taxonomy.shipped import load_shipped as load_taxonomy
from app.taxonomy.tables import Taxonomy
from app.taxonomy.terms import EducationLevel, EmploymentForm, PayBasis, PayPeriod, Refusal, ReservedFor, Shift

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
_DUTIES = (
    "",
    "负责日常工作，服从安排",
    "需上夜班，包工作餐",
    "无需加班，双休",
    "搬运货物，能吃苦",
    "电话销售，完成销售任务",
    "偶尔出差",
)
_WORDS = ("宠物殡葬师", "密室布置", "陶艺馆带班", "直播选品", "露营地管家", "滑雪机维护", "剧本写手", "自习室店员")
_SHIFTS = (None, *[Shift.DAY] * 5, Shift.EARLY, Shift.LATE, Shift.NIGHT, *[Shift.ROTATING] * 2, Shift.FLEXIBLE)
_FORMS = (*[EmploymentForm.FULL_TIME] * 12, *[EmploymentForm.PART_TIME] * 3, EmploymentForm.DISPATCH,
          EmploymentForm.LABOUR_SERVICE, EmploymentForm.TEMPORARY, EmploymentForm.PLATFORM)  # fmt: skip
_LEVELS = (None, None, None, *EducationLevel)


@dataclass(frozen=True)
class Workload:
    """Listings and profiles by number: the same number always gives the same one."""

    seed: int = 20261124

    @cached_property
    def taxonomy(self) -> Taxonomy:
        return load_taxonomy()

    @cached_property
    def regions(self) -> Regions:
        return load_regions()

    @cached_property
    def _occupations(self) -> list[str]:
        found = sorted(one.id for one in self.taxonomy.occupations.values() if one.skills)
        random.Random(self.seed).shuffle(found)
        return found

    @cached_property
    def _weights(self) -> list[float]:
        return [1 / (place + 4) for place in range(len(self._occupations))]

    @cached_property
    def _skills(self) -> list[str]:
        return sorted(self.taxonomy.skills)

    @cached_property
    def _streets(self) -> tuple[list[str], list[float]]:
        """Streets, a few communities and districts, and the city; inner districts weigh three times as much."""
        inner = {"440103", "440104", "440105", "440106"}
        codes = [one.code for one in self.regions.by_code.values() if one.tier in (Tier.STREET, Tier.DISTRICT)]
        return codes, [3.0 if code[:6] in inner else 1.0 for code in codes]

    def listings(self, count: int, start: int = 0) -> Iterator[tuple[datetime, KnownListing]]:
        """`count` listings with the instants that end them."""
        for number in range(start, start + count):
            listing = self.listing(number)
            yield datetime(2027, 1, 1, tzinfo=UTC), listing

    def listing(self, number: int) -> KnownListing:
        """Listing `number`."""
        rnd = random.Random(self.seed * 1_000_003 + number)
        occupation = rnd.choices(self._occupations, self._weights)[0]
        concept = self.taxonomy.occupations[occupation]
        has_concept = rnd.random() > 0.03
        base = 300_000 + 1000 * (hash_of(occupation) % 500)
        low = int(base * rnd.uniform(0.7, 1.5)) // 1000 * 1000
        pay = self._pay(rnd, low)
        form = rnd.choice(_FORMS)
        return KnownListing(
            id=str(UUID(int=rnd.getrandbits(128))),
            origin=f"street-{number % 178:03d}",
            received_at=NOW,
            title=concept.zh if has_concept else rnd.choice(_WORDS),
            region=rnd.choices(*self._streets)[0],
            pay=pay,
            opened_at=NOW - timedelta(days=min(int(rnd.expovariate(1 / 20)), 89), minutes=rnd.randrange(600)),
            valid_until=TODAY + timedelta(days=rnd.randrange(-1, 60)),
            occupation=occupation if has_concept else None,
            employer_verified=rnd.random() < 0.8,
            employer_sanctioned=rnd.random() < 0.002,
            seats=rnd.choice((1, 1, 1, 2, 2, 3, 5, 10, 20)),
            referred=rnd.choice((0, 0, 0, 0, 1, 1, 2, 4)),
            duties=rnd.choice(_DUTIES),
            skills=tuple(self._listed(rnd, concept.skills)) if rnd.random() < 0.4 else (),
            education=rnd.choice(_LEVELS),
            education_must=rnd.random() < 0.5,
            experience_months=rnd.choice((0, 0, 0, 6, 12, 24, 36)),
            experience_must=rnd.random() < 0.4,
            certificates=(ListedCertificate("health-certificate"),) if rnd.random() < 0.05 else (),
            shift=rnd.choice(_SHIFTS),
            hours_per_week=rnd.choice((None, 20, 24))
            if form is EmploymentForm.PART_TIME
            else rnd.choice((None, 40, 40, 44, 48, 54)),
            days_off_per_month=rnd.choice((None, 2, 4, 4, 6, 8)),
            employment_form=form,
            lodging=rnd.choice((None, False, False, True)),
            meals=rnd.choice((None, False, True)),
            insurance=rnd.choice((None, True, True, False)),
            reserved_for=rnd.choice(tuple(ReservedFor)) if rnd.random() < 0.02 else None,
            adults_only=rnd.random() < 0.05,
            status="paused" if rnd.random() < 0.02 else "open",
        )

    def profile(self, number: int) -> Profile:
        """Profile `number`."""
        rnd = random.Random(self.seed * 7_000_003 + number)
        wished = rnd.choices(self._occupations, self._weights, k=rnd.choice((1, 1, 2, 3)))
        done = rnd.choice((wished[0], wished[0], rnd.choices(self._occupations, self._weights)[0]))
        home = rnd.choices(*self._streets)[0]
        known = self.taxonomy.occupations[done].skills
        asked = rnd.random
        return Profile(
            wishes=tuple(Wish(one) for one in dict.fromkeys(wished)),
            places=tuple(dict.fromkeys(rnd.choices(*self._streets, k=rnd.choice((0, 1, 1, 2))))),
            home=home,
            skills=tuple(map(SkillClaim, sorted(rnd.sample(known, min(len(known), 3))))) if asked() < 0.6 else None,
            experience=(Experience(done, "", rnd.choice((3, 12, 24, 60, 120))),) if asked() < 0.7 else None,
            certificates=frozenset(
                rnd.sample(sorted(self.taxonomy.occupations[done].certificates) or ["driving-c1"], 1)
            )
            if asked() < 0.5
            else None,
            education=rnd.choice(list(EducationLevel)) if asked() < 0.7 else None,
            birth_on=date(1960 + rnd.randrange(49), 1 + rnd.randrange(12), 1 + rnd.randrange(28)),
            pay=PayWish(300_000 + 10_000 * rnd.randrange(40), PayPeriod.MONTH) if asked() < 0.8 else None,
            shifts={Shift.DAY: Liking.PREFERRED, Shift.EARLY: Liking.TOLERATED} if asked() < 0.5 else None,
            hours=rnd.choice((Hours.FULL, Hours.FULL, Hours.PART, Hours.ANY)) if asked() < 0.6 else None,
            max_hours_per_week=rnd.choice((20, 40, 48)) if asked() < 0.2 else None,
            lodging_needed=rnd.choice((False, False, True)) if asked() < 0.6 else None,
            refusals=frozenset(rnd.sample(list(Refusal), 2)) if asked() < 0.4 else None,
            target_groups=frozenset(rnd.sample(list(ReservedFor), 1)) if asked() < 0.3 else frozenset(),
            days_off_per_month=rnd.choice((2, 4, 8)) if asked() < 0.4 else None,
            wants_insurance=rnd.choice((True, False)) if asked() < 0.5 else None,
        )

    def _listed(self, rnd: random.Random, own: tuple[str, ...]) -> Iterator[ListedSkill]:
        for skill in dict.fromkeys([*rnd.sample(own, min(len(own), rnd.randint(1, 4))), rnd.choice(self._skills)]):
            yield ListedSkill(skill, "", rnd.random() < 0.5)

    @staticmethod
    def _pay(rnd: random.Random, low: int) -> Pay:
        roll = rnd.random()
        if roll < 0.05:
            return Pay(PayBasis.NEGOTIABLE, PayPeriod.MONTH)
        if roll < 0.1:
            return Pay(PayBasis.STATED, PayPeriod.MONTH, None, low * 2)
        if roll < 0.2:
            return Pay(PayBasis.GUARANTEED, PayPeriod.HOUR, low // 174)
        if roll < 0.25:
            return Pay(PayBasis.GUARANTEED, PayPeriod.DAY, low // 22)
        return Pay(PayBasis.RANGE, PayPeriod.MONTH, low, low * 3 // 2)


def hash_of(text: str) -> int:
    """A hash that is the same in every process."""
    return zlib.crc32(text.encode())
