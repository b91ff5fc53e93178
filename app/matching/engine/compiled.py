"""`points.points` and `promise.by_promise` compiled: whole numbers, one pass, without the interpreter's lock. Pure.

numba is an optional accelerator (`pip install sanlian[fast]`); without it the modules of those names are used. Both
give the same numbers; the tests hold them to it. The first call compiles for some seconds, later processes load what
was compiled.
"""

from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numba import njit
from numpy.typing import NDArray

from app.matching.engine.asked import Asked, Table
from app.matching.engine.bits import Mask, Words
from app.matching.engine.listing_columns import Array, ListingColumns
from app.matching.engine.listing_rows import NO_FIGURE, TOP_ONLY
from app.matching.engine.points import PAY_UNKNOWN, Rows
from app.matching.engine.promise import BAND, MOST_BANDS
from app.matching.engine.segment import Segment
from app.matching.table import SCORE_TABLE

_OCCUPATION, _EXPERIENCE, _SKILLS = SCORE_TABLE.occupation, SCORE_TABLE.experience, SCORE_TABLE.skills
_PAY, _NOTHING_AT, _WEEK = SCORE_TABLE.pay, SCORE_TABLE.pay_nothing_at, SCORE_TABLE.hours_a_week
_NOT_LISTED, _AT_LEAST = SCORE_TABLE.skills_not_listed, SCORE_TABLE.skills_at_least
_MONTHS_AT_LEAST = 100 * SCORE_TABLE.experience_months_at_least
_FIRST_ROWS, _GROWTH = 64, 4  # of the portions
_NOBODY = (MOST_BANDS + 1) << 32  # an order behind that of every row
_NO_NUMBERS, _NO_MASK = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.bool_)
_NO_PAY = np.empty((0, 0), dtype=np.int64)


class _Columns(NamedTuple):
    work: Array
    comfort: Array
    needed_months: Array
    must_months: Array
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
    standing_failures: Array
    valid_until: Array
    least_age: Array
    facets: Array
    tie: Array
    work_start: Array
    cell_start: Array
    cell_district: Array
    by_skill: Array
    skill_start: Array


class _Tables(NamedTuple):
    """What is empty was not asked."""

    today: int
    age: int  # as old as anybody need be where it was not asked
    share: Table
    months: Table
    is_clear: Mask
    credit: Table
    is_proof: Mask
    place: Table
    lodging: int
    comfort: Table
    failures: NDArray[np.uint8]  # of all facets, one after the other
    facet_start: Table  # where each begins
    wished: Table
    unknown_hours: int
    board: Table
    most_of_district: Table
    most_of_rest: int


# Arrays are counted when a function takes them: those below take whole portions of rows, and hold what they need by
# names of their own while they go through them.
_compiled = njit(nogil=True, cache=True, error_model="numpy")

_known: WeakKeyDictionary[ListingColumns, _Columns] = WeakKeyDictionary()


def points(columns: ListingColumns, asked: Asked, rows: Rows) -> Table:
    """The sum of all factors of each of `rows`, before the relevance cap."""
    # Compiled for one kind of rows.
    found: Table = _points(_columns(columns), _tables(asked), rows.astype(np.int64, copy=False))
    return found


def by_promise(segment: Segment, asked: Asked, target: Words, k: int, *, fitting: bool) -> tuple[Rows, Table]:
    """At least the best `k` rows of `target` that suit, and their totals; with `fitting` those that fail nothing."""
    found: tuple[Rows, Table] = _by_promise(_columns(segment.columns), _tables(asked), target, k, fitting)
    return found


def _columns(columns: ListingColumns) -> _Columns:
    if (known := _known.get(columns)) is None:
        known = _known[columns] = _Columns(*(getattr(columns, name) for name in _Columns._fields))
    return known


def _tables(asked: Asked) -> _Tables:
    pay = asked.pay
    return _Tables(
        asked.today,
        255 if asked.age is None else asked.age,
        asked.share,
        _NO_NUMBERS if asked.months is None else asked.months,
        _NO_MASK if asked.is_clear is None else asked.is_clear,
        _NO_NUMBERS if asked.credit is None else asked.credit,
        _NO_MASK if asked.is_proof is None else asked.is_proof,
        asked.place,
        asked.lodging,
        asked.comfort,
        asked.every_failure,
        asked.facet_start[:, 0],
        _NO_PAY if pay is None else pay.wished,
        0 if pay is None else pay.unknown_hours,
        _NO_NUMBERS if pay is None else pay.board,
        asked.most_of_district,
        asked.most_of_rest,
    )


@_compiled
def _by_promise(columns: _Columns, tables: _Tables, target: Words, k: int, fitting: bool) -> tuple[Rows, Table]:
    """`promise.by_promise`. `best` are the orders of the best `k` rows so far, rising."""
    cells, bands, size = _promising(columns, tables)
    other = _band_of_other_work(tables)
    if other >= 0:
        size += len(columns.by_skill)
    best = np.full(k, _NOBODY, dtype=np.int64)
    rows, totals = np.empty(size, dtype=np.int64), np.empty(size, dtype=np.int64)
    found, taken, portion = 0, 0, _FIRST_ROWS
    while taken < len(cells) and bands[taken] >= _band(best[-1]):
        if other > bands[taken]:
            some = _proved_only(columns, tables)
            found = _keep(columns, tables, target, fitting, some, best, rows, totals, found)
            other = -1
        some, taken = _portion(columns, cells, bands, taken, portion, best[-1])
        found = _keep(columns, tables, target, fitting, some, best, rows, totals, found)
        portion *= _GROWTH
    if other >= max(_band(best[-1]), 0):
        some = _proved_only(columns, tables)
        found = _keep(columns, tables, target, fitting, some, best, rows, totals, found)
    is_best = _orders(columns, rows[:found], totals[:found]) <= best[-1]
    return rows[:found][is_best], totals[:found][is_best]


@_compiled
def _band(order: int) -> int:
    return MOST_BANDS - (order >> 32)


@_compiled
def _orders(columns: _Columns, rows: Rows, totals: Table) -> Table:
    tie, found = columns.tie, np.empty(len(rows), dtype=np.int64)
    for at in range(len(rows)):
        found[at] = ((MOST_BANDS - totals[at] // BAND) << 32) | np.int64(tie[rows[at]])
    return found


@_compiled
def _promising(columns: _Columns, tables: _Tables) -> tuple[Rows, Rows, int]:
    """The cells of wished work by falling band of their bound, the bands, and how many rows they have."""
    share, district, most_of_district = tables.share, columns.cell_district, tables.most_of_district
    work_start, cell_start = columns.work_start, columns.cell_start
    bands, cells = np.empty(len(district), dtype=np.int64), np.empty(len(district), dtype=np.int64)
    found, size = 0, 0
    for work in range(min(len(share), len(work_start) - 1)):
        if share[work] > 0:
            most = _most_of_work(tables, work)
            for cell in range(work_start[work], work_start[work + 1]):
                bands[found] = (most + most_of_district[district[cell]]) // BAND
                cells[found] = cell
                size += cell_start[cell + 1] - cell_start[cell]
                found += 1
    order = np.argsort(-bands[:found], kind="mergesort")
    return cells[order], bands[order], size


@_compiled
def _most_of_work(tables: _Tables, work: int) -> int:
    share = tables.share[work]
    total = _OCCUPATION * share // 10_000 + tables.most_of_rest
    if len(tables.months):
        total += _EXPERIENCE * min(tables.months[work], _MONTHS_AT_LEAST) // _MONTHS_AT_LEAST
    return int(total + (_SKILLS if len(tables.credit) else _SKILLS * share * _NOT_LISTED // 1_000_000))


@_compiled
def _band_of_other_work(tables: _Tables) -> int:
    """That of the bound of work that was not wished where a skill is proved; -1 where none is."""
    if not tables.is_proof.any():
        return -1
    share, months, most_done = tables.share, tables.months, 0
    for work in range(len(months)):
        if share[work] == 0:
            most_done = max(most_done, min(months[work], _MONTHS_AT_LEAST))
    most = _SKILLS + _EXPERIENCE * most_done // _MONTHS_AT_LEAST + tables.most_of_rest
    return int((most + tables.most_of_district.max()) // BAND)


@_compiled
def _proved_only(columns: _Columns, tables: _Tables) -> Rows:
    """Rows of work that was not wished, which name a proved skill; a row that names several stands here once."""
    is_proof, share, work, skills = tables.is_proof, tables.share, columns.work, columns.skills
    by_skill, start = columns.by_skill, columns.skill_start
    proved = np.flatnonzero(is_proof[: len(start)])
    size = 0
    for skill in proved:
        size += start[skill] - start[skill - 1]
    rows, found = np.empty(size, dtype=np.int64), 0
    for skill in proved:
        for row in by_skill[start[skill - 1] : start[skill]]:
            if share[work[row]] == 0:
                place = 0
                while not is_proof[skills[row, place]]:
                    place += 1
                if skills[row, place] == skill and (found == 0 or rows[found - 1] != row):  # it may be listed twice
                    rows[found] = row
                    found += 1
    return rows[:found]


@_compiled
def _portion(columns: _Columns, cells: Rows, bands: Rows, taken: int, size: int, last: int) -> tuple[Rows, int]:
    """Rows of the next cells, about `size`, without those that cannot come before `last`; the cell to go on from."""
    start, tie, upto, most = columns.cell_start, columns.tie, taken, 0
    while upto < len(cells) and most < size and bands[upto] >= _band(last):
        most += start[cells[upto] + 1] - start[cells[upto]]
        upto += 1
    rows, found = np.empty(most, dtype=np.int64), 0
    for at in range(taken, upto):
        first = (MOST_BANDS - bands[at]) << 32
        for row in range(start[cells[at]], start[cells[at] + 1]):
            if first | np.int64(tie[row]) > last:
                break  # the rows of a cell lie by tie
            rows[found] = row
            found += 1
    return rows[:found], upto


@_compiled
def _keep(
    columns: _Columns,
    tables: _Tables,
    target: Words,
    fitting: bool,
    some: Rows,
    best: Table,
    rows: Rows,
    totals: Table,
    found: int,
) -> int:
    """Add to `rows` those of `some` that are of the target and may be among the best; how many there are by then."""
    some = _of_target(some, target)
    if fitting:
        some = _fitting(columns, tables, some)
    points = _points(columns, tables, some)
    orders = _orders(columns, some, points)
    for at in range(len(some)):
        if orders[at] <= best[-1]:
            place = len(best) - 1
            while place > 0 and best[place - 1] > orders[at]:
                best[place] = best[place - 1]
                place -= 1
            best[place] = orders[at]
            rows[found], totals[found] = some[at], points[at]
            found += 1
    return found


@_compiled
def _of_target(rows: Rows, target: Words) -> Rows:
    kept, found = np.empty_like(rows), 0
    for row in rows:
        if (target[row >> 6] >> np.uint64(row & 63)) & np.uint64(1):
            kept[found] = row
            found += 1
    return kept[:found]


@_compiled
def _fitting(columns: _Columns, tables: _Tables, rows: Rows) -> Rows:
    """Those of `rows` that fail no condition."""
    standing, valid_until, least_age = columns.standing_failures, columns.valid_until, columns.least_age
    facets, failures, facet_start = columns.facets, tables.failures, tables.facet_start
    work, must, months, is_clear = columns.work, columns.must_months, tables.months, tables.is_clear
    kept, found = np.empty_like(rows), 0
    for row in rows:
        if standing[row] or valid_until[row] < tables.today or least_age[row] > tables.age:
            continue
        fails = must[row] > 0 and len(months) > 0 and months[work[row]] // 100 < must[row] and is_clear[work[row]]
        for number in range(len(facet_start)):
            fails |= failures[facet_start[number] + facets[number, row]] > 0
        if not fails:
            kept[found] = row
            found += 1
    return kept[:found]


@_compiled
def _points(columns: _Columns, tables: _Tables, rows: Rows) -> Table:
    """`points.points`."""
    work, comfort, needed, place = columns.work, columns.comfort, columns.needed_months, columns.place
    share, of_comfort, months, of_place = tables.share, tables.comfort, tables.months, tables.place
    has_lodging, lodging = columns.has_lodging, tables.lodging
    found = np.empty(len(rows), dtype=np.int64)
    for at, row in enumerate(rows):
        total = _OCCUPATION * share[work[row]] // 10_000 + of_comfort[comfort[row]]
        if len(months):
            full = 100 * np.int64(needed[row])
            total += _EXPERIENCE * min(months[work[row]], full) // full
        found[at] = total + (max(of_place[place[row]], lodging) if has_lodging[row] else of_place[place[row]])
    _add_skills(columns, tables, rows, found)
    _add_pay(columns, tables, rows, found)
    return found


@_compiled
def _add_skills(columns: _Columns, tables: _Tables, rows: Rows, found: Table) -> None:
    work, weight, skills, weights = columns.work, columns.weight, columns.skills, columns.weights
    share, credit = tables.share, tables.credit
    for at, row in enumerate(rows):
        if weight[row] == 0:
            found[at] += _SKILLS * share[work[row]] * _NOT_LISTED // 1_000_000
            continue
        points = _SKILLS * share[work[row]] * _AT_LEAST // 1_000_000
        if len(credit):
            answered = 0
            for place in range(skills.shape[1]):
                answered += credit[skills[row, place]] * weights[row, place]
            points = max(_SKILLS * answered // (100 * np.int64(weight[row])), points)
        found[at] += points


@_compiled
def _add_pay(columns: _Columns, tables: _Tables, rows: Rows, found: Table) -> None:
    known, hours, fen, board = columns.pay_known, columns.pay_hours, columns.pay_fen, columns.board
    by_hours, hourly, six_days = columns.pay_by_hours, columns.pay_hourly, columns.six_days
    wish, unknown_hours, of_board = tables.wished, tables.unknown_hours, tables.board
    for at, row in enumerate(rows):
        permille = PAY_UNKNOWN
        is_comparable = hours[row] > 0 or unknown_hours > 0 or hourly[row]
        if len(of_board) and known[row] != NO_FIGURE and is_comparable:
            offered, wished = np.int64(fen[row]), wish[np.int64(six_days[row]), hours[row]]
            if hours[row] == 0 and unknown_hours > 0 and by_hours[row]:
                offered = offered * _WEEK // unknown_hours
            offered += of_board[board[row]]
            permille = 1000
            if offered < wished:
                above = 1000 * (100 * offered - _NOTHING_AT * wished) // ((100 - _NOTHING_AT) * max(wished, 1))
                permille = min(max(above, 0), 1000)
            if known[row] == TOP_ONLY:
                permille = min(permille, PAY_UNKNOWN)
        found[at] += _PAY * permille // 1000
