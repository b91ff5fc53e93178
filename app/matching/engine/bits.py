"""Sets of rows, 64 to a word: what is in and what is out of a question is decided for all rows at once. Pure."""

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]


def pack(mask: Mask) -> Words:
    """The set of the rows at which `mask` is true."""
    octets = np.packbits(mask, bitorder="little")
    padded = np.zeros(-(-len(mask) // 64) * 8, dtype=np.uint8)
    padded[: len(octets)] = octets
    return padded.view(np.uint64)


def of_rows(rows: NDArray[np.signedinteger], size: int) -> Words:
    """The set of some rows of `size`."""
    mask = np.zeros(size, dtype=np.bool_)
    mask[rows] = True
    return pack(mask)


def none(size: int) -> Words:
    """The empty set of `size` rows."""
    return np.zeros(-(-size // 64), dtype=np.uint64)


def every(size: int) -> Words:
    """The set of all of `size` rows."""
    return pack(np.ones(size, dtype=np.bool_))


def count(words: Words) -> int:
    """How many rows a set has."""
    return int(np.bitwise_count(words).sum())


def holds(words: Words, rows: NDArray[np.signedinteger]) -> Mask:
    """For each of `rows` whether it is in the set."""
    octets = words.view(np.uint8)
    found: Mask = ((octets.take(rows >> 3) >> (rows & 7).astype(np.uint8)) & 1).astype(np.bool_)
    return found


def rows_of(words: Words) -> Rows:
    """The rows of a set in order."""
    return np.flatnonzero(np.unpackbits(words.view(np.uint8), bitorder="little"))
