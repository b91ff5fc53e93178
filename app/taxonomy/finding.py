"""Which concept was meant by what was typed: taken when it is clear, offered when it is not. Pure.

Taken is what is a name as it stands, or without the noise around it, and what sounds or is spelt exactly as just one
name of three characters or more. Everything else is asked: words that honestly name several concepts, several names at
once, a name of two characters by its sound (院长 is no 园长), every slip of a character.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import lru_cache

from app.kernel.lazy import Lazy
from app.lookup import WEIGHTS, Channel, FuzzyIndex, Hit, best_of
from app.lookup.noise import Left, Part, listed, parts, pieces
from app.lookup.normalise import normalise
from app.taxonomy.own_names import OwnNames

TAKEN_BY = (Channel.SOUND, Channel.PINYIN)  # accents and initials fit too much
WRITTEN = (Channel.TEXT, Channel.ORDER)
TAKEN_FROM = 3  # characters; four for an alias by its sound: one wrong character makes too many of them another's
SAME = 0.5  # of a score: what noise around a name costs, and no slip
AHEAD_BY = 4.0  # the next concept must be this far behind
SLIP = 80.0  # and none may be what was typed but for two characters swapped, one doubled, one missing
OFFERED_FROM = 55.0
OFFERED = 5
_RESOLVED_KEPT = 4_096
# 招聘 before one of these is no advertising: there are 招聘专员 and 招聘顾问, hence also 招聘经理.
_RANKS = ("经理", "主管", "总监", "专员", "助理", "顾问", "主任", "组长", "文员", "负责人")

Named = tuple[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Meant:
    """What a text is taken to mean: one concept with the evidence, or else the choices to ask about, best first."""

    id: str | None
    evidence: Hit | None
    choices: tuple[Hit, ...]


class ConceptIndex:
    """The names of one kind of concept: (id, names), the first its own.

    `hidden` are more names in the same form that are found by and never shown. `ambiguous` maps a text to the ids it
    may name.
    """

    def __init__(
        self,
        entries: Iterable[Named],
        *,
        hidden: Iterable[Named] = (),
        ambiguous: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        shown, found_by = list(entries), list(hidden)
        doubtful = dict(ambiguous or {})
        self._first = {id_: names[0] for id_, names in shown}
        self._hidden = {(id_, name) for id_, names in found_by for name in names}
        self._ambiguous = {normalise(text): (text, tuple(ids)) for text, ids in doubtful.items()}
        self._exact: dict[str, tuple[str, str]] = {}
        for key, id_, name in _keys(shown, found_by):
            self._exact.setdefault(key, (id_, name))
        named = [*shown, *found_by, *((id_, (text,)) for text, ids in doubtful.items() for id_ in ids)]
        self._index = Lazy(lambda: FuzzyIndex(named))  # nodes' copies share it
        self._take_own(OwnNames())

    def for_node(self, found_by: Iterable[tuple[str, str]] = ()) -> "ConceptIndex":
        """The same names for one node, which may be taught others without telling the rest of this process.

        `found_by` are more (id, name) that a search finds by.
        """
        node = copy(self)
        node._take_own(OwnNames(list(found_by)))  # noqa: SLF001  # a copy of ours
        return node

    def _take_own(self, own: OwnNames) -> None:
        self.own = own
        # People say the same few thousand words; what they mean changes only with what this node is taught.
        self._resolved = lru_cache(maxsize=_RESOLVED_KEPT)(self._resolve)

    def warm(self) -> None:
        """Make the index now. Otherwise it is made when the first words are no name as they stand."""
        self._index()

    def add(self, id_: str, name: str) -> None:
        """Let `name` name the concept `id_` from now on."""
        self.own.add(id_, name)

    def names_of(self, text: str) -> tuple[str, ...]:
        """The ids that `text` names as it stands: one, several for an ambiguous word, or none."""
        named = self.named(text)
        if named is None:
            return ()
        return (named.id,) if named.id is not None else tuple(hit.id for hit in named.choices)

    def search(self, text: str, limit: int = 10, *, prefix: bool = False) -> list[Hit]:
        """The concepts that may be meant, best first; with `prefix` what was typed may be the beginning of a name."""
        return [self._shown(hit) for hit in self._search(text, limit, prefix=prefix)]

    def named(self, text: str) -> Meant | None:
        """What `text` names as it stands: a concept, or several; None if it is no name."""
        key = normalise(text)
        if taught := self.own.id_of(key):
            return Meant(taught, Hit(taught, 100.0, text.strip(), Channel.TEXT), ())
        if key in self._ambiguous:
            name, ids = self._ambiguous[key]
            return Meant(None, None, tuple(Hit(id_, 100.0, name, Channel.TEXT) for id_ in ids))
        if key in self._exact:
            id_, name = self._exact[key]
            return Meant(id_, self._shown(Hit(id_, 100.0, name, Channel.TEXT)), ())
        found = self.own.only(key)
        return None if found is None else Meant(found, Hit(found, 100.0, text.strip(), Channel.TEXT), ())

    def resolve(self, text: str) -> Meant:
        """What `text` means. What stands there as it is goes before what is left of it without some of its words."""
        return self._resolved(text, self.own.version)

    def _resolve(self, text: str, _: int) -> Meant:
        named = self.named(text) or self._named_in(text, Left.NOISE)
        if named:
            return named
        found = self._search(text, OFFERED)
        hits = tuple(self._shown(hit) for hit in found if hit.score >= OFFERED_FROM)
        if self._sounds_the_same(found):
            return Meant(hits[0].id, hits[0], ())
        return self._several(text) or self._named_in(text, Left.ASIDE) or Meant(None, None, hits)

    def _search(self, text: str, limit: int, *, prefix: bool = False) -> list[Hit]:
        """The hits among the shipped names and the node's own, best first, each concept once."""
        shipped = self._index().search(text, limit, prefix=prefix)
        return best_of((*shipped, *self.own.search(text, limit, prefix=prefix)), limit)

    def _named_in(self, text: str, most: Left) -> Meant | None:
        """What is named by a part of `text`, if no more than `most` was left out to come to it."""
        for part in parts(text):
            named = self.named(part.text) if part.left <= most and not self._is_content(part) else None
            if named:
                return named
        return None

    def _is_content(self, part: Part) -> bool:
        """Whether the doubtful words left out belong to the name: other names have them, too, and end (begin) alike."""
        if not part.before and not part.after:
            return False
        rest = normalise(part.text)
        ends = (rest[-2:], *_RANKS) if rest.endswith(_RANKS) else (rest[-2:],)
        return any(
            (part.before and name.startswith(part.before) and name.endswith(ends))
            or (part.after and name.endswith(part.after) and name.startswith(rest[:2]))
            for name in self._exact
        )

    def _several(self, text: str) -> Meant | None:
        """What is meant where several names stand side by side: all of them, to ask about, unless they name one."""
        found = [self._named_in(piece, Left.DOUBT) for piece in pieces(text)]
        if None in found or len(found) < 2:
            every = [self._named_in(piece, Left.DOUBT) for piece in listed(text)]
            found = every if None not in every else found
        hits = {hit.id: hit for one in found if one for hit in (one.evidence, *one.choices) if hit}
        if len(hits) > 1:
            return Meant(None, None, tuple(hits.values()))
        is_all = len(found) > 1 and None not in found
        return found[0] if is_all else None

    def _sounds_the_same(self, hits: Sequence[Hit]) -> bool:
        """Whether the best hit sounds or is spelt exactly as was typed, is no short name, and no other comes close."""
        if not hits or hits[0].channel not in TAKEN_BY:
            return False
        best, *others = hits
        is_risky = best.channel is Channel.SOUND and best.name != self._first[best.id]
        if len(normalise(best.name)) < TAKEN_FROM + is_risky or best.score < 100 * WEIGHTS[best.channel] - SAME:
            return False
        return all(hit.score < _least_rival(hit, best) for hit in others)

    def _shown(self, hit: Hit) -> Hit:
        """The hit, without a name that is found by and never shown."""
        return replace(hit, name=self._first[hit.id]) if (hit.id, hit.name) in self._hidden else hit


def _keys(shown: Sequence[Named], hidden: Sequence[Named]) -> Iterator[tuple[str, str, str]]:
    """(key, id, name), the strongest claim to a key first: own names, other names, and 打扫卫生 of 打扫卫生的."""
    aliases = [(id_, name) for id_, names in (*shown, *hidden) for name in names]
    yield from ((normalise(names[0]), id_, names[0]) for id_, names in shown)
    yield from ((normalise(name), id_, name) for id_, name in aliases)
    yield from ((normalise(name).removesuffix("的"), id_, name) for id_, name in aliases if name.endswith("的"))


def _least_rival(hit: Hit, best: Hit) -> float:
    """The score from which another hit makes it doubtful that the best is meant."""
    return SLIP if hit.channel in WRITTEN else best.score - AHEAD_BY
