"""The file of a run: CSV always, Parquet where pyarrow is installed. A row is an offer; of a person it holds the id.

It is written beside the parts and put in its place when it is whole, readable by its owner only.
"""

import csv
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from app.kernel.cells import as_text

ENDINGS = (".csv", ".parquet")


class Row(NamedTuple):
    """A listing in its place among those of a person; the fields are the columns."""

    seeker_id: str
    rank: int
    listing_id: str
    origin: str
    total: int
    score_table: str
    generated: date


class NotATable(Exception):
    """A file that cannot be written; the message says why."""


Write = Callable[[list[Row]], None]


def check(path: Path) -> None:
    """NotATable if `path` does not end in one of `ENDINGS`, or pyarrow is needed and not installed."""
    if path.suffix not in ENDINGS:
        raise NotATable(f"{path.name} ends in neither {' nor '.join(ENDINGS)}")
    if path.suffix == ".parquet":
        _pyarrow()


@contextmanager
def writing(path: Path, draft: Path) -> Iterator[Write]:
    """Takes rows, portion by portion, and puts the file at `path` when the block ends well."""
    check(path)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        with _csv(file) if path.suffix == ".csv" else _parquet(file) as write:
            yield write
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


@contextmanager
def _csv(file: Any) -> Iterator[Write]:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Row._fields)

    def write(rows: list[Row]) -> None:
        writer.writerows([as_text(str(cell)) for cell in row] for row in rows)

    yield write
    text.flush()
    text.detach()


@contextmanager
def _parquet(file: Any) -> Iterator[Write]:
    pa = _pyarrow()
    text = pa.string()
    kinds = (text, pa.int32(), text, text, pa.int32(), text, pa.date32())
    schema = pa.schema([pa.field(name, kind, nullable=False) for name, kind in zip(Row._fields, kinds, strict=True)])
    from pyarrow import parquet

    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:

        def write(rows: list[Row]) -> None:
            if rows:
                columns = [pa.array(column, kind) for column, kind in zip(zip(*rows, strict=True), kinds, strict=True)]
                writer.write_table(pa.Table.from_arrays(columns, schema=schema))

        yield write


def _pyarrow() -> Any:
    try:
        import pyarrow as pa
    except ImportError:
        raise NotATable(
            "Parquet needs pyarrow: pip install 'sanlian[batch]', or name a file that ends in .csv"
        ) from None
    return pa
