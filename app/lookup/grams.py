"""Likeness of texts by the pieces they are made of: character n-grams, weighted by rarity, as cosines (tf-idf).

For titles that mean the same and share parts but no order. Postings in numpy: a query costs what its grams' postings
are long.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Pieces = Callable[[str], Iterable[str]]
K = TypeVar("K", bound=Hashable)


class VectorRows(Generic[K]):
    """Some unit vectors, by what they hold: the cosine of another with all of them."""

    def __init__(self, vectors: Iterable[Mapping[K, float]]) -> None:
        self._size = 0
        rows: dict[K, list[int]] = defaultdict(list)
        weights: dict[K, list[float]] = defaultdict(list)
        for vector in vectors:
            for held, weight in vector.items():
                rows[held].append(self._size)
                weights[held].append(weight)
            self._size += 1
        self._rows = {held: np.array(found, dtype=np.int32) for held, found in rows.items()}
        self._weights = {held: np.array(found) for held, found in weights.items()}

    def cosines(self, vector: Mapping[K, float]) -> NDArray[np.float64]:
        """The cosine of `vector` with every one here, 0 to 1, in their order."""
        shared = {held: weight for held, weight in vector.items() if held in self._rows}
        if not shared:
            return np.zeros(self._size)
        rows = np.concatenate([self._rows[held] for held in shared])
        weights = np.concatenate([self._weights[held] * weight for held, weight in shared.items()])
        return np.bincount(rows, weights, self._size).astype(np.float64, copy=False)


class GramVectors:
    """The vectors of some texts. `pieces(text)` cuts a text; a piece no text here has counts for nothing."""

    def __init__(self, texts: Sequence[str], pieces: Pieces) -> None:
        self._pieces = pieces
        counted = [Counter(pieces(text)) for text in texts]
        spread = Counter(piece for counts in counted for piece in counts)
        self._unknown = float(np.log(1 + max(len(texts), 1)) + 1)  # the rarity of a piece that no text has
        self._rarity = {piece: self._unknown - float(np.log(1 + n)) for piece, n in spread.items()}
        self._rows = VectorRows(self._vector(counts) for counts in counted)

    def cosines(self, text: str) -> NDArray[np.float64]:
        """The cosine of `text` with every text here, 0 to 1, in their order."""
        return self._rows.cosines(self._vector(Counter(self._pieces(text))))

    def _vector(self, counts: Mapping[str, int]) -> dict[str, float]:
        return unit({piece: (1 + np.log(n)) * self._rarity.get(piece, self._unknown) for piece, n in counts.items()})


def unit(vector: Mapping[K, float]) -> dict[K, float]:
    """`vector` at the length of one; one that holds nothing stays as it is."""
    length = float(np.sqrt(sum(weight * weight for weight in vector.values()))) or 1.0
    return {held: float(weight / length) for held, weight in vector.items()}
