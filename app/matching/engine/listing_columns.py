"""The listings of one segment as columns, by work and district. Pure.

The rows of one work in one district are a cell and lie together, so that where the best can be is read in one go.
Within a cell they lie by `tie`: by referrals per seat, then by the day of opening, the latest first. Of two rows in
the same band of points the one with the lower `tie` is the better; those that share one the daily shuffle decides.
Beside the columns lie the other ways in: `by_tie` lists all rows in that order, `by_skill` those that name a skill,
`by_must` those that require months, in groups that are alike, and `by_id` all of them by id.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.matching.engine.facets import FACETS
from app.matching.engine.listing_rows import ListingRow

Array = NDArray[Any]
NO_SKILL = 0  # skill numbers are kept one higher: 0 fills the places of listings with fewer

# What a row holds, and how narrow it is kept.
_OWN: dict[str, type[np.generic]] = {
    "origin": np.int32,
    "work": np.int32,
    "place": np.int32,
    "district": np.int32,
    "needed_months": np.int32,
    "must_months": np.int32,
    "is_open": np.bool_,
    "is_hidden": np.bool_,
    "standing_failures": np.uint8,
    "least_age": np.uint8,
    "valid_until": np.int32,
    "expires": np.int64,
    "opened_on": np.int32,
    "referrals": np.int64,
    "pay_known": np.uint8,
    "pay_fen": np.int64,
    "pay_hours": np.uint8,
    "pay_by_hours": np.bool_,
    "pay_hourly": np.bool_,
    "six_days": np.bool_,
    "board": np.int32,
    "has_lodging": np.bool_,
    "comfort": np.int32,
}


@dataclass(frozen=True, eq=False)
class ListingColumns:
    """`n` listings. Every column has one entry a row; what an entry means stands at `listing_rows.ListingRow`."""

    ids: Array  # bytes, UTF-8
    origin: Array
    work: Array
    place: Array
    district: Array
    needed_months: Array
    must_months: Array
    is_open: Array
    is_hidden: Array
    standing_failures: Array
    least_age: Array
    valid_until: Array
    expires: Array
    opened_on: Array
    referrals: Array
    pay_known: Array
    pay_fen: Array
    pay_hours: Array
    pay_by_hours: Array
    pay_hourly: Array
    six_days: Array
    board: Array
    has_lodging: Array
    comfort: Array
    facets: Array  # (facets, n)
    skills: Array  # (n, width), skill number + 1
    weights: Array  # (n, width)

    weight: Array  # the sum of a row's weights; 0 where the listing names no skill
    tie: Array  # equal for rows that only the daily shuffle tells apart, else rising
    ends: Array  # `expires` in order
    by_id: Array
    by_tie: Array
    work_start: Array  # from work number to a cell; one more than there are works here
    cell_work: Array
    cell_district: Array
    cell_start: Array  # one more than there are cells
    by_skill: Array
    skill_start: Array  # from skill number to a place in by_skill; one more than there are skills
    by_must: Array
    must_work: Array
    must_needed: Array
    must_start: Array  # one more than there are groups

    @property
    def n(self) -> int:
        return len(self.work)

    @property
    def nbytes(self) -> int:
        """The memory of all columns."""
        return sum(getattr(self, field.name).nbytes for field in fields(self))

    def row_of(self, id_: str, origin: int) -> int | None:
        """The row of a listing; None if it is not here."""
        wanted = id_.encode()
        place = bisect_left(range(self.n), wanted, key=lambda at: bytes(self.ids[self.by_id[at]]))
        while place < self.n and bytes(self.ids[row := int(self.by_id[place])]) == wanted:
            if self.origin[row] == origin:
                return row
            place += 1
        return None


def columns_of(rows: Sequence[ListingRow], skill_count: int) -> ListingColumns:
    """The columns of `rows`; `skill_count` is how many skill numbers were given out."""
    own: dict[str, Array] = {
        name: np.array([getattr(row, name) for row in rows], dtype=kind) for name, kind in _OWN.items()
    }
    width = max((len(row.skills) for row in rows), default=0) or 1
    own["skills"] = np.full((len(rows), width), NO_SKILL, dtype=np.int32)
    own["weights"] = np.zeros((len(rows), width), dtype=np.uint8)
    for place, row in enumerate(rows):
        own["skills"][place, : len(row.skills)] = [number + 1 for number in row.skills]
        own["weights"][place, : len(row.weights)] = row.weights
    own["ids"] = np.array([row.id.encode() for row in rows], dtype=np.bytes_)
    own["facets"] = np.array([row.facets for row in rows], dtype=np.int32).reshape(-1, len(FACETS)).T
    return _arranged(own, skill_count)


def merged(parts: Sequence[tuple[ListingColumns, NDArray[np.signedinteger]]], skill_count: int) -> ListingColumns:
    """Some rows of several segments as one."""
    own = {name: np.concatenate([getattr(columns, name)[rows] for columns, rows in parts]) for name in (*_OWN, "ids")}
    own["facets"] = np.concatenate([columns.facets[:, rows] for columns, rows in parts], axis=1)
    width = max(columns.skills.shape[1] for columns, _ in parts)
    for name in ("skills", "weights"):
        own[name] = np.concatenate([_widened(getattr(columns, name)[rows], width) for columns, rows in parts])
    return _arranged(own, skill_count)


def _widened(lists: Array, width: int) -> Array:
    return np.pad(lists, ((0, 0), (0, width - lists.shape[1])))


def _arranged(own: dict[str, Array], skill_count: int) -> ListingColumns:
    """The rows in their order, with the ways in."""
    by_tie = np.lexsort((own["ids"], -own["opened_on"], own["referrals"]))
    ties = _ties(own["referrals"][by_tie], own["opened_on"][by_tie])
    arranged, cell_start = _runs(own["work"][by_tie], own["district"][by_tie])
    order = by_tie[arranged]
    own = {name: np.ascontiguousarray(column[..., order]) if name == "facets" else column[order]
           for name, column in own.items()}  # fmt: skip
    cell_work = own["work"][cell_start[:-1]]
    arrays = dict(
        weight=own["weights"].sum(axis=1, dtype=np.int32),
        tie=ties[arranged],
        by_tie=np.argsort(ties[arranged], kind="stable").astype(np.int32),
        work_start=np.searchsorted(cell_work, np.arange(int(own["work"].max(initial=-1)) + 2)),
        cell_work=cell_work,
        cell_district=own["district"][cell_start[:-1]],
        cell_start=cell_start,
        ends=np.sort(own["expires"]),
        by_id=np.argsort(own["ids"], kind="stable").astype(np.int32),
        **own,
        **_musts(own["work"], own["must_months"]),
        **_postings(own["skills"], skill_count),
    )
    for array in arrays.values():
        array.flags.writeable = False  # as those are that are mapped from disk: what is compiled fits both
    return ListingColumns(**arrays)


def _ties(referrals: Array, opened_on: Array) -> Array:
    is_new = (np.diff(referrals) != 0) | (np.diff(opened_on) != 0)
    return np.concatenate([np.zeros(min(len(referrals), 1), np.int64), np.cumsum(is_new)]).astype(np.int32)


def _musts(work: Array, must_months: Array) -> dict[str, Array]:
    rows = np.flatnonzero(must_months).astype(np.int32)
    order, starts = _runs(work[rows], must_months[rows])
    by_must = rows[order]
    firsts = by_must[starts[:-1]]
    return {"by_must": by_must, "must_work": work[firsts], "must_needed": must_months[firsts], "must_start": starts}


def _runs(first: Array, second: Array) -> tuple[Array, Array]:
    """The order of rows by two keys, and where each run of equal keys starts in it; the end of the last, too."""
    order = np.lexsort((second, first)).astype(np.int32)
    is_new = (np.diff(first[order]) != 0) | (np.diff(second[order]) != 0)
    starts = np.flatnonzero(np.concatenate([[True], is_new])[: len(order)])
    return order, np.append(starts, len(order)).astype(np.int64)


def _postings(skills: Array, skill_count: int) -> dict[str, Array]:
    rows, columns = np.nonzero(skills)
    named = skills[rows, columns]
    order = np.argsort(named, kind="stable")
    starts = np.searchsorted(named[order], np.arange(1, skill_count + 2))
    return {"by_skill": rows[order].astype(np.int32), "skill_start": starts.astype(np.int64)}
