"""How cells are written: one spelling to compare and read, and small Chinese numbers. Pure."""

import re
import unicodedata
from dataclasses import dataclass

from app.kernel.problems import Invalid, invalid

_DIGITS = {"零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_CHINESE_NUMBER = re.compile("[零一二两三四五六七八九十]+")
DASH = "(?:-|~|—|–|‐|‑|―|至|到)+"  # every dash that forms are filled in with


@dataclass(frozen=True, slots=True)
class Note:
    """Something about a row that was understood by a convention, or only kept as words."""

    field: str
    zh: str
    en: str


def folded(text: str) -> str:
    """`text` in the one spelling that is read: NFKC, lower case, without any blanks."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def with_arabic_numbers(text: str) -> str:
    """`text` with Chinese numbers up to 99 written in digits: 三年 → 3年, 十五 → 15. Anything longer stays."""
    return _CHINESE_NUMBER.sub(lambda found: _arabic(found.group()), text)


def _arabic(word: str) -> str:
    tens, ten, ones = word.partition("十")
    if len(tens) > 1 or len(ones) > 1 or "十" in ones:
        return word
    if not ten:
        return str(_DIGITS[word])
    return str((_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0))


def not_understood(field: str, text: str, zh: str, en: str) -> Invalid:
    """The refusal of a cell that cannot be read; `zh` and `en` say what can be."""
    shown = text if len(text) <= 40 else text[:40] + "…"
    return invalid(field, f"“{shown}”看不懂；{zh}", f"'{shown}' is not understood; {en}")
