"""The listings of one segment as columns, in the order in which ties are broken. Pure.

Rows lie by referrals per seat, then by the day of opening, the latest first: of two rows in the same band of points
the one that comes first here is the better, but for rows that share a `tie`, which the daily shuffle decides. Beside
the columns lie three ways in: `by_cell` lists the rows by work and district, so that where the best can be is looked at
first, `by_skill` lists the rows that name a skill, and `by_must` those that require months, in groups that are alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.matching.engine.facets import FACETS
from app.matching.engine.listing_rows import ListingRow

Array = NDArray[Any]
NO_SKILL = 0  # skill numbers are kept one higher: 0 fills the places of listings with fewer


@dataclass(frozen=True)
class ListingColumns:
    """`n` listings. Every column has one entry a row; what an entry means stands at `listing_rows.ListingRow`."""

    ids: Array  # bytes, UTF-8
    origin: Array
    work: Array
    place: Array
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
    tie: Array  # equal for rows that only the daily shuffle tells apart, else rising
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
    weight: Array  # their sum a row; 0 where the listing names no skill

    ends: Array  # `expires` in order
    by_cell: Array
    cell_work: Array
    cell_district: Array
    cell_start: Array  # one more than there are cells
    by_skill: Array
    skill_start: Array  # from skill number to a place in by_skill; one more than there are skills
    by_must: Array  # the rows that require months, by work and months
    must_work: Array
    must_needed: Array
    must_start: Array  # one more than there are such groups

    @property
    def n(self) -> int:
        return len(self.work)

    @property
    def nbytes(self) -> int:
        """The memory of all columns."""
        return sum(getattr(self, field.name).nbytes for field in fields(self))


_NARROW: dict[str, type[np.generic]] = {
    "origin": np.int32,
    "work": np.int32,
    "place": np.int32,
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


def columns_of(rows: Sequence[ListingRow], skill_count: int) -> ListingColumns:
    """The columns of `rows`; `skill_count` is how many skill numbers were given out."""
    rows = sorted(rows, key=lambda row: (row.referrals, -row.opened_on, row.id, row.origin))
    plain = {name: np.array([getattr(row, name) for row in rows], dtype=kind) for name, kind in _NARROW.items()}
    skills, weights = _skills(rows)
    return ListingColumns(
        ids=np.array([row.id.encode() for row in rows], dtype=np.bytes_),
        tie=_ties(plain["referrals"], plain["opened_on"]),
        facets=np.array([row.facets for row in rows], dtype=np.int32).reshape(-1, len(FACETS)).T.copy(),
        skills=skills,
        weights=weights,
        weight=weights.sum(axis=1, dtype=np.int32),
        ends=np.sort(plain["expires"]),
        **plain,
        **_cells(plain["work"], np.array([row.district for row in rows], dtype=np.int32)),
        **_musts(plain["work"], plain["must_months"]),
        **_postings(skills, skill_count),
    )


def _ties(referrals: Array, opened_on: Array) -> Array:
    if not len(referrals):
        return np.empty(0, dtype=np.int32)
    is_new = (np.diff(referrals) != 0) | (np.diff(opened_on) != 0)
    return np.concatenate([[0], np.cumsum(is_new)]).astype(np.int32)


def _skills(rows: Sequence[ListingRow]) -> tuple[Array, Array]:
    width = max((len(row.skills) for row in rows), default=0) or 1
    skills = np.full((len(rows), width), NO_SKILL, dtype=np.int32)
    weights = np.zeros((len(rows), width), dtype=np.uint8)
    for place, row in enumerate(rows):
        skills[place, : len(row.skills)] = [number + 1 for number in row.skills]
        weights[place, : len(row.weights)] = row.weights
    return skills, weights


def _cells(work: Array, district: Array) -> dict[str, Array]:
    """The rows by work, district and place in the order; each run of one work in one district is a cell."""
    order, starts = _runs(work, district)
    firsts = order[starts[:-1]]
    return {
        "by_cell": order,
        "cell_work": work[firsts],
        "cell_district": district[firsts],
        "cell_start": starts,
    }


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
