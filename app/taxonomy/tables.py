"""The tables of occupations, skills and certificates, held whole in memory, and what is near to what. Pure.

They are read from `data/` once at start-up; ids are our own and never change their meaning.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TypeVar

from rapidfuzz import fuzz, process

from app.kernel.lazy import Lazy
from app.kernel.problems import Nearest, unknown_code
from app.lookup.normalise import normalise
from app.taxonomy.concepts import Certificate, Occupation, Skill
from app.taxonomy.finding import ConceptIndex

SAME, NEAR, NARROW_TO_BROAD, SAME_GROUP, NOT_NEAR = 100, 70, 70, 60, 0
SAME_SKILL, SKILL_FAMILY = 100, 60
_NEAREST_SHOWN = 3

_Concept = TypeVar("_Concept", Occupation, Skill, Certificate)


class Taxonomy:
    """What work is, by id, and the reviewed kinships between its concepts.

    `near` are pairs (wish, post) of occupation ids, `not_same` unordered ones; `skill_near` gives 0 to 100 for a pair
    of skill ids; `ambiguous` are words that honestly name several occupations.
    """

    def __init__(
        self,
        occupations: Iterable[Occupation],
        skills: Iterable[Skill],
        certificates: Iterable[Certificate],
        *,
        near: Iterable[tuple[str, str]] = (),
        not_same: Iterable[frozenset[str]] = (),
        skill_near: Mapping[frozenset[str], int] | None = None,
        ambiguous: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        self.occupations = {one.id: one for one in occupations}
        self.skills = {one.id: one for one in skills}
        self.certificates = {one.id: one for one in certificates}
        self.near = frozenset(near)
        self._not_same = frozenset(not_same)
        self._skill_near = dict(skill_near or {})
        self.ambiguous = {key(text): ids for text, ids in (ambiguous or {}).items()}
        # They find what was meant by what was typed. They are made when they are first asked, for no search none.
        self._occupation_index, self._skill_index = Lazy(self._find_occupations), Lazy(self._find_skills)
        self._certificate_index = Lazy(self._find_certificates)

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
        here: str | None = id_
        while here is not None:
            if here == ancestor:
                return True
            here = self.occupations[here].parent
        return False

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

    def skill_similarity(self, a: str, b: str, /) -> int:
        """How alike two skills are, 0 to 100; a generic skill is alike to nothing but itself."""
        if a == b:
            return SAME_SKILL
        one, other = self.skills[a], self.skills[b]
        if one.generic or other.generic:
            return 0
        in_family = one.family is not None and one.family == other.family
        return self._skill_near.get(frozenset((a, b)), SKILL_FAMILY if in_family else 0)

    def covers(self, held: str, required: str, /) -> bool:
        """Whether by law the certificate `held` includes `required` (A2 includes C1)."""
        return held == required or required in self.certificates[held].covers

    def resolve_occupation_text(self, text: str, /) -> str | None:
        """The one occupation with exactly this name or alias, however it is written; None if there is none."""
        return self._occupation_names.get(key(text))

    def resolve_skill_text(self, text: str, /) -> str | None:
        """The skill with exactly this name or alias, however it is written; None if there is none."""
        return self._skill_names.get(key(text))

    @property
    def occupation_index(self) -> ConceptIndex:
        """Finds the occupation that was meant by what was typed."""
        return self._occupation_index()

    @property
    def skill_index(self) -> ConceptIndex:
        """Finds the skill that was meant by what was typed."""
        return self._skill_index()

    @property
    def certificate_index(self) -> ConceptIndex:
        """Finds the certificate that was meant by what was typed."""
        return self._certificate_index()

    def warm(self) -> None:
        """Make what searches need now, so that the first of them need not wait: about a second of work."""
        for index in (self.occupation_index, self.skill_index, self.certificate_index):
            index.warm()

    def _find_occupations(self) -> ConceptIndex:
        # What an office sees every day comes before its rare relatives.
        ordered = sorted(self.occupations.values(), key=lambda one: not one.is_deep)
        return ConceptIndex(
            [(one.id, (one.zh, one.en, *one.aliases)) for one in ordered],
            hidden=[(one.id, one.hidden) for one in ordered],
            ambiguous=self.ambiguous,
        )

    def _find_skills(self) -> ConceptIndex:
        return ConceptIndex([(one.id, (one.zh, one.en, *one.aliases)) for one in self.skills.values()])

    def _find_certificates(self) -> ConceptIndex:
        return ConceptIndex([(one.id, (one.zh, one.en, *one.aliases)) for one in self.certificates.values()])

    @cached_property
    def _occupation_names(self) -> dict[str, str]:
        return _names(self.occupations.values())

    @cached_property
    def _skill_names(self) -> dict[str, str]:
        return _names(self.skills.values())


def _names(concepts: Iterable[Occupation | Skill]) -> dict[str, str]:
    # A concept's own name wins over another's alias.
    concepts = list(concepts)
    names = {key(alias): one.id for one in concepts for alias in (*one.aliases, *getattr(one, "hidden", ()))}
    return names | {key(name): one.id for one in concepts for name in (one.en, one.zh, one.id)}


def key(text: str) -> str:
    """`text` as names are told apart: without width, script, case, spaces and punctuation."""
    return normalise(text)


def _require(table: Mapping[str, _Concept], id_: str, field: str) -> _Concept:
    found = table.get(id_)
    if found is not None:
        return found
    # Whoever sends a name in place of an id is shown the id that bears it.
    names = {one.id: f"{one.id} {one.en} {one.zh}" for one in table.values()}
    best = process.extract(id_, names, scorer=fuzz.WRatio, limit=_NEAREST_SHOWN)
    raise unknown_code(field, id_, [Nearest(code, table[code].zh) for _, _, code in best])
