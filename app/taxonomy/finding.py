"""Which concept was meant by what was typed: taken when it is clear, offered when it is not. Pure.

Exactly a name or alias: taken. Words that honestly name several occupations: always asked. Anything else goes through
the fuzzy index, and is taken only if it is near, sounds or reads the same, and nothing else comes close.
"""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cache

from app.lookup import Channel, FuzzyIndex, Hit
from app.lookup.normalise import normalise
from app.taxonomy.own_names import OwnNames

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
        # Made when the first words are no name as they stand: most processes never need it. Nodes' copies share it.
        self._index = cache(lambda: FuzzyIndex(self._entries))
        self.own = OwnNames()

    def for_node(self, found_by: Iterable[tuple[str, str]] = ()) -> "ConceptIndex":
        """The same names for one node, which may be taught others without telling the rest of this process.

        `found_by` are more (id, name) that a search finds by.
        """
        node = copy(self)
        node.own = OwnNames(found_by)
        return node

    def add(self, id_: str, name: str) -> None:
        """Let `name` name the concept `id_` from now on."""
        self.own.add(id_, name)

    def names_of(self, text: str) -> tuple[str, ...]:
        """The ids that `text` names as it stands: one, several for an ambiguous word, or none."""
        key = normalise(text)
        if taught := self.own.id_of(key):
            return (taught,)
        return self._ambiguous.get(key) or ((self._exact[key],) if key in self._exact else ())

    def search(self, text: str, limit: int = 10, *, prefix: bool = False) -> list[Hit]:
        """The concepts that may be meant, best first; with `prefix` what was typed may be the beginning of a name."""
        hits = self._index().search(text, limit, prefix=prefix)
        own = self.own.search(text, limit, prefix=prefix)
        if not own:
            return hits
        best: dict[str, Hit] = {}
        for hit in (*hits, *own):
            if hit.id not in best or hit.score > best[hit.id].score:
                best[hit.id] = hit
        return sorted(best.values(), key=lambda hit: -hit.score)[:limit]

    def resolve(self, text: str) -> Meant:
        """What `text` means."""
        named = self.names_of(text)
        if len(named) == 1:
            return Meant(named[0], self._certain(named[0], text), ())
        if named:
            return Meant(None, None, tuple(self._certain(id_, text) for id_ in named))
        hits = tuple(hit for hit in self.search(text, OFFERED) if hit.score >= OFFERED_FROM)
        return Meant(hits[0].id, hits[0], ()) if _is_clear(hits) else Meant(None, None, hits)

    def _certain(self, id_: str, text: str) -> Hit:
        return Hit(id_, 100.0, text.strip() or self._first[id_], Channel.TEXT)


def _is_clear(hits: Sequence[Hit]) -> bool:
    if not hits or hits[0].score < ACCEPTED_FROM or hits[0].channel not in _SURE:
        return False
    return all(hit.score <= hits[0].score - AHEAD_BY for hit in hits[1:])
