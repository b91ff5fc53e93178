"""How characters are read: syllables without tones, in words and as surnames, and folded southern accents. Pure.

A syllable is one character of the private use area, so that rapidfuzz compares syllables as it compares letters. Most
characters have one reading that matters, the first of the dictionary of the package pypinyin, which has old ones for
many more (员 yun, 机 wei) that nobody types. `data/readings.csv` lists the characters and names that are really spoken
in more than one way (行, 长, 调), or differently as a surname (区 ou, 繁 po, 万俟 mo qi). Words say which (银行, 行走).
pypinyin's dictionaries are large, and are loaded when somebody first asks for a reading.
"""

import csv
import re
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from app.lookup.normalise import is_han, without_accents

LONGEST_SURNAME = 2
_TABLE = Path(__file__).parent / "data" / "readings.csv"
_SYLLABLES, _FOLDED = 0xE000, 0xEC00  # the private use area has room for 6,400; there are some 420 syllables
_numbers: dict[str, int] = {}
_next_number = count()

# What a southern accent does not tell apart: zh/z, ch/c, sh/s, n/l, r/l, h/f, -ng/-n. And lü is typed lv, lu and lyu.
_INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("r", "l"), ("h", "f"))
_FINAL = re.compile(r"(?<=[aei])ng$")
_FOLDED_LETTERS = (("v", "u"), ("zh", "z"), ("ch", "c"), ("sh", "s"), ("h", "f"))
_NASAL = re.compile(r"(?<=[aei])n+g+")  # where one syllable ends and the next begins nobody knows: zhang gong, zan gong
_LIQUID = re.compile(r"[nr](?=[aeiou])")
_TYPED_UMLAUT = ((re.compile(r"(?<=[ln])yu"), "v"), (re.compile(r"(?<=[jqxy])v"), "u"))


class _Spoken(NamedTuple):
    words: dict[str, tuple[str, ...]]  # character → its readings in words, the usual first
    surnames: dict[str, tuple[tuple[str, ...], ...]]  # surname → its readings, each a syllable per character


@cache
def _spoken() -> _Spoken:
    found = _Spoken({}, {})
    with _TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["words"]:
                found.words[row["character"]] = tuple(row["words"].split("|"))
            if row["surname"]:
                found.surnames[row["character"]] = tuple(tuple(one.split()) for one in row["surname"].split("|"))
    return found


@cache
def readings(character: str) -> tuple[str, ...]:
    """The readings of a Chinese character in words, without tones, the usual first; () for anything else."""
    if not is_han(character):
        return ()
    known = _first(character)
    return _spoken().words.get(character) or ((known,) if known else ())


def surname_readings(text: str) -> list[tuple[str, ...]]:
    """How the surname that `text` may begin with is read otherwise than in words: a syllable per character."""
    surnames = _spoken().surnames
    return [one for size in range(1, LONGEST_SURNAME + 1) for one in surnames.get(text[:size], ()) if len(text) >= size]


def in_words(text: str) -> tuple[str, ...] | None:
    """The syllables of `text` as its words ask for (银行 hang, 行走 xing); None if nothing is in doubt.

    One a character; what is no Chinese character stands for itself.
    """
    if all(len(readings(character)) < 2 for character in text):
        return None
    from pypinyin import lazy_pinyin

    spoken: list[str] = lazy_pinyin(text, errors=_each)
    return tuple(_fitting(character, one) for character, one in zip(text, spoken, strict=True))


@cache
def fold(syllable: str) -> str:
    """A syllable as a southern accent may say it."""
    for spoken, folded in _INITIALS:
        if syllable.startswith(spoken):
            syllable = folded + syllable[len(spoken) :]
            break
    return _FINAL.sub("n", syllable).replace("v", "u")


def fold_letters(letters: str) -> str:
    """Pinyin letters that nobody has cut into syllables, folded alike for names and queries."""
    for spoken, folded in _FOLDED_LETTERS:
        letters = letters.replace(spoken, folded)
    return _LIQUID.sub("l", _NASAL.sub("n", letters))


def typed_letters(letters: str) -> str:
    """Pinyin letters as the dictionary spells them: lyu is lv, jv is ju."""
    for pattern, spelt in _TYPED_UMLAUT:
        letters = pattern.sub(spelt, letters)
    return letters


@cache
def syllable_sign(syllable: str) -> str:
    """The one character that stands for a syllable."""
    return chr(_SYLLABLES + _number(syllable))


@cache
def folded_sign(syllable: str) -> str:
    """The one character that stands for a syllable and all that an accent makes the same."""
    return chr(_FOLDED + _number(fold(syllable)))


def without_tone(reading: str) -> str:
    """A reading of the dictionary in plain letters: lǜ is lv."""
    return "".join(letter for letter in without_accents(reading) if letter.isascii() and letter.isalpha())


def _each(others: str) -> Any:
    """What is no Chinese character, one by one. The package takes lists, though its types do not say so."""
    return list(others)


@cache
def _first(character: str) -> str:
    from pypinyin.pinyin_dict import pinyin_dict

    return without_tone(pinyin_dict.get(ord(character), "").split(",")[0])


def _fitting(character: str, said: str) -> str:
    """The reading that words ask for; the usual one where the package fell back on its dictionary's first."""
    known = readings(character)
    if not known:
        return character
    return said if said in known and said != _first(character) else known[0]


def _number(syllable: str) -> int:
    return _numbers.setdefault(syllable, next(_next_number))
