"""Likeness of texts by the pieces they are made of: character n-grams, weighted by rarity, as cosines (tf-idf).

For titles that mean the same and share parts but no order. Postings in numpy: a query costs what its grams' postings
are long.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Pieces = Callable[[str], Iterable[str]]


class GramVectors:
    """The vectors of some texts. `pieces(text)` cuts a text; a piece no text here has counts for nothing."""

    def __init__(self, texts: Sequence[str], pieces: Pieces) -> None:
        self._pieces = pieces
        counted = [Counter(pieces(text)) for text in texts]
        spread = Counter(piece for counts in counted for piece in counts)
        self.size = len(texts)
        self._unknown = float(np.log(1 + max(self.size, 1)) + 1)  # the rarity of a piece that no text has
        self._rarity = {piece: self._unknown - float(np.log(1 + n)) for piece, n in spread.items()}
        postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for row, counts in enumerate(counted):
            for piece, weight in self._unit(counts).items():
                postings[piece].append((row, weight))
        self._rows = {piece: np.array([row for row, _ in found], dtype=np.int32) for piece, found in postings.items()}
        self._weights = {piece: np.array([weight for _, weight in found]) for piece, found in postings.items()}

    def cosines(self, text: str) -> NDArray[np.float64]:
        """The cosine of `text` with every text here, 0 to 1, in their order."""
        query = {piece: w for piece, w in self._unit(Counter(self._pieces(text))).items() if piece in self._rows}
        if not query:
            return np.zeros(self.size)
        rows = np.concatenate([self._rows[piece] for piece in query])
        weights = np.concatenate([self._weights[piece] * weight for piece, weight in query.items()])
        return np.bincount(rows, weights, self.size).astype(np.float64)

    def _unit(self, counts: Mapping[str, int]) -> dict[str, float]:
        weighed = {piece: (1 + np.log(n)) * self._rarity.get(piece, self._unknown) for piece, n in counts.items()}
        length = float(np.sqrt(sum(weight * weight for weight in weighed.values()))) or 1.0
        return {piece: float(weight / length) for piece, weight in weighed.items()}
