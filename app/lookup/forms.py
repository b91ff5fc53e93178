"""The forms in which one text is compared, channel by channel, and the grams that find it. Pure."""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from app.lookup.readings import fold_letters, folded_sign, readings, syllable_sign

MAX_VARIANTS = 5


class Forms(NamedTuple):
    """One normalised text in one reading of its characters, in the order of `hit.Channel`."""

    text: str
    order: str
    sound: str
    accent: str
    letters: str
    letters_accent: str
    initials: str

    @property
    def is_spelt(self) -> bool:
        """Whether letters were typed: only then do letters say more than sounds."""
        return any(character.isascii() and character.isalpha() for character in self.text)

    @property
    def is_written(self) -> bool:
        """Whether characters were written."""
        return not self.text.isascii()


def forms_of(text: str, *, at: int = -1, reading: int = 0) -> Forms:
    """The forms of a normalised text in its usual reading, but for the character at `at`, read in its `reading`-th."""
    signs = [_signs(character, reading if place == at else 0) for place, character in enumerate(text)]
    sound, accent, letters, initials = ("".join(part) for part in zip(*signs, strict=True)) if signs else ("",) * 4
    return Forms(text, "".join(sorted(text)), sound, accent, letters, fold_letters(letters), initials)


def variants(text: str) -> Iterator[Forms]:
    """The forms of a normalised name: as usually read, then with each other reading of one character, at most five."""
    yield forms_of(text)
    others = ((at, number) for at, character in enumerate(text) for number in range(1, len(readings(character))))
    for (at, number), _ in zip(others, range(1, MAX_VARIANTS), strict=False):
        yield forms_of(text, at=at, reading=number)


def as_query(forms: Forms) -> Forms:
    """The forms of what was typed: letters alone may be initials, and are compared as such."""
    return forms if forms.is_written else forms._replace(initials=forms.text)


def written_grams(forms: Forms) -> set[str]:
    """What finds a text by its characters and their sounds: single signs and pairs."""
    found: set[str] = set()
    for form in (forms.text, forms.sound, forms.accent):
        found.update(form)
        found.update(form[at : at + 2] for at in range(len(form) - 1))
    return found


def spelt_grams(forms: Forms) -> set[str]:
    """What finds a text by its letters: triples of the pinyin, pairs of the initials, told apart by a sign before."""
    found: set[str] = set()
    for sign, form, size in (("=", forms.letters, 3), ("~", forms.letters_accent, 3), (".", forms.initials, 2)):
        bounded = f"^{form}$"
        found.update(sign + bounded[at : at + size] for at in range(len(bounded) - size + 1))
    return found


@cache
def _signs(character: str, reading: int) -> tuple[str, str, str, str]:
    """(sound, accent, letters, initial) of one character in one of its readings."""
    known = readings(character)
    if known:
        syllable = known[reading]
        return syllable_sign(syllable), folded_sign(syllable), syllable, syllable[:1]
    spelt = character if character.isascii() else ""
    return character, character, spelt, spelt
