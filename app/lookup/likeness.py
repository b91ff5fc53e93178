"""How like a name is to what was typed: form by form with rapidfuzz, and the best channel counts. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from rapidfuzz.distance import Hamming

from app.lookup.forms import Forms
from app.lookup.hit import Channel

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
_TEXT = _PLACES[Channel.TEXT]  # the first channel of all
_BEGINNINGS = (Channel.TEXT, Channel.SOUND)  # 船体 is the beginning of 船体制造工: 75 and a share of what is there
_BEGINNING = 75
_SLIP_BONUS = 32  # one wrong character in a short name: more than characters in another order or with gaps

Scores = NDArray[np.float32]


class Likeness(NamedTuple):
    """Of some names, in their order: the best channel's score, what decides between equals, and that channel."""

    best: Scores
    together: Scores
    channels: list[Channel]


def compare(query: Forms, names: Sequence[Forms], trust: NDArray[np.float64], *, prefix: bool) -> Likeness:
    """Compare names with the query in every channel that says something about it."""
    channels = _channels(query)
    table = np.stack([_in_channel(channel, query, names, prefix=prefix) for channel in channels])
    in_place = _in_place(query.text, [forms.text for forms in names])
    if not prefix:
        table[_TEXT] = np.maximum(table[_TEXT], _with_a_slip(query.text, names, in_place))
    table *= trust.astype(np.float32)
    # Between equals decides what all channels say together, and how many characters stand in their place.
    best = table.argmax(axis=0)
    return Likeness(table.max(axis=0), table.sum(axis=0) + in_place, [channels[place] for place in best.tolist()])


def _channels(query: Forms) -> list[Channel]:
    channels = [Channel.TEXT]
    if query.is_written:
        channels += [Channel.ORDER, Channel.SOUND, Channel.ACCENT]
    if query.is_spelt:
        channels += [Channel.PINYIN, Channel.PINYIN_ACCENT]
        if not query.is_written:
            channels.append(Channel.INITIALS)
    return channels


def _in_channel(channel: Channel, query: Forms, candidates: Sequence[Forms], *, prefix: bool) -> Scores:
    place = _PLACES[channel]
    typed = query[place]
    names = [forms[place] for forms in candidates]
    if prefix:
        names = [name[: len(typed)] for name in names]
    likeness: Scores = process.cdist([typed], names, scorer=fuzz.ratio, dtype=np.float32)[0]
    if channel in _BEGINNINGS and len(typed) > 1 and not prefix:
        shares = [len(typed) / len(name) if name.startswith(typed) else -1 for name in names]
        begun = np.array(shares, dtype=np.float32)
        likeness = np.maximum(likeness, np.where(begun > 0, _BEGINNING + (100 - _BEGINNING) * begun, 0))
    return likeness * np.float32(WEIGHTS[channel])


def _with_a_slip(typed: str, names: Sequence[Forms], in_place: Scores) -> Scores:
    """Names of the same length, most characters in their place: a wrong one is likelier than two other slips."""
    same_length = np.array([len(forms.text) == len(typed) for forms in names])
    bonus = np.float32(_SLIP_BONUS / len(typed))
    return np.where(same_length & (in_place > 0), np.minimum(in_place + bonus, 100), 0).astype(np.float32)


def _in_place(typed: str, names: Sequence[str]) -> Scores:
    likeness: Scores = process.cdist([typed], names, scorer=Hamming.normalized_similarity, dtype=np.float32)[0]
    return 100 * likeness
