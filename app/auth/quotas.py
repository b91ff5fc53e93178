"""How often an API token may be used in a day of the office: counted in memory, written down every few seconds.

A request costs no transaction. What was counted survives a restart; a process that is killed forgets what it counted
since the last writing down, a few seconds' worth. Processes that serve one node side by side see each other's counts
as they write theirs down: together they let through at most what the others answer in that time beyond the quota.
"""

import math
import threading
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.auth.models import TokenUse
from app.kernel.clock import OFFICE_ZONE, Clock, local_day
from app.kernel.db import Database
from app.kernel.periodic import Periodic
from app.kernel.problems import TooMany

WRITTEN_EVERY_S = 5.0
KEPT_FOR = timedelta(days=30)
DAY_S = 86_400


class QuotaUsed(TooMany):
    slug, zh, en = "quota-used", "该令牌今日的调用次数已用完", "This token's calls of today are used up"


@dataclass(frozen=True)
class Left:
    """What is left of a token's day after a request."""

    quota: int
    left: int
    seconds: int  # until the office's midnight, when the count begins anew
    is_refused: bool

    @property
    def headers(self) -> dict[str, str]:
        """As the IETF's draft-ietf-httpapi-ratelimit-headers-10 names them."""
        return {
            "RateLimit-Policy": f'"day";q={self.quota};w={DAY_S}',
            "RateLimit": f'"day";r={self.left};t={self.seconds}',
        }


@dataclass
class _Count:
    """One token's day: what is written down of it, by all processes, and what is not yet."""

    day: date
    written: int
    fresh: int = 0


class Quotas:
    """The counts of one process."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._counts: dict[str, _Count] = {}
        self._lock = threading.Lock()
        self._writing = threading.Lock()  # what one writes down, no other does, too
        self._periodic = Periodic("quotas", [self.write_down], WRITTEN_EVERY_S)

    def start(self) -> None:
        """Write down what is counted every few seconds, until `stop`."""
        self._periodic.start()

    def stop(self) -> None:
        """Write down the rest and end."""
        self._periodic.stop()
        self._periodic.run_once()

    def take(self, session: Session, credential_id: str, quota: int) -> Left:
        """Count one request of a token; `is_refused` and not counted if its day is used up."""
        now = self._clock.now()
        day = local_day(now)
        with self._lock:
            known = self._counts.get(credential_id)
        written = _written(session, credential_id, day) if known is None or known.day != day else 0
        with self._lock:
            count = self._counts.get(credential_id)
            if count is None or count.day != day:
                # What was not yet written down of yesterday is let go: nobody asks for it any more.
                count = self._counts[credential_id] = _Count(day, written)
            used = count.written + count.fresh
            is_refused = used >= quota
            if not is_refused:
                count.fresh += 1
                used += 1
        return Left(quota, max(0, quota - used), _until_midnight_s(now), is_refused)

    def write_down(self) -> None:
        """Add what was counted since the last time to the table; what fails is counted still."""
        with self._writing:
            with self._lock:
                fresh = {key: (count.day, count.fresh) for key, count in self._counts.items() if count.fresh}
            if not fresh:
                return
            with self._database.write() as session:
                # In one order in all processes: else two could wait for each other's rows in a ring.
                totals = {key: _add(session, key, day, number) for key, (day, number) in sorted(fresh.items())}
            with self._lock:
                for key, (day, number) in fresh.items():
                    count = self._counts[key]
                    if count.day == day:
                        count.written, count.fresh = totals[key], count.fresh - number


def used_today(session: Session, clock: Clock) -> dict[str, int]:
    """How often each token with a quota was used today, as far as it is written down."""
    today = select(TokenUse.credential_id, TokenUse.count).where(TokenUse.day == clock.today())
    return dict(session.execute(today).all())


def forget_old_use(session: Session, clock: Clock) -> int:
    """Drop the counts of more than 30 days ago; how many."""
    old = delete(TokenUse).where(TokenUse.day < clock.today() - KEPT_FOR)
    return int(session.execute(old).rowcount)  # type: ignore[attr-defined]


def _written(session: Session, credential_id: str, day: date) -> int:
    row = session.get(TokenUse, (credential_id, day))
    return row.count if row else 0


def _add(session: Session, credential_id: str, day: date, number: int) -> int:
    """The count after `number` was added."""
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    added = make(TokenUse).values(credential_id=credential_id, day=day, count=number)
    summed = added.on_conflict_do_update(
        index_elements=("credential_id", "day"), set_={"count": TokenUse.count + added.excluded.count}
    )
    return session.execute(summed.returning(TokenUse.count)).scalar_one()


def _until_midnight_s(now: datetime) -> int:
    tomorrow = local_day(now) + timedelta(days=1)
    midnight = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=OFFICE_ZONE)
    return max(1, math.ceil((midnight - now).total_seconds()))
