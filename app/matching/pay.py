"""What a post's guaranteed pay is worth against the wish, both brought to fen for a month of full-time work. Pure.

An hour counts 174 a month, a day 21.75, or 26 where the post has a six-day week; a wish by the day is counted over the
same days as the post. Part-time pay by the month is compared by the hour: it is brought to a full week first. The
lower end counts, never the top of a range, and never what "may be reached"; a rate by the piece guarantees nothing
unless a month, day or hour is guaranteed with it. Where nothing is guaranteed in figures, pay counts half, and no more
than a stated top would.
"""

from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from app.matching.profile import KnownListing, Places, Profile
from app.matching.table import SCORE_TABLE, Board
from app.people.profile import Hours
from app.taxonomy.terms import EmploymentForm, PayBasis, PayPeriod

GUARANTEES = (PayBasis.GUARANTEED, PayBasis.RANGE, PayBasis.PIECE)
_TABLE = SCORE_TABLE


class PayKnown(StrEnum):
    """Whether pay can be compared."""

    COMPARED = "compared"
    NOT_STATED = "not_stated"  # the post guarantees nothing in figures
    NOT_COMPARABLE = "not_comparable"  # part-time by the month, hours unknown
    NOT_ASKED = "not_asked"  # the person was not asked


class PayCompared(NamedTuple):
    """Offer and wish in fen a full-time month, with what was assumed. The amounts are 0 where unknown."""

    known: PayKnown
    permille: int
    offered_fen: int = 0
    wished_fen: int = 0
    lodging_fen: int = 0
    meals_fen: int = 0
    by_day_hundredths: int = 0  # days a month × 100 where a day's pay was converted
    by_hour: bool = False

    @property
    def board_fen(self) -> int:
        """What of the offer is lodging and meals, a month."""
        return self.lodging_fen + self.meals_fen


def is_part_time(listing: KnownListing) -> bool | None:
    """Whether the post is part-time, by its form or its hours; None where neither tells."""
    if listing.employment_form is EmploymentForm.PART_TIME:
        return True
    if listing.hours_per_week is not None:
        return listing.hours_per_week < _TABLE.part_time_below_hours
    return False if listing.employment_form is EmploymentForm.FULL_TIME else None


def permille(offered_fen: int, wished_fen: int) -> int:
    """1000 at the wish, linear to 0 at 70 % of it, floored."""
    nothing_at = _TABLE.pay_nothing_at
    if offered_fen >= wished_fen:
        return 1000
    if 100 * offered_fen <= nothing_at * wished_fen:
        return 0
    return 1000 * (100 * offered_fen - nothing_at * wished_fen) // ((100 - nothing_at) * wished_fen)


def compare_pay(profile: Profile, listing: KnownListing, places: Places, today: date) -> PayCompared:
    """The post's pay against the wish."""
    half = 10 * _TABLE.pay_not_stated
    if profile.pay is None:
        return PayCompared(PayKnown.NOT_ASKED, half)
    days = days_a_month(listing)
    post_hours, wish_hours = _weekly_hours(profile, listing)
    if post_hours is None and listing.pay.period is not PayPeriod.HOUR:
        return PayCompared(PayKnown.NOT_COMPARABLE, half)
    wished = full_month(profile.pay.min_fen, profile.pay.period, days, wish_hours)
    if wished is None:
        return PayCompared(PayKnown.NOT_COMPARABLE, half)
    periods = (listing.pay.period, profile.pay.period)
    by_day = days if PayPeriod.DAY in periods else 0
    by_hour = PayPeriod.HOUR in periods or is_part_time(listing) is True
    hours = post_hours or _TABLE.hours_a_week
    lowest = full_month(listing.pay.min_fen, listing.pay.period, days, hours)
    if lowest is None or listing.pay.basis not in GUARANTEES:
        top = full_month(listing.pay.max_fen, listing.pay.period, days, hours)
        bound = half if top is None else min(half, permille(top, wished))
        return PayCompared(PayKnown.NOT_STATED, bound, 0, wished, 0, 0, by_day, by_hour)
    lodging, meals = board_fen(profile, listing, places, today)
    offered = lowest + lodging + meals
    share = permille(offered, wished)
    return PayCompared(PayKnown.COMPARED, share, offered, wished, lodging, meals, by_day, by_hour)


def days_a_month(listing: KnownListing) -> int:
    off = listing.days_off_per_month
    six_day_week = off is not None and off <= _TABLE.six_day_week_up_to_days_off
    return _TABLE.hundredths_of_days_six_day_week if six_day_week else _TABLE.hundredths_of_days_a_month


def _weekly_hours(profile: Profile, listing: KnownListing) -> tuple[int | None, int]:
    """The weekly hours that a month's pay of the post, and of the wish, stand for; None if the post's are unknown.

    Who wants part-time work and named no hours means the hours of the post; a part-time post that names none is taken
    to have those that such a person named.
    """
    full = _TABLE.hours_a_week
    wants_part = profile.hours is Hours.PART
    post = listing.hours_per_week if is_part_time(listing) else full
    if not wants_part:
        return post or None, full
    post = post or profile.max_hours_per_week or full
    return post, profile.max_hours_per_week or post


def full_month(fen: int | None, period: PayPeriod, days: int, weekly_hours: Any) -> Any:
    """`fen` a `period` as fen a full-time month, floored; None for what cannot be converted.

    `weekly_hours` may be an array of hours: then there is an amount for each, or one for all.
    """
    if fen is None or period is PayPeriod.PIECE:
        return None
    if period is PayPeriod.HOUR:
        return fen * _TABLE.hours_a_month
    if period is PayPeriod.DAY:
        return fen * days // 100
    month = fen // 12 if period is PayPeriod.YEAR else fen
    return month * _TABLE.hours_a_week // weekly_hours


def guaranteed_month(listing: KnownListing) -> int | None:
    """What the post guarantees in fen a full-time month; part-time of unknown hours counts as 40. None: nothing."""
    if listing.pay.basis not in GUARANTEES:
        return None
    lowest: int | None = full_month(
        listing.pay.min_fen, listing.pay.period, days_a_month(listing), _counted_hours(listing)
    )
    return lowest


def top_month(listing: KnownListing) -> int | None:
    """The stated top in fen a full-time month, hours as above; None: none is stated."""
    top: int | None = full_month(
        listing.pay.max_fen, listing.pay.period, days_a_month(listing), _counted_hours(listing)
    )
    return top


def paid_hours(listing: KnownListing) -> int:
    """The weekly hours that a month's pay stands for; 0 where the post is part-time and does not say."""
    return (listing.hours_per_week or 0) if is_part_time(listing) else _TABLE.hours_a_week


def _counted_hours(listing: KnownListing) -> int:
    return paid_hours(listing) or _TABLE.hours_a_week


def board_fen(profile: Profile, listing: KnownListing, places: Places, today: date) -> tuple[int, int]:
    """What lodging (if the person needs it) and meals are worth here today, in fen a month; full-time posts only."""
    if is_part_time(listing) is not False:
        return 0, 0
    board = board_at(listing.region, places, today)
    if board is None:
        return 0, 0
    lodging = board.lodging_fen if listing.lodging and profile.lodging_needed else 0
    return lodging, board.meals_fen if listing.meals else 0


def board_at(region: str, places: Places, today: date) -> Board | None:
    """The amounts for `region` on `today`: its district's before its city's, the latest that has begun."""
    for area in (places.district_of(region), places.city_of(region)):
        begun = [board for board in _TABLE.board if board.area == area and board.since <= today]
        if begun:
            return max(begun, key=lambda board: board.since)
    return None
