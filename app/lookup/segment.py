"""One part of an index, never changed once it is made: the forms of its names and the postings of their grams."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from copy import copy

import numpy as np
from numpy.typing import NDArray

from app.lookup.forms import Forms, spelt_grams, variants, written_grams
from app.lookup.normalise import normalise

Entry = tuple[str, Sequence[str]]
Rows = NDArray[np.int32]
LEAST_GRAMS, MOST_POSTINGS = 6, 6000
USUAL, RARER = 1.0, 0.985  # a name in another than its usual reading counts a little less


class Family:
    """The postings of one kind of grams, weighted by how rare a gram is."""

    def __init__(self, grams: Callable[[Forms], set[str]], rows: Sequence[Forms]) -> None:
        self._grams = grams
        postings: dict[str, list[int]] = defaultdict(list)
        for row, forms in enumerate(rows):
            for gram in grams(forms):
                postings[gram].append(row)
        self._postings = {gram: np.array(found, dtype=np.int32) for gram, found in postings.items()}
        self._weights = {gram: float(np.log1p(len(rows) / len(found))) for gram, found in postings.items()}
        self.norms = np.zeros(len(rows))
        for gram, found in self._postings.items():
            self.norms[found] += self._weights[gram]

    def _telling(self, grams: list[str]) -> list[str]:
        """The rarest grams, as many as cost little to look through: 员 is in a fifth of all names and tells nothing."""
        kept: list[str] = []
        cost = 0
        for gram in grams:
            cost += len(self._postings[gram])
            if len(kept) >= LEAST_GRAMS and cost > MOST_POSTINGS:
                break
            kept.append(gram)
        return kept

    def shared(self, query: Forms) -> tuple[NDArray[np.float64], float]:
        """Per row the weight of the grams it shares with the query, and the weight of all that the query has here."""
        known = sorted((gram for gram in self._grams(query) if gram in self._postings), key=self._weights.__getitem__)
        known = self._telling(known[::-1])
        if not known:
            return np.zeros(len(self.norms)), 0.0
        postings = [self._postings[gram] for gram in known]
        weights = [self._weights[gram] for gram in known]
        spread = np.repeat(weights, [len(rows) for rows in postings])
        shared = np.bincount(np.concatenate(postings), spread, len(self.norms)).astype(np.float64)
        return shared, sum(weights)


class Segment:
    """Rows of names, one per name and reading: `ids`, `names`, `forms` and `trust` (1 for the usual reading)."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = tuple((id_, tuple(names)) for id_, names in entries)
        self.ids: list[str] = []
        self.names: list[str] = []
        self.forms: list[Forms] = []
        trust: list[float] = []
        for id_, names in self.entries:
            for name in names:
                for number, forms in enumerate(variants(normalise(name))):
                    if forms.text:
                        self.ids.append(id_)
                        self.names.append(name)
                        self.forms.append(forms)
                        trust.append(RARER if number else USUAL)
        self.trust = np.array(trust)
        self._written = Family(written_grams, self.forms)
        self._spelt = Family(spelt_grams, self.forms)

    def without(self, gone: frozenset[str]) -> "Segment":
        """The same segment, but for the entries with these ids."""
        kept = copy(self)
        kept.entries = tuple(entry for entry in self.entries if entry[0] not in gone)
        kept.trust = np.where([id_ in gone for id_ in self.ids], 0.0, self.trust)
        return kept

    def candidates(self, query: Forms, most: int, *, prefix: bool) -> NDArray[np.intp]:
        """The rows that share the most with the query, in no order. With `prefix` what a name has more is no fault."""
        if not self.ids:
            return np.empty(0, dtype=np.intp)
        families = [self._written] * query.is_written + [self._spelt] * query.is_spelt
        parts = [family.shared(query) for family in families or [self._written]]
        found = sum((part for part, _ in parts), np.zeros(len(self.ids))) * self.trust
        likeness = found
        if not prefix:
            norms = sum((family.norms for family in families), np.zeros(len(self.ids)))
            likeness = found / (norms + sum(weight for _, weight in parts) + 1e-9)
        rows = np.flatnonzero(found)
        if len(rows) > most:
            rows = rows[np.argpartition(-likeness[rows], most)[:most]]
        return rows
