"""A pool: the active job seekers of a node, and the best of them for a listing. Pure.

The judgement is that of `market`, with the roles exchanged: the listing is fixed, every distinct value of a person is
asked of the reference once, and points are given only to the persons that a list needs. A pool never changes; a person
who comes, changes or goes makes a new one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.matching.engine.kinship import CREDIT
from app.matching.engine.listing_rows import GUARANTEED, TOP_ONLY, ListingValues, RowReader
from app.matching.engine.offered import Offered, Offerer
from app.matching.engine.person_columns import PersonColumns, columns_of
from app.matching.engine.person_rows import BY_DAY, BY_HOUR, BY_YEAR, NO_WISH, PersonReader, PersonRow, PersonValues
from app.matching.engine.points import PAY_UNKNOWN, permille
from app.matching.lists import Lists
from app.matching.order import person_key
from app.matching.place import PERCENT, Way
from app.matching.profile import Concepts, KnownListing, KnownPerson, Places
from app.matching.table import SCORE_TABLE

_TABLE = SCORE_TABLE

_RECENT = 256  # persons outside the settled part, after which all are settled anew

_Key = tuple[object, ...]
Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]
Table = NDArray[np.int64]


class PlacedPerson(NamedTuple):
    """A person in their place in a list."""

    id: str
    total: int


BestPeople = Lists[PlacedPerson]  # the best persons for one listing


@dataclass(frozen=True)
class Part:
    """Some persons of a pool: their columns, and which of them are still there. Rows are found by id."""

    columns: PersonColumns
    alive: Mask
    row_of: dict[str, int]

    @classmethod
    def of(cls, rows: Sequence[PersonRow]) -> "Part":
        """A part of which every row is there."""
        columns = columns_of(rows)
        return cls(columns, np.ones(len(rows), dtype=np.bool_), {id_: row for row, id_ in enumerate(columns.ids)})

    def without(self, ids: Iterable[str]) -> "Part":
        """The same without some persons."""
        rows = [self.row_of[id_] for id_ in ids if id_ in self.row_of]
        if not rows:
            return self
        alive = self.alive.copy()
        alive[rows] = False
        return replace(self, alive=alive)


@dataclass(frozen=True)
class Pool:
    """Persons to be found: most of them in a settled part, those that came or changed of late in a small one."""

    reader: PersonReader
    offerer: Offerer
    listings: RowReader
    rows: dict[str, PersonRow]
    settled: Part
    recent: Part

    @classmethod
    def empty(cls, concepts: Concepts, places: Places) -> "Pool":
        """A pool without persons."""
        values = PersonValues.empty()
        reader, offerer = PersonReader(values, concepts), Offerer(values, concepts, places)
        return cls(reader, offerer, RowReader(ListingValues.empty(), concepts, places), {}, Part.of(()), Part.of(()))

    def holding(self, people: Iterable[tuple[str, KnownPerson]]) -> "Pool":
        """A pool of these persons, each given with the office."""
        return self.changed(people, ())

    def changed(self, people: Iterable[tuple[str, KnownPerson]], gone: Iterable[str]) -> "Pool":
        """The pool with some persons new or changed, and some gone."""
        new = {person.id: self.reader.read(person, office) for office, person in people}
        leaving = {*gone, *new}
        kept = {id_: row for id_, row in self.rows.items() if id_ not in leaving} | new
        recent = {id_: self.rows[id_] for id_ in self.recent.row_of if id_ not in leaving} | new
        if len(recent) > _RECENT:
            return replace(self, rows=kept, settled=Part.of(list(kept.values())), recent=Part.of(()))
        return replace(self, rows=kept, settled=self.settled.without(leaving), recent=Part.of(list(recent.values())))

    def best(
        self, listing: KnownListing, today: date, *, limit: int, side: int = 0, office: str | None = None
    ) -> BestPeople:
        """The best `limit` matches among the persons of `office` (None: of all), and `side` of each other list."""
        # Many may ask at once, and only who changes a pool may number: what this listing is read into is its own.
        row = replace(self.listings, values=ListingValues.empty()).read(listing, listing.opened_at)
        offered = self.offerer.offer(listing, row, today)
        number = None if office is None else self.reader.values.offices.find(office)
        judged = [_Judged(part, offered, listing.id, number) for part in (self.settled, self.recent)]

        def of(name: str, most: int) -> tuple[tuple[PlacedPerson, ...], int]:
            found = sorted((one for part in judged for one in part.first(name, most)), key=lambda one: one[0])
            return tuple(placed for _, placed in found[:most]), sum(part.count(name) for part in judged)

        matches, other, missed = of("matches", limit), of("other", side), of("missed", side)
        return BestPeople(sum(part.considered for part in judged), *matches, *other, *missed)


class _Judged:
    """One listing and the persons of one office in one part."""

    def __init__(self, part: Part, offered: Offered, listing_id: str, office: int | None) -> None:
        self._columns, self._offered, self._listing_id = part.columns, offered, listing_id
        considered = part.alive if office is None else part.alive & (self._columns.office == office)
        self._share = self._shares()
        self._answers = [self._answered(number) for number in range(len(offered.skills))]
        self._failures = self._count_failures()
        self._relevant = self._share > 0
        for _, proves in self._answers:
            self._relevant |= proves
        fits = considered & (self._failures == 0)
        self.considered = int(considered.sum())
        self._lists = {
            "matches": fits & self._relevant,
            "other": fits & ~self._relevant,
            "missed": considered & ~fits,
        }

    def count(self, name: str) -> int:
        """How many there are in a list."""
        return int(self._lists[name].sum())

    def first(self, name: str, most: int) -> list[tuple[_Key, PlacedPerson]]:
        """The first `most` of a list, each with the key that orders it."""
        if not most:
            return []
        if name != "missed":
            return self._ordered(np.flatnonzero(self._lists[name]), (), most)
        found: list[tuple[_Key, PlacedPerson]] = []
        for is_other in (False, True):
            part = self._lists[name] & (~self._relevant if is_other else self._relevant)
            for failures in np.unique(self._failures[part]).tolist():
                if len(found) < most:
                    rows = np.flatnonzero(part & (self._failures == failures))
                    found += self._ordered(rows, (int(is_other), failures), most - len(found))
        return found

    def _ordered(self, rows: Rows, level: tuple[int, ...], most: int) -> list[tuple[_Key, PlacedPerson]]:
        totals = self._totals(rows)
        bands = -(totals // _TABLE.band)
        if len(rows) > most:
            kept = bands <= np.partition(bands, most - 1)[most - 1]
            rows, totals = rows[kept], totals[kept]
        found = []
        for row, total in zip(rows.tolist(), totals.tolist(), strict=True):
            id_ = self._columns.ids[row]
            key = (*level, *person_key(total, id_, self._listing_id, self._offered.today))
            found.append((key, PlacedPerson(id_, total)))
        return sorted(found)[:most]

    # Failures, of all persons.

    def _count_failures(self) -> Table:
        columns, offered, row = self._columns, self._offered, self._offered.row
        found = np.full(
            columns.n, row.standing_failures + (row.valid_until < offered.today.toordinal()), dtype=np.int64
        )
        today = offered.today.year * 10_000 + offered.today.month * 100 + offered.today.day
        found += columns.born + row.least_age * 10_000 > today
        for number, failures in enumerate(offered.failures):
            if failures.any():
                found += failures[columns.facets[number]]
        if row.must_months:
            short = self._months() // 100 < row.must_months
            clear = columns.done.total(~offered.is_clear[columns.done.numbers]) == 0
            found += columns.has_experience & short & clear & offered.has_concept
        return found

    def _months(self) -> Table:
        """The months that count, in hundredths, of all persons."""
        columns = self._columns
        return columns.done.total(self._offered.counted[columns.done.numbers] * columns.months)

    # Points.

    def _shares(self) -> Table:
        found = np.zeros(self._columns.n, dtype=np.int64)
        for wished, worth in zip(self._columns.wishes, _TABLE.wish_ranks, strict=True):
            np.maximum(found, self._offered.near[wished] * worth, out=found)
        return found

    def _answered(self, number: int) -> tuple[Table, Mask]:
        """For a listed skill, each person's best answer, and whether it shows that this work suits."""
        columns, skill = self._columns, self._offered.skills[number]
        said, concluded = columns.claims.best(skill.claims), columns.implying.best(skill.implied)
        proves = (said >= concluded) & (said % CREDIT >= _TABLE.skill_counts_from) & (not skill.is_generic)
        return np.maximum(said, concluded), proves

    def _totals(self, rows: Rows) -> Table:
        share = self._share[rows]
        totals = _TABLE.occupation * share // 10_000 + self._offered.comfort[self._columns.comfort[rows]]
        totals += self._experience(rows) + self._skills(rows, share) + self._place(rows) + self._pay(rows)
        return np.where(self._relevant[rows], totals, np.minimum(totals, _TABLE.other_work_at_most))

    def _experience(self, rows: Rows) -> Table:
        needed = 100 * self._offered.row.needed_months
        return _TABLE.experience * np.minimum(self._months()[rows], needed) // needed

    def _skills(self, rows: Rows, share: Table) -> Table:
        skills = self._offered.skills
        if not skills:
            return _TABLE.skills * share * _TABLE.skills_not_listed // 1_000_000
        least = _TABLE.skills * share * _TABLE.skills_at_least // 1_000_000
        answered = np.zeros(len(rows), dtype=np.int64)
        for skill, (best, _) in zip(skills, self._answers, strict=True):
            answered += best[rows] // CREDIT * skill.weight
        weight = sum(skill.weight for skill in skills)
        return np.maximum(_TABLE.skills * answered // (100 * weight), least)

    def _place(self, rows: Rows) -> Table:
        columns, offered = self._columns, self._offered
        percent = columns.places.best(offered.place, PERCENT[Way.NOT_ASKED])[rows]
        if offered.row.has_lodging:
            percent = np.where(columns.needs_lodging[rows], np.maximum(percent, _TABLE.lodging_accepted), percent)
        return _TABLE.place * percent // 100

    def _pay(self, rows: Rows) -> Table:
        """`pay.compare_pay` for each of `rows`."""
        columns, row, full = self._columns, self._offered.row, _TABLE.hours_a_week
        wants_part, most = columns.wants_part[rows], columns.most_hours[rows]
        named = np.where(most > 0, most, full)
        post = np.where(wants_part & (row.pay_hours == 0), named, row.pay_hours or full)
        wish = np.where(wants_part, np.where(most > 0, most, post), full)
        wished = self._wished(rows, wish)
        offered = (
            row.pay_fen * full // post if row.pay_by_hours and not row.pay_hours else np.full(len(rows), row.pay_fen)
        )
        offered = offered + np.where(columns.needs_lodging[rows], self._offered.board[1], self._offered.board[0])
        found = permille(offered, wished)
        if row.pay_known == TOP_ONLY:
            found = np.minimum(found, PAY_UNKNOWN)
        can = columns.pay_wish[rows] != NO_WISH
        if row.pay_known not in (GUARANTEED, TOP_ONLY):
            can[:] = False
        elif not row.pay_hours and not row.pay_hourly:
            can &= wants_part
        return _TABLE.pay * np.where(can, found, PAY_UNKNOWN) // 1000

    def _wished(self, rows: Rows, hours: Table) -> Table:
        """The wish of each of `rows` in fen a full-time month."""
        kind, fen = self._columns.pay_wish[rows], self._columns.pay_fen[rows]
        month = np.where(kind == BY_YEAR, fen // 12, fen) * _TABLE.hours_a_week // hours
        return np.select(
            [kind == BY_HOUR, kind == BY_DAY], [fen * _TABLE.hours_a_month, fen * self._offered.days // 100], month
        )
