"""A pool: the active job seekers of a node, and the best of them for a listing. Pure.

The judgement is that of `market`, with the roles exchanged: the listing is fixed, every distinct value of a person is
asked of the reference once, and points are given only to the persons that a list needs. A pool never changes; a person
who comes, changes or goes makes a new one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.matching.engine.kinship import CREDIT
from app.matching.engine.listing_rows import GUARANTEED, TOP_ONLY, ListingValues, RowReader
from app.matching.engine.offered import NOT_NAMED, Offered, Offerer
from app.matching.engine.person_columns import PersonColumns, columns_of
from app.matching.engine.person_rows import BY_DAY, BY_HOUR, BY_YEAR, NO_WISH, PersonReader, PersonRow, PersonValues
from app.matching.engine.points import permille
from app.matching.order import band, shuffle
from app.matching.profile import Concepts, KnownListing, KnownPerson, Places
from app.matching.table import SCORE_TABLE

_TABLE = SCORE_TABLE
_PAY_UNKNOWN = 10 * _TABLE.pay_not_stated  # per mille

Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]
Table = NDArray[np.int64]


class PlacedPerson(NamedTuple):
    """A person in their place in a list."""

    id: str
    total: int


@dataclass(frozen=True)
class BestPeople:
    """The best persons for one listing in the three lists of the reference, each with its true total."""

    considered: int
    matches: tuple[PlacedPerson, ...]
    matches_total: int
    other_nearby: tuple[PlacedPerson, ...]
    other_nearby_total: int
    not_shown: tuple[PlacedPerson, ...]
    not_shown_total: int


@dataclass(frozen=True)
class Pool:
    """Persons to be found, by id and by row."""

    reader: PersonReader
    offerer: Offerer
    concepts: Concepts
    places: Places
    rows: dict[str, PersonRow] = field(default_factory=dict)
    columns: PersonColumns = field(default_factory=lambda: columns_of(()))

    @classmethod
    def empty(cls, concepts: Concepts, places: Places) -> "Pool":
        """A pool without persons."""
        values = PersonValues.empty()
        return cls(PersonReader(values, concepts), Offerer(values, concepts, places), concepts, places)

    def holding(self, people: Iterable[tuple[str, KnownPerson]]) -> "Pool":
        """A pool of these persons, each given with the office."""
        return self.changed(people, ())

    def changed(self, people: Iterable[tuple[str, KnownPerson]], gone: Iterable[str]) -> "Pool":
        """The pool with some persons new or changed, and some gone."""
        leaving = set(gone)
        rows = {id_: row for id_, row in self.rows.items() if id_ not in leaving}
        rows |= {person.id: self.reader.read(person, office) for office, person in people}
        return replace(self, rows=rows, columns=columns_of(list(rows.values())))

    def best(
        self, listing: KnownListing, today: date, *, limit: int, side: int = 0, office: str | None = None
    ) -> BestPeople:
        """The best `limit` matches among the persons of `office` (None: of all), and `side` of each other list."""
        row = RowReader(ListingValues.empty(), self.concepts, self.places).read(listing, listing.opened_at)
        return _Judged(self, self.offerer.offer(listing, row, today), listing.id, office).best(limit, side)


class _Judged:
    """One listing and the persons of one office."""

    def __init__(self, pool: Pool, offered: Offered, listing_id: str, office: str | None) -> None:
        self._columns, self._offered, self._listing_id = pool.columns, offered, listing_id
        self._considered = np.ones(self._columns.n, dtype=np.bool_)
        if office is not None:
            self._considered = self._columns.office == pool.reader.values.offices.number(office)
        self._share = self._shares()
        self._answers = [self._answered(number) for number in range(len(offered.skills))]
        self._failures = self._count_failures()

    def best(self, limit: int, side: int) -> BestPeople:
        fits = self._considered & (self._failures == 0)
        relevant = self._share > 0
        for _, proves in self._answers:
            relevant |= proves
        matches, other, missed = fits & relevant, fits & ~relevant, self._considered & ~fits
        return BestPeople(
            int(self._considered.sum()),
            self._first(np.flatnonzero(matches), relevant, limit),
            int(matches.sum()),
            self._first(np.flatnonzero(other), relevant, side),
            int(other.sum()),
            self._nearest_misses(missed, relevant, side),
            int(missed.sum()),
        )

    def _first(self, rows: Rows, relevant: Mask, most: int) -> tuple[PlacedPerson, ...]:
        if not most or not len(rows):
            return ()
        totals = self._totals(rows, relevant)
        bands = -(totals // _TABLE.band)
        if len(rows) > most:
            last = np.partition(bands, most - 1)[most - 1]
            rows, totals, bands = rows[bands <= last], totals[bands <= last], bands[bands <= last]
        found = [
            PlacedPerson(self._columns.ids[row], total)
            for row, total in zip(rows.tolist(), totals.tolist(), strict=True)
        ]
        return tuple(sorted(found, key=self._key)[:most])

    def _key(self, placed: PlacedPerson) -> tuple[int, bytes, str]:
        return -band(placed.total), shuffle(placed.id, self._offered.today, self._listing_id), placed.id

    def _nearest_misses(self, missed: Mask, relevant: Mask, most: int) -> tuple[PlacedPerson, ...]:
        """Wished work first, then by failures: whether the post is closed is the same for all."""
        found: list[PlacedPerson] = []
        for part in (missed & relevant, missed & ~relevant):
            for count in np.unique(self._failures[part]).tolist():
                if len(found) < most:
                    rows = np.flatnonzero(part & (self._failures == count))
                    found += self._first(rows, relevant, most - len(found))
        return tuple(found)

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

    def _totals(self, rows: Rows, relevant: Mask) -> Table:
        share = self._share[rows]
        totals = _TABLE.occupation * share // 10_000 + self._offered.comfort[self._columns.comfort[rows]]
        totals += self._experience(rows) + self._skills(rows, share) + self._place(rows) + self._pay(rows)
        return np.where(relevant[rows], totals, np.minimum(totals, _TABLE.other_work_at_most))

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
        named = np.diff(columns.places.start) > 0
        percent = np.where(named, columns.places.best(offered.place), NOT_NAMED)[rows]
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
            found = np.minimum(found, _PAY_UNKNOWN)
        can = columns.pay_wish[rows] != NO_WISH
        if row.pay_known not in (GUARANTEED, TOP_ONLY):
            can[:] = False
        elif not row.pay_hours and not row.pay_hourly:
            can &= wants_part
        return _TABLE.pay * np.where(can, found, _PAY_UNKNOWN) // 1000

    def _wished(self, rows: Rows, hours: Table) -> Table:
        """The wish of each of `rows` in fen a full-time month."""
        kind, fen = self._columns.pay_wish[rows], self._columns.pay_fen[rows]
        month = np.where(kind == BY_YEAR, fen // 12, fen) * _TABLE.hours_a_week // hours
        return np.select(
            [kind == BY_HOUR, kind == BY_DAY], [fen * _TABLE.hours_a_month, fen * self._offered.days // 100], month
        )
