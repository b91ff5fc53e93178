"""One part of an index, never changed once it is made: its rows, one per name and reading, and what finds them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from itertools import compress
from typing import NamedTuple

import numpy as np

from app.lookup.beginnings import Beginnings
from app.lookup.forms import Forms, variants
from app.lookup.normalise import normalise
from app.lookup.postings import SPELT, WRITTEN, Cuts, Grams, Postings

Entry = tuple[str, Sequence[str]]
MOST_DEAD = 4
USUAL, RARER = 1.0, 0.985  # a name in another than its usual reading counts a little less


class Row(NamedTuple):
    """One name of one entry in one reading. `is_own`: it is the entry's own name, not one of its others."""

    id: str
    name: str
    forms: Forms
    is_own: bool
    trust: float


def rows_of(entries: Iterable[Entry], named: set[str]) -> Iterator[Row]:
    """The rows of some entries. The first name is an entry's own, unless its id is among `named`, which grows."""
    for id_, names in entries:
        for place, name in enumerate(names):
            is_own = place == 0 and id_ not in named
            for number, forms in enumerate(variants(normalise(name))):
                if forms.text:
                    yield Row(id_, name, forms, is_own, RARER if number else USUAL)
        named.add(id_)


class Segment:
    """Some rows. Those of ids that were taken out are never found; they stay until they are a fourth of all."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self.rows = list(rows)
        self._lives = np.ones(len(self.rows), dtype=bool)
        texts = [row.forms for row in self.rows]
        self._postings = {cuts: Postings(cuts, texts) for cuts in (WRITTEN, SPELT)}
        self._beginnings = Beginnings(texts, [row.is_own for row in self.rows])

    def __len__(self) -> int:
        return len(self.rows)

    def living(self) -> Iterator[Row]:
        """The rows that may be found."""
        return compress(self.rows, self._lives)

    def without(self, gone: frozenset[str]) -> "Segment":
        """The segment but for the rows with these ids."""
        lives = self._lives & np.array([row.id not in gone for row in self.rows], dtype=bool)
        if (len(self.rows) - np.count_nonzero(lives)) * MOST_DEAD > len(self.rows):
            return Segment(compress(self.rows, lives))
        kept = copy(self)
        kept._lives = lives  # noqa: SLF001  # a copy of ours
        return kept

    def candidates(self, grams: Mapping[Cuts, Grams], most: int, *, prefix: bool) -> list[tuple[float, Row]]:
        """The rows that share the most with the grams, and how much, in no order.

        With `prefix` what a name has more is no fault.
        """
        rows, weights = [], []
        for cuts, sought in grams.items():
            its_rows, its_weights = self._postings[cuts].shared(sought)
            rows += its_rows
            weights += its_weights
        if not rows:
            return []
        spread = np.repeat(weights, [len(some) for some in rows])
        shared = np.bincount(np.concatenate(rows), spread, len(self.rows))
        found = np.flatnonzero((shared > 0) & self._lives)
        likeness = shared[found].astype(np.float64)
        if not prefix:
            norms = sum(self._postings[cuts].norms[found] for cuts in grams)
            likeness = likeness / (norms + sum(weights))
        if len(found) > most:
            best = np.argpartition(-likeness, most)[:most]
            found, likeness = found[best], likeness[best]
        return [(share, self.rows[place]) for share, place in zip(likeness.tolist(), found.tolist(), strict=True)]

    def begun(self, query: Forms, most: int) -> list[Row]:
        """The rows that may begin with the query, own and shorter names first, at most `most`."""
        rows = self._beginnings.rows(query, most)
        return [self.rows[place] for place in rows[self._lives[rows]].tolist()]
