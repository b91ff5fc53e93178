"""The rules of job-seeking registration: its lifecycle, working age, validity, years of experience. Pure."""

from datetime import date, timedelta
from enum import StrEnum

from app.kernel.lifecycle import Lifecycle, Transition

MIN_AGE = 16  # Labour Law art. 15
DEFAULT_VALID_DAYS = 90
MAX_VALID_DAYS = 365
MAX_WISHES = 3
MAX_PLACES = 3


class State(StrEnum):
    """Where a registration stands. `employed` and `cancelled` are final: who seeks again is registered anew."""

    DRAFT = "draft"
    ACTIVE = "active"
    FROZEN = "frozen"
    EMPLOYED = "employed"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"


def _line(verb: str, sources: tuple[State, ...], target: State) -> Transition:
    return Transition(verb, frozenset(map(str, sources)), str(target))


# A referral that led to a hire freezes the registration until work starts; releasing it makes it active again.
# Both follow from the referral: nobody asks for them by name.
REGISTRATION = Lifecycle(
    "job-seeking registration",
    [
        _line("activate", (State.DRAFT,), State.ACTIVE),
        _line("renew", (State.ACTIVE,), State.ACTIVE),
        _line("renew", (State.FROZEN,), State.FROZEN),
        _line("freeze", (State.ACTIVE,), State.FROZEN),
        _line("release", (State.FROZEN,), State.ACTIVE),
        _line("employ", (State.ACTIVE, State.FROZEN), State.EMPLOYED),
        _line("lapse", (State.ACTIVE, State.FROZEN), State.LAPSED),
        _line("reactivate", (State.LAPSED,), State.ACTIVE),
        _line("cancel", (State.DRAFT, State.ACTIVE, State.FROZEN, State.LAPSED), State.CANCELLED),
    ],
    by_itself=frozenset({"freeze", "release"}),
)
ENDED = frozenset({State.EMPLOYED, State.CANCELLED})
RUNNING = frozenset({State.ACTIVE, State.FROZEN})  # those that lapse when their validity is over


def age_on(birth_on: date, day: date) -> int:
    """Full years on `day`; who is born on 29 February comes of age on 1 March."""
    return day.year - birth_on.year - ((day.month, day.day) < (birth_on.month, birth_on.day))


def valid_until(day: date, valid_days: int = DEFAULT_VALID_DAYS) -> date:
    """The last day of a registration made or renewed on `day`."""
    return day + timedelta(days=valid_days)


def has_one_decimal(years: float) -> bool:
    """Whether `years` has at most one decimal."""
    return round(years, 1) == years


def months_from_years(years: float) -> int:
    """Years with one decimal as whole months, rounded half up: 2.5 → 30."""
    return int(years * 12 + 0.5)


def years_from_months(months: int) -> float:
    """Months as years with one decimal; undoes `months_from_years` for every value with one decimal."""
    return round(months / 12, 1)
