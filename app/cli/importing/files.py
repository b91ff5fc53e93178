"""Reads a table from a CSV or a spreadsheet, row by row, whatever encoding an office's program wrote it in."""

import codecs
import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from app.cli.console import Refusal
from app.kernel.cells import as_meant

SPREADSHEETS = (".xlsx", ".xlsm", ".xls", ".ods")
# A title or a date often stands above the headings.
HEADINGS_WITHIN = 10
_CHUNK = 1 << 20
_DELIMITERS = ",\t;"


@dataclass(frozen=True)
class Table:
    """The rows of one file, numbered as a spreadsheet numbers them; blank rows are left out."""

    headings: list[str]
    total: int
    rows: Callable[[], Iterator[tuple[int, list[str]]]]


def read_table(path: Path, count_known: Callable[[Sequence[str]], int], sheet: str = "") -> Table:
    """The table in `path`; of its first rows, that with most known headings heads it.

    Refusal for a file that cannot be read, is empty, or whose `sheet` is not there.
    """
    records = _spreadsheet(path, sheet) if path.suffix.lower() in SPREADSHEETS else _delimited(path)
    heads: list[tuple[int, list[str]]] = []
    total = 0
    for number, cells in _filled(records()):
        total += 1
        if len(heads) < HEADINGS_WITHIN:
            heads.append((number, cells))
    if not heads:
        raise Refusal(f"{path.name} holds no rows.")
    at, headings = max(heads, key=lambda head: (count_known(head[1]), -head[0]))
    above = sum(1 for number, _ in heads if number <= at)

    def rows() -> Iterator[tuple[int, list[str]]]:
        return ((number, cells) for number, cells in _filled(records()) if number > at)

    return Table(headings, total - above, rows)


def _filled(records: Iterable[list[str]]) -> Iterator[tuple[int, list[str]]]:
    for number, cells in enumerate(records, 1):
        if any(cell.strip() for cell in cells):
            yield number, cells


def _delimited(path: Path) -> Callable[[], Iterator[list[str]]]:
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        first = file.readline(_CHUNK)
    delimiter = max(_DELIMITERS, key=first.count)

    def records() -> Iterator[list[str]]:
        with path.open(encoding=encoding, newline="") as file:
            reader = csv.reader(file, delimiter=delimiter)
            try:
                for cells in reader:
                    yield [as_meant(cell) for cell in cells]
            except csv.Error as error:
                raise Refusal(f"{path.name}, line {reader.line_num}: {error}.") from None

    return records


def _encoding(path: Path) -> str:
    """UTF-8 where the whole file is that, else GB 18030 (as Chinese spreadsheets save), UTF-16 by its mark."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise Refusal(f"{path} cannot be read: {error.strerror}.") from None
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if start.startswith(b"PK"):
        raise Refusal(f"{path.name} is a spreadsheet, not text.", "Name it .xlsx.")
    for encoding in ("utf-8-sig", "gb18030"):
        if _decodes(path, encoding):
            return encoding
    raise Refusal(f"{path.name} is neither UTF-8 nor GB 18030.", "Save it as CSV UTF-8.")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _spreadsheet(path: Path, name: str) -> Callable[[], Iterator[list[str]]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(path))
        if name and name not in book.sheet_names:
            raise Refusal(f"{path.name} has no sheet {name!r}.", "Its sheets: " + ", ".join(book.sheet_names))
        page = book.get_sheet_by_name(name) if name else book.get_sheet_by_index(0)
    except (CalamineError, OSError) as error:
        raise Refusal(f"{path.name} cannot be read as a spreadsheet: {error}.") from None

    def records() -> Iterator[list[str]]:
        for cells in page.iter_rows():
            yield [as_meant(_text(cell)) for cell in cells]

    return records


def _text(cell: Any) -> str:
    """A cell as its reader sees it: 5000, not 5000.0; a day without its midnight."""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    if isinstance(cell, date | datetime):
        return cell.isoformat()
    return str(cell)
