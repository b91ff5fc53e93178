"""One import from end to end: rows out of the table, the hopeless ones rejected here, the rest sent, all counted."""

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from app.cli.importing.files import Table
from app.cli.importing.sending import BATCH_BYTES, BATCH_ROWS, Office, Row
from app.kernel.cells import as_text
from app.kernel.problems import FieldError, Unfit
from app.kernel.text import clean_text
from app.vacancies.intake.headings import Columns
from app.vacancies.intake.identity import identity_of
from app.vacancies.intake.schemas import MAX_CELL
from app.vacancies.intake.service import repeats


@dataclass
class Tally:
    """The exact count: every row is one of three."""

    rows: int = 0
    created: int = 0
    unchanged: int = 0
    rejected: int = 0
    notes: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Reject:
    """A row that was not taken, with every field and reason."""

    row: int
    fields: tuple[str, ...]
    reasons_zh: tuple[str, ...]
    reasons_en: tuple[str, ...]
    cells: list[str]


class RejectsFile:
    """Writes rejected rows beside their reasons, under the file's own headings, so that they can be mended and sent."""

    def __init__(self, path: Path, headings: list[str]) -> None:
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(["row", "field", "reason_zh", "reason_en", *map(as_text, headings)])

    def write(self, reject: Reject) -> None:
        fields, zh, en = ", ".join(reject.fields), "；".join(reject.reasons_zh), "; ".join(reject.reasons_en)
        self._writer.writerow([reject.row, *map(as_text, (fields, zh, en, *reject.cells))])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


@dataclass
class Importer:
    """Sends the rows of one table to one office. `advance(n)` is told of every n rows that are settled."""

    office: Office
    columns: Columns
    options: Mapping[str, Any]
    on_reject: Callable[[Reject], None]
    advance: Callable[[int], None]
    tally: Tally = field(default_factory=Tally)
    _seen: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    _cells: dict[int, list[str]] = field(default_factory=dict)  # of the rows in the present batch

    def run(self, table: Table) -> None:
        """Settle every row; Refusal when the node cannot go on. What was settled before stays so."""
        for batch in self._batches(table):
            for answer in self.office.import_rows(batch, self.options):
                self._settle(answer)
            self._cells.clear()

    def _batches(self, table: Table) -> Iterator[list[Row]]:
        batch: list[Row] = []
        size = 0
        for number, cells in table.rows():
            row = self.columns.row(cells)
            faults = self._faults(number, row, cells)
            if faults:
                self._reject(number, faults, cells)
                continue
            weight = len(json.dumps(row, ensure_ascii=False).encode())
            if batch and (len(batch) == BATCH_ROWS or size + weight > BATCH_BYTES):
                yield batch
                batch, size = [], 0
            batch.append((number, row))
            self._cells[number] = cells
            size += weight
        if batch:
            yield batch

    def _faults(self, number: int, row: dict[str, str], cells: list[str]) -> list[FieldError]:
        """What only the whole file can tell (repeats), and what no request can carry."""
        if not row:
            return [FieldError("row", "可识别的列都是空的", "every column that is read is empty")]
        if any(cell.strip() for cell in cells[self.columns.width :]):
            return [FieldError("row", "该行比表头多出单元格", "the row has more cells than there are headings")]
        faults = [fault for name, text in row.items() for fault in _unsendable(name, text)]
        if faults:
            return faults
        identity = identity_of(row)
        before = self._seen.setdefault(identity.reference, (number, identity.digest))
        return [] if before[0] == number else [repeats(before[0], is_same=before[1] == identity.digest)]

    def _settle(self, answer: dict[str, Any]) -> None:
        if answer["outcome"] == "rejected":
            faults = [FieldError(one["field"], one["zh"], one["en"]) for one in answer["faults"]]
            self._reject(answer["row"], faults, self._cells[answer["row"]])
            return
        self.tally.rows += 1
        self.tally.created += answer["outcome"] == "created"
        self.tally.unchanged += answer["outcome"] == "unchanged"
        self.tally.notes.update({note["field"] for note in answer["notes"]})
        self.advance(1)

    def _reject(self, number: int, faults: list[FieldError], cells: list[str]) -> None:
        self.tally.rows += 1
        self.tally.rejected += 1
        named = tuple(dict.fromkeys(fault.field for fault in faults))
        self.on_reject(Reject(number, named, tuple(f.zh for f in faults), tuple(f.en for f in faults), cells))
        self.advance(1)


def _unsendable(name: str, text: str) -> list[FieldError]:
    if len(text) > MAX_CELL:
        return [FieldError(name, f"最长{MAX_CELL}字", f"at most {MAX_CELL} characters")]
    try:
        clean_text(text)
    except Unfit as unfit:
        return [FieldError(name, unfit.zh, str(unfit))]
    return []
