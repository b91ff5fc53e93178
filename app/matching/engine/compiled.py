"""`points.points` and `promise.by_promise` compiled: whole numbers, one pass, without the interpreter's lock. Pure.

numba is an optional accelerator (`pip install sanlian[fast]`); without it the modules of those names are used. Both
give the same numbers; the tests hold them to it. The first call compiles for some seconds, later processes load what
was compiled.
"""

from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from app.matching.engine.asked import NOT_THERE, Question
from app.matching.engine.asked_parts import WISHED_SIZE, Table
from app.matching.engine.bits import Words
from app.matching.engine.compiled_tables import Given, Tables, compiled, given, tables_of
from app.matching.engine.facets import FACETS
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
_FACETS = len(FACETS)


class _Columns(NamedTuple):
    """`rows` holds side by side what is looked at of one listing: a row is two lines of the processor's memory."""

    rows: Array  # (n, columns), in the order of _ROW
    pay_fen: Array
    named: Array  # (n, width), a skill's number + 1 above its weight
    work_start: Array
    cell_start: Array
    cell_district: Array
    by_skill: Array
    skill_start: Array


# What decides whether a row may be among the best comes first.
_ROW = ("tie", "standing_failures", "valid_until", "least_age", "must_months", "work", "comfort", "needed_months",
        "place", "has_lodging", "weight", "pay_known", "pay_hours", "pay_by_hours", "pay_hourly", "six_days",
        "board")  # fmt: skip
(_TIE, _STANDING, _VALID_UNTIL, _LEAST_AGE, _MUST, _WORK, _COMFORT, _NEEDED, _PLACE, _HAS_LODGING, _WEIGHT, _KNOWN,
 _HOURS, _BY_HOURS, _HOURLY, _SIX_DAYS, _BOARD) = range(len(_ROW))  # fmt: skip
_FACET = len(_ROW)  # the first facet's
_WEIGHT_BITS = 8


# Arrays are counted when a function takes them: those below take whole portions of rows, and hold what they need by
# names of their own while they go through them.
_known: WeakKeyDictionary[ListingColumns, _Columns] = WeakKeyDictionary()


def points(columns: ListingColumns, question: Question, rows: Rows) -> Table:
    """The sum of all factors of each of `rows`, before the relevance cap."""
    # Compiled for one kind of rows.
    found: Table = _points_of(_columns(columns), given(question), rows.astype(np.int64, copy=False))
    return found


def by_promise(segment: Segment, question: Question, target: Words, k: int, *, fitting: bool) -> tuple[Rows, Table]:
    """At least the best `k` rows of `target` that suit, and their totals; with `fitting` those that fail nothing."""
    found: tuple[Rows, Table] = _best(_columns(segment.columns), given(question), target, k, fitting)
    return found


def _columns(columns: ListingColumns) -> _Columns:
    if (known := _known.get(columns)) is None:
        rows = [*(getattr(columns, name) for name in _ROW), *columns.facets]
        known = _known[columns] = _Columns(
            np.column_stack(rows).astype(np.int32),
            columns.pay_fen,
            columns.skills << _WEIGHT_BITS | columns.weights,
            *(getattr(columns, name) for name in _Columns._fields[3:]),
        )
    return known


@compiled
def _best(columns: _Columns, given: Given, target: Words, k: int, fitting: bool) -> tuple[Rows, Table]:
    found: tuple[Rows, Table] = _by_promise(columns, tables_of(given), target, k, fitting)
    return found


@compiled
def _points_of(columns: _Columns, given: Given, rows: Rows) -> Table:
    found: Table = _points(columns, tables_of(given), rows)
    return found


@compiled
def _by_promise(columns: _Columns, tables: Tables, target: Words, k: int, fitting: bool) -> tuple[Rows, Table]:
    """`promise.by_promise`. `best` are the orders of the best `k` rows so far, rising."""
    cells, bands = _promising(columns, tables)
    other = _band_of_other_work(tables)
    best = np.full(k, _NOBODY, dtype=np.int64)
    rows, totals = np.empty(_FIRST_ROWS, dtype=np.int64), np.empty(_FIRST_ROWS, dtype=np.int64)
    found, taken, portion = 0, 0, _FIRST_ROWS
    while taken < len(cells) and bands[taken] >= _band(best[-1]):
        if other > bands[taken]:
            some = _proved_only(columns, tables)
            rows, totals, found = _keep(columns, tables, target, fitting, some, best, rows, totals, found)
            other = -1
        some, taken = _portion(columns, cells, bands, taken, portion, best[-1])
        rows, totals, found = _keep(columns, tables, target, fitting, some, best, rows, totals, found)
        portion *= _GROWTH
    if other >= max(_band(best[-1]), 0):
        some = _proved_only(columns, tables)
        rows, totals, found = _keep(columns, tables, target, fitting, some, best, rows, totals, found)
    is_best = _orders(columns, rows[:found], totals[:found]) <= best[-1]
    return rows[:found][is_best], totals[:found][is_best]


@compiled
def _band(order: int) -> int:
    return MOST_BANDS - (order >> 32)


@compiled
def _orders(columns: _Columns, rows: Rows, totals: Table) -> Table:
    of, found = columns.rows, np.empty(len(rows), dtype=np.int64)
    for at in range(len(rows)):
        found[at] = ((MOST_BANDS - totals[at] // BAND) << 32) | np.int64(of[rows[at], _TIE])
    return found


@compiled
def _promising(columns: _Columns, tables: Tables) -> tuple[Rows, Rows]:
    """The cells of wished work by falling band of their bound, and the bands."""
    share, district, most_of_district = tables.share, columns.cell_district, tables.most_of_district
    work_start = columns.work_start
    bands, cells = np.empty(len(district), dtype=np.int64), np.empty(len(district), dtype=np.int64)
    found = 0
    for work in range(min(len(share), len(work_start) - 1)):
        if share[work] > 0:
            most = _most_of_work(tables, work)
            for cell in range(work_start[work], work_start[work + 1]):
                bands[found] = (most + most_of_district[district[cell]]) // BAND
                cells[found] = cell
                found += 1
    start = np.zeros(MOST_BANDS + 2, dtype=np.int64)  # where each band begins, the highest first
    for at in range(found):
        start[MOST_BANDS - bands[at] + 1] += 1
    for at in range(1, len(start)):
        start[at] += start[at - 1]
    ordered, falling = np.empty(found, dtype=np.int64), np.empty(found, dtype=np.int64)
    for at in range(found):
        place = start[MOST_BANDS - bands[at]]
        ordered[place], falling[place] = cells[at], bands[at]
        start[MOST_BANDS - bands[at]] += 1
    return ordered, falling


@compiled
def _most_of_work(tables: Tables, work: int) -> int:
    share = tables.share[work]
    total = _OCCUPATION * share // 10_000 + tables.most_of_rest
    if len(tables.months):
        total += _EXPERIENCE * min(tables.months[work], _MONTHS_AT_LEAST) // _MONTHS_AT_LEAST
    return int(total + (_SKILLS if len(tables.credit) else _SKILLS * share * _NOT_LISTED // 1_000_000))


@compiled
def _band_of_other_work(tables: Tables) -> int:
    """That of the bound of work that was not wished where a skill is proved; -1 where none is."""
    if not tables.is_proof.any():
        return -1
    share, months, most_done = tables.share, tables.months, 0
    for work in range(len(months)):
        if share[work] == 0:
            most_done = max(most_done, min(months[work], _MONTHS_AT_LEAST))
    most = _SKILLS + _EXPERIENCE * most_done // _MONTHS_AT_LEAST + tables.most_of_rest
    return int((most + tables.most_of_district.max()) // BAND)


@compiled
def _proved_only(columns: _Columns, tables: Tables) -> Rows:
    """Rows of work that was not wished, which name a proved skill; a row that names several stands here once."""
    is_proof, share, of, named = tables.is_proof, tables.share, columns.rows, columns.named
    by_skill, start = columns.by_skill, columns.skill_start
    proved = np.flatnonzero(is_proof[: len(start)])
    size = 0
    for skill in proved:
        size += start[skill] - start[skill - 1]
    rows, found = np.empty(size, dtype=np.int64), 0
    for skill in proved:
        for row in by_skill[start[skill - 1] : start[skill]]:
            if share[of[row, _WORK]] == 0:
                place = 0
                while not is_proof[named[row, place] >> _WEIGHT_BITS]:
                    place += 1
                first = named[row, place] >> _WEIGHT_BITS
                if first == skill and (found == 0 or rows[found - 1] != row):  # it may be listed twice
                    rows[found] = row
                    found += 1
    return rows[:found]


@compiled
def _portion(columns: _Columns, cells: Rows, bands: Rows, taken: int, size: int, last: int) -> tuple[Rows, int]:
    """Rows of the next cells, about `size`, without those that cannot come before `last`; the cell to go on from."""
    start, of, upto, most = columns.cell_start, columns.rows, taken, 0
    while upto < len(cells) and most < size and bands[upto] >= _band(last):
        most += start[cells[upto] + 1] - start[cells[upto]]
        upto += 1
    rows, found = np.empty(most, dtype=np.int64), 0
    for at in range(taken, upto):
        first = (MOST_BANDS - bands[at]) << 32
        for row in range(start[cells[at]], start[cells[at] + 1]):
            if first | np.int64(of[row, _TIE]) > last:
                break  # the rows of a cell lie by tie
            rows[found] = row
            found += 1
    return rows[:found], upto


@compiled
def _keep(
    columns: _Columns,
    tables: Tables,
    target: Words,
    fitting: bool,
    some: Rows,
    best: Table,
    rows: Rows,
    totals: Table,
    found: int,
) -> tuple[Rows, Table, int]:
    """`rows` and `totals` with those of `some` that are of the target and may be among the best; how many those are."""
    some = _of_target(some, target)
    if fitting:
        some = _fitting(columns, tables, some)
    points = _points(columns, tables, some)
    orders = _orders(columns, some, points)
    if found + len(some) > len(rows):
        rows, totals = _lengthened(rows, len(some)), _lengthened(totals, len(some))
    for at in range(len(some)):
        if orders[at] <= best[-1]:
            place = len(best) - 1
            while place > 0 and best[place - 1] > orders[at]:
                best[place] = best[place - 1]
                place -= 1
            best[place] = orders[at]
            rows[found], totals[found] = some[at], points[at]
            found += 1
    return rows, totals, found


@compiled
def _lengthened(numbers: Table, more: int) -> Table:
    longer = np.empty(len(numbers) + more, dtype=np.int64)
    longer[: len(numbers)] = numbers
    return longer


@compiled
def _of_target(rows: Rows, target: Words) -> Rows:
    kept, found = np.empty_like(rows), 0
    for row in rows:
        if (target[row >> 6] >> np.uint64(row & 63)) & np.uint64(1):
            kept[found] = row
            found += 1
    return kept[:found]


@compiled
def _fitting(columns: _Columns, tables: Tables, rows: Rows) -> Rows:
    """Those of `rows` that fail no condition."""
    of, small, failures = columns.rows, tables.small, tables.failures
    today, age, months, is_clear = tables.today, tables.age, tables.months, tables.is_clear
    kept, found = np.empty_like(rows), 0
    for row in rows:
        if of[row, _STANDING] or of[row, _VALID_UNTIL] < today or of[row, _LEAST_AGE] > age:
            continue
        must, work = of[row, _MUST], of[row, _WORK]
        fails = must > 0 and len(months) > 0 and months[work] // 100 < must and is_clear[work]
        for facet in range(_FACETS):
            fails |= small[failures[facet] + of[row, _FACET + facet]] > 0
        if not fails:
            kept[found] = row
            found += 1
    return kept[:found]


@compiled
def _points(columns: _Columns, tables: Tables, rows: Rows) -> Table:
    """`points.points`."""
    of, share, months, place = columns.rows, tables.share, tables.months, tables.place
    small, comfort, lodging = tables.small, tables.comfort, tables.lodging
    found = np.empty(len(rows), dtype=np.int64)
    for at, row in enumerate(rows):
        work = of[row, _WORK]
        total = _OCCUPATION * share[work] // 10_000 + np.int64(small[comfort + of[row, _COMFORT]])
        if len(months):
            full = 100 * np.int64(of[row, _NEEDED])
            total += _EXPERIENCE * min(months[work], full) // full
        of_place = np.int64(place[of[row, _PLACE]])
        found[at] = total + (max(of_place, lodging) if of[row, _HAS_LODGING] else of_place)
    _add_skills(columns, tables, rows, found)
    _add_pay(columns, tables, rows, found)
    return found


@compiled
def _add_skills(columns: _Columns, tables: Tables, rows: Rows, found: Table) -> None:
    of, named, share, credit = columns.rows, columns.named, tables.share, tables.credit
    for at, row in enumerate(rows):
        weight, near = np.int64(of[row, _WEIGHT]), share[of[row, _WORK]]
        if weight == 0:
            found[at] += _SKILLS * near * _NOT_LISTED // 1_000_000
            continue
        points = _SKILLS * near * _AT_LEAST // 1_000_000
        if len(credit):
            answered = 0
            for place in range(named.shape[1]):
                one = np.int64(named[row, place])
                answered += credit[one >> _WEIGHT_BITS] * (one & ((1 << _WEIGHT_BITS) - 1))
            points = max(_SKILLS * answered // (100 * weight), points)
        found[at] += points


@compiled
def _add_pay(columns: _Columns, tables: Tables, rows: Rows, found: Table) -> None:
    of, fen, amounts = columns.rows, columns.pay_fen, tables.amounts
    wish, board, unknown_hours = tables.wished, tables.board, tables.unknown_hours
    for at, row in enumerate(rows):
        permille, known, hours = PAY_UNKNOWN, of[row, _KNOWN], of[row, _HOURS]
        is_comparable = hours > 0 or unknown_hours > 0 or of[row, _HOURLY]
        if wish != NOT_THERE and known != NO_FIGURE and is_comparable:
            offered, wished = fen[row], amounts[wish + of[row, _SIX_DAYS] * (WISHED_SIZE // 2) + hours]
            if hours == 0 and unknown_hours > 0 and of[row, _BY_HOURS]:
                offered = offered * _WEEK // unknown_hours
            offered += amounts[board + of[row, _BOARD]]
            permille = 1000
            if offered < wished:
                above = 1000 * (100 * offered - _NOTHING_AT * wished) // ((100 - _NOTHING_AT) * max(wished, 1))
                permille = min(max(above, 0), 1000)
            if known == TOP_ONLY:
                permille = min(permille, PAY_UNKNOWN)
        found[at] += _PAY * permille // 1000
