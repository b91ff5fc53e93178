"""The concepts a title may name, as vectors: the bridge between titles that share no character.

A concept is as likely meant as its likest name; the likest concepts speak, and a little those that are near to them.
The same vector, summed up by unit group of ISCO-08, says which field of work a title belongs to.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np

from app.lookup.grams import GramVectors, Pieces, unit
from app.taxonomy.esco import EscoOccupation
from app.taxonomy.tables import Taxonomy

MOST, SHARPNESS, LEAST = 20, 3, 0.05  # concepts of a title at most, power of a likeness, least likeness
NEAR, GROUP = 0.5, 0.35  # what a near concept, and one of the same small class, gets of a likeness
Vector = dict[int, float]


class Vocabulary:
    """The names of concepts in one language, with what is near to what.

    `names` are (concept id, name), `kin` gives the nearness (0 to 1) of other concepts to a concept, `fields` the unit
    group of a concept where it is known.
    """

    def __init__(
        self,
        names: Iterable[tuple[str, str]],
        kin: Mapping[str, Mapping[str, float]] | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> None:
        self.names = list(names)
        self.kin = kin or {}
        self.fields = fields or {}


class ConceptVectors:
    """Turns titles into vectors over the concepts of a vocabulary. `pieces` cuts names and titles alike."""

    def __init__(self, vocabulary: Vocabulary, pieces: Pieces) -> None:
        order = {id_: place for place, id_ in enumerate(dict.fromkeys(id_ for id_, _ in vocabulary.names))}
        self._kin = {
            order[id_]: [(order[other], share) for other, share in near.items() if other in order]
            for id_, near in vocabulary.kin.items()
            if id_ in order
        }
        numbers = {field: number for number, field in enumerate(dict.fromkeys(vocabulary.fields.values()))}
        self._field = {order[id_]: numbers[field] for id_, field in vocabulary.fields.items() if id_ in order}
        self._owner = np.array([order[id_] for id_, _ in vocabulary.names], dtype=np.int64)
        self._size = len(order)
        self._names = GramVectors([name for _, name in vocabulary.names], pieces)

    def of(self, text: str) -> tuple[Vector, Vector]:
        """The concepts that a title names, with those near to them, and its fields of work: two unit vectors."""
        likeness = np.zeros(self._size)
        np.maximum.at(likeness, self._owner, self._names.cosines(text))
        found: Vector = {
            int(concept): float(likeness[concept] ** SHARPNESS)
            for concept in np.argsort(-likeness, kind="stable")[:MOST]
            if likeness[concept] > LEAST
        }
        spread = dict(found)
        fields: Vector = defaultdict(float)
        for concept, weight in found.items():
            if concept in self._field:
                fields[self._field[concept]] += weight
            for other, share in self._kin.get(concept, ()):
                spread[other] = max(spread.get(other, 0.0), weight * share)
        return unit(spread), unit(fields)


def vocabulary_of(taxonomy: Taxonomy, language: str, esco: Iterable[EscoOccupation] = ()) -> Vocabulary:
    """Our occupations' names in "zh" or "en"; in English with ESCO's concepts beside them, in the same fields."""
    names: list[tuple[str, str]] = []
    fields: dict[str, str] = {}
    for one in taxonomy.occupations.values():
        own = (one.zh, *one.aliases, *one.hidden) if language == "zh" else (one.en, *one.english)
        names += ((one.id, name) for name in own)
        if one.isco08:
            fields[one.id] = one.isco08
    for concept in esco if language == "en" else ():
        names += ((concept.uri, name) for name in (concept.name, *concept.others))
        fields[concept.uri] = concept.isco08
    return Vocabulary(names, _kin(taxonomy), fields)


def _kin(taxonomy: Taxonomy) -> dict[str, dict[str, float]]:
    kin: dict[str, dict[str, float]] = defaultdict(dict)
    groups: dict[str, list[str]] = defaultdict(list)
    for one in taxonomy.occupations.values():
        groups[one.group].append(one.id)
    for group, members in groups.items():
        for id_ in members if group else ():
            kin[id_] = {other: GROUP for other in members if other != id_}
    for wish, post in taxonomy.near:
        kin[wish][post] = NEAR
    for one in taxonomy.occupations.values():
        if one.parent is not None:
            kin[one.id][one.parent] = NEAR
    return kin
