"""Rows by keys of several columns."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, tuple_


def among(columns: Sequence[Any], keys: Collection[tuple[str, ...]]) -> ColumnElement[bool]:
    """Whether a row's `columns`, the first ones of an index, are one of `keys`; a few hundred at the most.

    For a list of pairs alone SQLite reads the whole table. For a list of each column it uses the index, once for every
    combination of them, and the pairs are told from the other combinations afterwards.
    """
    each = (column.in_({key[place] for key in keys}) for place, column in enumerate(columns))
    return and_(*each, tuple_(*columns).in_(keys))
