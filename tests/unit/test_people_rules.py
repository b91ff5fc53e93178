"""Registration rules, masking and the shape of a profile."""

from datetime import date

import pytest
from pydantic import ValidationError

from app.kernel.masking import mask_citizen_id, mask_name, mask_phone
from app.kernel.problems import RefusedTransition, UnknownCode
from app.people.codes import check_codes
from app.people.profile import ProfileFields, shown, stored
from app.people.rules import (
    ENDED,
    REGISTRATION,
    State,
    age_on,
    has_one_decimal,
    months_from_years,
    valid_until,
    years_from_months,
)
from app.regions.shipped import load_shipped
from app.taxonomy.shipped import load_shipped as load_taxonomy

# DOMAIN's table, written out anew: state, verb, next state. What is not here must be refused.
TABLE = {
    ("draft", "activate"): "active",
    ("draft", "cancel"): "cancelled",
    ("active", "renew"): "active",
    ("active", "freeze"): "frozen",
    ("active", "employ"): "employed",
    ("active", "lapse"): "lapsed",
    ("active", "cancel"): "cancelled",
    ("frozen", "release"): "active",
    ("frozen", "renew"): "frozen",
    ("frozen", "employ"): "employed",
    ("frozen", "lapse"): "lapsed",
    ("frozen", "cancel"): "cancelled",
    ("lapsed", "reactivate"): "active",
    ("lapsed", "cancel"): "cancelled",
}
VERBS = sorted({verb for _, verb in TABLE})


@pytest.mark.parametrize("state", [str(state) for state in State])
@pytest.mark.parametrize("verb", VERBS)
def test_every_state_takes_just_the_verbs_of_the_table(state: str, verb: str) -> None:
    if (state, verb) in TABLE:
        assert REGISTRATION.target(state, verb) == TABLE[state, verb]
    else:
        with pytest.raises(RefusedTransition):
            REGISTRATION.target(state, verb)


def test_the_table_has_no_line_that_is_not_tested() -> None:
    lines = {(source, t.verb): t.target for t in REGISTRATION.transitions for source in t.sources}
    assert lines == TABLE


def test_ended_states_are_those_without_a_verb() -> None:
    assert {state for state in State if not REGISTRATION.verbs(str(state))} == ENDED


@pytest.mark.parametrize(
    ("birth", "day", "age"),
    [
        (date(2010, 11, 23), date(2026, 11, 23), 16),
        (date(2010, 11, 24), date(2026, 11, 23), 15),
        (date(2008, 2, 29), date(2024, 2, 28), 15),
        (date(2008, 2, 29), date(2024, 2, 29), 16),
        (date(2008, 2, 29), date(2025, 2, 28), 16),
        (date(2009, 2, 28), date(2025, 2, 28), 16),
    ],
)
def test_age_counts_full_years(birth: date, day: date, age: int) -> None:
    assert age_on(birth, day) == age


def test_who_is_born_on_a_leap_day_comes_of_age_on_the_first_of_march() -> None:
    assert age_on(date(2008, 2, 29), date(2026, 2, 28)) == 17
    assert age_on(date(2008, 2, 29), date(2026, 3, 1)) == 18


def test_a_registration_holds_ninety_days_unless_said_otherwise() -> None:
    assert valid_until(date(2026, 11, 23)) == date(2027, 2, 21)
    assert valid_until(date(2026, 11, 23), 7) == date(2026, 11, 30)


def test_years_become_months() -> None:
    assert [months_from_years(years) for years in (0, 0.1, 0.5, 2.5, 10)] == [0, 1, 6, 30, 120]


def test_every_number_of_years_with_one_decimal_comes_back_as_entered() -> None:
    assert [years_from_months(months_from_years(tenth / 10)) for tenth in range(601)] == [t / 10 for t in range(601)]


def test_years_have_at_most_one_decimal() -> None:
    assert all(has_one_decimal(tenth / 10) for tenth in range(601))
    assert not has_one_decimal(2.55)


@pytest.mark.parametrize(("name", "masked"), [("张示例", "张**"), ("李四", "李*"), ("王", "*"), ("Ana Bo", "A*****")])
def test_a_masked_name_keeps_the_first_character(name: str, masked: str) -> None:
    assert mask_name(name) == masked


def test_a_masked_citizen_id_gives_away_neither_area_nor_birth_date() -> None:
    assert mask_citizen_id("990104199803120016") == "**************0016"


@pytest.mark.parametrize(
    ("phone", "masked"), [("15400000001", "154****0001"), ("020-8123456", "020****3456"), ("8123456", "*****56")]
)
def test_a_masked_phone_keeps_its_ends(phone: str, masked: str) -> None:
    assert mask_phone(phone) == masked


def test_what_was_not_asked_is_null_and_not_an_empty_list() -> None:
    untouched = stored(ProfileFields().model_dump(mode="json"))
    assert untouched["skills"] is None
    assert untouched["experience"] is None
    assert stored(ProfileFields(skills=[]).model_dump(mode="json"))["skills"] == []


def test_experience_is_kept_in_months_and_shown_in_years() -> None:
    entered = ProfileFields.model_validate({"experience": [{"occupation": "cleaner", "years": 2.5}]})
    kept = stored(entered.model_dump(mode="json"))
    assert kept["experience"] == [{"occupation": "cleaner", "stated": "", "months": 30}]
    assert shown(kept)["experience"] == [{"occupation": "cleaner", "stated": "", "years": 2.5}]


@pytest.mark.parametrize(
    "values",
    [
        {"wishes": [{"occupation": None, "stated": "  "}]},
        {"wishes": [{"stated": "a"}, {"stated": "b"}, {"stated": "c"}, {"stated": "d"}]},
        {"wishes": [{"stated": "a"}, {"stated": "a"}]},
        {"wishes": None},
        {"places": ["440104"] * 2},
        {"places": ["4401"]},
        {"skills": [{}]},
        {"experience": [{"stated": "a", "years": 2.55}]},
        {"experience": [{"stated": "a", "years": -1}]},
        {"experience": [{"stated": "a", "years": True}]},
        {"pay": {"min_fen": -1, "period": "month"}},
        {"pay": {"min_fen": 400000}},
        {"pay": {"min_fen": 4000.5, "period": "month"}},
        {"shifts": {}},
        {"shifts": {"day": "hated"}},
        {"shifts": {"noon": "preferred"}},
        {"max_hours_per_week": 0},
        {"max_hours_per_week": 85},
        {"days_off_per_month": 32},
        {"lodging_needed": "yes"},
        {"lodging_needed": 1},
        {"refusals": ["night_shift", "night_shift"]},
        {"available_from": "2026-13-01"},
        {"sex": "male"},
    ],
)
def test_a_profile_that_cannot_be_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ProfileFields.model_validate(values)


def test_every_unknown_code_of_a_profile_is_named_with_its_field_and_the_nearest() -> None:
    profile = stored(
        ProfileFields.model_validate(
            {
                "wishes": [{"stated": "帮工"}, {"occupation": "cleanr"}],
                "places": ["440104003", "440104998"],
                "home": "440199",
                "skills": [{"skill": "no-such-skill"}],
                "experience": [{"occupation": "no-such-work", "years": 1}],
                "certificates": ["no-such-paper"],
            }
        ).model_dump(mode="json")
    )
    with pytest.raises(UnknownCode) as refused:
        check_codes(profile, load_shipped(), load_taxonomy())
    errors = {error.field: error for error in refused.value.errors}
    assert set(errors) == {
        "wishes.1.occupation",
        "places.1",
        "home",
        "skills.0.skill",
        "experience.0.occupation",
        "certificates.0",
    }
    assert errors["wishes.1.occupation"].nearest[0].code == "cleaner"
    assert errors["home"].nearest[0].code == "440100"


def test_a_profile_in_which_nothing_was_asked_has_no_code_to_check() -> None:
    untouched = stored(ProfileFields().model_dump(mode="json"))
    check_codes(untouched, load_shipped(), load_taxonomy())
    assert untouched["home"] is None
