"""What makes two rows the same row: their reference, else everything that they say. Pure.

What was given once for all rows (defaults) is no part of a row: the same file with other defaults is the same rows.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from app.vacancies.intake.spelling import folded


@dataclass(frozen=True, slots=True)
class Identity:
    """`reference` finds the vacancy again; `digest` tells whether the row still says the same."""

    reference: str
    digest: bytes


def identity_of(cells: Mapping[str, str]) -> Identity:
    """The identity of a row, its cells by field: blanks, width and letter case make no difference."""
    plain = {name: folded(text) for name, text in sorted(cells.items()) if text.strip()}
    digest = hashlib.sha256(json.dumps(plain, ensure_ascii=False).encode("utf-8", "surrogatepass")).digest()
    own = " ".join(cells.get("reference", "").split())
    return Identity(own or f"row-{digest.hex()[:32]}", digest)
