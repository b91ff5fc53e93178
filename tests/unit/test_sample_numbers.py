"""The numbers of the sample: every check holds, and none can belong to anybody."""

from datetime import date

import pytest

from app.cli.sample import numbers
from app.employers.rules import check_uscc
from app.people.citizen_id import parse_citizen_id
from app.regions.shipped import shipped_regions

TODAY = date(2026, 11, 23)
BORN = date(1988, 2, 29)


@pytest.mark.parametrize("number", [0, 1, 998, 999, 98_900])
def test_a_citizen_id_passes_the_check_and_begins_with_no_province(number: int) -> None:
    identity = parse_citizen_id(numbers.citizen_id(number, BORN), TODAY)
    assert identity.birth_on == BORN
    assert not identity.is_area_plausible
    assert identity.number.startswith("9901")


def test_citizen_ids_of_different_people_differ_even_when_born_on_one_day() -> None:
    assert len({numbers.citizen_id(number, BORN) for number in range(3000)}) == 3000


@pytest.mark.parametrize("form", ["company", "shop"])
def test_a_credit_code_passes_the_check_and_lies_in_no_division(form: str) -> None:
    code = numbers.credit_code(7, form)
    assert check_uscc(code) == code
    assert code[2:8] not in {region.code for region in shipped_regions()}
    assert code[2:8] == "990000"


def test_the_check_character_of_the_organisation_inside_a_credit_code_holds() -> None:
    # 91110000600037341L is the example of python-stdnum: organisation 60003734, check character 1.
    assert numbers._organisation_check("60003734") == "1"


def test_mobile_numbers_begin_with_a_prefix_that_no_network_has() -> None:
    assert numbers.mobile(12) == "15400000012"
    assert len(numbers.mobile(9999)) == 11
