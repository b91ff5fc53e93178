"""The columns an import understands: one table for the template, the headings, the help and the API.

It stands in `data/fields.csv`, read once: what heads the column in our template (`zh`), other headings that real files
carry (`aliases`, `|` between), an example, and what may be written there.
"""

import csv
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ImportField:
    """One column."""

    name: str
    zh: str
    aliases: tuple[str, ...]
    what_zh: str
    what_en: str
    example: str
    is_required: bool


def _fields() -> tuple[ImportField, ...]:
    with (Path(__file__).parent / "data" / "fields.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            ImportField(
                name=row["name"],
                zh=row["zh"],
                aliases=tuple(row["aliases"].split("|")),
                what_zh=row["what_zh"],
                what_en=row["what_en"],
                example=row["example"],
                is_required=row["required"] == "1",
            )
            for row in csv.DictReader(file)
        )


FIELDS = _fields()
BY_NAME = {field.name: field for field in FIELDS}
NAMES = tuple(BY_NAME)
