"""A market and its seekers made by a seed, over the shipped tables: skewed the way real markets are.

A few everyday occupations make most of the posts, most posts list no skills, pay follows the occupation and comes in
round sums, inner districts hold more than outer ones, a few posts name only the city and a few a community. One post in
thirty has a title of its own in place of a concept, one listed skill in ten is words only, and so it is with what
people say; one wish in eight is for any work of a kind (普工, 司机). Everything is invented; nothing here is a person.
"""

import random
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import accumulate
from uuid import UUID

from app.matching.profile import (
    Experience,
    KnownListing,
    KnownPerson,
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
ENDS = datetime(2027, 1, 1, tzinfo=UTC)
_DUTIES = (
    "",
    "负责日常工作，服从安排",
    "需上夜班，包工作餐",
    "无需加班，双休",
    "搬运货物，能吃苦",
    "电话销售，完成销售任务",
    "偶尔出差",
)
_OWN_KINDS = ("宠物殡葬", "密室布置", "陶艺馆", "直播选品", "露营地", "滑雪机", "剧本写作", "自习室", "无人机表演",
              "香薰调制", "盲盒展柜", "汉服妆造", "桌游馆", "潜水装备", "古籍修复", "昆虫养殖", "热气球", "咖啡烘豆",
              "婚礼花艺", "收纳整理", "脱口秀剧场", "手办涂装", "骑行驿站", "冰雕")  # fmt: skip
_OWN_ROLES = ("师", "管家", "店员", "带班", "助理", "维护员", "策划", "体验官", "巡检", "接待")
_OWN_PLACES = ("", "周末", "夜间", "驻店", "流动", "亲子", "园区", "社区", "临江", "地铁口")
_SAID_SKILLS = ("手脚麻利", "会用扫码枪", "能看懂图纸", "会讲粤语", "打包快", "会调机器", "能跑客户", "做过早餐")
_SHIFTS = (None, *[Shift.DAY] * 5, Shift.EARLY, Shift.LATE, Shift.NIGHT, *[Shift.ROTATING] * 2, Shift.FLEXIBLE)
_FORMS = (*[EmploymentForm.FULL_TIME] * 12, *[EmploymentForm.PART_TIME] * 3, EmploymentForm.DISPATCH,
          EmploymentForm.LABOUR_SERVICE, EmploymentForm.TEMPORARY, EmploymentForm.PLATFORM)  # fmt: skip
_LEVELS = (None, None, None, *EducationLevel)
_INNER = {"440103", "440104", "440105", "440106"}


@dataclass(frozen=True)
class Workload:
    """Listings, profiles and changes by number: the same number always gives the same one."""

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
        """Cumulative, for every occupation."""
        return list(accumulate(1 / (place + 4) for place in range(len(self._occupations))))

    @cached_property
    def _broad(self) -> list[str]:
        """What people wish who take any work of a kind."""
        return sorted({one.parent for one in self.taxonomy.occupations.values() if one.parent and one.skills})

    @cached_property
    def _skills(self) -> list[str]:
        return sorted(self.taxonomy.skills)

    @cached_property
    def _streets(self) -> tuple[list[str], list[float]]:
        """Divisions, and cumulative weights: mostly streets, three times as often in an inner district."""
        by_tier = {Tier.STREET: 1.0, Tier.DISTRICT: 1.0, Tier.CITY: 4.0, Tier.COMMUNITY: 0.005}
        regions = [one for one in self.regions.by_code.values() if one.tier in by_tier]
        weights = (by_tier[one.tier] * (3.0 if one.code[:6] in _INNER else 1.0) for one in regions)
        return [one.code for one in regions], list(accumulate(weights))

    def _some_occupations(self, rnd: random.Random, count: int = 1) -> list[str]:
        return rnd.choices(self._occupations, cum_weights=self._weights, k=count)

    def _some_places(self, rnd: random.Random, count: int = 1) -> list[str]:
        codes, weights = self._streets
        return rnd.choices(codes, cum_weights=weights, k=count)

    def listings(self, count: int, start: int = 0) -> Iterator[tuple[datetime, KnownListing]]:
        """`count` listings with the instants that end them."""
        for number in range(start, start + count):
            yield ENDS, self.listing(number)

    def people(self, count: int) -> Iterator[KnownPerson]:
        """`count` persons: the profiles 0 to `count`, with ids."""
        for number in range(count):
            yield KnownPerson(f"person-{number:07d}", self.profile(number))

    def listing(self, number: int) -> KnownListing:
        """Listing `number`."""
        rnd = random.Random(self.seed * 1_000_003 + number)
        occupation = self._some_occupations(rnd)[0]
        concept = self.taxonomy.occupations[occupation]
        has_concept = rnd.random() > 0.03
        base = 300_000 + 1000 * (hash_of(occupation) % 500)
        low = int(base * rnd.uniform(0.7, 1.5)) // 10_000 * 10_000
        form = rnd.choice(_FORMS)
        return KnownListing(
            id=str(UUID(int=rnd.getrandbits(128))),
            origin=f"street-{number % 178:03d}",
            received_at=NOW,
            title=concept.zh if has_concept else _own_title(rnd),
            region=self._some_places(rnd)[0],
            pay=_pay(rnd, low),
            opened_at=NOW - timedelta(days=min(int(rnd.expovariate(1 / 20)), 89), minutes=rnd.randrange(600)),
            valid_until=TODAY + timedelta(days=rnd.randrange(-1, 60)),
            occupation=occupation if has_concept else None,
            employer_name=f"虚构示例第{rnd.randrange(9000)}号有限公司",
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
        own = self._some_occupations(rnd, rnd.choice((1, 1, 2, 3)))
        done = rnd.choice((own[0], own[0], self._some_occupations(rnd)[0]))
        known = self.taxonomy.occupations[done].skills
        asked = rnd.random
        return Profile(
            wishes=tuple(self._wish(rnd, one) for one in dict.fromkeys(own)),
            places=tuple(dict.fromkeys(self._some_places(rnd, rnd.choice((0, 1, 1, 2))))),
            home=self._some_places(rnd)[0] if asked() < 0.95 else None,
            skills=tuple(self._claims(rnd, known)) if asked() < 0.6 else None,
            experience=(Experience(done, "", rnd.choice((3, 12, 24, 60, 120))),) if asked() < 0.7 else None,
            certificates=frozenset(
                rnd.sample(sorted(self.taxonomy.occupations[done].certificates) or ["driving-c1"], 1)
            )
            if asked() < 0.5
            else None,
            education=rnd.choice(list(EducationLevel)) if asked() < 0.7 else None,
            birth_on=date(1960 + rnd.randrange(49), 1 + rnd.randrange(12), 1 + rnd.randrange(28)),
            pay=_pay_wish(rnd) if asked() < 0.8 else None,
            shifts={Shift.DAY: Liking.PREFERRED, Shift.EARLY: Liking.TOLERATED} if asked() < 0.5 else None,
            hours=rnd.choice((Hours.FULL, Hours.FULL, Hours.PART, Hours.ANY)) if asked() < 0.6 else None,
            max_hours_per_week=rnd.choice((20, 40, 48)) if asked() < 0.2 else None,
            lodging_needed=rnd.choice((False, False, True)) if asked() < 0.6 else None,
            refusals=frozenset(rnd.sample(list(Refusal), 2)) if asked() < 0.4 else None,
            target_groups=frozenset(rnd.sample(list(ReservedFor), 1)) if asked() < 0.3 else frozenset(),
            days_off_per_month=rnd.choice((2, 4, 8)) if asked() < 0.4 else None,
            wants_insurance=rnd.choice((True, False)) if asked() < 0.5 else None,
            employment_forms=frozenset({EmploymentForm.FULL_TIME, EmploymentForm.LABOUR_SERVICE})
            if asked() < 0.2
            else None,
        )

    def _wish(self, rnd: random.Random, occupation: str) -> Wish:
        roll = rnd.random()
        if roll < 0.03:
            return Wish(None, _own_title(rnd))
        return Wish(rnd.choice(self._broad) if roll < 0.155 else occupation)

    def _claims(self, rnd: random.Random, known: tuple[str, ...]) -> Iterator[SkillClaim]:
        for skill in sorted(rnd.sample(known, min(len(known), 3))):
            yield SkillClaim(None, rnd.choice(_SAID_SKILLS)) if rnd.random() < 0.1 else SkillClaim(skill)

    def _listed(self, rnd: random.Random, own: tuple[str, ...]) -> Iterator[ListedSkill]:
        for skill in dict.fromkeys([*rnd.sample(own, min(len(own), rnd.randint(1, 4))), rnd.choice(self._skills)]):
            is_must = rnd.random() < 0.5
            if rnd.random() < 0.1:
                yield ListedSkill(None, rnd.choice(_SAID_SKILLS), is_must)
            else:
                yield ListedSkill(skill, "", is_must)


@dataclass(frozen=True)
class Change:
    """What happens to a market: `listing` is what is known from now on, or, with `is_end`, what was known before."""

    listing: KnownListing
    is_end: bool


def changes(work: Workload, known: list[KnownListing], count: int, start: int) -> Iterator[Change]:
    """`count` random changes to `known`, which follows: posts open, end, and change.

    What changes is what does in an office: a referral, a seat, pay that is raised, a pause, a last day that is moved.
    New posts are numbered from `start`.
    """
    rnd = random.Random(work.seed * 11 + start)
    for number in range(start, start + count):
        roll, at = rnd.random(), rnd.randrange(len(known))
        if roll < 0.35:
            known.append(work.listing(number))
            yield Change(known[-1], is_end=False)
        elif roll < 0.65:
            known[at], known[-1] = known[-1], known[at]
            yield Change(known.pop(), is_end=True)
        else:
            known[at] = _changed(rnd, known[at])
            yield Change(known[at], is_end=False)


def _changed(rnd: random.Random, listing: KnownListing) -> KnownListing:
    kind = rnd.randrange(5)
    if kind == 0:
        return replace(listing, referred=listing.referred + 1)
    if kind == 1:
        return replace(listing, seats=max(1, listing.seats + rnd.choice((-1, 1, 2))))
    if kind == 2:
        raised = None if listing.pay.min_fen is None else listing.pay.min_fen + 10_000
        return replace(listing, pay=replace(listing.pay, min_fen=raised))
    if kind == 3:
        return replace(listing, status="open" if listing.status != "open" else "paused")
    return replace(listing, valid_until=listing.valid_until + timedelta(days=30))


def _own_title(rnd: random.Random) -> str:
    return rnd.choice(_OWN_PLACES) + rnd.choice(_OWN_KINDS) + rnd.choice(_OWN_ROLES)


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
    if roll < 0.27:
        return Pay(PayBasis.PIECE, PayPeriod.PIECE, 50 + low // 10_000)
    return Pay(PayBasis.RANGE, PayPeriod.MONTH, low, low * 3 // 2)


def _pay_wish(rnd: random.Random) -> PayWish:
    month = 300_000 + 10_000 * rnd.randrange(40)
    roll = rnd.random()
    if roll < 0.06:
        return PayWish(month // 174 // 100 * 100, PayPeriod.HOUR)
    return PayWish(month // 22 // 1000 * 1000, PayPeriod.DAY) if roll < 0.1 else PayWish(month, PayPeriod.MONTH)


def hash_of(text: str) -> int:
    """A hash that is the same in every process."""
    return zlib.crc32(text.encode())
