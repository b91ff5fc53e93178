"""Time: the only module that reads it. Instants are aware UTC, days are those of the office (Asia/Shanghai)."""

from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

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


def local_day(moment: datetime) -> date:
    """The office's day on which an aware `moment` falls."""
    return moment.astimezone(OFFICE_ZONE).date()


def end_of_day(day: date) -> datetime:
    """The last instant of an office day, in UTC: a post valid until a day is valid through all of it."""
    return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=OFFICE_ZONE).astimezone(UTC)
