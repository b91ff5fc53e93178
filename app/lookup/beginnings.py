"""What a beginning may become: names that begin with what was typed, character by character or spelt out. Pure.

What is typed is eaten by the characters of a name from the left: by the character itself, by one that sounds the same,
by its whole syllable, by the beginning of its syllable. A chain is as good as its weakest link, so that the order of
two names seldom changes while both go on fitting: an answer is stable as letters are added.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from app.lookup.forms import Forms
from app.lookup.hit import Channel
from app.lookup.readings import readings

# What a link is worth.
SAME, HEARD, SPELT, BEGUN, SHORT = 100.0, 97.0, 96.0, 95.85, 93.0
OTHER_NAME = 1.5  # a name that is not the entry's own counts less by this
LONGER, LONGEST = 0.1, 1.0  # and by this for every character that is still missing, at most
_END = "\U0010ffff"
_LONGEST_SYLLABLE = 6

Order = tuple[list[str], NDArray[np.int32]]


class Beginnings:
    """The rows of some texts in the orders of their text, sound, letters and initials. `own` says which come first."""

    def __init__(self, texts: Sequence[Forms], own: Sequence[bool]) -> None:
        self._text = _ordered([forms.text for forms in texts])
        self._sound = _ordered([forms.sound for forms in texts])
        self._letters = _ordered([_spelt(forms.letters) for forms in texts])
        self._initials = _ordered([forms.initials for forms in texts])
        lengths = np.array([len(forms.text) for forms in texts])
        self._rank = np.empty(len(texts), dtype=np.int32)
        self._rank[np.lexsort((lengths, np.logical_not(own)))] = np.arange(len(texts), dtype=np.int32)

    def rows(self, query: Forms, most: int) -> NDArray[np.intp]:
        """The rows that may begin with the query, at most `most`: own names first, then shorter ones, then earlier."""
        found = np.unique(np.concatenate(list(self._ranges(query))))
        best = np.argsort(self._rank[found])[:most]
        return found[best].astype(np.intp)

    def _ranges(self, query: Forms) -> Iterator[NDArray[np.int32]]:
        written = next((at for at, sign in enumerate(query.text) if sign.isascii()), len(query.text))
        if written:
            yield _range(self._text, query.text[:written])
            yield _range(self._sound, query.sound[:written])
            return
        spelt = _spelt(_first_letters(query.text))
        yield _range(self._letters, spelt)
        yield _range(self._initials, spelt)
        # Some syllables spelt out and others cut short: the second begins somewhere behind the first.
        seconds = dict.fromkeys(spelt[1 : _LONGEST_SYLLABLE + 1]) if len(spelt) > 2 else ()
        yield from (_range(self._initials, spelt[0] + second) for second in seconds)


def fit(typed: str, name: Forms, *, is_own: bool) -> float:
    """How well a name begins with what was typed, 0 to 100; 0 if it does not."""
    reached = {0: SAME}
    best = 0.0
    for place, (character, syllable) in enumerate(zip(name.text, name.spelling.split(" "), strict=True), start=1):
        after: dict[int, float] = {}
        for at, worth in reached.items():
            for end, link in _links(typed, at, character, syllable):
                after[end] = max(after.get(end, 0.0), min(worth, link))
        if len(typed) in after:
            missing = min(LONGER * (len(name.text) - place), LONGEST)
            best = max(best, after.pop(len(typed)) - missing)
        reached = after
        if not reached:
            break
    return best - OTHER_NAME * (not is_own) if best else 0.0


def channel_of(typed: Forms, name: Forms, worth: float) -> Channel:
    """By what a beginning was recognised that is worth so much."""
    if name.text.startswith(typed.text):
        return Channel.TEXT
    if not typed.is_spelt:
        return Channel.SOUND
    return Channel.PINYIN if worth > SHORT else Channel.INITIALS


def _links(typed: str, at: int, character: str, syllable: str) -> Iterator[tuple[int, float]]:
    """(end, worth) of every way in which this character eats what was typed from `at` on."""
    here = typed[at]
    if not here.isascii():
        if here == character or syllable in readings(here):
            yield at + 1, SAME if here == character else HEARD
        return
    spelt = _spelt(syllable)
    most = min(len(spelt), len(typed) - at)
    for size in range(1, most + 1):
        if typed[at + size - 1] not in (spelt[size - 1], syllable[size - 1]):
            return
        end = at + size
        yield end, SPELT if size == len(spelt) else BEGUN if end == len(typed) else SHORT


def _first_letters(text: str) -> str:
    return text[: next((at for at, sign in enumerate(text) if not sign.isascii()), len(text))]


def _spelt(letters: str) -> str:
    return letters.replace("v", "u")


def _ordered(keys: Sequence[str]) -> Order:
    order = sorted(range(len(keys)), key=keys.__getitem__)
    return [keys[row] for row in order], np.array(order, dtype=np.int32)


def _range(order: Order, beginning: str) -> NDArray[np.int32]:
    keys, rows = order
    return rows[bisect_left(keys, beginning) : bisect_left(keys, beginning + _END)]
