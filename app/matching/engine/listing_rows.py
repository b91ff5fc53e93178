"""A listing as a row of whole numbers, and the values that the numbers stand for. Pure.

Everything that depends on the listing alone is worked out here, once: what it demands, what it pays brought to a
full-time month, its place in the order. What depends on a person is left to `asked`.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from app.kernel.clock import local_day
from app.matching.conditions import Status, employer_condition, least_age, open_condition
from app.matching.engine.facets import FACETS, NOTHING, Value, comfort_of_listing
from app.matching.engine.interned import Interned
from app.matching.engine.kinship import Key, Skill, skill_key, work_key
from app.matching.nearness import work_of_listing
from app.matching.order import referrals_per_seat
from app.matching.pay import days_a_month, guaranteed_month, is_part_time, paid_hours, top_month
from app.matching.profile import Concepts, KnownListing, Places
from app.matching.skill_pairs import listed_weight
from app.matching.table import SCORE_TABLE
from app.taxonomy.terms import PayPeriod

# What is known of the pay.
NO_FIGURE, GUARANTEED, TOP_ONLY = 0, 1, 2
NO_BOARD = 0

District = tuple[str | None, str | None]  # district and city, as the amounts for lodging and meals are given
Board = tuple[str, bool, bool] | None  # the district (or city), lodging, meals; None where nothing counts


class ListingRow(NamedTuple):
    """One listing. Amounts are in fen, days are proleptic ordinals, `expires` is in epoch seconds."""

    id: str
    origin: int
    work: int
    place: int
    district: int
    needed_months: int  # for full points of the experience factor
    must_months: int  # 0 where experience is no hard condition
    is_open: bool
    is_hidden: bool  # by its status: not to be shown, whatever its seats
    standing_failures: int  # of the conditions that depend on the listing alone, validity not among them
    least_age: int
    valid_until: int
    expires: int
    opened_on: int
    referrals: int
    pay_known: int
    pay_fen: int  # a full-time month, counted with 40 hours a week where the hours are unknown
    pay_hours: int  # of a week that the pay stands for; 0 if unknown
    pay_by_hours: bool  # whether the month's amount depends on the hours of the week
    pay_hourly: bool
    six_days: bool
    board: int
    has_lodging: bool
    comfort: int
    facets: tuple[int, ...]
    skills: tuple[int, ...]
    weights: tuple[int, ...]


@dataclass(frozen=True)
class ListingValues:
    """What the numbers in the rows of a market stand for."""

    origins: Interned[str]
    works: Interned[Key]
    places: Interned[str]
    districts: Interned[District]
    boards: Interned[Board]
    comforts: Interned[Value]
    skills: Interned[Skill]
    facets: tuple[Interned[Value], ...]

    @classmethod
    def empty(cls) -> "ListingValues":
        """No values but the one that stands for no lodging and no meals."""
        facets = tuple(Interned[Value]() for _ in FACETS)
        boards: Interned[Board] = Interned([None])
        return cls(Interned(), Interned(), Interned(), Interned(), boards, Interned(), Interned(), facets)


@dataclass(frozen=True)
class RowReader:
    """Reads listings into rows; `values` grows by what is new in them."""

    values: ListingValues
    concepts: Concepts
    places: Places

    def read(self, listing: KnownListing, expires_at: datetime) -> ListingRow:
        """The row of a listing that ends at `expires_at`."""
        values, concepts = self.values, self.concepts
        work = work_of_listing(listing, concepts)
        opening, employer = open_condition(listing), employer_condition(listing)
        lowest, top = guaranteed_month(listing), top_month(listing)
        known = GUARANTEED if lowest is not None else NO_FIGURE if top is None else TOP_ONLY
        skills = [skill_key(one, concepts) for one in listing.skills]
        # Before the place: whoever sees a place finds its district.
        district = values.districts.number(
            (self.places.district_of(listing.region), self.places.city_of(listing.region))
        )
        return ListingRow(
            id=listing.id,
            origin=values.origins.number(listing.origin),
            work=values.works.number(work_key(work)),
            place=values.places.number(listing.region),
            district=district,
            needed_months=max(listing.experience_months, SCORE_TABLE.experience_months_at_least),
            must_months=listing.experience_months if listing.experience_must else 0,
            is_open=opening.status is not Status.FAILED,
            is_hidden=listing.status != "open",
            standing_failures=sum(one.status is Status.FAILED for one in (opening, employer)),
            least_age=least_age(listing, work.occupation, concepts),
            valid_until=listing.valid_until.toordinal(),
            expires=int(expires_at.timestamp()),
            opened_on=local_day(listing.opened_at).toordinal(),
            referrals=referrals_per_seat(listing),
            pay_known=known,
            pay_fen=(top if lowest is None else lowest) or 0,
            pay_hours=paid_hours(listing),
            pay_by_hours=listing.pay.period in (PayPeriod.MONTH, PayPeriod.YEAR),
            pay_hourly=listing.pay.period is PayPeriod.HOUR,
            six_days=days_a_month(listing) == SCORE_TABLE.hundredths_of_days_six_day_week,
            board=values.boards.number(self._board(listing, known)),
            has_lodging=listing.lodging is True,
            comfort=values.comforts.number(comfort_of_listing(listing)),
            facets=tuple(
                interned.number(facet.of_listing(listing, work.occupation, concepts))
                for facet, interned in zip(FACETS, values.facets, strict=True)
            ),
            skills=tuple(values.skills.number(skill) for skill in skills),
            weights=tuple(
                listed_weight(skill, one.must, concepts) for (skill, _), one in zip(skills, listing.skills, strict=True)
            ),
        )

    def _board(self, listing: KnownListing, pay_known: int) -> Board:
        """Lodging and meals are counted for full-time posts only, and only beside a guaranteed amount."""
        if pay_known != GUARANTEED or is_part_time(listing) is not False or not (listing.lodging or listing.meals):
            return None
        area = self.places.district_of(listing.region) or self.places.city_of(listing.region) or listing.region
        return area, listing.lodging is True, listing.meals is True


def board_listing(board: Board) -> KnownListing:
    """A full-time post with this lodging and these meals: what the reference is asked about the value."""
    if board is None:
        return NOTHING
    area, lodging, meals = board
    return replace(NOTHING, region=area, lodging=lodging, meals=meals)
