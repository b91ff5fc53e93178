"""What a market takes: memory for 100,000 listings, and the time until it answers after a start."""

import time
from dataclasses import dataclass
from pathlib import Path

from app.kernel.db import Database
from app.matching.engine.market import Market
from app.matching.live_market import LiveMarket
from tests.bench.workload import TODAY, Workload


@dataclass(frozen=True)
class Start:
    """Seconds from nothing to the first answer."""

    from_database: float
    from_snapshot: float


def megabytes_per_100k(market: Market) -> float:
    """The columns and their postings. The sets of rows that are kept come on top: 12.5 kB each, 512 at the most."""
    (segment,) = market.segments
    return (segment.columns.nbytes + segment.alive.nbytes) / segment.columns.n * 100_000 / 1e6


def start(database_url: str, folder: Path, work: Workload) -> Start:
    """How long a market takes that is made from the table, and one that finds the generation which that one wrote."""

    def first_answer() -> float:
        began = time.perf_counter()
        live = LiveMarket(work.taxonomy, work.regions, folder)
        with database.read() as session:
            market = live.current(session)
        market.best(work.profile(1), TODAY, limit=10)
        return time.perf_counter() - began

    work.taxonomy, work.regions  # noqa: B018  # read before the clock starts
    database = Database(database_url)
    try:
        return Start(first_answer(), first_answer())
    finally:
        database.dispose()
