"""Fakes that tests may use: a clock that stands still. Our own code is never faked."""

from datetime import UTC, date, datetime, timedelta

from app.kernel.clock import local_day


class FakeClock:
    """A clock that moves only when told to."""

    def __init__(self, start: datetime = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def today(self) -> date:
        return local_day(self._now)

    def advance(self, **duration: float) -> None:
        """Move on by `timedelta(**duration)`."""
        self._now += timedelta(**duration)
