"""How fast one profile has its best ten, beside PostgreSQL, rapidfuzz and tantivy; how that grows; threads and batch.

The profiles are new to the engine, as people are: it has answered a thousand others before. What it makes of values
that recur (a street, a wished occupation) is kept, and so are the peers' caches.
"""

import os
import statistics
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context

from app.matching.engine.market import Market
from app.matching.profile import KnownListing, Profile
from tests.bench.brute_force import BruteForce
from tests.bench.ours import KERNELS, apart, present
from tests.bench.peer_postgresql import PostgreSQL
from tests.bench.peer_rapidfuzz import Rapidfuzz
from tests.bench.peer_tantivy import Tantivy
from tests.bench.timing import Contender, Times, ratio, side_by_side
from tests.bench.workload import TODAY, Workload

WARM_FROM = 1_000_000  # profiles that only warm up
_SLOW = 20  # questions for a peer that takes a large part of a second


@dataclass
class Speed:
    """The times of all contenders on the same profiles, and what goes with them."""

    times: dict[str, Times]
    again: dict[str, Times]  # the same profiles once more
    plan: list[str] = field(default_factory=list)
    is_by_index: bool = False
    planning: str = ""
    postgresql: str = ""
    recall: dict[str, float] = field(default_factory=dict)

    def versus(self, peer: str, kernel: str, *, again: bool = False) -> float | None:
        """How many times as fast as a peer the kernel is; with `again`, for profiles whose values are kept."""
        times = self.again if again else self.times
        return ratio(times[peer], times[kernel]) if kernel in times else None


def warm(market: Market, work: Workload, count: int) -> Market:
    """The market, once it has answered `count` profiles that are not measured."""
    for number in range(WARM_FROM, WARM_FROM + count):
        market.top(work.profile(number), TODAY, 10)
    return market


def ours(work: Workload, market: Market, warming: int) -> list[Contender[int]]:
    """Our kernels, each with a market of its own that has answered `warming` others."""

    def contender(kernel: str) -> Contender[int]:
        own = warm(apart(market, kernel), work, warming)

        def answer(profile: object) -> list[str]:
            return [one.id for one in own.top(profile, TODAY, 10)]  # type: ignore[arg-type]

        return Contender(kernel, work.profile, answer)

    return [contender(kernel) for kernel in present()]


def twice(contenders: list[Contender[int]], queries: range) -> tuple[dict[str, Times], dict[str, Times]]:
    """The times of profiles that are new, and of the same once more, when all that they need is kept."""
    return side_by_side(contenders, queries), side_by_side(contenders, queries)


def beside_peers(
    work: Workload, market: Market, brute: BruteForce, listings: list[KnownListing], queries: range, warming: int
) -> Speed:
    """Ours beside the peers."""
    fuzzy = Rapidfuzz(listings, work.taxonomy)
    bm25 = Tantivy(apart(market, present()[-1]), {one.id: one for one in listings}, work.taxonomy)
    for number in range(WARM_FROM, WARM_FROM + warming):
        bm25.top(work.profile(number), TODAY)
    with PostgreSQL(brute) as sql:
        planning = sql.settle(
            [sql.question(work.profile(number), TODAY, "") for number in range(WARM_FROM, WARM_FROM + 30)]
        )
        contenders = [
            *ours(work, market, warming),
            Contender(
                "postgresql",
                lambda number: sql.question(work.profile(number), TODAY, ""),
                lambda question: [found[0] for found in sql.top(question)],  # type: ignore[arg-type]
            ),
            Contender("tantivy", work.profile, lambda profile: bm25.top(profile, TODAY)),  # type: ignore[arg-type]
            Contender(
                "rapidfuzz ratio",
                lambda number: fuzzy.words(work.profile(number)),
                fuzzy.by_ratio,  # type: ignore[arg-type]
                4 * _SLOW,
            ),
            Contender(
                "rapidfuzz",
                lambda number: fuzzy.words(work.profile(number)),
                fuzzy.by_default,  # type: ignore[arg-type]
                _SLOW,
            ),
        ]
        times, again = twice(contenders, queries)
        plan = sql.plan(sql.question(work.profile(queries[0]), TODAY, ""))
        recall = {name: _recall(times[name], times["numpy"]) for name in times if name not in KERNELS}
        return Speed(times, again, plan.lines, plan.is_by_index, planning, sql.version, recall)


def _recall(theirs: Times, ours: Times) -> float:
    """The share of our tens that a peer found."""
    pairs = list(zip(theirs.answers, ours.answers, strict=False))
    shares = [len(set(found) & set(right)) / len(right) for found, right in pairs if right]  # type: ignore[arg-type, call-overload]
    return statistics.mean(shares)


def two_threads(market: Market, queries: range, rounds: int = 3) -> float:
    """How many times as many answers two threads give as one; the middle of some rounds."""
    work = Workload()
    profiles = [work.profile(number) for number in queries]

    def answer(some: list[Profile]) -> None:
        for profile in some:
            market.top(profile, TODAY, 10)

    found = []
    with ThreadPoolExecutor(2) as pool:
        answer(profiles)  # what they need is kept from here on, for one and for two
        for _ in range(rounds):
            began = time.perf_counter()
            answer(profiles)
            one = time.perf_counter() - began
            began = time.perf_counter()
            list(pool.map(answer, (profiles[::2], profiles[1::2])))
            found.append(one / (time.perf_counter() - began))
    return statistics.median(found)


_forked: Market | None = None


def batch(market: Market, queries: range) -> float:
    """Profiles a second that have their best ten, on all processors, the market shared by forking."""
    global _forked  # noqa: PLW0603  # what a forked process finds
    _forked = market
    parts = [queries[start : start + 250] for start in range(0, len(queries), 250)]
    with ProcessPoolExecutor(os.cpu_count(), get_context("fork")) as pool:
        list(pool.map(_answer_part, parts[: os.cpu_count()]))
        began = time.perf_counter()
        list(pool.map(_answer_part, parts))
        took = time.perf_counter() - began
    _forked = None
    return len(queries) / took


def _answer_part(numbers: range) -> int:
    if _forked is None:
        raise RuntimeError("no market was handed over")
    work = Workload()
    return sum(len(_forked.top(work.profile(number), TODAY, 10)) for number in numbers)
