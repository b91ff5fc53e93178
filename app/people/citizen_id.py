"""The citizen's identity number 公民身份号码 (GB 11643-1999): shape, birth date, check character. Pure.

Whether a number was issued cannot be told from its digits, and the list of area codes that were ever valid is longer
than any table of today's. So the area is only a hint (`is_area_plausible`), never a reason to turn a person away.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

_SHAPE = re.compile(r"[0-9]{17}[0-9X]")
_OLD_SHAPE = re.compile(r"[0-9]{15}")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_EARLIEST_BIRTH = date(1900, 1, 1)
# First two digits after GB/T 2260; 81, 82, 83 are residence permits for people from Hong Kong, Macao and Taiwan,
# 91 to 96 stand on permanent residence cards of foreigners, which begin with 9 and a province's first digit.
# fmt: off
_PROVINCES = frozenset((
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41",
    "42", "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71",
    "81", "82", "83", "91", "92", "93", "94", "95", "96",
))
# fmt: on


class NotACitizenId(ValueError):
    """Why a text is no citizen id, in both languages; never repeats the text."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


@dataclass(frozen=True, repr=False)
class CitizenId:
    """A number whose shape, date and check character hold. Has no `repr`, so that it cannot slip into a log."""

    number: str

    @property
    def birth_on(self) -> date:
        return date(int(self.number[6:10]), int(self.number[10:12]), int(self.number[12:14]))

    @property
    def sex(self) -> str:
        """`male` or `female`, after the 17th digit (odd is male). Never used in matching."""
        return "male" if int(self.number[16]) % 2 else "female"

    @property
    def is_area_plausible(self) -> bool:
        """Whether the first two digits stand for a province; a hint to look twice, no more."""
        return self.number[:2] in _PROVINCES


def check_character(first_17: str) -> str:
    """The 18th character for 17 digits: ISO 7064 MOD 11-2."""
    return _CHECK[sum(int(digit) * weight for digit, weight in zip(first_17, _WEIGHTS, strict=True)) % 11]


def normalise(text: str) -> str:
    """`text` without spaces, full-width characters made narrow, x made X."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def parse_citizen_id(text: str, today: date) -> CitizenId:
    """The citizen id in `text` (spaces, full-width digits and a small x allowed); NotACitizenId says what is wrong."""
    number = normalise(text)
    if _OLD_SHAPE.fullmatch(number):
        raise NotACitizenId(
            "15 位旧号已于 2013 年停用，请录入 18 位公民身份号码",
            "numbers of 15 digits ended in 2013; enter the one of 18 characters",
        )
    if not _SHAPE.fullmatch(number):
        raise NotACitizenId(
            "公民身份号码应为 18 位：17 位数字加一位数字或 X",
            "a citizen id has 18 characters: 17 digits, then a digit or X",
        )
    try:
        birth_on = CitizenId(number).birth_on
    except ValueError:
        birth_on = None
    if birth_on is None or not _EARLIEST_BIRTH <= birth_on <= today:
        raise NotACitizenId("第 7 至 14 位不是有效的出生日期", "characters 7 to 14 are no possible birth date")
    if check_character(number[:17]) != number[17]:
        raise NotACitizenId(
            "校验位不符，请核对是否有一位录错", "the check character does not fit; is a digit mistyped?"
        )
    return CitizenId(number)
