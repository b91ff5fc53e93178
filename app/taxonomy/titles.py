"""TitleIndex: titles that mean the same work, by their characters, by what is left without rank words, and by concepts.

Four likenesses are added up. Whole titles by n-grams; their topics, without the words for rank (高级, 主管, senior);
the concepts they name; and the fields of work these belong to. The best titles then speak for the query once more:
what they are like is probably meant, too.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.lookup.grams import GramVectors, VectorRows
from app.settings import Settings
from app.taxonomy.esco import load_kept
from app.taxonomy.shipped import load_shipped
from app.taxonomy.title_concepts import ConceptVectors, Vector, Vocabulary, vocabulary_of
from app.taxonomy.title_pieces import en_pieces, en_topic, zh_pieces, zh_topic

# Shares of the four likenesses, one set for both languages, with ESCO and without: chosen by halves of the queries.
WHOLE, TOPIC, CONCEPT, FIELD = 0.10, 0.25, 0.55, 0.10
FEEDBACK_TITLES, FEEDBACK = 3, 0.6

Language = Literal["zh", "en"]
Scores = NDArray[np.float64]


class TitleIndex:
    """Titles (id, title) of one language, "zh" or "en", ranked by how well they mean what another says.

    `vocabulary` are the concepts to compare by. By default those of the shipped tables, in English with ESCO's where it
    was imported into this node's folder (SANLIAN_DIR).
    """

    def __init__(
        self,
        titles: Sequence[tuple[str, str]],
        language: Language,
        *,
        vocabulary: Vocabulary | None = None,
    ) -> None:
        self._ids = [id_ for id_, _ in titles]
        self._texts = [title for _, title in titles]
        pieces, topic = (zh_pieces, zh_topic) if language == "zh" else (en_pieces, en_topic)
        self._whole = GramVectors(self._texts, pieces)
        self._topic = GramVectors(self._texts, topic)
        self._vectors = ConceptVectors(vocabulary or _default_vocabulary(language), topic)
        self._named = [self._vectors.of(text) for text in self._texts]
        self._concepts = VectorRows(concepts for concepts, _ in self._named)
        self._fields = VectorRows(fields for _, fields in self._named)

    def rank(self, text: str) -> list[str]:
        """The ids of all titles, the likest first."""
        scores = self._likeness(text, *self._vectors.of(text))
        best = np.argsort(-scores, kind="stable")[:FEEDBACK_TITLES]
        total = float(scores[best].sum())
        if total > 0:
            spoken = sum((self._of_row(row) * (scores[row] / total) for row in best), np.zeros(len(scores)))
            scores = scores + FEEDBACK * spoken
        return [self._ids[row] for row in np.argsort(-scores, kind="stable")]

    def _of_row(self, row: int) -> Scores:
        return self._likeness(self._texts[row], *self._named[row])

    def _likeness(self, text: str, concepts: Vector, fields: Vector) -> Scores:
        return (
            WHOLE * self._whole.cosines(text)
            + TOPIC * self._topic.cosines(text)
            + CONCEPT * self._concepts.cosines(concepts)
            + FIELD * self._fields.cosines(fields)
        )


def _default_vocabulary(language: str) -> Vocabulary:
    return vocabulary_of(load_shipped(), language, load_kept(Settings().dir) if language == "en" else ())
