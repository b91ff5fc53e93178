"""The hard conditions: each met, failed, obtainable or unknown; only failed filters."""

from datetime import date
from typing import Any

import pytest

from app.matching.conditions import Condition, Name, Status, required_certificates
from app.matching.profile import Experience, ListedCertificate
from app.people.profile import Hours, Liking
from app.taxonomy.terms import EducationLevel, EmploymentForm, PayBasis, Refusal, ReservedFor, Shift
from tests.unit.matching_values import TABLE, TODAY, judged, pay, person, post

MET, FAILED, OBTAINABLE, UNKNOWN = Status.MET, Status.FAILED, Status.OBTAINABLE, Status.UNKNOWN


def of(name: Name, profile: dict[str, Any], listing: dict[str, Any]) -> list[Condition]:
    found = judged(person(**profile), post(**listing))
    return [condition for condition in found.conditions if condition.name is name]


def status(name: Name, profile: dict[str, Any], listing: dict[str, Any]) -> Status | None:
    """The status of the only condition of this name; None if it does not arise."""
    found = of(name, profile, listing)
    assert len(found) <= 1
    return found[0].status if found else None


@pytest.mark.parametrize(
    ("listing", "expected", "reason"),
    [
        ({}, MET, "open.yes"),
        ({"status": "paused"}, FAILED, "open.paused"),
        ({"status": "frozen"}, FAILED, "open.frozen"),
        ({"status": "something newer"}, FAILED, "open.closed"),
        ({"seats": 0}, FAILED, "open.no_seats"),
    ],
)
def test_open_with_seats_left(listing: dict[str, Any], expected: Status, reason: str) -> None:
    (found,) = of(Name.OPEN, {}, listing)
    assert (found.status, found.reason) == (expected, reason)


def test_a_post_is_valid_through_its_last_day() -> None:
    assert status(Name.VALIDITY, {}, {"valid_until": TODAY}) is MET
    assert status(Name.VALIDITY, {}, {"valid_until": date(2026, 11, 22)}) is FAILED


def test_an_employer_under_sanction_is_never_shown_and_an_unverified_one_is_marked() -> None:
    assert status(Name.EMPLOYER, {}, {}) is MET
    assert status(Name.EMPLOYER, {}, {"employer_sanctioned": True}) is FAILED
    assert status(Name.EMPLOYER, {}, {"employer_verified": False}) is UNKNOWN


@pytest.mark.parametrize(
    ("birth_on", "listing", "expected"),
    [
        (None, {}, UNKNOWN),
        (date(2010, 11, 23), {}, MET),
        (date(2010, 11, 24), {}, FAILED),
        (date(2008, 11, 23), {"occupation": "guard"}, MET),
        (date(2008, 11, 24), {"occupation": "guard"}, FAILED),
        (date(2008, 11, 24), {"adults_only": True}, FAILED),
        (date(1950, 1, 1), {}, MET),
    ],
)
def test_age_counts_only_where_the_law_sets_a_limit(
    birth_on: date | None, listing: dict[str, Any], expected: Status
) -> None:
    assert status(Name.LEGAL_AGE, {"birth_on": birth_on}, listing) is expected


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        (None, UNKNOWN),
        (frozenset(), FAILED),
        (frozenset({ReservedFor.VETERAN}), FAILED),
        (frozenset({ReservedFor.VETERAN, ReservedFor.DISABILITY}), MET),
    ],
)
def test_a_reserved_post_is_for_its_group_and_not_asked_means_ask(groups: Any, expected: Status) -> None:
    assert status(Name.RESERVED, {"target_groups": groups}, {"reserved_for": ReservedFor.DISABILITY}) is expected
    assert status(Name.RESERVED, {"target_groups": groups}, {}) is None


def test_belonging_to_a_group_adds_no_points() -> None:
    one = judged(person(target_groups=frozenset({ReservedFor.VETERAN})), post())
    other = judged(person(target_groups=None), post())
    assert one.total == other.total


class TestCertificates:
    @pytest.mark.parametrize(
        ("held", "expected"),
        [
            (None, UNKNOWN),
            (frozenset(), FAILED),
            (frozenset({"driving-c1"}), FAILED),
            (frozenset({"driving-b2"}), MET),
            (frozenset({"driving-a1"}), MET),
            (frozenset({"welding-permit"}), FAILED),
        ],
    )
    def test_the_law_requires_one_for_the_occupation_and_a_wider_one_covers_it(
        self, held: frozenset[str] | None, expected: Status
    ) -> None:
        assert status(Name.CERTIFICATE, {"certificates": held}, {"occupation": "driver"}) is expected

    def test_a_card_that_is_issued_within_days_is_obtainable_and_does_not_filter(self) -> None:
        found = judged(person(certificates=frozenset()), post(occupation="cook"))
        assert [c.status for c in found.conditions if c.name is Name.CERTIFICATE] == [OBTAINABLE]
        assert Name.CERTIFICATE not in found.failed

    def test_a_must_of_the_listing_counts_and_a_nice_one_does_not(self) -> None:
        must = {"certificates": (ListedCertificate("welding-permit", must=True),)}
        nice = {"certificates": (ListedCertificate("welding-permit", must=False),)}
        assert status(Name.CERTIFICATE, {"certificates": frozenset()}, must) is FAILED
        assert status(Name.CERTIFICATE, {"certificates": frozenset()}, nice) is None

    def test_a_certificate_that_this_node_does_not_know_must_be_held_itself(self) -> None:
        listing = {"certificates": (ListedCertificate("not-in-our-table"),)}
        assert status(Name.CERTIFICATE, {"certificates": frozenset({"driving-a1"})}, listing) is FAILED
        assert status(Name.CERTIFICATE, {"certificates": frozenset({"not-in-our-table"})}, listing) is MET

    def test_what_law_and_listing_both_ask_stands_once(self) -> None:
        listing = {"occupation": "welder", "certificates": (ListedCertificate("welding-permit"),)}
        assert len(of(Name.CERTIFICATE, {"certificates": frozenset()}, listing)) == 1


@pytest.mark.parametrize(
    ("has", "wanted", "must", "expected"),
    [
        (EducationLevel.COLLEGE, EducationLevel.COLLEGE, True, MET),
        (EducationLevel.MASTER, EducationLevel.COLLEGE, True, MET),
        (EducationLevel.SENIOR, EducationLevel.VOCATIONAL, True, MET),
        (EducationLevel.VOCATIONAL, EducationLevel.SENIOR, True, MET),
        (EducationLevel.JUNIOR, EducationLevel.SENIOR, True, FAILED),
        (EducationLevel.NONE, EducationLevel.PRIMARY, True, FAILED),
        (None, EducationLevel.SENIOR, True, UNKNOWN),
        (EducationLevel.JUNIOR, EducationLevel.SENIOR, False, None),
        (None, EducationLevel.NONE, True, None),
        (None, None, True, None),
    ],
)
def test_education_filters_only_where_it_is_a_must(
    has: EducationLevel | None, wanted: EducationLevel | None, must: bool, expected: Status | None
) -> None:
    assert status(Name.EDUCATION, {"education": has}, {"education": wanted, "education_must": must}) is expected


@pytest.mark.parametrize(
    ("experience", "must", "expected"),
    [
        ((Experience("cleaner", months=12),), True, MET),
        ((Experience("cleaner", months=11),), True, FAILED),
        ((Experience("housekeeper", months=18),), True, MET),  # 12.6 months
        ((Experience("housekeeper", months=17),), True, FAILED),  # 11.9 months
        ((), True, FAILED),
        (None, True, UNKNOWN),
        ((Experience(None, "在酒店帮忙", 30),), True, UNKNOWN),
        ((), False, None),
    ],
)
def test_experience_filters_only_where_it_is_a_must(experience: Any, must: bool, expected: Status | None) -> None:
    listing = {"experience_months": 12, "experience_must": must}
    assert status(Name.EXPERIENCE, {"experience": experience}, listing) is expected


@pytest.mark.parametrize(
    ("shifts", "shift", "expected"),
    [
        ({Shift.DAY: Liking.PREFERRED}, Shift.DAY, MET),
        ({Shift.DAY: Liking.TOLERATED}, Shift.DAY, MET),
        ({Shift.DAY: Liking.PREFERRED}, Shift.NIGHT, FAILED),
        ({Shift.DAY: Liking.PREFERRED}, Shift.FLEXIBLE, MET),
        ({}, Shift.FLEXIBLE, FAILED),
        (None, Shift.NIGHT, UNKNOWN),
        ({Shift.DAY: Liking.PREFERRED}, None, UNKNOWN),
        (None, None, None),
    ],
)
def test_a_shift_that_is_not_named_is_not_accepted(shifts: Any, shift: Shift | None, expected: Status | None) -> None:
    assert status(Name.SHIFT, {"shifts": shifts}, {"shift": shift}) is expected


@pytest.mark.parametrize(
    ("profile", "listing", "expected"),
    [
        ({"hours": Hours.FULL}, {}, MET),
        ({"hours": Hours.FULL}, {"hours_per_week": 20}, FAILED),
        ({"hours": Hours.PART}, {}, FAILED),
        ({"hours": Hours.PART}, {"hours_per_week": 20}, MET),
        ({"hours": Hours.ANY}, {"hours_per_week": 20}, MET),
        ({"hours": Hours.ANY, "max_hours_per_week": 40}, {"hours_per_week": 40}, MET),
        ({"hours": Hours.ANY, "max_hours_per_week": 40}, {"hours_per_week": 48}, FAILED),
        ({"max_hours_per_week": 40}, {"hours_per_week": None}, UNKNOWN),
        ({"hours": Hours.FULL}, {"hours_per_week": None, "employment_form": EmploymentForm.TEMPORARY}, UNKNOWN),
        ({"hours": Hours.FULL}, {"hours_per_week": None}, MET),
        ({}, {}, UNKNOWN),
    ],
)
def test_hours_within_the_availability(profile: Any, listing: Any, expected: Status) -> None:
    assert status(Name.HOURS, profile, listing) is expected


@pytest.mark.parametrize(
    ("needed", "offered", "expected"),
    [(True, True, MET), (True, False, FAILED), (True, None, UNKNOWN), (False, False, None), (None, False, None)],
)
def test_lodging_counts_only_if_it_is_needed(needed: Any, offered: Any, expected: Status | None) -> None:
    assert status(Name.LODGING, {"lodging_needed": needed}, {"lodging": offered}) is expected


class TestRefusals:
    @pytest.mark.parametrize(
        ("refusal", "listing", "expected"),
        [
            (Refusal.NIGHT_SHIFT, {"shift": Shift.NIGHT}, FAILED),
            (Refusal.NIGHT_SHIFT, {"shift": Shift.DAY}, MET),
            (Refusal.NIGHT_SHIFT, {"shift": Shift.ROTATING}, UNKNOWN),
            (Refusal.NIGHT_SHIFT, {"occupation": "guard"}, FAILED),
            (Refusal.NIGHT_SHIFT, {"occupation": "guard", "shift": Shift.DAY}, MET),
            (Refusal.NIGHT_SHIFT, {"requirements": "需上夜班"}, FAILED),
            (Refusal.NIGHT_SHIFT, {"requirements": "不上夜班"}, MET),
            (Refusal.ROTATING_SHIFT, {"shift": Shift.ROTATING}, FAILED),
            (Refusal.ROTATING_SHIFT, {"shift": Shift.DAY}, MET),
            (Refusal.ROTATING_SHIFT, {"duties": "两班倒班"}, FAILED),
            (Refusal.SALES, {"duties": "向来店顾客推销会员卡"}, FAILED),
            (Refusal.SALES, {"duties": "负责销售部办公室卫生"}, UNKNOWN),
            (Refusal.SALES, {"duties": "无需推销"}, MET),
            (Refusal.SALES, {"duties": "没有责任心不要来，推销会员卡"}, FAILED),
            (Refusal.HEIGHTS, {"occupation": "welder"}, FAILED),
            (Refusal.HEIGHTS, {"occupation": "welder", "duties": "地面作业，无高空作业"}, MET),
            (Refusal.HEIGHTS, {}, MET),
            (Refusal.OVERTIME, {"duties": "不加班；旺季能加班者优先"}, FAILED),
            (Refusal.OVERTIME, {"duties": "有加班费"}, UNKNOWN),
            (Refusal.OVERTIME, {"duties": "无需经常加班"}, MET),
            (Refusal.OVERTIME, {"hours_per_week": 48}, UNKNOWN),
            (Refusal.DISPATCH, {"employment_form": EmploymentForm.DISPATCH}, FAILED),
            (Refusal.COMMISSION_ONLY, {"duties": "无底薪，高提成"}, FAILED),
            (Refusal.COMMISSION_ONLY, {"pay": pay(basis=PayBasis.GUARANTEED), "duties": "无底薪"}, MET),
            (Refusal.OUTDOOR, {"occupation": None, "title": "杂工"}, UNKNOWN),
        ],
    )
    def test_what_the_post_says_comes_before_what_its_occupation_entails(
        self, refusal: Refusal, listing: dict[str, Any], expected: Status
    ) -> None:
        assert status(Name.REFUSAL, {"refusals": frozenset({refusal})}, listing) is expected

    def test_each_refusal_has_its_own_line(self) -> None:
        refusals = frozenset({Refusal.SALES, Refusal.HEIGHTS})
        found = of(Name.REFUSAL, {"refusals": refusals}, {"occupation": "welder"})
        assert [(c.subject, c.status) for c in found] == [("sales", MET), ("heights", FAILED)]

    def test_not_asked_means_ask_what_the_post_demands(self) -> None:
        found = of(Name.REFUSAL, {"refusals": None}, {"occupation": "welder"})
        assert [(c.subject, c.status) for c in found] == [("heights", UNKNOWN)]
        assert of(Name.REFUSAL, {"refusals": None}, {}) == []

    def test_nothing_refused_needs_no_line(self) -> None:
        assert of(Name.REFUSAL, {"refusals": frozenset()}, {"occupation": "welder"}) == []


def test_unknown_and_obtainable_do_not_filter() -> None:
    found = judged(person(), post(occupation="cook", reserved_for=ReservedFor.MOTHER, shift=Shift.NIGHT))
    assert {condition.status for condition in found.conditions} == {MET, UNKNOWN}
    assert found.failed == ()


def test_a_name_that_failed_twice_is_named_once_and_in_order() -> None:
    listing = post(occupation="driver", certificates=(ListedCertificate("welding-permit"),), status="paused")
    assert judged(person(certificates=frozenset()), listing).failed == (Name.OPEN, Name.CERTIFICATE)


def test_a_driving_licence_goes_by_the_vehicle_that_the_post_names() -> None:
    lorry = post(occupation="driver")
    van = post(occupation="driver", certificates=(ListedCertificate("driving-c1"),))
    bus = post(occupation="driver", certificates=(ListedCertificate("driving-a1"),))
    assert required_certificates(lorry, "driver", TABLE) == {"driving-b2"}
    assert required_certificates(van, "driver", TABLE) == {"driving-c1"}
    assert required_certificates(bus, "driver", TABLE) == {"driving-a1", "driving-b2"}
