"""Text as it is compared: one width, one script, one case, no spaces and no punctuation. Pure."""

import re
import unicodedata
from functools import cache

import opencc

_DROPPED = re.compile(r"[\W_]+", re.UNICODE)
_MARK = re.compile(r"[\u0300-\u036f]")
# The marks of a tone may stand between u and its dots, or behind them: lǜ is l, u, dots, grave.
_UMLAUTS = (
    (re.compile(r"(?<=[ln])u[\u0300-\u036f]*\u0308"), "v"),
    (re.compile(r"(?<=[jqxy])u[\u0300-\u036f]*\u0308"), "u"),
    (re.compile(r"(?<![a-z])u[\u0300-\u036f]*\u0308"), "yu"),
)
_MARKS_OF_LETTERS = re.compile(r"(?<=[a-z])[\u0300-\u036f]+")
_KEPT_SIGNS = str.maketrans({"+": "p", "#": "s"})  # C++ and C# are not C


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


@cache
def _is_converted(character: str) -> bool:
    """Whether it may be traditional: most texts have no such character, and converting is slow."""
    return not character.isascii() and _converter().convert(character) != character


def plain(text: str) -> str:
    """`text` in NFKC and simplified characters, its case folded; spaces and punctuation stay."""
    whole = unicodedata.normalize("NFKC", text)
    if any(map(_is_converted, whole)):
        whole = _converter().convert(whole)
    return whole.casefold()


def normalise(text: str) -> str:
    """`text` as it is compared: plain, Latin letters without accents, no spaces, no punctuation. May be empty."""
    letters = plain(text).translate(_KEPT_SIGNS)
    if not letters.isascii():
        letters = without_accents(letters)
    return _DROPPED.sub("", letters)


def without_accents(text: str) -> str:
    """Latin letters without accents and tones. ü is typed as in pinyin: v after l and n, yu where it begins, else u."""
    apart = unicodedata.normalize("NFD", text)
    if _MARK.search(apart):
        for written, typed in _UMLAUTS:
            apart = written.sub(typed, apart)
        apart = _MARKS_OF_LETTERS.sub("", apart)
    return unicodedata.normalize("NFC", apart)


def is_han(character: str) -> bool:
    """Whether it is a Chinese character of the basic plane."""
    return "\u3400" <= character <= "\u9fff"
