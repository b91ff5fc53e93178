"""What a search answers. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Channel(StrEnum):
    """By what a name was recognised, in the order of `forms.Forms`."""

    TEXT = "text"  # the characters themselves
    ORDER = "order"  # the same characters in another order: 银收员
    SOUND = "sound"  # syllables: 电汉工
    ACCENT = "accent"  # syllables as a southern accent says them
    PINYIN = "pinyin"  # letters: dianhangong
    PINYIN_ACCENT = "pinyin_accent"
    INITIALS = "initials"  # dhg


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that was found: its id, how well (0 to 100), the name that matched, and by which channel."""

    id: str
    score: float
    name: str
    channel: Channel


def best_of(hits: Iterable[Hit], limit: int) -> list[Hit]:
    """The best `limit` hits of several searches, best first, each id once. Equals stay in their order."""
    best: dict[str, Hit] = {}
    for hit in hits:
        if hit.id not in best or hit.score > best[hit.id].score:
            best[hit.id] = hit
    return sorted(best.values(), key=lambda hit: -hit.score)[:limit]
