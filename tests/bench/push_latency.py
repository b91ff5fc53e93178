"""From a street's write to the city's commit: p50 and p99 over three levels on one machine, at a steady rate.

Measured twice: with vacancies that wait to be opened, so that a write is one request; and with whole vacancies, which
are created, submitted, approved and opened by four. The clock starts when the street has answered the opening with
2xx, and stops when another process sees the record committed in the city's database.

    python tests/bench/push_latency.py [--rate 20] [--seconds 30]
"""

import argparse
import multiprocessing
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # run as a script, from anywhere

from tests.bench.processor import processor_s
from tests.bench.report import conditions
from tests.network.office import Office
from tests.network.three_levels import ThreeLevels

LOCAL_NETWORK = {"SANLIAN_PUSH_FIRST_DELAY_S": "0.5", "SANLIAN_PUSH_CAP_S": "2", "SANLIAN_PUSH_JITTER_S": "0.5"}
WORKERS = 8
LOOKS_EVERY_S = 0.001


def watch(database: Path, stopping: Event, seen: Any) -> None:
    """Note when each record becomes visible to another process: {rid: unix time}, sent at the end."""
    found: dict[str, float] = {}
    head, version = 0, -1
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)) as city:
        while not stopping.is_set():
            before, version = version, city.execute("PRAGMA data_version").fetchone()[0]
            if version != before:
                now = time.time()
                for rid, seq in city.execute("SELECT rid, seq FROM sync_record WHERE seq > ?", (head,)).fetchall():
                    found.setdefault(rid, now)
                    head = max(head, seq)
            time.sleep(LOOKS_EVERY_S)
    seen.put(found)


def write(office: Office, due: float, waiting: str | None) -> tuple[str, float, float]:
    """Open one vacancy, not before it is due: its id, when the opening was answered, how late it was begun."""
    time.sleep(max(0.0, due - time.time()))
    late = time.time() - due
    rid = waiting or office.approved()
    office.done(f"/v1/vacancies/{rid}/open")
    return rid, time.time(), late


def measure(network: ThreeLevels, rate: float, seconds: float, *, whole: bool) -> tuple[list[float], int]:
    """Open vacancies at a rate and print what came of it: the seconds that each took, and how many never arrived."""
    count = int(rate * seconds)
    with ThreadPoolExecutor(WORKERS) as pool:
        waiting = [None] * count if whole else list(pool.map(lambda _: network.office.approved(), range(count)))
    context = multiprocessing.get_context("fork")
    stopping, seen = context.Event(), context.Queue()
    watcher = context.Process(target=watch, args=(network.city.folder / "sanlian.db", stopping, seen))
    watcher.start()
    network.office.open_vacancy()
    network.settle()
    before, start = processor_time(network), time.time() + 0.5
    with ThreadPoolExecutor(WORKERS) as pool:
        dues = [start + number / rate for number in range(count)]
        written = list(pool.map(lambda due, rid: write(network.office, due, rid), dues, waiting))
    took = time.time() - start
    busy = {node: (used - before[node]) / took * 100 for node, used in processor_time(network).items()}
    network.settle(60)
    time.sleep(0.1)
    stopping.set()
    arrived: dict[str, float] = seen.get()
    watcher.join()
    latencies = [arrived[rid] - answered for rid, answered, _ in written if rid in arrived]
    what = "whole vacancies" if whole else "openings"
    print(f"{what}: asked {rate:g}/s for {seconds:g} s, reached {count / took:.1f}/s")
    shown = {"street's 2xx to city's commit": latencies, "begun late by": [late for _, _, late in written]}
    for what, values in shown.items():
        p50, p99 = percentile(values, 50), percentile(values, 99)
        print(f"  {what}: p50 {p50:.1f} ms, p99 {p99:.1f} ms, max {max(values) * 1000:.1f} ms, n {len(values)}")
    print("  processor time: " + ", ".join(f"{node} {used:.0f} %" for node, used in busy.items()) + " of one core")
    return latencies, count - len(latencies)


def percentile(values: list[float], percent: int) -> float:
    """In milliseconds."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1] * 1000


def processor_time(network: ThreeLevels) -> dict[str, float]:
    """Seconds of processor time that each process has used, this one included."""
    ids = {node.node: node.process.pid for node in network.nodes if node.process} | {"client": os.getpid()}
    return {name: processor_s(pid) for name, pid in ids.items()}


@contextmanager
def local_network() -> Iterator[ThreeLevels]:
    """Three levels on this machine, set up and started, taken down at the end."""
    with tempfile.TemporaryDirectory() as folder:
        network = ThreeLevels(Path(folder))
        for node in network.nodes:
            node.env.update(LOCAL_NETWORK)
        try:
            network.start()
            yield network
        finally:
            network.stop()


def main() -> None:
    """Set three levels up, measure, take them down."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=20, help="vacancies opened a second")
    parser.add_argument("--seconds", type=float, default=30, help="for how long")
    asked = parser.parse_args()
    print(f"{conditions()}; client, watcher and three nodes share the machine")
    with local_network() as network:
        lost = sum(measure(network, asked.rate, asked.seconds, whole=whole)[1] for whole in (False, True))
    if lost:
        raise SystemExit(f"{lost} writes never arrived")


if __name__ == "__main__":
    main()
