"""Which rows have which grams: an inverted list in three arrays, and how much of a query's grams a row shares. Pure.

A gram of one to three characters is one integer, 21 bits a character, so that all names are cut at once.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from app.lookup.forms import Forms

LEAST_GRAMS, MOST_POSTINGS = 6, 6000
_BITS = 21  # of a code point

Rows = NDArray[np.int32]
Grams = NDArray[np.int64]
# How a text is cut: (what is cut, in strings of which each ends in a null character; the sizes of its grams).
Cuts = tuple[tuple[Callable[[Forms], str], tuple[int, ...]], ...]


def _written(forms: Forms) -> str:
    return f"{forms.text}\0{forms.sound}\0{forms.accent}\0"


def _letters(forms: Forms) -> str:
    return f"^{forms.letters}$\0^{forms.letters_accent.upper()}$\0"  # in capitals, so that the two stay apart


def _initials(forms: Forms) -> str:
    return f"^{forms.initials}$\0"


WRITTEN: Cuts = ((_written, (1, 2)),)  # a text by its characters and their sounds
SPELT: Cuts = ((_letters, (3,)), (_initials, (2,)))  # a text by its letters


class Postings:
    """The rows of every gram of some texts, weighted by how rare it is."""

    def __init__(self, cuts: Cuts, texts: Sequence[Forms]) -> None:
        grams, rows = _grams(cuts, texts)
        order = np.argsort(grams, kind="stable")
        grams, rows = grams[order], rows[order]
        is_new = np.ones(len(grams), dtype=bool)
        is_new[1:] = (grams[1:] != grams[:-1]) | (rows[1:] != rows[:-1])  # a gram counts once a text
        grams, self._rows = grams[is_new], rows[is_new]
        self._known, starts = np.unique(grams, return_index=True)
        self._bounds = np.append(starts, len(grams))
        spread = np.diff(self._bounds)
        self._weights = np.log1p(len(texts) / spread)
        self.norms = np.bincount(self._rows, np.repeat(self._weights, spread), len(texts)).astype(np.float64)

    def shared(self, sought: Grams) -> tuple[list[Rows], list[float]]:
        """The rows of the telling grams among those sought, gram by gram, and the weights of these grams.

        The rarest grams tell the most, and few rows have them: 员 is in a fifth of all names and tells nothing.
        """
        if not len(self._known):
            return [], []
        places = np.searchsorted(self._known, sought).clip(max=len(self._known) - 1)
        known = places[self._known[places] == sought]
        weights = self._weights[known]
        rarest = np.argsort(-weights, kind="stable")
        known, weights = known[rarest], weights[rarest]
        begins, ends = self._bounds[known], self._bounds[known + 1]
        cheap = int(np.searchsorted(np.cumsum(ends - begins), MOST_POSTINGS, side="right"))
        telling = max(cheap, LEAST_GRAMS)
        bounds = zip(begins[:telling].tolist(), ends[:telling].tolist(), strict=True)
        return [self._rows[begin:end] for begin, end in bounds], weights[:telling].tolist()


def sought(query: Forms) -> dict[Cuts, Grams]:
    """The grams by which a query is sought, each once: by its characters, by its letters, or by both."""
    families = [WRITTEN] * query.is_written + [SPELT] * query.is_spelt or [WRITTEN]
    return {cuts: np.array(sorted(_grams_of(query, cuts)), dtype=np.int64) for cuts in families}


def _grams_of(forms: Forms, cuts: Cuts) -> set[int]:
    """The grams of one text: the same as `_grams` has for many, where numpy would cost more than it saves."""
    found = set()
    for spelling, sizes in cuts:
        codes = [ord(character) for character in spelling(forms)]
        for size in sizes:
            for piece in zip(*(codes[ahead:] for ahead in range(size)), strict=False):
                if all(piece):
                    gram = 0
                    for code in piece:
                        gram = gram << _BITS | code
                    found.add(gram)
    return found


def _grams(cuts: Cuts, texts: Sequence[Forms]) -> tuple[Grams, Rows]:
    """The grams of some texts, and the row of each: ascending within a gram, repeated where a text repeats it."""
    all_grams, all_rows = [], []
    for spelling, sizes in cuts:
        strings = [spelling(forms) for forms in texts]
        codes = np.frombuffer("".join(strings).encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.int64)
        rows = np.repeat(np.arange(len(strings), dtype=np.int32), [len(string) for string in strings])
        for size in sizes:
            count = max(len(codes) - size + 1, 0)
            grams, is_within = codes[:count].copy(), codes[:count] > 0
            for ahead in range(1, size):
                following = codes[ahead : count + ahead]
                grams = (grams << _BITS) | following
                is_within &= following > 0
            all_grams.append(grams[is_within])
            all_rows.append(rows[:count][is_within])
    return np.concatenate(all_grams), np.concatenate(all_rows)
