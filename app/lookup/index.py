"""FuzzyIndex: the names of a vocabulary, found by text, sound, accent, pinyin or initials.

A search takes two steps. Grams of all forms, weighted by how rare they are, choose a few dozen candidates (numpy: the
cost grows with the postings of the query's grams); `likeness` then compares the candidates form by form. What was typed
is tried as it stands and in parts (`noise`), and a part costs the more, the more was left out. With `prefix` names that
truly begin with what was typed come first (`beginnings`), and what is only like a beginning after them.

Readers need no lock: a change makes new segments and replaces one tuple. There are three, so that a search costs the
same after many additions: an addition is merged with the recent rows, these now and then with the middle, and seldom
the middle with the base.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from heapq import nlargest, nsmallest
from operator import itemgetter
from typing import NamedTuple

import numpy as np

from app.lookup.beginnings import channel_of, fit
from app.lookup.forms import Forms, as_query, forms_of
from app.lookup.hit import Channel, Hit
from app.lookup.likeness import compare
from app.lookup.noise import Left, parts
from app.lookup.normalise import normalise
from app.lookup.postings import sought
from app.lookup.readings import typed_letters
from app.lookup.segment import Entry, Row, Segment, rows_of

CANDIDATES, BEGUN = 64, 128  # rows that are compared
MAX_QUERY = 400  # characters of a query that are looked at
COSTS = {Left.NOTHING: 0.0, Left.NOISE: 0.5, Left.DOUBT: 2.0, Left.ASIDE: 8.0, Left.CONTENT: 8.0}
LIKE_A_BEGINNING = 0.88  # of the score: never before a name that begins so
RECENT, MIDDLE = 256, 4096  # rows of the small segments
BASE_TO_MIDDLE = 4  # or this part of the base, if it is more


class _Found(NamedTuple):
    score: float
    together: float
    row: Row
    channel: Channel


_Best = dict[str, _Found]


class FuzzyIndex:
    """An index over entries (id, names). Ids may repeat; the best name of an id counts, the first is its own."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._writing = threading.Lock()
        self._named: set[str] = set()
        # The base, the middle and the recent rows.
        self._segments = Segment(rows_of(entries, self._named)), Segment(), Segment()

    def add(self, entries: Iterable[Entry]) -> None:
        """Add entries; a reader sees all of them or none."""
        with self._writing:
            rows = list(rows_of(entries, self._named))
            base, middle, recent = self._segments
            rows = [*recent.living(), *rows]
            if len(rows) <= RECENT:
                self._segments = base, middle, Segment(rows)
                return
            rows = [*middle.living(), *rows]
            if len(rows) <= max(MIDDLE, len(base) // BASE_TO_MIDDLE):
                self._segments = base, Segment(rows), Segment()
            else:
                self._segments = Segment([*base.living(), *rows]), Segment(), Segment()

    def remove(self, ids: Iterable[str]) -> None:
        """Take out every entry with one of these ids; a reader sees all of them or none."""
        gone = frozenset(ids)
        with self._writing:
            self._named -= gone
            base, middle, recent = (segment.without(gone) for segment in self._segments)
            self._segments = base, middle, recent

    def search(self, text: str, limit: int = 10, *, prefix: bool = False) -> list[Hit]:
        """The best `limit` entries for what was typed, best first; with `prefix` it may be the beginning of a name."""
        segments = [segment for segment in self._segments if len(segment)]
        best: _Best = {}
        for query, cost in _queries(text[:MAX_QUERY], prefix=prefix):
            if best and max(found.score for found in best.values()) >= 100 - cost:
                break  # what is left of a text cannot be nearer than the text was
            if prefix:
                _begin(segments, query, cost, best)
            if not prefix or len(best) < limit:
                _compare(segments, query, cost, best, limit, prefix=prefix)
        ranked = nsmallest(limit, best.values(), key=_order)
        return [Hit(found.row.id, found.score, found.row.name, found.channel) for found in ranked]


def _order(found: _Found) -> tuple[float, float, int, str]:
    return -found.score, -found.together, len(found.row.id), found.row.id


def _queries(text: str, *, prefix: bool) -> Iterator[tuple[Forms, float]]:
    """What was typed and what is left of it without the noise around a name, each with what it costs."""
    seen: set[str] = set()
    for part in parts(text):
        written = normalise(part.text)
        if written and written not in seen and not (prefix and part.left > Left.NOISE):
            seen.add(written)
            yield as_query(forms_of(written)), COSTS[part.left]


def _begin(segments: Sequence[Segment], query: Forms, cost: float, best: _Best) -> None:
    """Keep the names that begin with the query, the best of each id."""
    typed = typed_letters(query.text)
    for segment in segments:
        for place, row in enumerate(segment.begun(query, BEGUN)):
            worth = fit(typed, row.forms, is_own=row.is_own)
            if worth:
                _keep(best, _Found(worth * row.trust - cost, -place, row, channel_of(query, row.forms, worth)))


def _compare(segments: Sequence[Segment], query: Forms, cost: float, best: _Best, limit: int, *, prefix: bool) -> None:
    """Compare the candidates of every segment with the query, and keep the best `limit` ids by their best names."""
    grams = sought(query)
    shares = [one for segment in segments for one in segment.candidates(grams, CANDIDATES, prefix=prefix)]
    if not shares:
        return
    if len(segments) > 1:
        shares = nlargest(CANDIDATES, shares, key=itemgetter(0))
    rows = [row for _, row in shares]
    likeness = compare(query, [row.forms for row in rows], np.array([row.trust for row in rows]), prefix=prefix)
    scores = np.maximum(likeness.best * (LIKE_A_BEGINNING if prefix else 1.0) - cost, 0.0)
    seen: set[str] = set()
    for place in np.lexsort((-likeness.together, -scores)).tolist():
        row = rows[place]
        if row.id not in seen:
            seen.add(row.id)
            _keep(best, _Found(float(scores[place]), float(likeness.together[place]), row, likeness.channels[place]))
        if len(seen) == limit:
            break


def _keep(best: _Best, found: _Found) -> None:
    known = best.get(found.row.id)
    if known is None or found[:2] > known[:2]:
        best[found.row.id] = found
