"""TitleIndex: titles that mean the same work, by their characters, by what is left without rank words, and by concepts.

Three likenesses are added up. Whole titles by n-grams; their topics, without the words for rank (高级, 主管, senior);
and the concepts they name: each title becomes the few occupations whose names are nearest, with those that are near to
them. The best titles then speak for the query once more: what they are like is probably meant, too.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from app.lookup.grams import GramVectors
from app.lookup.normalise import normalise
from app.taxonomy.shipped import load_shipped
from app.taxonomy.tables import Taxonomy

WHOLE, TOPIC, CONCEPT = 0.25, 0.45, 0.30  # shares of the three likenesses
CONCEPTS, SHARPNESS, LEAST = 40, 2, 0.05  # concepts of a title at most, power of a likeness, least likeness
SPREAD_NEAR, SPREAD_GROUP = 0.5, 0.35
FEEDBACK_TITLES, FEEDBACK = 3, 0.6

_RANK_ZH = re.compile(
    "首席|高级|资深|初级|中级|助理|实习生|实习|主管|经理|总监|负责人|主任|副总裁|专员|专家|顾问|代表|团队|领班|企业|公司|持证|专业"
    "|全国|区域|集团|项目|内部|技术人员|开发人员|人员|工作者|从业者|部$"
)
_RANK_EN = re.compile(
    r"\b(?:senior|junior|lead|chief|head|assistant|associate|principal|staff|manager|director|supervisor|specialist"
    r"|coordinator|of|the|and|ii|iii|intern|trainee|consultant|officer|executive)\b"
)
Vector = dict[int, float]


class TitleIndex:
    """Titles (id, title) of one language, "zh" or "en", ranked by how well they mean what another says.

    `names` are (concept id, name) in that language, `kin` gives the concepts near to a concept with their nearness; by
    default those of the shipped tables.
    """

    def __init__(
        self,
        titles: Sequence[tuple[str, str]],
        language: str,
        *,
        names: Iterable[tuple[str, str]] | None = None,
        kin: Mapping[str, Mapping[str, float]] | None = None,
    ) -> None:
        self._ids = [id_ for id_, _ in titles]
        self._whole_pieces, self._topic_pieces = (zh_pieces, zh_topic) if language == "zh" else (en_pieces, en_topic)
        shipped = load_shipped() if names is None or kin is None else None
        named = list(names if names is not None else _names(shipped, language))
        order = {id_: place for place, id_ in enumerate(dict.fromkeys(id_ for id_, _ in named))}
        kin = kin if kin is not None else _kin(shipped)
        self._kin = {
            order[id_]: [(order[other], share) for other, share in near.items() if other in order]
            for id_, near in kin.items()
            if id_ in order
        }
        self._owner = np.array([order[id_] for id_, _ in named], dtype=np.int64)
        self._concepts = len(order)
        self._names = GramVectors([name for _, name in named], self._topic_pieces)
        texts = [title for _, title in titles]
        self._whole = GramVectors(texts, self._whole_pieces)
        self._topic = GramVectors(texts, self._topic_pieces)
        self._texts = texts
        self._vectors = [self._vector(text) for text in texts]
        self._rows = _by_concept(self._vectors)

    def rank(self, text: str) -> list[str]:
        """The ids of all titles, the likest first."""
        scores = self._likeness(text, self._vector(text))
        best = np.argsort(-scores, kind="stable")[:FEEDBACK_TITLES]
        total = float(scores[best].sum())
        if total > 0:
            spoken = sum(
                (self._likeness(self._texts[row], self._vectors[row]) * (scores[row] / total) for row in best),
                np.zeros(len(scores)),
            )
            scores = scores + FEEDBACK * spoken
        return [self._ids[row] for row in np.argsort(-scores, kind="stable")]

    def _likeness(self, text: str, vector: Vector) -> NDArray[np.float64]:
        by_concept = np.zeros(len(self._ids))
        for concept, weight in vector.items():
            if concept in self._rows:
                rows, weights = self._rows[concept]
                by_concept[rows] += weights * weight
        return WHOLE * self._whole.cosines(text) + TOPIC * self._topic.cosines(text) + CONCEPT * by_concept

    def _vector(self, text: str) -> Vector:
        """The concepts that a title names, as a unit vector."""
        nearest = np.zeros(self._concepts)
        np.maximum.at(nearest, self._owner, self._names.cosines(text))
        found: Vector = {
            int(concept): float(nearest[concept] ** SHARPNESS)
            for concept in np.argsort(-nearest, kind="stable")[:CONCEPTS]
            if nearest[concept] > LEAST
        }
        spread = dict(found)
        for concept, weight in found.items():
            for other, share in self._kin.get(concept, ()):
                spread[other] = max(spread.get(other, 0.0), weight * share)
        length = float(np.sqrt(sum(weight * weight for weight in spread.values()))) or 1.0
        return {concept: weight / length for concept, weight in spread.items()}


def zh_pieces(text: str) -> Iterator[str]:
    """Characters and pairs of them; beginning and end count as characters."""
    plain = normalise(text)
    bounded = f"^{plain}$"
    yield from plain
    yield from (bounded[at : at + 2] for at in range(len(bounded) - 1))


def zh_topic(text: str) -> Iterator[str]:
    """The pieces of a title without its words for rank."""
    plain = normalise(text)
    return zh_pieces(_RANK_ZH.sub("", plain) or plain)


def en_pieces(text: str) -> Iterator[str]:
    """Two to five letters within words."""
    for word in re.split(r"[\s/,-]+", text.casefold()):
        bounded = f" {word} "
        for size in (2, 3, 4, 5):
            yield from (bounded[at : at + size] for at in range(len(bounded) - size + 1))


def en_topic(text: str) -> Iterator[str]:
    """The pieces of a title without its words for rank."""
    plain = text.casefold()
    return en_pieces(_RANK_EN.sub("", plain).strip() or plain)


def _names(taxonomy: Taxonomy | None, language: str) -> Iterator[tuple[str, str]]:
    for one in taxonomy.occupations.values() if taxonomy else ():
        names = (one.zh, *one.aliases, *one.hidden) if language == "zh" else (one.en,)
        yield from ((one.id, name) for name in names)


def _kin(taxonomy: Taxonomy | None) -> dict[str, dict[str, float]]:
    kin: dict[str, dict[str, float]] = defaultdict(dict)
    groups: dict[str, list[str]] = defaultdict(list)
    for one in taxonomy.occupations.values() if taxonomy else ():
        groups[one.group].append(one.id)
    for group, members in groups.items():
        for one_id in members if group else ():
            kin[one_id] = {other: SPREAD_GROUP for other in members if other != one_id}
    if taxonomy:
        for wish, post in taxonomy.near:
            kin[wish][post] = SPREAD_NEAR
        for one in taxonomy.occupations.values():
            if one.parent is not None:
                kin[one.id][one.parent] = SPREAD_NEAR
    return kin


def _by_concept(vectors: Sequence[Vector]) -> dict[int, tuple[NDArray[np.int64], NDArray[np.float64]]]:
    rows: dict[int, list[int]] = defaultdict(list)
    weights: dict[int, list[float]] = defaultdict(list)
    for row, vector in enumerate(vectors):
        for concept, weight in vector.items():
            rows[concept].append(row)
            weights[concept].append(weight)
    return {c: (np.array(rows[c], dtype=np.int64), np.array(weights[c])) for c in rows}
