"""The citizen id: shape, date, check character; the area is only a hint."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.people.citizen_id import CitizenId, NotACitizenId, check_character, normalise, parse_citizen_id

TODAY = date(2026, 11, 23)
# The example printed in GB 11643-1999 itself, a man and a woman.
STANDARD = ["11010519491231002X", "440524188001010014"]
FICTITIOUS = "990104199803120016"


def refusal(text: str) -> NotACitizenId:
    with pytest.raises(NotACitizenId) as refused:
        parse_citizen_id(text, TODAY)
    return refused.value


def test_the_standards_own_example_holds() -> None:
    identity = parse_citizen_id("11010519491231002X", TODAY)
    assert identity.birth_on == date(1949, 12, 31)
    assert identity.sex == "female"
    assert identity.is_area_plausible


def test_the_standards_second_example_has_the_right_check_character() -> None:
    assert check_character("44052418800101001") == "4"


@pytest.mark.parametrize(
    "typed", ["11010519491231002x", " 110105 19491231 002X ", "１１０１０５１９４９１２３１００２Ｘ"]
)
def test_spaces_small_x_and_full_width_digits_are_read(typed: str) -> None:
    assert parse_citizen_id(typed, TODAY).number == "11010519491231002X"
    assert normalise(typed) == "11010519491231002X"


def test_an_unassigned_area_is_a_hint_not_a_refusal() -> None:
    identity = parse_citizen_id(FICTITIOUS, TODAY)
    assert not identity.is_area_plausible
    assert identity.birth_on == date(1998, 3, 12)
    assert identity.sex == "male"


def test_a_foreigners_permanent_residence_card_is_plausible() -> None:
    front = "94415619900101001"
    assert parse_citizen_id(front + check_character(front), TODAY).is_area_plausible


def test_an_old_number_of_fifteen_digits_is_refused_by_name() -> None:
    error = refusal("110105491231002")
    assert "15 位" in error.zh
    assert "18" in error.en


@pytest.mark.parametrize("typed", ["", "12345", "11010519491231002Y", "1101051949123100X2", "110105194912310021 1"])
def test_a_wrong_shape_is_refused(typed: str) -> None:
    assert "18 characters" in refusal(typed).en


@pytest.mark.parametrize("birth", ["19990230", "19991301", "18991231", "20261124", "00000000"])
def test_an_impossible_birth_date_is_refused(birth: str) -> None:
    front = f"990104{birth}001"
    assert "birth date" in refusal(front + check_character(front)).en


def test_whoever_is_born_today_has_a_possible_birth_date() -> None:
    front = "99010420261123001"
    assert parse_citizen_id(front + check_character(front), TODAY).birth_on == TODAY


def test_a_refusal_never_repeats_what_was_typed() -> None:
    error = refusal("990104199803120017")
    assert "check character" in error.en
    assert "990104" not in error.en + error.zh + repr(error)


def test_an_identity_shows_nothing_of_itself_in_a_log() -> None:
    assert "1998" not in repr(CitizenId(FICTITIOUS))


@given(st.integers(0, 10**17 - 1), st.integers(0, 16), st.integers(1, 9))
def test_the_check_character_finds_every_single_wrong_digit(number: int, place: int, by: int) -> None:
    front = f"{number:017d}"
    wrong = front[:place] + str((int(front[place]) + by) % 10) + front[place + 1 :]
    assert check_character(front) != check_character(wrong)


@given(st.integers(0, 10**17 - 1), st.integers(0, 15))
def test_the_check_character_finds_neighbours_that_changed_places(number: int, place: int) -> None:
    front = f"{number:017d}"
    turned = front[:place] + front[place + 1] + front[place] + front[place + 2 :]
    assert front == turned or check_character(front) != check_character(turned)
