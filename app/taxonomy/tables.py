"""The tables of occupations, skills and certificates, held whole in memory, and what is near to what. Pure.

They are read from `data/` once at start-up; ids are our own and never change their meaning.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from functools import cached_property, partial
from typing import TypeVar

from rapidfuzz import fuzz

from app.kernel.lazy import Lazy
from app.kernel.problems import Nearest, unknown_code
from app.lookup.normalise import normalise
from app.taxonomy.concepts import Certificate, Ground, Occupation, Skill
from app.taxonomy.finding import ConceptIndex
from app.taxonomy.terms import ConceptKind

SAME, NEAR, NARROW_TO_BROAD, SAME_GROUP, NOT_NEAR = 100, 70, 70, 60, 0
SAME_SKILL, SKILL_FAMILY = 100, 60
_NEAREST_SHOWN = 3
_PART = 0.9

_Key = TypeVar("_Key")
_Concept = TypeVar("_Concept", Occupation, Skill, Certificate)


class Taxonomy:
    """What work is, by id, and the reviewed kinships between its concepts.

    `near` are pairs (wish, post) of occupation ids, `not_same` unordered ones; `skill_near` gives 0 to 100 for a pair
    (held, asked) of skill ids, one-way where only one holds; `ambiguous` are words that honestly name several
    occupations.
    """

    def __init__(
        self,
        occupations: Iterable[Occupation],
        skills: Iterable[Skill],
        certificates: Iterable[Certificate],
        *,
        near: Iterable[tuple[str, str]] = (),
        not_same: Iterable[frozenset[str]] = (),
        skill_near: Mapping[tuple[str, str], int] | None = None,
        ambiguous: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        self.occupations = {one.id: one for one in occupations}
        self.skills = {one.id: one for one in skills}
        self.certificates = {one.id: one for one in certificates}
        self.near = frozenset(near)
        self._not_same = frozenset(not_same)
        self._skill_near = dict(skill_near or {})
        self.ambiguous = {normalise(text): ids for text, ids in (ambiguous or {}).items()}
        # They find what was meant by what was typed. They are made when they are first asked, for no search none.
        self._indexes = {
            ConceptKind.OCCUPATION: Lazy(self._find_occupations),
            ConceptKind.SKILL: Lazy(self._find_skills),
            ConceptKind.CERTIFICATE: Lazy(self._find_certificates),
        }

    def for_node(self, english: Iterable[tuple[str, str]] = ()) -> "Taxonomy":
        """The same tables with indexes of one node's own, which its local synonyms are added to.

        `english` are more (occupation id, name) that a search finds.
        """
        more = {ConceptKind.OCCUPATION: tuple(english)}
        node = copy(self)
        node._indexes = {  # noqa: SLF001  # a copy of ours
            kind: Lazy(partial(self._index_for_node, kind, more.get(kind, ()))) for kind in ConceptKind
        }
        return node

    def index_of(self, kind: ConceptKind) -> ConceptIndex:
        """The index of one kind of concept."""
        return self._indexes[kind]()

    @property
    def taught(self) -> frozenset[tuple[str, str, str]]:
        """(kind, id, word) of every word that this node was taught beside the shipped ones."""
        return frozenset((str(kind), *pair) for kind in ConceptKind for pair in self.index_of(kind).own.taught)

    def concept(self, kind: ConceptKind, id_: str, field: str = "concept") -> Occupation | Skill | Certificate:
        """The concept of this kind; UnknownCode (422) naming `field` and the nearest ids."""
        if kind is ConceptKind.OCCUPATION:
            return self.occupation(id_, field)
        return self.skill(id_, field) if kind is ConceptKind.SKILL else self.certificate(id_, field)

    def occupation(self, id_: str, field: str = "occupation") -> Occupation:
        """The occupation; UnknownCode (422) naming `field` and the nearest ids."""
        return _require(self.occupations, id_, field)

    def skill(self, id_: str, field: str = "skill") -> Skill:
        """The skill; UnknownCode (422) naming `field` and the nearest ids."""
        return _require(self.skills, id_, field)

    def certificate(self, id_: str, field: str = "certificate") -> Certificate:
        """The certificate; UnknownCode (422) naming `field` and the nearest ids."""
        return _require(self.certificates, id_, field)

    def is_below(self, id_: str, ancestor: str) -> bool:
        """Whether an occupation is `ancestor` or lies under it."""
        return id_ == ancestor or ancestor in self._above[id_]

    def proximity(self, wish: str, post: str, /) -> int:
        """How near a post's occupation is to the wished one, in percent: 100, 70, 60 or 0. Not symmetric."""
        pair = frozenset((wish, post))
        if wish == post:
            return SAME
        if pair in self._not_same:
            return NOT_NEAR
        if self.is_below(post, wish):
            return SAME
        if (wish, post) in self.near:
            return NEAR
        if self.is_below(wish, post):
            return NARROW_TO_BROAD
        group = self.occupations[wish].group
        return SAME_GROUP if group and group == self.occupations[post].group else NOT_NEAR

    def akin_occupations(self, occupation: str, /) -> frozenset[str]:
        """Every occupation whose proximity to this one, or from it, may be more than nothing, itself among them."""
        above_and_below = {occupation, *self._above[occupation], *self._below.get(occupation, ())}
        kin = self._groups.get(self.occupations[occupation].group, ())
        return frozenset(above_and_below.union(kin, self._reviewed.get(occupation, ())))

    def akin_skills(self, skill: str, /) -> frozenset[str]:
        """Every skill that may be alike to this one, itself among them."""
        family = self._families.get(self.skills[skill].family, frozenset())
        return family | self._skill_partners.get(skill, frozenset()) | {skill}

    def skill_similarity(self, asked: str, held: str, /) -> int:
        """How well a held skill answers an asked one, 0 to 100. Not symmetric: who lays out a ledger keeps books.

        A generic skill is alike to nothing but itself.
        """
        if held == asked:
            return SAME_SKILL
        one, other = self.skills[held], self.skills[asked]
        if one.generic or other.generic:
            return 0
        in_family = one.family is not None and one.family == other.family
        return self._skill_near.get((held, asked), SKILL_FAMILY if in_family else 0)

    def covers(self, held: str, required: str, /) -> bool:
        """Whether by law the certificate `held` includes `required` (A2 includes C1)."""
        return held == required or required in self.certificates[held].covers

    def ground(self, occupation: str, certificate: str, /) -> Ground:
        """The law and article by which the occupation asks for the certificate: 健康证 rests on several laws."""
        own = self.certificates[certificate]
        return self.occupations[occupation].grounds.get(certificate) or Ground(own.law, own.article)

    def resolve_occupation_text(self, text: str, /) -> str | None:
        """The one occupation with exactly this name or alias, however it is written; None if there is none."""
        return _only(self.occupation_index.names_of(text)) or self._occupation_ids.get(normalise(text))

    def resolve_skill_text(self, text: str, /) -> str | None:
        """The skill with exactly this name or alias, however it is written; None if there is none."""
        return _only(self.skill_index.names_of(text)) or self._skill_ids.get(normalise(text))

    @property
    def occupation_index(self) -> ConceptIndex:
        """Finds the occupation that was meant by what was typed."""
        return self.index_of(ConceptKind.OCCUPATION)

    @property
    def skill_index(self) -> ConceptIndex:
        """Finds the skill that was meant by what was typed."""
        return self.index_of(ConceptKind.SKILL)

    @property
    def certificate_index(self) -> ConceptIndex:
        """Finds the certificate that was meant by what was typed."""
        return self.index_of(ConceptKind.CERTIFICATE)

    def warm(self) -> None:
        """Make what searches need now, so that the first of them need not wait: about a second of work."""
        for kind in ConceptKind:
            self.index_of(kind).warm()

    def _index_for_node(self, kind: ConceptKind, found_by: Iterable[tuple[str, str]]) -> ConceptIndex:
        return self.index_of(kind).for_node(found_by)

    def _find_occupations(self) -> ConceptIndex:
        # What an office sees every day comes before its rare relatives.
        ordered = sorted(self.occupations.values(), key=lambda one: not one.is_deep)
        return ConceptIndex(
            [(one.id, (one.zh, one.en, *one.aliases, *one.english)) for one in ordered],
            hidden=[(one.id, one.hidden) for one in ordered],
            ambiguous=self.ambiguous,
        )

    def _find_skills(self) -> ConceptIndex:
        return ConceptIndex([(one.id, (one.zh, one.en, *one.aliases)) for one in self.skills.values()])

    def _find_certificates(self) -> ConceptIndex:
        return ConceptIndex([(one.id, (one.zh, one.en, *one.aliases)) for one in self.certificates.values()])

    @cached_property
    def _above(self) -> Mapping[str, tuple[str, ...]]:
        return {id_: tuple(self._ancestors(id_)) for id_ in self.occupations}

    def _ancestors(self, occupation: str) -> Iterator[str]:
        here = self.occupations[occupation].parent
        while here is not None:
            yield here
            here = self.occupations[here].parent

    @cached_property
    def _below(self) -> Mapping[str, frozenset[str]]:
        return _gathered((above, id_) for id_ in self.occupations for above in self._above[id_])

    @cached_property
    def _groups(self) -> Mapping[str, frozenset[str]]:
        return _gathered((one.group, one.id) for one in self.occupations.values() if one.group)

    @cached_property
    def _reviewed(self) -> Mapping[str, frozenset[str]]:
        return _partners(self.near)

    @cached_property
    def _families(self) -> Mapping[str | None, frozenset[str]]:
        return _gathered((one.family, one.id) for one in self.skills.values() if one.family is not None)

    @cached_property
    def _skill_partners(self) -> Mapping[str, frozenset[str]]:
        return _partners(self._skill_near)

    @cached_property
    def _occupation_ids(self) -> dict[str, str]:
        return {normalise(id_): id_ for id_ in self.occupations}

    @cached_property
    def _skill_ids(self) -> dict[str, str]:
        return {normalise(id_): id_ for id_ in self.skills}


def _gathered(pairs: Iterable[tuple[_Key, str]]) -> dict[_Key, frozenset[str]]:
    """What stands beside each first of the pairs."""
    found: dict[_Key, set[str]] = defaultdict(set)
    for first, second in pairs:
        found[first].add(second)
    return {first: frozenset(seconds) for first, seconds in found.items()}


def _partners(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    """What stands beside each in a pair, whichever way round."""
    return _gathered(both for one, other in pairs for both in ((one, other), (other, one)))


def _only(ids: tuple[str, ...]) -> str | None:
    return ids[0] if len(ids) == 1 else None


def _require(table: Mapping[str, _Concept], id_: str, field: str) -> _Concept:
    found = table.get(id_)
    if found is not None:
        return found
    best = heapq.nsmallest(_NEAREST_SHOWN, table.values(), key=lambda one: (-_likeness(id_, one), one.id))
    raise unknown_code(field, id_, [Nearest(one.id, one.zh) for one in best])


def _likeness(typed: str, one: _Concept) -> float:
    """How near `typed` is to a concept, 0 to 100: to its whole id or name, or less to a part of them (coook: cook).

    Whoever sends a name in place of an id is shown the id that bears it.
    """
    whole = max(fuzz.ratio(typed.casefold(), name.casefold()) for name in (one.id, one.en, one.zh, *one.aliases))
    return max(whole, _PART * fuzz.WRatio(typed, f"{one.id} {one.en} {one.zh}"))
