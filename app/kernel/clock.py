"""Time: the only module that reads it. Instants are aware UTC, days are those of the office (Asia/Shanghai)."""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

JUMP_S = 60.0
OFFICE_ZONE = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """What everything that needs the time is given."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""

    def today(self) -> date:
        """The present day at the office."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def today(self) -> date:
        return local_day(self.now())


class ClockWatch:
    """Notices when the machine's clock jumps against the time that has passed: somebody set it, or the machine slept or
    was put back to an earlier state and goes on from there, perhaps in two places."""

    def __init__(self, clock: Clock, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._monotonic = clock, monotonic
        self._offset = self._present()

    def has_jumped(self) -> bool:
        """Whether it has since the last look, until `settle`. A clock that is slowly put right has not."""
        offset = self._present()
        if abs(offset - self._offset) > JUMP_S:
            return True
        self._offset = offset
        return False

    def settle(self) -> None:
        """What had to be done about a jump is done."""
        self._offset = self._present()

    def _present(self) -> float:
        return self._clock.now().timestamp() - self._monotonic()


def local_day(moment: datetime) -> date:
    """The office's day on which an aware `moment` falls."""
    return moment.astimezone(OFFICE_ZONE).date()


def end_of_day(day: date) -> datetime:
    """The last instant of an office day, in UTC: a post valid until a day is valid through all of it."""
    return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=OFFICE_ZONE).astimezone(UTC)
