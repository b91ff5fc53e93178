"""What text may come in, and whether any of it can be seen. Pure.

Refused are the characters that change how others are shown, or are not shown at all: two texts that look alike would
not be alike, and a search for a number would miss it. Private use and unassigned code points stay: rare characters of
names are written with the ones, and newer versions of Unicode give names to the others.
"""

import re
import unicodedata

from app.kernel.problems import Unfit

# In the order of the classes: controls but tab and line breaks; surrogates; the separators U+2028 and U+2029;
# noncharacters. What Unicode calls Cf (bidirectional controls, joiners, zero widths, tags, soft hyphen) is asked of
# `unicodedata`, where the list grows with Unicode.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\ufdd0-\ufdef"
    + "".join(chr(plane + last) for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF))
    + "]"
)
# Letters and a symbol by their class, and yet nothing to see: Hangul fillers, the empty Braille pattern.
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")


def clean_text(value: str) -> str:
    """`value` in NFC; Unfit naming the character that no honest text has."""
    if value.isprintable():  # nearly always so, and then nothing forbidden is in it: all of that is unprintable
        return unicodedata.normalize("NFC", value)
    found = _FORBIDDEN.search(value)
    char = found.group() if found else _format_character(value)
    if char is not None:
        raise Unfit(f"含有不允许的字符 U+{ord(char):04X}", f"character U+{ord(char):04X} is not allowed")
    return unicodedata.normalize("NFC", value)


def is_blank(value: str) -> bool:
    """Whether nothing in `value` can be seen: spaces, marks without a letter, fillers."""
    return all(char in _FILLERS or unicodedata.category(char)[0] in "ZM" or char.isspace() for char in value)


def _format_character(value: str) -> str | None:
    if value.isascii():
        return None
    return next((char for char in value if unicodedata.category(char) == "Cf"), None)
