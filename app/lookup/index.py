"""FuzzyIndex: the names of a vocabulary, found by text, sound, accent, pinyin or initials.

A search takes two steps. Grams of all forms, weighted by how rare they are, choose a few dozen candidates (numpy: the
cost grows with the postings of the query's grams); rapidfuzz then compares the candidates form by form, and the best
channel counts. Readers need no lock: a change makes a new segment and replaces one tuple.
"""

import threading
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from rapidfuzz.distance import Hamming

from app.lookup.forms import Forms, as_query, forms_of
from app.lookup.hit import Channel, Hit
from app.lookup.noise import stripped
from app.lookup.normalise import normalise
from app.lookup.segment import Entry, Segment

CANDIDATES = 64
MAX_QUERY = 100  # characters of a query that are looked at
# What a full likeness in a channel is worth: the nearer to what was written, the more.
WEIGHTS: dict[Channel, float] = {
    Channel.TEXT: 1.0,
    Channel.ORDER: 0.88,
    Channel.SOUND: 0.97,
    Channel.ACCENT: 0.94,
    Channel.PINYIN: 0.96,
    Channel.PINYIN_ACCENT: 0.92,
    Channel.INITIALS: 0.93,
}
_PLACES = {channel: place for place, channel in enumerate(Channel)}
_BEGINNINGS = (Channel.TEXT, Channel.SOUND)  # 船体 is the beginning of 船体制造工: 75 and a share of what is there
_BEGINNING = 75
_SLIP_BONUS = 32  # one wrong character in a short name: more than characters in another order or with gaps
MERGE_AFTER = 8

_Best = dict[str, tuple[float, float, Hit]]


class FuzzyIndex:
    """An index over entries (id, names). Ids may repeat; the best name of an id counts."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._lock = threading.Lock()
        self._segments: tuple[Segment, ...] = (Segment(entries),)

    def add(self, entries: Iterable[Entry]) -> None:
        """Add entries; a reader sees all of them or none."""
        fresh = Segment(entries)
        with self._lock:
            segments = (*self._segments, fresh)
            if len(segments) > MERGE_AFTER:
                segments = (Segment(entry for segment in segments for entry in segment.entries),)
            self._segments = segments

    def remove(self, ids: Iterable[str]) -> None:
        """Take out every entry with one of these ids; a reader sees all of them or none."""
        gone = frozenset(ids)
        with self._lock:
            self._segments = tuple(segment.without(gone) for segment in self._segments)

    def search(self, text: str, limit: int = 10, *, prefix: bool = False) -> list[Hit]:
        """The best `limit` entries for what was typed, best first; with `prefix` it may be the beginning of a name."""
        best: _Best = {}
        for segment in self._segments:
            for query in _queries(text):
                rows = segment.candidates(query, CANDIDATES, prefix=prefix)
                if len(rows):
                    _compare(segment, query, rows, best, prefix=prefix)
        ranked = sorted(best.values(), key=lambda found: (-found[0], -found[1], len(found[2].id), found[2].id))
        return [hit for _, _, hit in ranked[:limit]]


def _queries(text: str) -> list[Forms]:
    """What was typed, and what is left of it without the noise around a name."""
    shortened = text[:MAX_QUERY]
    written = dict.fromkeys(normalise(one) for one in (shortened, *stripped(shortened)))
    return [as_query(forms_of(one)) for one in written if one]


def _compare(segment: Segment, query: Forms, rows: NDArray[np.intp], best: _Best, *, prefix: bool) -> None:
    """Compare the candidates with the query in every channel, and keep the best of each id."""
    channels = _channels(query)
    candidates = [segment.forms[row] for row in rows]
    table = np.stack([_likeness(channel, query, candidates, prefix=prefix) for channel in channels])
    table *= segment.trust[rows]
    texts = [forms.text for forms in candidates]
    # Between equals decides what all channels say together, and how many characters stand in their place.
    in_place = process.cdist([query.text], texts, scorer=Hamming.normalized_similarity)[0]
    top, together, which = table.max(axis=0), table.sum(axis=0) + 100 * in_place, table.argmax(axis=0)
    for place, row in enumerate(rows):
        found = float(top[place]), float(together[place])
        id_ = segment.ids[row]
        if id_ not in best or found > best[id_][:2]:
            best[id_] = (*found, Hit(id_, found[0], segment.names[row], channels[which[place]]))


def _likeness(channel: Channel, query: Forms, candidates: list[Forms], *, prefix: bool) -> NDArray[np.float32]:
    place = _PLACES[channel]
    typed = query[place]
    names = [forms[place] for forms in candidates]
    if prefix:
        names = [name[: len(typed)] for name in names]
    likeness: NDArray[np.float32] = process.cdist([typed], names, scorer=fuzz.ratio, dtype=np.float32)[0]
    if channel is Channel.TEXT and not prefix:
        in_place = process.cdist([typed], names, scorer=Hamming.normalized_similarity, dtype=np.float32)[0]
        same_length = np.array([len(name) == len(typed) for name in names])
        likeness = np.maximum(
            likeness,
            np.where(same_length & (in_place > 0), np.minimum(100 * in_place + _SLIP_BONUS / len(typed), 100), 0),
        )
    if channel in _BEGINNINGS and len(typed) > 1 and not prefix:
        begun = [
            _BEGINNING + (100 - _BEGINNING) * len(typed) / len(name) if name.startswith(typed) else 0 for name in names
        ]
        likeness = np.maximum(likeness, np.array(begun, dtype=np.float32))
    return likeness * np.float32(WEIGHTS[channel])


def _channels(query: Forms) -> list[Channel]:
    channels = [Channel.TEXT]
    if query.is_written:
        channels += [Channel.ORDER, Channel.SOUND, Channel.ACCENT]
    if query.is_spelt:
        channels += [Channel.PINYIN, Channel.PINYIN_ACCENT]
        if not query.is_written:
            channels.append(Channel.INITIALS)
    return channels
