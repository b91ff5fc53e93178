"""Numbers that pass every check and cannot belong to anybody. Pure.

- Citizen ids begin with 9901: GB/T 2260 has no division that begins with 99, so no such number is ever issued.
- Mobile numbers begin with 154-0000: of the 15x series the numbering plan gave 154 to no network.
- Credit codes carry the division 990000, which does not exist either; both check characters hold (GB 11714, GB 32100).
"""

from datetime import date

from stdnum.cn import uscc

from app.people.citizen_id import check_character

_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_BASE_36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_KIND = {"company": "91", "shop": "92"}  # 91 a company, 92 an individual business (个体工商户)


def citizen_id(number: int, birth_on: date) -> str:
    """The citizen id of sample person `number` (0 to 98,999), born on `birth_on`."""
    area, order = divmod(number, 999)
    first_17 = f"99{101 + area:04d}{birth_on:%Y%m%d}{order + 1:03d}"
    return first_17 + check_character(first_17)


def mobile(number: int) -> str:
    """The mobile number of sample person or employer `number` (0 to 9,999)."""
    return f"1540000{number:04d}"


def credit_code(number: int, form: str) -> str:
    """The unified social credit code of sample employer `number` (0 to 999,999); `form` is company or shop."""
    organisation = f"EX{number:06d}"
    first_17 = f"{_KIND[form]}990000{organisation}{_organisation_check(organisation)}"
    return first_17 + str(uscc.calc_check_digit(first_17))


def _organisation_check(organisation: str) -> str:
    total = sum(_BASE_36.index(c) * weight for c, weight in zip(organisation, _ORGANISATION_WEIGHTS, strict=True))
    rest = 11 - total % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))
