"""What has to hold before a vacancy may be published, what its pay and its last day may be, what is material."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.problems import Invalid, check_fields
from app.taxonomy.terms import EducationLevel, PayBasis
from app.vacancies.content import Pay, VacancyContent
from app.vacancies.rules import (
    MAX_VALID_DAYS,
    fitting_quota,
    is_material,
    missing_elements,
    pay_faults,
    personal_numbers,
    validity_faults,
)
from app.vacancies.schemas import VacancyPatch

TODAY = date(2026, 11, 23)
COMPLETE: dict[str, Any] = {
    "title": "保洁员",
    "place": {"region": "440104003"},
    "duties": "日常保洁。",
    "requirements": "不限",
    "pay": {"basis": "range", "min_fen": 380000, "max_fen": 420000},
}


def content(**values: Any) -> VacancyContent:
    return VacancyContent.model_validate({**COMPLETE, **values})


def missing(**values: Any) -> list[str]:
    return [fault.field for fault in missing_elements(content(**values), TODAY)]


def test_a_complete_vacancy_lacks_nothing() -> None:
    assert missing() == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"duties": ""}, "duties"),
        ({"duties": " \n"}, "duties"),
        ({"requirements": ""}, "requirements"),
        ({"requirements": " "}, "requirements"),
        ({"pay": None}, "pay"),
    ],
)
def test_each_element_that_the_law_asks_for_is_named_when_it_is_missing(values: dict[str, Any], field: str) -> None:
    assert missing(**values) == [field]


def test_a_last_day_is_an_element_like_the_others_and_all_are_named_at_once() -> None:
    nothing = content(duties="", requirements="", pay=None)
    faults = missing_elements(nothing, None)
    assert [fault.field for fault in faults] == ["duties", "requirements", "pay", "valid_until"]
    assert all("第24条" in fault.zh for fault in faults)


@pytest.mark.parametrize(
    "condition",
    [
        {"skills": [{"stated": "扫地"}]},
        {"certificates": [{"certificate": "health-certificate"}]},
        {"education": EducationLevel.NONE},
        {"experience_months": 6},
    ],
)
def test_a_structured_condition_stands_for_the_written_ones(condition: dict[str, Any]) -> None:
    assert missing(requirements="", **condition) == []


@pytest.mark.parametrize(
    ("pay", "fields"),
    [
        ({"basis": "range", "min_fen": 380000, "max_fen": 420000}, []),
        ({"basis": "range", "min_fen": 380000}, []),
        ({"basis": "range", "min_fen": 1, "max_fen": 1}, []),
        ({"basis": "range", "max_fen": 420000}, ["pay.min_fen"]),
        ({"basis": "guaranteed"}, ["pay.min_fen"]),
        ({"basis": "guaranteed", "min_fen": 0}, ["pay.min_fen"]),
        ({"basis": "range", "min_fen": 420000, "max_fen": 380000}, ["pay.max_fen"]),
        ({"basis": "piece", "min_fen": 200, "max_fen": 100}, ["pay.max_fen"]),
        ({"basis": "negotiable"}, []),
        ({"basis": "stated", "stated": "面谈"}, []),
        ({"basis": "stated"}, ["pay.stated"]),
        ({"basis": "stated", "stated": "  "}, ["pay.stated"]),
    ],
)
def test_pay_that_does_not_fit_together_is_named(pay: dict[str, Any], fields: list[str]) -> None:
    assert [fault.field for fault in pay_faults(Pay.model_validate(pay))] == fields


def test_no_pay_is_no_fault_of_the_pay() -> None:
    assert pay_faults(None) == []


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_range_holds_exactly_when_it_has_a_least_and_does_not_fall(low: int, high: int) -> None:
    faults = pay_faults(Pay(basis=PayBasis.RANGE, min_fen=low, max_fen=high))
    assert (faults == []) == (0 < low <= high)


@pytest.mark.parametrize(
    ("days", "holds"), [(-400, False), (-1, False), (0, True), (1, True), (MAX_VALID_DAYS, True), (181, False)]
)
def test_a_last_day_lies_between_today_and_half_a_year_ahead(days: int, holds: bool) -> None:
    faults = validity_faults(TODAY + timedelta(days=days), TODAY)
    assert [fault.field for fault in faults] == ([] if holds else ["valid_until"])


def test_no_last_day_yet_is_no_fault_of_a_draft() -> None:
    assert validity_faults(None, TODAY) == []


def test_every_fault_is_told_in_one_refusal() -> None:
    faults = missing_elements(content(duties="", pay=None), None)
    with pytest.raises(Invalid) as refused:
        check_fields(faults)
    assert [error.field for error in refused.value.errors] == ["duties", "pay", "valid_until"]
    assert "；" in refused.value.detail_zh
    check_fields([])


@pytest.mark.parametrize("field", sorted(VacancyPatch.model_fields))
def test_every_change_but_that_of_the_quota_is_material(field: str) -> None:
    assert is_material({field}) == (field != "referral_quota")
    assert is_material({field, "referral_quota"}) == (field != "referral_quota")


def test_no_change_is_not_material() -> None:
    assert not is_material(set())


def test_every_public_text_is_searched() -> None:
    number = "15400000003"
    said = content(
        title=number,
        occupation_stated=number,
        place={"region": "440104003", "stated": number},
        duties=number,
        requirements=number,
        skills=[{"stated": "电焊"}, {"stated": number}],
        pay={"basis": "stated", "stated": number},
    )
    found = [fault.field for fault in personal_numbers(said)]
    assert found == [
        "title", "occupation_stated", "place.stated", "duties", "requirements", "skills.1.stated", "pay.stated",
    ]  # fmt: skip
    assert personal_numbers(content()) == []


@pytest.mark.parametrize(
    ("quota", "referred", "is_frozen", "expected"),
    [(10, 3, False, 10), (10, 3, True, 3), (3, 3, True, 3), (2, 3, True, 2), (3, 3, False, 4), (0, 0, False, 1)],
)
def test_a_quota_is_moved_no_further_than_the_state_asks(
    quota: int, referred: int, is_frozen: bool, expected: int
) -> None:
    assert fitting_quota(quota, referred, is_frozen=is_frozen) == expected
