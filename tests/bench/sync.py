"""How fast records travel between nodes, beside what this machine could do at the most, all in one run.

    python tests/bench/sync.py --json [--quick] [--only PART] [--database sqlite|postgresql] [--records N]

Nodes are real processes with real HTTP between them; client, nodes and databases share the machine. One hop is a city
and a district that has listings waiting; two hops are a city, a district and a street that has them. The limits are the
signatures that one core checks, and the same rows written by COPY and upsert. Figures without a name of a database are
PostgreSQL's. `--quick` takes under ten minutes and leaves out the million. The last line is one JSON object; progress
is told on standard error.
"""

import argparse
import contextlib
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # run as a script, from anywhere

from app.exchange.key_folder import KeyFolder
from tests.bench import push_latency, unverified
from tests.bench.report import Report, conditions
from tests.bench.sync_limits import envelopes, verified_per_s, written_per_s
from tests.bench.sync_nodes import Carried, Site, carry, postgresql, say, site
from tests.bench.sync_storm import EACH, OFFICES, storm_s
from tests.bench.workload import Workload
from tests.network.processes import NodeProcess
from tests.network.verbs import VERBS, Started

WAITING, WAITING_QUICK = 60_000, 15_000  # listings that wait at the lowest node
MILLION = 1_000_000
PARTS = ("latency", "one-hop", "two-hops", "storm", "million")
WITHIN_S = 900.0
RATE, SECONDS, SECONDS_QUICK = 50.0, 40.0, 15.0
ASKED = {
    "one_hop_verified_share": 0.6,
    "one_hop_verified_per_s": 6_000,
    "one_hop_unverified_share": 0.5,
    "two_hop_share": 0.8,
}
ASKED_AT_MOST = {"latency_p50_ms": 20, "latency_p99_ms": 50, "million_s": 240}


class Unverified(NodeProcess):
    """A node that takes every signature for good (`tests.bench.unverified`)."""

    def begin(self) -> Started:
        return VERBS.start(["serve"], self.env, self.folder / "stdio.log", unverified.PROGRAM)


def one_hop(found: Site, count: int, kind: type[NodeProcess] = NodeProcess) -> tuple[Carried, NodeProcess]:
    """What a city takes from a district, and the district."""
    city = found.node("city", "city", "440100", kind).init().start()
    district = found.node("district", "district", "440104").init(city)
    found.fill(district, count)
    carried = carry(city, district, count, WITHIN_S)
    found.stop()
    return carried, district


def two_hops(found: Site, count: int) -> Carried:
    """What reaches a city from a street, through a district."""
    city = found.node("city", "city", "440100").init().start()
    district = found.node("district", "district", "440104").init(city).start()
    street = found.node("street", "street", "440104003").init(district)
    found.fill(street, count)
    carried = carry(city, street, count, WITHIN_S)
    found.stop()
    return carried


def limits(found: Site, district: NodeProcess, count: int) -> tuple[float, float]:
    """What one core verifies in a second, and what a database like its own takes by COPY and upsert."""
    some = envelopes(district, count)
    public = KeyFolder(district.settings.keys_dir, district.node).present().public
    with found.empty_database() as database:
        return verified_per_s(some, public), written_per_s(database, some)


def measure_one_hop(report: Report, server: str | None, work: Workload, count: int, name: str) -> float:
    """One hop with and without verification, and the limits; the verified rate. Figures end in `name`."""
    with site(server, work) as found:
        verified, district = one_hop(found, count)
        say(f"one hop{name}: {verified}")
        verifier, copied = limits(found, district, count)
        say(f"limits{name}: one core verifies {verifier:,.0f}/s, upsert {copied:,.0f}/s")
    with site(server, work) as found:
        unverified, _ = one_hop(found, count, Unverified)
        say(f"one hop, unverified{name}: {unverified}")
    figures = {
        "verifier_per_s": verifier,
        "upsert_per_s": copied,
        "one_hop_verified_per_s": verified.per_s,
        "one_hop_verified_share": verified.per_s / verifier,
        "one_hop_receiver_us": verified.receiver_us,
        "one_hop_sender_us": verified.sender_us,
        "one_hop_unverified_per_s": unverified.per_s,
        "one_hop_unverified_share": unverified.per_s / copied,
    }
    report.tell(**{f"{figure}{name}": value for figure, value in figures.items()})
    return verified.per_s


def measure_two_hops(
    report: Report, server: str | None, work: Workload, count: int, name: str, one_per_s: float | None
) -> None:
    """Two hops as a share of one, which is measured first if it was not yet. Figures end in `name`."""
    if one_per_s is None:
        with site(server, work) as found:
            one_per_s = one_hop(found, count)[0].per_s
    with site(server, work) as found:
        two = two_hops(found, count)
    say(f"two hops{name}: {two}")
    report.tell(**{f"two_hop_per_s{name}": two.per_s, f"two_hop_share{name}": two.per_s / one_per_s})


def measure_latency(report: Report, seconds: float) -> None:
    """From a write at the street to the city's commit, at a steady rate."""
    with contextlib.redirect_stdout(sys.stderr), push_latency.local_network() as network:
        latencies, lost = push_latency.measure(network, RATE, seconds, whole=False)
    if lost:
        raise AssertionError(f"{lost} writes never arrived")
    report.tell(
        latency_p50_ms=push_latency.percentile(latencies, 50), latency_p99_ms=push_latency.percentile(latencies, 99)
    )


def measure_million(report: Report, server: str, work: Workload, count: int) -> None:
    """From when a street with a million listings can begin until the city has committed the last of them."""
    with site(server, work) as found:
        city = found.node("city", "city", "440100").init().start()
        district = found.node("district", "district", "440104").init(city).start()
        street = found.node("street", "street", "440104003").init(district)
        say(f"{count:,} listings: the street publishes them")
        found.fill(street, count)
        carried = carry(city, street, count, WITHIN_S)
    if count == MILLION:
        report.tell(million_s=carried.whole_s, million_per_s=carried.per_s)
    else:
        report.tell(many=count, many_s=carried.whole_s, many_per_s=carried.per_s)


def measure_storm(report: Report, server: str, work: Workload) -> None:
    """Everybody reconnects at once."""
    say(f"a storm: {OFFICES} offices with {EACH} listings each join")
    with site(server, work) as found:
        took = storm_s(found)
    say(f"they came back within {took:.1f} s")
    report.tell(storm_s=took, storm_per_s=OFFICES * EACH / took)


def main() -> None:
    """Measure, print a table, and last the line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="the last line is one JSON object; it always is")
    parser.add_argument("--quick", action="store_true", help="fewer records, and no million")
    parser.add_argument("--only", choices=PARTS, action="append", help="just this part; may be given several times")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], help="the hops on just one of them")
    parser.add_argument("--records", type=int, help="how many listings wait, for the hops and for the million")
    asked = parser.parse_args()
    report = Report("Records between nodes", ASKED, ASKED_AT_MOST)
    report.notes.append(conditions())
    parts = asked.only or [part for part in PARTS if part != "million" or not asked.quick]
    if "latency" in parts:
        measure_latency(report, SECONDS_QUICK if asked.quick else SECONDS)
    if asked.quick:
        report.lack("left out by --quick", "million_s")
    measure(report, parts, asked.database, asked.records or (WAITING_QUICK if asked.quick else WAITING), asked.records)
    report.notes.append(
        f"load at the end {os.getloadavg()[0]:.1f}; nodes, databases and this program share the machine"
    )
    report.print()


def measure(report: Report, parts: list[str], only: str | None, count: int, many: int | None) -> None:
    """The parts that need listings; `many` in the place of a million."""
    work = Workload()
    if only != "postgresql":
        measure_hops(report, parts, None, work, count, "_sqlite")
    if set(parts) <= {"latency"} or (only == "sqlite" and not {"storm", "million"} & set(parts)):
        return
    with postgresql() as server:
        if only != "sqlite":
            measure_hops(report, parts, server, work, count, "")
        if "storm" in parts:
            measure_storm(report, server, work)
        if "million" in parts:
            measure_million(report, server, work, many or MILLION)


def measure_hops(report: Report, parts: list[str], server: str | None, work: Workload, count: int, name: str) -> None:
    """One hop and two, as far as they are asked for."""
    one_per_s = measure_one_hop(report, server, work, count, name) if "one-hop" in parts else None
    if "two-hops" in parts:
        measure_two_hops(report, server, work, count, name, one_per_s)


if __name__ == "__main__":
    main()
