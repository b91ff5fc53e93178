"""One fault, and the rows it is found in. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Row = Mapping[str, str]
Rows = Callable[[str], list[dict[str, str]]]


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: the table, the row's key, and what is wrong with it."""

    table: str
    key: str
    what: str


def key_of(row: Row) -> str:
    """What tells a row without an id apart: its values, shortened."""
    return row.get("id") or "/".join(str(value) for value in row.values())[:60]
