"""`points.points` compiled: one pass over the rows, in whole numbers, without the interpreter's lock. Pure.

numba is an optional accelerator (`pip install sanlian[fast]`); without it `points` of the module of that name is used.
Both give the same numbers; the tests hold them to it. The first call compiles for some seconds, later processes load
what was compiled.
"""

from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numba import njit
from numpy.typing import NDArray

from app.matching.engine.asked import Asked, Table
from app.matching.engine.listing_columns import Array, ListingColumns
from app.matching.engine.listing_rows import NO_FIGURE, TOP_ONLY
from app.matching.engine.points import PAY_UNKNOWN, Rows
from app.matching.table import SCORE_TABLE

_EXPERIENCE, _SKILLS, _PLACE, _PAY = SCORE_TABLE.experience, SCORE_TABLE.skills, SCORE_TABLE.place, SCORE_TABLE.pay
_NOTHING_AT, _WEEK = SCORE_TABLE.pay_nothing_at, SCORE_TABLE.hours_a_week
_NONE = np.empty(0, dtype=np.int64)
_NO_PAY = np.empty((0, 0), dtype=np.int64)


class _Columns(NamedTuple):
    work: Array
    comfort: Array
    needed_months: Array
    skills: Array
    weights: Array
    weight: Array
    place: Array
    has_lodging: Array
    pay_known: Array
    pay_hours: Array
    pay_by_hours: Array
    pay_hourly: Array
    six_days: Array
    pay_fen: Array
    board: Array


class _Tables(NamedTuple):
    """What is empty was not asked."""

    occupation: Table
    comfort: Table
    months: Table
    credit: Table
    unlisted: Table
    least: Table
    place: Table
    lodging: int
    wished: Table
    unknown_hours: int
    board: Table


_known: WeakKeyDictionary[ListingColumns, _Columns] = WeakKeyDictionary()


def points(columns: ListingColumns, asked: Asked, rows: Rows) -> Table:
    """The sum of all factors of each of `rows`, before the relevance cap."""
    if (taken := _known.get(columns)) is None:
        taken = _known[columns] = _Columns(*(getattr(columns, name) for name in _Columns._fields))
    pay = asked.pay
    tables = _Tables(
        asked.occupation,
        asked.comfort,
        _NONE if asked.months is None else asked.months,
        _NONE if asked.credit is None else asked.credit,
        asked.unlisted,
        asked.least,
        asked.place,
        asked.lodging,
        _NO_PAY if pay is None else pay.wished,
        0 if pay is None else pay.unknown_hours,
        _NONE if pay is None else pay.board,
    )
    found: NDArray[np.int64] = _points(
        taken, tables, rows.astype(np.int64, copy=False)
    )  # compiled for one kind of rows
    return found


@njit(nogil=True, cache=True)
def _points(columns: _Columns, tables: _Tables, rows: Rows) -> Table:
    found = np.empty(len(rows), dtype=np.int64)
    for at in range(len(rows)):
        row = rows[at]
        work = columns.work[row]
        total = tables.occupation[work] + tables.comfort[columns.comfort[row]]
        if len(tables.months):
            needed = 100 * np.int64(columns.needed_months[row])
            total += _EXPERIENCE * min(tables.months[work], needed) // needed
        total += _skill_points(columns, tables, row, work)
        place = tables.place[columns.place[row]]
        if columns.has_lodging[row]:
            place = max(place, tables.lodging)
        found[at] = total + place + _PAY * _pay_permille(columns, tables, row) // 1000
    return found


@njit(nogil=True, cache=True)
def _skill_points(columns: _Columns, tables: _Tables, row: int, work: int) -> int:
    weight = np.int64(columns.weight[row])
    if weight == 0:
        return tables.unlisted[work]
    least = tables.least[work]
    if not len(tables.credit):
        return least
    answered = 0
    for place in range(columns.skills.shape[1]):
        answered += tables.credit[columns.skills[row, place]] * columns.weights[row, place]
    return max(_SKILLS * answered // (100 * weight), least)


@njit(nogil=True, cache=True)
def _pay_permille(columns: _Columns, tables: _Tables, row: int) -> int:
    known, hours = columns.pay_known[row], columns.pay_hours[row]
    if not len(tables.board) or known == NO_FIGURE:
        return PAY_UNKNOWN
    offered = columns.pay_fen[row]
    if hours == 0:
        if tables.unknown_hours:
            if columns.pay_by_hours[row]:
                offered = offered * _WEEK // tables.unknown_hours
        elif not columns.pay_hourly[row]:
            return PAY_UNKNOWN
    offered += tables.board[columns.board[row]]
    wished = tables.wished[np.int64(columns.six_days[row]), hours]
    if offered >= wished:
        permille = 1000
    else:
        above = 1000 * (100 * offered - _NOTHING_AT * wished) // ((100 - _NOTHING_AT) * max(wished, 1))
        permille = min(max(above, 0), 1000)
    return min(permille, PAY_UNKNOWN) if known == TOP_ONLY else permille
