"""The matching engine beside what people use instead, in one run: is it exact, how fast, how it grows, what it takes.

    python tests/bench/matching.py --json [--quick] [--only exactness,speed,growth,endpoint] [--listings 100000]

The last line printed is one JSON object with every figure; ratios above 1 mean that the engine is faster. Only ratios
say much: the contenders take turns question by question, so that whatever else runs on the machine slows all of them.
`--quick` asks fewer questions, leaves out the market of a million, and takes less than ten minutes.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # run as a script, from anywhere

from app.matching.engine.market import Market
from app.matching.profile import KnownListing
from tests.bench import endpoint, exactness, footprint, speed
from tests.bench.brute_force import BruteForce
from tests.bench.listing_table import table_of
from tests.bench.loaded_node import loaded_node
from tests.bench.ours import KERNELS, NUMBA, missing, on, present
from tests.bench.report import Report, conditions
from tests.bench.workload import ENDS, Workload

PARTS = ("exactness", "speed", "growth", "endpoint")


@dataclass(frozen=True)
class Size:
    """How much is asked."""

    listings: int
    large: int | None  # listings of the market that growth is measured with
    queries: int
    large_queries: int
    pairs: int  # judged by the reference
    changes: int
    people: int
    posts: int  # for which people are sought
    timed: int
    warming: int
    batch: int
    seconds: float  # of one load on the endpoint


FULL = Size(100_000, 1_000_000, 2_000, 200, 100_000, 10_000, 20_000, 200, 300, 3_000, 20_000, 10)
QUICK = Size(100_000, None, 200, 0, 3_000, 10_000, 1_500, 50, 60, 1_500, 2_000, 2.5)


@dataclass(frozen=True)
class Loaded:
    """A market with its brute force."""

    listings: list[KnownListing]
    market: Market
    brute: BruteForce


def load(work: Workload, count: int) -> Loaded:
    """`count` listings in both."""
    listings = [one for _, one in work.listings(count)]
    market = Market.empty(work.taxonomy, work.regions).holding((ENDS, one) for one in listings)
    return Loaded(
        listings, market, BruteForce(table_of(((ENDS, one) for one in listings), work.taxonomy, work.regions))
    )


def show_exactness(report: Report, tally: exactness.Tally, work: Workload, loaded: Loaded, size: Size) -> None:
    """As loaded, with filters, after changes, and the persons for a listing."""
    queries, market, brute = size.queries, loaded.market, loaded.brute
    exactness.check_reference(tally, work, brute, loaded.listings, size.pairs)
    exactness.check_market(tally, f"{len(loaded.listings)} listings", work, market, brute, range(queries))
    exactness.check_filters(tally, work, market, brute, range(queries // 4))
    exactness.check_people(tally, work, size.people, loaded.listings[: size.posts])
    exactness.check_changes(tally, work, market, loaded.listings, size.changes, range(queries // 4))
    show_tally(report, tally)


def show_tally(report: Report, tally: exactness.Tally) -> None:
    """Whether all was equal, and what was compared."""
    report.tell(identical=tally.is_identical, compared=sum(tally.compared.values()), unequal=len(tally.unequal))
    report.notes = [note for note in report.notes if not note.startswith("compared")]
    report.notes.append("compared: " + "; ".join(f"{count:,} {what}" for what, count in tally.compared.items()))
    report.notes += tally.unequal[:3]


def show_speed(report: Report, work: Workload, loaded: Loaded, size: Size) -> None:
    """The peers, threads, batch, memory."""
    found = speed.beside_peers(work, loaded.market, loaded.brute, loaded.listings, range(size.timed), size.warming)
    for kernel in KERNELS:
        for peer in ("postgresql", "rapidfuzz", "tantivy"):
            report.tell(**{f"vs_{peer}_{kernel}": found.versus(peer, kernel)})
            report.tell(**{f"vs_{peer}_{kernel}_seen_before": found.versus(peer, kernel, again=True)})
        report.tell(**{f"vs_rapidfuzz_ratio_{kernel}": found.versus("rapidfuzz ratio", kernel)})
    for name, times in found.times.items():
        known = name.replace(" ", "_")
        report.tell(**{f"p50_ms_{known}": times.p50, f"p99_ms_{known}": times.percentile(99)})
        report.tell(**{f"p50_ms_{known}_seen_before": found.again[name].p50})
    report.tell(**{f"recall_{name.replace(' ', '_')}": share for name, share in found.recall.items()})
    report.tell(postgresql=found.postgresql, postgresql_by_index=found.is_by_index, postgresql_planning=found.planning)
    report.notes.append("PostgreSQL's plan of one question:\n  " + "\n  ".join(line[:140] for line in found.plan))
    threads = {kernel: speed.two_threads(on(loaded.market, kernel), range(size.timed)) for kernel in present()}
    report.tell(threads_2=max(threads.values()), **{f"threads_2_{kernel}": one for kernel, one in threads.items()})
    fastest = on(loaded.market, present()[-1])
    report.tell(batch_per_s=speed.batch(fastest, range(size.timed, size.timed + size.batch)))
    report.tell(megabytes_per_100k=footprint.megabytes_per_100k(loaded.market))


def show_growth(report: Report, tally: exactness.Tally, work: Workload, loaded: Loaded, size: Size) -> None:
    """The same questions to both sizes of market, and the larger against brute force."""
    if size.large is None:
        report.lack("--quick leaves out the million", "growth_numpy", "growth_numba")
        return
    large = load(work, size.large)
    exactness.check_market(tally, f"{size.large} listings", work, large.market, large.brute, range(size.large_queries))
    show_tally(report, tally)
    small, grown = (
        speed.twice(speed.ours(work, one.market, size.warming), range(size.timed)) for one in (loaded, large)
    )
    for kernel in present():
        report.tell(**{f"growth_{kernel}": grown[0][kernel].p50 / small[0][kernel].p50})
        report.tell(**{f"growth_{kernel}_seen_before": grown[1][kernel].p50 / small[1][kernel].p50})
        report.tell(**{f"p50_ms_{kernel}_large": grown[0][kernel].p50})


def show_endpoint(report: Report, work: Workload, size: Size) -> None:
    """A real node: the share of a no-op endpoint, and the start from the table and from a generation on disk."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        node = loaded_node(folder / "node", work, size.listings)
        start = footprint.start(node.settings.effective_database_url, folder / "generations", work)
        report.tell(start_from_database_s=start.from_database, start_from_snapshot_s=start.from_snapshot)
        for kernel in present():
            found = endpoint.measure(node, work, kernel, size.seconds, folder)
            figures = {name: value for name, value in vars(found).items() if name != "share"}
            report.tell(**{f"endpoint_share_{kernel}": found.share})
            report.tell(**{f"endpoint_{name}_{kernel}": value for name, value in figures.items()})


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="end with one line of JSON; it always does")
    parser.add_argument("--quick", action="store_true", help="under ten minutes, without the million")
    parser.add_argument("--only", default=",".join(PARTS), help=f"some of {','.join(PARTS)}")
    parser.add_argument("--listings", type=int, help="another size of market, to try things out")
    given = parser.parse_args()
    size = QUICK if given.quick else FULL
    if given.listings:
        size = Size(**{**vars(size), "listings": given.listings, "large": given.listings * 10 if size.large else None})
    only = set(given.only.split(","))
    if unknown := only - set(PARTS):
        parser.error(f"--only: {', '.join(sorted(unknown))} is none of {', '.join(PARTS)}")
    report, began = Report(), time.perf_counter()
    report.notes.append(conditions())
    measure(report, size, only)
    report.tell(minutes=(time.perf_counter() - began) / 60)
    report.notes.append(conditions())
    report.print()
    if report.figures.get("identical") is False:
        raise SystemExit("the engine is not exact")


def measure(report: Report, size: Size, only: set[str]) -> None:
    """Fill the report with the parts that were asked for."""
    work, tally = Workload(), exactness.Tally()
    if (reason := missing(NUMBA)) is not None:
        report.lack(reason, "vs_postgresql_numba", "vs_rapidfuzz_numba", "growth_numba", "endpoint_share_numba")
    if only != {"endpoint"}:
        loaded = load(work, size.listings)
        parts: dict[str, Callable[[], None]] = {
            "exactness": lambda: show_exactness(report, tally, work, loaded, size),
            "speed": lambda: show_speed(report, work, loaded, size),
            "growth": lambda: show_growth(report, tally, work, loaded, size),
        }
        for name, part in parts.items():
            if name in only:
                _part(report, name, part)
    if "endpoint" in only:
        _part(report, "endpoint", lambda: show_endpoint(report, work, size))


def _part(report: Report, name: str, part: Callable[[], None]) -> None:
    """One part; what it found is told at once, so that nothing is lost if a later part fails."""
    print(f"{time.strftime('%H:%M:%S')} {name} …", file=sys.stderr, flush=True)
    before = set(report.figures)
    part()
    found = {key: value for key, value in report.figures.items() if key not in before}
    print(f"{time.strftime('%H:%M:%S')} {name}: {found}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
