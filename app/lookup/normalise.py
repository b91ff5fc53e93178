"""Text as it is compared: one width, one script, one case, no spaces and no punctuation. Pure."""

import re
import unicodedata
from functools import cache

import opencc

_DROPPED = re.compile(r"[\W_]+", re.UNICODE)
_KEPT_SIGNS = str.maketrans({"+": "p", "#": "s", "＋": "p", "＃": "s"})  # C++ and C# are not C


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def normalise(text: str) -> str:
    """`text` in NFKC, simplified characters, folded case, without spaces and punctuation. May be empty."""
    plain = unicodedata.normalize("NFKC", text)
    if not plain.isascii():
        plain = _converter().convert(plain)
    return _DROPPED.sub("", plain.casefold().translate(_KEPT_SIGNS))


def is_han(character: str) -> bool:
    """Whether it is a Chinese character of the basic plane."""
    return "\u3400" <= character <= "\u9fff"
