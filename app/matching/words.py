"""How alike two stated names are, for what has no concept: normalised, then rapidfuzz's plain ratio. Pure.

WRatio, partial and token scorers are never used: on Chinese, which is not spaced, they measure worse than the plain
ratio. Typing errors, pinyin and traditional characters are the business of the lookup floor, not of this module.
"""

import unicodedata
from functools import lru_cache

from rapidfuzz.distance import Indel

_MEANT = "+#"  # C, C++ and C# are three skills


@lru_cache(maxsize=65_536)  # names recur: each is compared with many others
def normalise(text: str) -> str:
    """`text` in one width and case, without spaces and punctuation."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if character.isalnum() or character in _MEANT)


def alike(a: str, b: str) -> int:
    """`rapidfuzz.fuzz.ratio` of the two normalised texts, floored, 0 to 100; 0 if either is empty.

    Computed from the same distance in integers, so that no machine's rounding can move a point.
    """
    a, b = normalise(a), normalise(b)
    if not a or not b:
        return 0
    length = len(a) + len(b)
    return 100 * (length - Indel.distance(a, b)) // length
