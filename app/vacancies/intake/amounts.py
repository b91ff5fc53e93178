"""Amounts of money as forms write them, and the ranges they can stand for, in fen. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from app.taxonomy.terms import PayPeriod

# Figures outside are slips of the pen, far wider than anything a public office sees (yuan a period).
PLAUSIBLE_YUAN = {
    PayPeriod.HOUR: (Decimal(2), Decimal(2_000)),
    PayPeriod.DAY: (Decimal(20), Decimal(20_000)),
    PayPeriod.MONTH: (Decimal(200), Decimal(500_000)),
    PayPeriod.YEAR: (Decimal(3_000), Decimal(6_000_000)),
    PayPeriod.PIECE: (Decimal("0.0001"), Decimal(10_000)),
}
WIDEST = 20  # the top of a range in times of its foot
_FACTORS = {"k": 1_000, "千": 1_000, "w": 10_000, "万": 10_000}

# One amount, its groups prefixed with `a`: ¥8000, 12k, 1.2万元, 1万5, 8千.
AMOUNT = (
    "(?:¥|rmb|cny|人民币)?(?P<{a}number>[0-9]{{1,9}}(?:[.][0-9]{{1,4}})?)"
    "(?P<{a}unit>k|千|w|万)?(?:(?<=万)(?P<{a}tail>[0-9])千?(?![0-9.]))?(?:元|块钱|块|rmb|cny|yuan)?"
)


@dataclass(frozen=True, slots=True)
class Amount:
    """A number and, if one was written, the factor of its unit: 12k is 12 and 1000."""

    number: Decimal
    factor: int | None


def amount(found: re.Match[str], prefix: str) -> Amount:
    """The amount that `AMOUNT` found under `prefix`."""
    number = Decimal(found[prefix + "number"])
    tail = found[prefix + "tail"]
    if tail:
        number += Decimal(tail) / 10  # 1万5 is 1.5万
    unit = found[prefix + "unit"]
    return Amount(number, _FACTORS[unit] if unit else None)


def fen_of(value: Decimal) -> int | None:
    """Yuan in whole fen; None where they are finer than a fen."""
    fen = value * 100
    return int(fen) if fen == fen.to_integral_value() else None


def fen_range(least: Amount, most: Amount | None, period: PayPeriod) -> Iterator[tuple[int | None, int | None]]:
    """Every plausible reading in fen, (None, None) for one finer than a fen; a single amount is both ends.

    A unit written once may hold for both ends (3-5千) or not (8000-1.2万); what cannot be pay is no reading, and
    mostly one remains.
    """
    for low, high in _readings(least, most):
        if _is_plausible(low, high, period):
            low_fen, high_fen = fen_of(low), fen_of(high)
            is_exact = low_fen is not None and high_fen is not None
            yield (low_fen, high_fen) if is_exact else (None, None)


def _readings(least: Amount, most: Amount | None) -> list[tuple[Decimal, Decimal]]:
    if most is None:
        only = least.number * (least.factor or 1)
        return [(only, only)]
    shared = most.factor if least.factor is None else least.factor
    readings = [(least.number * (least.factor or f), most.number * (most.factor or f)) for f in (shared or 1, 1)]
    return list(dict.fromkeys(readings))


def _is_plausible(low: Decimal, high: Decimal, period: PayPeriod) -> bool:
    floor, ceiling = PLAUSIBLE_YUAN[period]
    return floor <= low <= high <= ceiling and high <= low * WIDEST


def yuan(value: Decimal) -> str:
    """A number of yuan as people write it, without exponents or trailing zeros."""
    return f"{value.normalize():f}"
