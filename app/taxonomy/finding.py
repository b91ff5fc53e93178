"""Which concept was meant by what was typed: taken when it is clear, offered when it is not. Pure.

Exactly a name or alias: taken. Words that honestly name several occupations: always asked. Anything else goes through
the fuzzy index, and is taken only if it is near, sounds or reads the same, and nothing else comes close.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from app.lookup import Channel, FuzzyIndex, Hit
from app.lookup.normalise import normalise

ACCEPTED_FROM = 92.0  # of 100; below, a concept is offered and never taken silently
AHEAD_BY = 4.0  # the next concept must be this far behind
OFFERED_FROM = 55.0
OFFERED = 5
_SURE = (Channel.TEXT, Channel.SOUND, Channel.PINYIN)  # accents and initials fit too much


@dataclass(frozen=True, slots=True)
class Meant:
    """What a text is taken to mean: one concept with the evidence, or else the choices to ask about, best first."""

    id: str | None
    evidence: Hit | None
    choices: tuple[Hit, ...]


class ConceptIndex:
    """The names of one kind of concept: (id, names). `ambiguous` maps a text to the ids it may name."""

    def __init__(
        self,
        entries: Iterable[tuple[str, Sequence[str]]],
        *,
        ambiguous: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        entries = list(entries)
        self._first = {id_: names[0] for id_, names in entries}
        self._ambiguous = {normalise(text): tuple(ids) for text, ids in (ambiguous or {}).items()}
        self._exact = {normalise(name): id_ for id_, names in reversed(entries) for name in reversed(names)}
        self._entries = [*entries, *((id_, (text,)) for text, ids in (ambiguous or {}).items() for id_ in ids)]

    @cached_property
    def _index(self) -> FuzzyIndex:
        # Made when the first words are no name as they stand: most processes never need it.
        return FuzzyIndex(self._entries)

    def add(self, id_: str, name: str) -> None:
        """Let `name` name the concept `id_` from now on."""
        self._index.add([(id_, [name])])
        self._exact = {**self._exact, normalise(name): id_}

    def search(self, text: str, limit: int = 10, *, prefix: bool = False) -> list[Hit]:
        """The concepts that may be meant, best first; with `prefix` what was typed may be the beginning of a name."""
        return self._index.search(text, limit, prefix=prefix)

    def resolve(self, text: str) -> Meant:
        """What `text` means."""
        key = normalise(text)
        if key in self._ambiguous:
            return Meant(None, None, tuple(self._certain(id_, text) for id_ in self._ambiguous[key]))
        if key in self._exact:
            id_ = self._exact[key]
            return Meant(id_, self._certain(id_, text), ())
        hits = tuple(hit for hit in self.search(text, OFFERED) if hit.score >= OFFERED_FROM)
        return Meant(hits[0].id, hits[0], ()) if _is_clear(hits) else Meant(None, None, hits)

    def _certain(self, id_: str, text: str) -> Hit:
        return Hit(id_, 100.0, text.strip() or self._first[id_], Channel.TEXT)


def _is_clear(hits: Sequence[Hit]) -> bool:
    if not hits or hits[0].score < ACCEPTED_FROM or hits[0].channel not in _SURE:
        return False
    return all(hit.score <= hits[0].score - AHEAD_BY for hit in hits[1:])
