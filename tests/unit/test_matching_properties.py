"""What must hold for every pair: bounds, monotony, unknown between mismatch and proof, a complete explanation."""

import string
from dataclasses import fields, replace
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.matching.conditions import Status
from app.matching.explain import Explanation, explain
from app.matching.judging import Judgement, Judging, post_of
from app.matching.place import Way, nearest
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
from app.matching.rank import rank
from app.matching.table import SCORE_TABLE
from app.matching.texts import Said
from app.people.profile import Hours, Liking
from app.taxonomy.terms import (
    EducationLevel,
    EmploymentForm,
    PayBasis,
    PayPeriod,
    Refusal,
    ReservedFor,
    Shift,
)
from tests.unit.matching_values import (
    BEIJING_STREET,
    CITY,
    HONGQIAO,
    OPENED,
    TABLE,
    TIANHE,
    TODAY,
    YUEXIU,
    ZENGCHENG,
    judged,
    places,
)

OCCUPATIONS, SKILLS, CERTIFICATES = sorted(TABLE.occupations), sorted(TABLE.skills), sorted(TABLE.certificates)
WORDS = ["", "保洁", "宠物美容师", "开叉车", "会开叉车", "{nothing}"]
REGIONS = [BEIJING_STREET, HONGQIAO, YUEXIU, TIANHE, ZENGCHENG, CITY, "440305001", "440104999"]
DUTIES = ["", "无需加班，不用出差", "需上夜班，能加班，推销会员卡", "负责销售部卫生 {x}"]


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def sets(values: Any, size: int = 3) -> st.SearchStrategy[Any]:
    return st.frozensets(st.sampled_from(values), max_size=size)


def tuples(strategy: st.SearchStrategy[Any], size: int = 3) -> st.SearchStrategy[Any]:
    return st.lists(strategy, max_size=size).map(tuple)


occupations = st.sampled_from([*OCCUPATIONS, "not-in-our-table", None])
skills = st.sampled_from([*SKILLS, None])
words = st.sampled_from(WORDS)
amounts = st.integers(0, 1_000_000)

profiles = st.builds(
    Profile,
    wishes=tuples(st.builds(Wish, occupations, words)),
    places=tuples(st.sampled_from(REGIONS)),
    home=maybe(st.sampled_from(REGIONS)),
    skills=maybe(tuples(st.builds(SkillClaim, skills, words))),
    experience=maybe(tuples(st.builds(Experience, occupations, words, st.integers(0, 100)))),
    certificates=maybe(sets(CERTIFICATES)),
    education=maybe(st.sampled_from(EducationLevel)),
    birth_on=maybe(st.dates(date(1950, 1, 1), date(2012, 1, 1))),
    pay=maybe(st.builds(PayWish, amounts, st.sampled_from(PayPeriod))),
    shifts=maybe(st.dictionaries(st.sampled_from(Shift), st.sampled_from(Liking), max_size=3)),
    hours=maybe(st.sampled_from(Hours)),
    max_hours_per_week=maybe(st.integers(1, 60)),
    lodging_needed=maybe(st.booleans()),
    refusals=maybe(sets(list(Refusal))),
    target_groups=maybe(sets(list(ReservedFor))),
    days_off_per_month=maybe(st.integers(0, 10)),
    wants_insurance=maybe(st.booleans()),
    employment_forms=maybe(sets(list(EmploymentForm))),
)
listings = st.builds(
    KnownListing,
    id=st.uuids().map(str),
    origin=st.just("gz-yuexiu-beijing"),
    received_at=st.just(OPENED),
    title=st.sampled_from(["保洁员", "急聘", "宠物美容师"]),
    region=st.sampled_from(REGIONS),
    pay=st.builds(Pay, st.sampled_from(PayBasis), st.sampled_from(PayPeriod), maybe(amounts), maybe(amounts)),
    opened_at=st.just(OPENED),
    valid_until=st.sampled_from([date(2026, 11, 22), TODAY, date(2027, 1, 1)]),
    occupation=occupations,
    occupation_stated=words,
    employer_verified=st.booleans(),
    seats=st.integers(0, 5),
    referred=st.integers(0, 5),
    duties=st.sampled_from(DUTIES),
    skills=tuples(st.builds(ListedSkill, skills, words, st.booleans())),
    education=maybe(st.sampled_from(EducationLevel)),
    education_must=st.booleans(),
    experience_months=st.sampled_from([0, 12, 36]),
    experience_must=st.booleans(),
    certificates=tuples(st.builds(ListedCertificate, st.sampled_from(CERTIFICATES), st.booleans())),
    shift=maybe(st.sampled_from(Shift)),
    hours_per_week=maybe(st.integers(1, 84)),
    days_off_per_month=maybe(st.integers(0, 10)),
    employment_form=st.sampled_from(EmploymentForm),
    lodging=maybe(st.booleans()),
    meals=maybe(st.booleans()),
    insurance=maybe(st.booleans()),
    reserved_for=maybe(st.sampled_from(ReservedFor)),
    adults_only=st.booleans(),
    status=st.sampled_from(["open", "open", "open", "paused", "frozen"]),
)


@given(profiles, listings)
def test_every_factor_and_the_total_stay_within_their_points(profile: Profile, listing: KnownListing) -> None:
    found = judged(profile, listing)
    for _, score in found.factors.in_order():
        assert isinstance(score.points, int)
        assert 0 <= score.points <= score.of
    assert 0 <= found.total <= (SCORE_TABLE.other_work_at_most if found.is_other_work else SCORE_TABLE.total)


@given(profiles, listings, st.builds(SkillClaim, skills, words))
def test_one_more_skill_never_lowers_a_total(profile: Profile, listing: KnownListing, claim: SkillClaim) -> None:
    more = replace(profile, skills=(*(profile.skills or ()), claim))
    assert judged(more, listing).total >= judged(profile, listing).total


@given(profiles, listings, st.sampled_from(OCCUPATIONS), st.integers(1, 60))
def test_more_experience_never_lowers_a_total_nor_fails(
    profile: Profile, listing: KnownListing, occupation: str, months: int
) -> None:
    more = replace(profile, experience=(*(profile.experience or ()), Experience(occupation, months=months)))
    before, after = judged(profile, listing), judged(more, listing)
    assert after.total >= before.total
    if profile.experience is not None:
        assert set(after.failed) <= set(before.failed)


@given(profiles, listings, st.integers(0, 200_000))
def test_a_higher_guaranteed_pay_never_lowers_a_total(profile: Profile, listing: KnownListing, more: int) -> None:
    lower = replace(listing, pay=replace(listing.pay, basis=PayBasis.RANGE, min_fen=listing.pay.min_fen or 0))
    higher = replace(lower, pay=replace(lower.pay, min_fen=(lower.pay.min_fen or 0) + more))
    assert judged(profile, higher).total >= judged(profile, lower).total


@given(profiles, listings, st.sampled_from(CERTIFICATES))
def test_one_more_certificate_never_fails(profile: Profile, listing: KnownListing, held: str) -> None:
    before = replace(profile, certificates=profile.certificates or frozenset())
    after = replace(before, certificates=frozenset({*(before.certificates or ()), held}))
    assert set(judged(after, listing).failed) <= set(judged(before, listing).failed)


@given(profiles, listings, st.sampled_from(Refusal))
def test_one_more_refusal_only_takes_away_and_moves_no_point(
    profile: Profile, listing: KnownListing, refusal: Refusal
) -> None:
    before = replace(profile, refusals=profile.refusals or frozenset())
    after = replace(before, refusals=frozenset({*(before.refusals or ()), refusal}))
    assert set(judged(after, listing).failed) >= set(judged(before, listing).failed)
    assert judged(after, listing).total == judged(before, listing).total


def _proof(listing: KnownListing) -> dict[str, Any]:
    """For each field of a profile, the answer that suits the listing best."""
    post_occupation = listing.occupation if listing.occupation in TABLE.occupations else "cleaner"
    return {
        "experience": (Experience(post_occupation, months=100),),
        "skills": tuple(SkillClaim(listed.skill, listed.stated) for listed in listing.skills),
        "pay": PayWish(0, PayPeriod.MONTH),
        "shifts": dict.fromkeys(Shift, Liking.PREFERRED),
        "days_off_per_month": 0,
        "wants_insurance": False,
        "employment_forms": frozenset(EmploymentForm),
    }


MISMATCH: dict[str, Any] = {
    "experience": (),
    "skills": (),
    "pay": PayWish(1_000_000_000, PayPeriod.MONTH),
    "shifts": {},
    "days_off_per_month": 31,
    "wants_insurance": True,
    "employment_forms": frozenset(),
}


@given(profiles, listings, st.sampled_from(sorted(MISMATCH)))
def test_an_unknown_never_beats_proof_and_never_costs_more_than_a_mismatch(
    profile: Profile, listing: KnownListing, field: str
) -> None:
    listing = replace(listing, insurance=False, days_off_per_month=8, shift=listing.shift or Shift.DAY)

    def total(value: Any) -> int:
        return judged(replace(profile, **{field: value}), listing).total

    assert total(MISMATCH[field]) <= total(None) <= total(_proof(listing)[field])


@given(profiles, listings)
def test_what_a_post_leaves_open_never_beats_what_suits_and_never_costs_more_than_what_does_not(
    profile: Profile, listing: KnownListing
) -> None:
    """The other side of the same rule: fields that the listing does not state."""
    wish = replace(profile, wants_insurance=True, days_off_per_month=6, shifts={Shift.DAY: Liking.PREFERRED})
    fields_of_posts: list[tuple[str, Any, Any]] = [
        ("insurance", True, False),
        ("days_off_per_month", 8, 0),
        ("shift", Shift.DAY, Shift.NIGHT),
    ]
    for field, suits, does_not in fields_of_posts:
        changes: list[dict[str, Any]] = [{field: value} for value in (does_not, None, suits)]
        points = [judged(wish, replace(listing, **change)).factors.conditions.points for change in changes]
        assert points == sorted(points)


@given(listings, st.sampled_from(REGIONS))
def test_a_place_that_was_not_asked_is_never_better_than_a_place_in_the_city(
    listing: KnownListing, wished: str
) -> None:
    unknown = nearest(Profile(), listing.region, listing.lodging, places())
    named = nearest(Profile(places=(wished,)), listing.region, listing.lodging, places())
    if named.way is not Way.ELSEWHERE:
        assert unknown.percent <= named.percent


def test_nothing_that_must_not_count_is_an_input() -> None:
    """Two persons who differ only in name, sex, ethnicity, household registration or photo are one profile."""
    names = {field.name for field in fields(Profile)}
    assert not names & {"name", "sex", "gender", "ethnicity", "nation", "hukou", "household", "photo", "citizen_id"}
    assert names == {
        "wishes", "places", "home", "skills", "experience", "certificates", "education", "birth_on", "pay", "shifts",
        "hours", "max_hours_per_week", "lodging_needed", "refusals", "target_groups", "days_off_per_month",
        "wants_insurance", "employment_forms", "available_from",
    }  # fmt: skip


@given(profiles, listings, st.dates(date(1950, 1, 1), date(2008, 11, 23)))
def test_an_adults_age_moves_nothing(profile: Profile, listing: KnownListing, birth_on: date) -> None:
    one, other = replace(profile, birth_on=birth_on), replace(profile, birth_on=date(1990, 1, 1))
    assert judged(one, listing) == judged(other, listing)


@given(profiles, st.lists(listings, max_size=8))
def test_what_is_kept_of_one_post_changes_nothing_for_the_next(profile: Profile, known: list[KnownListing]) -> None:
    judging = Judging(profile, TABLE, places(), TODAY)
    for listing in known:
        assert judging.judge(post_of(listing, TABLE)) == judged(profile, listing)


@given(profiles, st.lists(listings, max_size=5, unique_by=lambda listing: listing.id), st.randoms())
def test_a_ranking_is_whole_and_independent_of_the_order_of_input(
    profile: Profile, known: list[KnownListing], random: Any
) -> None:
    found = rank(profile, known, TABLE, places(), TODAY, seeker_id="s")
    everything = (*found.matches, *found.other_nearby, *found.not_shown)
    assert sorted(match.listing_id for match in everything) == sorted(listing.id for listing in known)
    assert all(not match.failed for match in (*found.matches, *found.other_nearby))
    mixed = list(known)
    random.shuffle(mixed)
    assert rank(profile, mixed, TABLE, places(), TODAY, seeker_id="s") == found


def _all_said(explanation: Explanation) -> list[Said]:
    changes = [line.change for line in explanation.conditions if line.change is not None]
    return [
        *(line.said for line in explanation.factors),
        *(line.said for line in explanation.skills),
        *(line.said for line in explanation.conditions),
        *changes,
        *explanation.would_change,
        *explanation.inferred,
        *explanation.unknown,
        *explanation.not_considered,
    ]


def _complete(said: Said) -> bool:
    text = (said.zh + said.en).replace("{nothing}", "").replace("{x}", "")  # braces that people typed
    return bool(said.zh and said.en) and "{" not in text and "}" not in text and "None" not in text


@given(profiles, listings)
def test_every_pair_is_explained_in_both_languages_without_a_gap(profile: Profile, listing: KnownListing) -> None:
    found: Judgement = judged(profile, listing)
    explanation = explain(found, profile, post_of(listing, TABLE), TABLE, places())
    assert [line.factor for line in explanation.factors] == [name for name, _ in found.factors.in_order()]
    assert sum(line.points for line in explanation.factors) == found.factors.points
    assert all(_complete(said) for said in _all_said(explanation))
    assert not [said for said in _all_said(explanation) if set(said.en) & set(string.whitespace) - {" "}]
    assert len(explanation.skills) == len(listing.skills)
    assert len(explanation.conditions) == len(found.conditions)
    for line in explanation.conditions:
        assert (line.change is not None) == (line.status in (Status.FAILED, Status.OBTAINABLE))
    assert bool(found.failed) <= bool(explanation.would_change)
