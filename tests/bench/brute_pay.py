"""What every listing's pay is worth against a wish: `app.matching.pay` over whole columns."""

from datetime import date
from functools import lru_cache

import numpy as np

from app.matching.pay import board_at
from app.matching.profile import Profile
from app.matching.table import SCORE_TABLE
from app.people.profile import Hours
from app.taxonomy.terms import PayPeriod
from tests.bench.listing_table import NOT_STATED, PERIODS, Array, ListingTable

_TABLE = SCORE_TABLE
_HALF = 10 * _TABLE.pay_not_stated


def pay_points(table: ListingTable, profile: Profile, today: date) -> Array:
    """The points of the pay factor of every row."""
    if profile.pay is None or profile.pay.period is PayPeriod.PIECE:
        return np.full(table.n, _TABLE.pay * _HALF // 1000)
    number = table.number
    hours, wish_hours = _hours(table, profile)
    counted = np.where(hours > 0, hours, _TABLE.hours_a_week)
    wished = _full_month(np.int64(profile.pay.min_fen), PERIODS.index(profile.pay.period), number["days"], wish_hours)
    lowest = _full_month(number["least"], number["period"], number["days"], counted)
    top = _full_month(number["most"], number["period"], number["days"], counted)
    guaranteed = _permille(lowest + _board(table, profile, today), wished)
    stated = np.where(top == NOT_STATED, _HALF, np.minimum(_HALF, _permille(top, wished)))
    found = np.where((number["is_guaranteed"] == 1) & (lowest != NOT_STATED), guaranteed, stated)
    is_unknown = (hours == 0) & (number["period"] != PERIODS.index(PayPeriod.HOUR))
    return _TABLE.pay * np.where(is_unknown, _HALF, found) // 1000


def guaranteed_months(table: ListingTable) -> Array:
    """What every row guarantees in fen a full-time month; 0 for nothing in figures."""
    known, fen, _ = offered_months(table)
    return np.where(known == 1, fen, 0)


def offered_months(table: ListingTable) -> tuple[Array, Array, Array]:
    """What is known of every row's pay (0 nothing, 1 guaranteed, 2 a top only), the amount in fen a full-time month,
    and the weekly hours it stands for; where these are unknown the hours are 0, and the amount is for a full week."""
    number = table.number
    hours = np.where(number["is_part"] == 1, np.maximum(number["weekly"], 0), _TABLE.hours_a_week)
    counted = np.where(hours > 0, hours, _TABLE.hours_a_week)
    lowest = _full_month(number["least"], number["period"], number["days"], counted)
    top = _full_month(number["most"], number["period"], number["days"], counted)
    is_guaranteed = (number["is_guaranteed"] == 1) & (lowest != NOT_STATED)
    known = np.where(is_guaranteed, 1, np.where(top != NOT_STATED, 2, 0))
    return known, np.where(is_guaranteed, lowest, np.maximum(top, 0)), hours


def wished_months(profile: Profile) -> list[list[int]]:
    """The wish in fen a full-time month for a five and a six-day week, each by the weekly hours of the post, 0 to 168.

    Only for a profile with a wish that is not by the piece.
    """
    if profile.pay is None:
        raise ValueError("no wish")
    post = np.arange(169)
    post[0] = profile.max_hours_per_week or _TABLE.hours_a_week
    hours = np.full(169, _TABLE.hours_a_week)
    if profile.hours is Hours.PART:
        hours = np.full(169, profile.max_hours_per_week) if profile.max_hours_per_week else post
    period = PERIODS.index(profile.pay.period)
    weeks = (_TABLE.hundredths_of_days_a_month, _TABLE.hundredths_of_days_six_day_week)
    return [_full_month(np.int64(profile.pay.min_fen), period, np.int64(days), hours).tolist() for days in weeks]


def _hours(table: ListingTable, profile: Profile) -> tuple[Array, Array]:
    """The weekly hours that the post's pay stands for, 0 where unknown, and those of the wish."""
    number, full = table.number, _TABLE.hours_a_week
    post = np.where(number["is_part"] == 1, np.maximum(number["weekly"], 0), full)
    if profile.hours is not Hours.PART:
        return post, np.full(table.n, full)
    post = np.where(post > 0, post, profile.max_hours_per_week or full)
    return post, np.full(table.n, profile.max_hours_per_week) if profile.max_hours_per_week else post


def _full_month(fen: Array | np.int64, period: Array | int, days: Array | np.int64, weekly: Array) -> Array:
    """In fen a full-time month; -1 where there is no amount or it cannot be converted."""
    hour, day, year, piece = map(PERIODS.index, (PayPeriod.HOUR, PayPeriod.DAY, PayPeriod.YEAR, PayPeriod.PIECE))
    month = np.where(np.equal(period, year), fen // 12, fen) * _TABLE.hours_a_week // weekly
    found = np.where(
        np.equal(period, hour),
        fen * _TABLE.hours_a_month,
        np.where(np.equal(period, day), fen * days // 100, month),
    )
    return np.where(np.equal(fen, NOT_STATED) | np.equal(period, piece), NOT_STATED, found)


def _permille(offered: Array, wished: Array) -> Array:
    over = 100 * offered - _TABLE.pay_nothing_at * wished
    linear = 1000 * over // ((100 - _TABLE.pay_nothing_at) * np.maximum(wished, 1))
    return np.where(offered >= wished, 1000, np.where(over <= 0, 0, linear))


def _board(table: ListingTable, profile: Profile, today: date) -> Array:
    """What lodging, if it is needed, and meals are worth; full-time posts only."""
    lodging, meals = boards(table, today)
    return lodging * (profile.lodging_needed is True) + meals


@lru_cache(maxsize=4)
def boards(table: ListingTable, today: date) -> tuple[Array, Array]:
    """What lodging is worth to who needs it, and what meals are, in every row."""
    number = table.number
    amounts = [board_at(one.region, table.places, today) for one in table.examples["region"]]
    is_full = number["is_part"] == 0
    lodging = np.array([0 if one is None else one.lodging_fen for one in amounts])[number["region"]]
    meals = np.array([0 if one is None else one.meals_fen for one in amounts])[number["region"]]
    return lodging * number["has_lodging"] * is_full, meals * number["has_meals"] * is_full
