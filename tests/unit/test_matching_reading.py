"""From JSON to the values that are compared."""

import dataclasses
from datetime import UTC, date, datetime
from typing import Any

import pytest

from app.matching.profile import (
    Experience,
    ListedCertificate,
    ListedSkill,
    Pay,
    PayWish,
    Profile,
    SkillClaim,
    Wish,
)
from app.matching.reading import read_listing, read_profile
from app.people.profile import Hours, Liking, ProfileFields, stored
from app.taxonomy.terms import (
    EducationLevel,
    EmploymentForm,
    PayBasis,
    PayPeriod,
    Refusal,
    ReservedFor,
    Shift,
)

RECEIVED = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
PROFILE: dict[str, Any] = {
    "wishes": [{"occupation": "cleaner", "stated": ""}, {"occupation": None, "stated": "看店"}],
    "places": ["440104003"],
    "home": "440104001",
    "skills": [{"skill": "mopping", "stated": ""}],
    "experience": [{"occupation": "cleaner", "stated": "", "months": 30}],
    "certificates": ["driving-c1"],
    "education": "junior",
    "birth_on": "2001-05-03",
    "pay": {"min_fen": 450000, "period": "month"},
    "shifts": {"day": "preferred", "night": "tolerated"},
    "hours": "full",
    "max_hours_per_week": 44,
    "lodging_needed": False,
    "refusals": ["night_shift"],
    "target_groups": ["veteran"],
    "days_off_per_month": 4,
    "wants_insurance": True,
    "employment_forms": ["full_time"],
    "available_from": "2026-12-01",
}
BODY: dict[str, Any] = {
    "title": "保洁员",
    "occupation": "cleaner",
    "occupation_stated": "保洁",
    "employer": {"name": "示例物业", "uscc": "91440101MA5CXXXX0X", "verified": True, "sanctioned": True},
    "office": {"region": "440104003", "name": "北京街道公共就业服务机构"},
    "place": {"region": "440104", "stated": "公园前"},
    "seats": 2,
    "referred": 1,
    "duties": "打扫",
    "requirements": "吃苦耐劳",
    "skills": [{"skill": "mopping", "stated": "", "need": "must"}, {"skill": None, "stated": "擦窗", "need": "nice"}],
    "education": "senior",
    "education_must": True,
    "experience_months": 12,
    "experience_must": True,
    "certificates": [{"certificate": "health-certificate", "need": "nice"}],
    "pay": {"basis": "range", "period": "month", "min_fen": 400000, "max_fen": 500000, "stated": "4-5k"},
    "shift": "day",
    "hours_per_week": 40,
    "days_off_per_month": 8,
    "employment_form": "part_time",
    "lodging": True,
    "meals": False,
    "insurance": None,
    "reserved_for": "mother",
    "adults_only": True,
    "status": "paused",
    "opened_at": "2026-11-20T02:00:00Z",
    "updated_at": "2026-11-21T02:00:00Z",
    "valid_until": "2026-12-31",
}


def test_a_whole_profile_is_read() -> None:
    assert read_profile(PROFILE) == Profile(
        wishes=(Wish("cleaner"), Wish(None, "看店")),
        places=("440104003",),
        home="440104001",
        skills=(SkillClaim("mopping"),),
        experience=(Experience("cleaner", months=30),),
        certificates=frozenset({"driving-c1"}),
        education=EducationLevel.JUNIOR,
        birth_on=date(2001, 5, 3),
        pay=PayWish(450_000, PayPeriod.MONTH),
        shifts={Shift.DAY: Liking.PREFERRED, Shift.NIGHT: Liking.TOLERATED},
        hours=Hours.FULL,
        max_hours_per_week=44,
        lodging_needed=False,
        refusals=frozenset({Refusal.NIGHT_SHIFT}),
        target_groups=frozenset({ReservedFor.VETERAN}),
        days_off_per_month=4,
        wants_insurance=True,
        employment_forms=frozenset({EmploymentForm.FULL_TIME}),
        available_from=date(2026, 12, 1),
    )


def test_what_is_absent_or_null_was_not_asked() -> None:
    assert read_profile({}) == Profile()
    assert read_profile(dict.fromkeys(PROFILE)) == Profile()


def test_empty_is_not_the_same_as_not_asked() -> None:
    read = read_profile({"skills": [], "experience": [], "certificates": [], "refusals": [], "target_groups": []})
    assert (read.skills, read.experience) == ((), ())
    assert (read.certificates, read.refusals, read.target_groups) == (frozenset(), frozenset(), frozenset())


def test_a_whole_listing_is_read() -> None:
    read = read_listing("an-id", "gz-yuexiu-beijing", BODY, RECEIVED)
    assert (read.id, read.origin, read.received_at) == ("an-id", "gz-yuexiu-beijing", RECEIVED)
    assert (read.region, read.place_stated, read.status) == ("440104", "公园前", "paused")
    assert read.pay == Pay(PayBasis.RANGE, PayPeriod.MONTH, 400_000, 500_000, "4-5k")
    assert read.skills == (ListedSkill("mopping", must=True), ListedSkill(None, "擦窗", must=False))
    assert read.certificates == (ListedCertificate("health-certificate", must=False),)
    assert (read.education, read.education_must) == (EducationLevel.SENIOR, True)
    assert (read.experience_months, read.experience_must) == (12, True)
    assert (read.shift, read.hours_per_week, read.days_off_per_month) == (Shift.DAY, 40, 8)
    assert (read.lodging, read.meals, read.insurance) == (True, False, None)
    assert (read.employment_form, read.reserved_for) == (EmploymentForm.PART_TIME, ReservedFor.MOTHER)
    assert (read.employer_name, read.employer_uscc) == ("示例物业", "91440101MA5CXXXX0X")
    assert (read.employer_verified, read.employer_sanctioned) == (True, True)
    assert (read.opened_at, read.valid_until) == (datetime(2026, 11, 20, 2, tzinfo=UTC), date(2026, 12, 31))
    assert (read.occupation, read.occupation_stated, read.seats, read.referred) == ("cleaner", "保洁", 2, 1)
    assert (read.duties, read.requirements, read.adults_only) == ("打扫", "吃苦耐劳", True)


def test_pay_that_is_not_stated_guarantees_nothing() -> None:
    assert read_listing("an-id", "o", {**BODY, "pay": None}, RECEIVED).pay == Pay(PayBasis.STATED, PayPeriod.MONTH)


def test_values_that_are_read_already_pass_through() -> None:
    body = {**BODY, "opened_at": RECEIVED, "valid_until": date(2027, 1, 1)}
    read = read_listing("an-id", "o", body, RECEIVED)
    assert (read.opened_at, read.valid_until) == (RECEIVED, date(2027, 1, 1))


@pytest.mark.parametrize("key", ["title", "place", "pay", "seats", "opened_at", "valid_until"])
def test_a_body_that_lacks_what_every_listing_has_is_refused(key: str) -> None:
    with pytest.raises(KeyError):
        read_listing("an-id", "o", {name: value for name, value in BODY.items() if name != key}, RECEIVED)


def test_the_stored_profile_has_just_the_keys_that_matching_reads() -> None:
    kept = stored(ProfileFields().model_dump(mode="json"))
    read = {field.name for field in dataclasses.fields(Profile)}
    words = {"places_stated", "home_stated"}  # what was said beside the codes is for people to read
    assert set(kept) - words == read - {"birth_on"}  # the day of birth comes from the citizen id
