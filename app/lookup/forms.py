"""The forms in which one text is compared, channel by channel. Pure."""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice
from typing import NamedTuple

from app.lookup.readings import (
    fold_letters,
    folded_sign,
    in_words,
    readings,
    surname_readings,
    syllable_sign,
    typed_letters,
)

MAX_VARIANTS = 6


class Forms(NamedTuple):
    """One normalised text in one reading of its characters: first in the order of `hit.Channel`, then as it is spelt.

    `spelling` has a syllable for every character, with spaces between; what is no Chinese character stands for itself.
    """

    text: str
    order: str
    sound: str
    accent: str
    letters: str
    letters_accent: str
    initials: str
    spelling: str

    @property
    def is_spelt(self) -> bool:
        """Whether letters were typed: only then do letters say more than sounds."""
        return any(character.isascii() and character.isalpha() for character in self.text)

    @property
    def is_written(self) -> bool:
        """Whether characters were written."""
        return not self.text.isascii()


def forms_of(text: str) -> Forms:
    """The forms of a normalised text as it is usually read."""
    return _read(text, in_words(text) or _usual(text))


def variants(text: str) -> Iterator[Forms]:
    """The forms of a normalised name in each way it may be read, six at most: the usual first, no two the same.

    As its words ask for; as its surname is read, if it may be one; character by character; and with each other
    reading of one character.
    """
    by_character = _usual(text)
    usual = in_words(text) or by_character
    ways = dict.fromkeys([usual])
    for surname in surname_readings(text):
        ways[(*surname, *usual[len(surname) :])] = None
    ways[by_character] = None
    for at, character in enumerate(text):
        for reading in readings(character):
            if reading == usual[at]:
                continue
            ways[(*usual[:at], reading, *usual[at + 1 :])] = None
    for way in islice(ways, MAX_VARIANTS):
        yield _read(text, way)


def as_query(forms: Forms) -> Forms:
    """The forms of what was typed: letters alone may be initials, and are compared as such; lyu is spelt lv."""
    if forms.is_written:
        return forms
    letters = typed_letters(forms.letters)
    return forms._replace(initials=forms.text, letters=letters, letters_accent=fold_letters(letters))


def _usual(text: str) -> tuple[str, ...]:
    return tuple((readings(character) or (character,))[0] for character in text)


def _read(text: str, syllables: Sequence[str]) -> Forms:
    signs = [_signs(character, syllable) for character, syllable in zip(text, syllables, strict=True)]
    sound, accent, letters, initials = ("".join(part) for part in zip(*signs, strict=True)) if signs else ("",) * 4
    return Forms(
        text, "".join(sorted(text)), sound, accent, letters, fold_letters(letters), initials, " ".join(syllables)
    )


@cache
def _signs(character: str, syllable: str) -> tuple[str, str, str, str]:
    """(sound, accent, letters, initial) of one character read as `syllable`."""
    if syllable != character:
        return syllable_sign(syllable), folded_sign(syllable), syllable, syllable[:1]
    spelt = character if character.isascii() else ""
    return character, character, spelt, spelt
