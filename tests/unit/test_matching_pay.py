"""Pay against the wish: conversions, what counts as guaranteed, board."""

from datetime import date
from typing import Any

import pytest

from app.matching.pay import PayKnown, board_at, compare_pay, is_part_time, permille
from app.matching.profile import PayWish
from app.people.profile import Hours
from app.taxonomy.terms import EmploymentForm, PayBasis, PayPeriod
from tests.unit.matching_values import BEIJING_STREET, TODAY, pay, person, places, post

MONTH, HOUR, DAY, YEAR, PIECE = PayPeriod.MONTH, PayPeriod.HOUR, PayPeriod.DAY, PayPeriod.YEAR, PayPeriod.PIECE


def compared(wish: PayWish | None, listing: dict[str, Any], **profile: Any) -> Any:
    return compare_pay(person(pay=wish, **profile), post(**listing), places(), TODAY)


@pytest.mark.parametrize(
    ("offered", "wished", "expected"),
    [
        (500_000, 500_000, 1000),
        (900_000, 500_000, 1000),
        (499_999, 500_000, 999),
        (425_000, 500_000, 500),
        (350_001, 500_000, 0),
        (350_000, 500_000, 0),
        (0, 500_000, 0),
        (0, 0, 1000),
    ],
)
def test_full_at_the_wish_and_nothing_at_seventy_percent(offered: int, wished: int, expected: int) -> None:
    assert permille(offered, wished) == expected


def test_the_lower_end_counts_never_the_top() -> None:
    found = compared(PayWish(500_000, MONTH), {"pay": pay(350_000, max_fen=900_000)})
    assert (found.offered_fen, found.permille) == (350_000, 0)


@pytest.mark.parametrize(
    ("offer", "fen"),
    [
        (pay(2_000, period=HOUR), 348_000),
        (pay(20_000, period=DAY), 435_000),
        (pay(6_000_000, period=YEAR), 500_000),
        (pay(450_000, period=MONTH), 450_000),
    ],
)
def test_periods_are_brought_to_a_month(offer: Any, fen: int) -> None:
    assert compared(PayWish(500_000, MONTH), {"pay": offer}).offered_fen == fen


@pytest.mark.parametrize(("days_off", "fen"), [(4, 520_000), (2, 520_000), (5, 435_000), (8, 435_000), (None, 435_000)])
def test_a_six_day_week_has_26_days(days_off: int | None, fen: int) -> None:
    found = compared(PayWish(500_000, MONTH), {"pay": pay(20_000, period=DAY), "days_off_per_month": days_off})
    assert found.offered_fen == fen
    assert found.by_day_hundredths in (2175, 2600)


def test_a_wish_by_the_day_meets_a_day_rate_without_any_assumption_mattering() -> None:
    for days_off in (4, 8):
        found = compared(PayWish(20_000, DAY), {"pay": pay(20_000, period=DAY), "days_off_per_month": days_off})
        assert found.permille == 1000


@pytest.mark.parametrize(
    "offer",
    [
        pay(None, basis=PayBasis.NEGOTIABLE),
        pay(None, basis=PayBasis.STATED, stated="底薪+提成"),
        pay(300, basis=PayBasis.PIECE, period=PIECE),
        pay(None, basis=PayBasis.PIECE),
        pay(300_000, basis=PayBasis.NEGOTIABLE),
        pay(None, max_fen=900_000),
        pay(None, basis=PayBasis.NEGOTIABLE, max_fen=900_000),
    ],
)
def test_without_a_guaranteed_figure_pay_counts_half(offer: Any) -> None:
    found = compared(PayWish(500_000, MONTH), {"pay": offer})
    assert (found.known, found.permille) == (PayKnown.NOT_STATED, 500)


def test_what_is_guaranteed_beside_a_rate_by_the_piece_counts() -> None:
    assert compared(PayWish(500_000, MONTH), {"pay": pay(425_000, basis=PayBasis.PIECE)}).permille == 500


def test_a_top_below_the_wish_bounds_what_is_not_guaranteed() -> None:
    found = compared(PayWish(500_000, MONTH), {"pay": pay(None, basis=PayBasis.NEGOTIABLE, max_fen=350_000)})
    assert found.permille == 0


def test_a_wish_that_was_not_asked_counts_half() -> None:
    assert compared(None, {}).permille == 500


class TestPartTime:
    def test_is_known_by_form_or_hours(self) -> None:
        assert is_part_time(post(employment_form=EmploymentForm.PART_TIME)) is True
        assert is_part_time(post(hours_per_week=34)) is True
        assert is_part_time(post(hours_per_week=35)) is False
        assert is_part_time(post(hours_per_week=None)) is False
        assert is_part_time(post(hours_per_week=None, employment_form=EmploymentForm.TEMPORARY)) is None

    def test_is_compared_by_the_hour(self) -> None:
        # 2,500 for 20 hours a week is as good an hour as 5,000 for 40.
        listing = {"pay": pay(250_000), "hours_per_week": 20, "employment_form": EmploymentForm.PART_TIME}
        found = compared(PayWish(500_000, MONTH), listing)
        assert (found.offered_fen, found.permille, found.by_hour) == (500_000, 1000, True)

    def test_both_sides_part_time(self) -> None:
        listing = {"pay": pay(200_000), "hours_per_week": 20, "employment_form": EmploymentForm.PART_TIME}
        wish = PayWish(250_000, MONTH)
        assert compared(wish, listing, hours=Hours.PART, max_hours_per_week=25).permille == 1000
        assert compared(wish, listing, hours=Hours.PART, max_hours_per_week=20).permille == 333
        assert compared(wish, listing, hours=Hours.PART).permille == 333

    def test_monthly_pay_without_hours_cannot_be_compared_with_a_full_months_wish(self) -> None:
        listing = {"pay": pay(200_000), "hours_per_week": None, "employment_form": EmploymentForm.PART_TIME}
        found = compared(PayWish(500_000, MONTH), listing)
        assert (found.known, found.permille) == (PayKnown.NOT_COMPARABLE, 500)
        assert compared(PayWish(200_000, MONTH), listing, hours=Hours.PART).permille == 1000

    def test_an_hourly_rate_needs_no_hours(self) -> None:
        listing = {
            "pay": pay(2_500, period=HOUR),
            "hours_per_week": None,
            "employment_form": EmploymentForm.PART_TIME,
        }
        assert compared(PayWish(2_500, HOUR), listing).permille == 1000


class TestBoard:
    def test_meals_count_and_lodging_only_for_who_needs_it(self) -> None:
        listing = {"pay": pay(400_000), "lodging": True, "meals": True}
        assert compared(PayWish(490_000, MONTH), listing).offered_fen == 440_000
        needs = compared(PayWish(490_000, MONTH), listing, lodging_needed=True)
        assert (needs.offered_fen, needs.lodging_fen, needs.meals_fen) == (490_000, 50_000, 40_000)

    def test_counts_only_in_its_area_and_from_its_day(self) -> None:
        assert board_at(BEIJING_STREET, places(), date(2026, 1, 1)) is not None
        assert board_at(BEIJING_STREET, places(), date(2025, 12, 31)) is None
        assert board_at("440305001", places(), TODAY) is None

    def test_is_left_out_of_part_time_pay(self) -> None:
        listing = {"pay": pay(250_000), "hours_per_week": 20, "meals": True}
        assert compared(PayWish(500_000, MONTH), listing).meals_fen == 0
