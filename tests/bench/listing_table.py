"""Listings as numpy columns for what is measured beside the engine: the brute force and the peers.

Written apart from the engine, which it is to check: nothing here is imported from there. A column of numbers names
distinct values; of each value one listing that has it is kept, so that the reference can be asked about it.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.kernel.clock import local_day
from app.matching.conditions import Status, employer_condition, least_age, open_condition, required_certificates
from app.matching.nearness import Work, work_of_listing
from app.matching.order import referrals_per_seat
from app.matching.pay import GUARANTEES, days_a_month, is_part_time
from app.matching.profile import Concepts, KnownListing, ListedSkill, Places
from app.matching.refusals import Says, demands
from app.matching.table import SCORE_TABLE
from app.taxonomy.terms import PayPeriod, Refusal

Array = NDArray[Any]
REFUSALS = tuple(Refusal)
PERIODS = tuple(PayPeriod)
NOT_STATED = -1


@dataclass
class Values:
    """Distinct values with a listing that has each; `numbers` are those of the rows."""

    of: Callable[[KnownListing], Hashable]
    examples: list[KnownListing] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    _known: dict[Hashable, int] = field(default_factory=dict)

    def add(self, listing: KnownListing) -> None:
        """Number the value of one more row."""
        value = self.of(listing)
        if value not in self._known:
            self._known[value] = len(self.examples)
            self.examples.append(listing)
        self.numbers.append(self._known[value])

    @property
    def column(self) -> Array:
        return np.array(self.numbers, dtype=np.int32)


@dataclass(frozen=True, eq=False)
class ListingTable:
    """`n` listings in the order in which they were given. -1 stands for what is not stated."""

    concepts: Concepts
    places: Places
    ids: list[str]
    origins: list[str]
    number: dict[str, Array]
    examples: dict[str, list[KnownListing]]  # by the name of a column that numbers values
    works: list[Work]  # of the examples of "work"
    listed: list[ListedSkill]  # that "skills" numbers
    skills: Array  # (n, width)
    demanded: Array  # (n, refusals)
    occupation_of: dict[tuple[str | None, str, str], str | None]  # by occupation, stated words and title of a post

    @property
    def n(self) -> int:
        return len(self.ids)


def table_of(known: Iterable[tuple[datetime, KnownListing]], concepts: Concepts, places: Places) -> ListingTable:
    """The columns of listings, each given with the instant that ends it."""
    works: dict[tuple[str | None, str, str], Work] = {}

    def work(listing: KnownListing) -> Work:
        key = listing.occupation, listing.occupation_stated, listing.title
        if key not in works:
            works[key] = work_of_listing(listing, concepts)
        return works[key]

    values = {
        "work": Values(lambda one: work(one).occupation or (None, work(one).words)),
        "region": Values(lambda one: one.region),
        "comfort": Values(lambda one: (one.shift, one.days_off_per_month, one.employment_form, one.insurance)),
        "reserved": Values(lambda one: one.reserved_for),
        "certificates": Values(lambda one: required_certificates(one, work(one).occupation, concepts)),
        "education": Values(lambda one: one.education if one.education_must else None),
        "shift": Values(lambda one: one.shift),
        "hours": Values(lambda one: (one.employment_form, one.hours_per_week)),
        "lodging": Values(lambda one: one.lodging),
    }
    plain: list[tuple[int, ...]] = []
    ids, origins, listed, demanded = [], [], [], []
    skill_numbers: dict[ListedSkill, int] = {}
    demands_of = _Demands(concepts)
    for expires_at, one in known:
        for value in values.values():
            value.add(one)
        ids.append(one.id)
        origins.append(one.origin)
        plain.append((*_plain(one, work(one), concepts), int(expires_at.timestamp())))
        listed.append([skill_numbers.setdefault(skill, len(skill_numbers)) for skill in one.skills])
        demanded.append(demands_of(one, work(one)))
    width = max(map(len, listed), default=0) or 1
    columns = dict(zip(_PLAIN, np.array(plain, dtype=np.int64).reshape(-1, len(_PLAIN)).T.copy(), strict=True))
    return ListingTable(
        concepts,
        places,
        ids,
        origins,
        {name: value.column for name, value in values.items()} | columns,
        {name: value.examples for name, value in values.items()},
        [work(one) for one in values["work"].examples],
        list(skill_numbers),
        np.array([row + [NOT_STATED] * (width - len(row)) for row in listed], dtype=np.int32).reshape(-1, width),
        np.array(demanded, dtype=np.bool_).reshape(-1, len(REFUSALS)),
        {key: one.occupation for key, one in works.items()},
    )


_PLAIN = (
    "is_shut", "is_sanctioned", "is_hidden", "valid_until", "least_age", "needed", "must", "referrals", "opened",
    "is_guaranteed", "period", "least", "most", "days", "is_part", "weekly", "has_lodging", "has_meals", "expires",
)  # fmt: skip


def _plain(one: KnownListing, work: Work, concepts: Concepts) -> tuple[int, ...]:
    part = is_part_time(one)
    return (
        open_condition(one).status is Status.FAILED,
        employer_condition(one).status is Status.FAILED,
        one.status != "open",
        one.valid_until.toordinal(),
        least_age(one, work.occupation, concepts),
        max(one.experience_months, SCORE_TABLE.experience_months_at_least),
        one.experience_months if one.experience_must else 0,
        referrals_per_seat(one),
        local_day(one.opened_at).toordinal(),
        one.pay.basis in GUARANTEES,
        PERIODS.index(one.pay.period),
        NOT_STATED if one.pay.min_fen is None else one.pay.min_fen,
        NOT_STATED if one.pay.max_fen is None else one.pay.max_fen,
        days_a_month(one),
        NOT_STATED if part is None else int(part),
        NOT_STATED if one.hours_per_week is None else one.hours_per_week,
        one.lodging is True,
        one.meals is True,
    )


class _Demands:
    """What a post demands, asked once for all posts with the same words, shift, form and hours."""

    def __init__(self, concepts: Concepts) -> None:
        self._concepts = concepts
        self._known: dict[Hashable, tuple[bool, ...]] = {}

    def __call__(self, one: KnownListing, work: Work) -> tuple[bool, ...]:
        words = one.title, one.occupation_stated, one.duties, one.requirements, work.occupation
        key = *words, one.shift, one.employment_form, one.pay.basis, one.hours_per_week
        if key not in self._known:
            found = demands(one, work.occupation, self._concepts)
            self._known[key] = tuple(found[refusal].says is Says.DEMANDED for refusal in REFUSALS)
        return self._known[key]
