"""The points of some rows for what was asked, in numpy: the factors of `score.py`, a column at a time. Pure.

Every operation is in whole numbers and floors where the reference floors.
"""

import numpy as np
from numpy.typing import NDArray

from app.matching.engine.asked import Asked, AskedPay, Question
from app.matching.engine.asked_parts import Table
from app.matching.engine.listing_columns import ListingColumns
from app.matching.engine.listing_rows import GUARANTEED, TOP_ONLY
from app.matching.table import SCORE_TABLE

_TABLE = SCORE_TABLE
PAY_UNKNOWN = 10 * _TABLE.pay_not_stated  # per mille

Rows = NDArray[np.signedinteger]


def points(columns: ListingColumns, question: Question, rows: Rows) -> Table:
    """The sum of all factors of each of `rows`, before the relevance cap."""
    asked, work = question.tables, columns.work.take(rows)
    total = asked.occupation.take(work) + asked.comfort.take(columns.comfort.take(rows))
    total += _experience(columns, asked, rows, work)
    total += _skills(columns, asked, rows, work)
    total += _place(columns, asked, rows)
    total += _pay(columns, asked.pay, rows)
    return total


def _experience(columns: ListingColumns, asked: Asked, rows: Rows, work: Rows) -> Table | int:
    if asked.months is None:
        return 0
    needed = 100 * columns.needed_months.take(rows).astype(np.int64)
    return _TABLE.experience * np.minimum(asked.months.take(work), needed) // needed


def _skills(columns: ListingColumns, asked: Asked, rows: Rows, work: Rows) -> Table:
    weight = columns.weight.take(rows)
    listing = np.flatnonzero(weight)
    found = asked.unlisted.take(work)
    if asked.credit is None:
        found[listing] = asked.least.take(work.take(listing))
        return found
    rows = rows.take(listing)
    answered = (asked.credit.take(columns.skills.take(rows, axis=0)) * columns.weights.take(rows, axis=0)).sum(axis=1)
    found[listing] = np.maximum(
        _TABLE.skills * answered // (100 * weight.take(listing)), asked.least.take(work.take(listing))
    )
    return found


def _place(columns: ListingColumns, asked: Asked, rows: Rows) -> Table:
    found = asked.place.take(columns.place.take(rows))
    if asked.lodging:
        found = np.where(columns.has_lodging.take(rows), np.maximum(found, asked.lodging), found)
    return found


def _pay(columns: ListingColumns, pay: AskedPay | None, rows: Rows) -> Table | int:
    if pay is None:
        return _TABLE.pay * PAY_UNKNOWN // 1000
    known, hours = columns.pay_known.take(rows), columns.pay_hours.take(rows)
    wished = pay.wished[columns.six_days.take(rows).astype(np.intp), hours]
    offered = columns.pay_fen.take(rows)
    is_unknown = hours == 0
    if pay.unknown_hours:
        rescaled = is_unknown & columns.pay_by_hours.take(rows)
        offered = np.where(rescaled, offered * _TABLE.hours_a_week // pay.unknown_hours, offered)
    offered = offered + pay.board.take(columns.board.take(rows))
    found = permille(offered, wished)
    found = np.where(known == TOP_ONLY, np.minimum(found, PAY_UNKNOWN), found)
    compared = (known == GUARANTEED) | (known == TOP_ONLY)
    if not pay.unknown_hours:
        compared &= ~is_unknown | columns.pay_hourly.take(rows)
    return _TABLE.pay * np.where(compared, found, PAY_UNKNOWN) // 1000


def permille(offered: Table, wished: Table) -> Table:
    """`pay.permille` of each pair."""
    nothing_at = _TABLE.pay_nothing_at
    above = 1000 * (100 * offered - nothing_at * wished) // ((100 - nothing_at) * np.maximum(wished, 1))
    return np.where(offered >= wished, 1000, np.minimum(np.maximum(above, 0), 1000))
