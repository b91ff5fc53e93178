"""Rows by many keys."""

import json
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, String, and_, any_, func, literal, select, tuple_


def among(columns: Sequence[Any], keys: Collection[tuple[str, ...]]) -> ColumnElement[bool]:
    """Whether a row's `columns`, the first ones of an index, are one of `keys`; a few hundred at the most.

    For a list of pairs alone SQLite reads the whole table. For a list of each column it uses the index, once for every
    combination of them, and the pairs are told from the other combinations afterwards.
    """
    each = (column.in_({key[place] for key in keys}) for place, column in enumerate(columns))
    return and_(*each, tuple_(*columns).in_(keys))


def one_of(column: Any, values: Collection[str], *, is_postgresql: bool) -> ColumnElement[bool]:
    """Whether `column` is one of `values`, of which there may be thousands: they are one parameter of the statement."""
    if is_postgresql:
        found: ColumnElement[bool] = column == any_(literal(list(values), ARRAY(String)))
        return found
    each = func.json_each(json.dumps(list(values))).table_valued("value")
    return column.in_(select(each.c.value))  # type: ignore[no-any-return]  # the column is any
