"""`make chaos [SEED=n] [MINUTES=m]`: real processes, real faults, and a judge. docs/chaos.md says what is promised.

The last line is one JSON object. Exit code 0: nothing was lost, doubled or resurrected, and the network agreed within
five seconds; 1: it was not so; 2: a kind of fault did not happen, so nothing was shown.
"""

import argparse
import json
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from app.kernel import log
from tests.chaos.book import Book
from tests.chaos.clerks import Clerk
from tests.chaos.faults import Disturber
from tests.chaos.judge import Verdict, judge
from tests.chaos.network import Network
from tests.chaos.schedule import Event, Fault, schedule
from tests.chaos.wires import Passed
from tests.network.office import Office
from tests.postgresql import administer, serving

CLERKS = {"district": 1, "street": 2}
FAULT_EVERY_S, BACKUP_EVERY_S = 1.5, 2.0
LONGER_S = 20.0  # at most, until every kind of fault has happened
LAST_CUT_S = 3.0
CONVERGED_WITHIN_S, AT_MOST_S = 5.0, 120.0
STAYS_S, TELLS_EVERY_S = 2.0, 10.0
LOOKS_EVERY_S = 1.0  # whether a person has to lift a suspension


class Run:
    """One run: set up, disturb, let come to rest, judge."""

    def __init__(self, seed: int, seconds: float, folder: Path, database_urls: Mapping[str, str]) -> None:
        self.seed, self.seconds, self.folder = seed, seconds, folder
        self.network = Network(folder, seed, database_urls)
        self.book = Book(self.network.parents)
        self.disturber = Disturber(self.network, self.book)
        self._rnd = random.Random(seed)
        self._began = 0.0
        self._slowdown = 0.0
        self._lifted = 0

    def go(self) -> dict[str, object]:
        """The whole run; what the last line says."""
        self._say("setting up")
        threads = self._take_on(self.network.set_up())
        for node in self.network.nodes.values():
            node.back_up(self.book)
        self._began = time.monotonic()
        for thread in threads:
            thread.start()
        self._disturb()
        last = self._cut_everything(threads)
        converged_s = self._come_to_rest(last)
        verdict = judge(self.book.posts.values(), self.network.look())
        verdict.findings += [*self.network.halves(), *self.network.complaints(), *self.disturber.failures]
        if converged_s is None:
            verdict.findings.append(f"the network did not agree within {AT_MOST_S} s")
        return self._report(verdict, converged_s)

    def _take_on(self, offices: dict[str, Office]) -> list[threading.Thread]:
        threads = []
        for name, office in offices.items():
            node = self.network.nodes[name]
            for number in range(CLERKS[node.tier]):
                clerk = Clerk(number, name, office, self.book, random.Random(self._rnd.getrandbits(64)))
                node.clerks.append(clerk)
                threads.append(threading.Thread(target=clerk.work, name=f"clerk-{name}-{number}", daemon=True))
        return threads

    def _disturb(self) -> None:
        """Let the schedule happen, and make backups meanwhile."""
        events = schedule(self.seed, self.seconds, self.network.place, FAULT_EVERY_S)
        backing_up = threading.Thread(target=self._back_up, name="backups", daemon=True)
        backing_up.start()
        for number, event in enumerate(events):
            time.sleep(max(0.0, self._began + event.at_s - time.monotonic()))
            self.disturber.begin(event)
            if number % 5 == 4:
                self._say(f"{number + 1} of {len(events)} faults begun, {self.book.acknowledged} writes acknowledged")
        time.sleep(max(0.0, self._began + self.seconds - time.monotonic()))
        self.disturber.wait_for_all_kinds(LONGER_S)
        backing_up.join()

    def _back_up(self) -> None:
        rnd = random.Random(self.seed + 1)
        while time.monotonic() < self._began + self.seconds:
            node = self.network.nodes[rnd.choice(self.network.place.nodes)]
            if node.turn.acquire(blocking=False):  # a node that something is being done to is passed over
                try:
                    node.back_up(self.book)
                finally:
                    node.turn.release()
            time.sleep(BACKUP_EVERY_S)

    def _cut_everything(self, threads: list[threading.Thread]) -> Event:
        """The last fault: every wire is cut while the offices go on, and all other faults end. Its event."""
        last = Event(self.seconds, Fault.PARTITION, tuple(self.network.wires), LAST_CUT_S, self._rnd.randrange(2))
        for wire in self.network.wires.values():
            self.network.do(wire.cut(last.fault))
        self._say("every wire is cut; the other faults end")
        self.disturber.wait()
        time.sleep(LAST_CUT_S)
        clerks = [clerk for node in self.network.nodes.values() for clerk in node.clerks]
        for clerk in clerks:
            clerk.stopping.set()
        for thread in threads:
            thread.join()
        return last

    def _come_to_rest(self, last: Event) -> float | None:
        """Mend the wires; seconds from the first answer that passed until every node agreed, None if they never did."""
        self._say("every wire is mended")
        wires = self.network.wires.values()
        for wire in wires:
            self.network.do(wire.watch())
        for wire in wires:
            self.network.do(wire.mend(last.fault, breaks=bool(last.pick)))
        before = self.network.processor_times()
        mended = time.monotonic()
        told = looked = mended
        while not self.network.is_settled():
            if time.monotonic() - looked > LOOKS_EVERY_S:
                self._lifted += self.network.lift_suspensions()
                looked = time.monotonic()
            if time.monotonic() - mended > AT_MOST_S:
                return None
            if time.monotonic() - told > TELLS_EVERY_S:
                told = time.monotonic()
                self._say(f"not yet: {self.network.stand()}")
            time.sleep(0.1)
        settled = time.monotonic()
        ran, waited = (now - then for now, then in zip(self.network.processor_times(), before, strict=True))
        self._slowdown = (ran + waited) / ran
        time.sleep(STAYS_S)
        if not self.network.is_settled():
            self.disturber.failures.append("the network agreed, and then no more")
        self._say(f"agreed {settled - mended:.2f} s after the wires were mended")
        passed = sorted((p for wire in wires for p in wire.passed or ()), key=lambda one: one.answered_at)
        converged_s = settled - (passed[0].answered_at if passed else mended)
        if converged_s > CONVERGED_WITHIN_S:
            self._tell_passed(passed, mended)
        return max(0.0, converged_s)

    def _tell_passed(self, passed: Sequence[Passed], mended: float) -> None:
        """What the nodes said to each other while they took too long."""
        for one in passed:
            print(f"  {one.sent_at - mended:6.2f} to {one.answered_at - mended:6.2f} s  {one.wire:9}  {one.what}")

    def _report(self, verdict: Verdict, converged_s: float | None) -> dict[str, object]:
        for finding in verdict.findings:
            print(finding)
        print(f"refused while the disk was full, by status: {dict(self.disturber.refused_on_full_disk)}")
        return {
            "seed": self.seed,
            "minutes": round(self.seconds / 60, 2),
            "faults": {str(fault): count for fault, count in self.disturber.happened.items()},
            "acknowledged": verdict.acknowledged,
            "lost": verdict.lost,
            "unrecoverable": verdict.unrecoverable,
            "overruled": verdict.overruled,
            "doubled": verdict.doubled,
            "resurrected": verdict.resurrected,
            "converged_s": None if converged_s is None else round(converged_s, 2),
            "lifted": self._lifted,
            "slowdown": round(self._slowdown, 1),
            "findings": len(verdict.findings),
        }

    def _say(self, what: str) -> None:
        at = f"{time.monotonic() - self._began:6.1f} s" if self._began else "        "
        print(f"{at}  {what}", flush=True)


@contextmanager
def databases(tier: str | None) -> Iterator[dict[str, str]]:
    """The address of the database of a tier that is not on SQLite, for the length of the block."""
    if tier is None:
        yield {}
        return
    with serving() as server:
        administer(server, "CREATE DATABASE chaos")
        yield {tier: server.set(database="chaos").render_as_string(hide_password=False)}


def exit_code(report: dict[str, object]) -> int:
    """2 if a kind of fault did not happen, 1 if a promise was broken, else 0."""
    faults, converged_s = report["faults"], report["converged_s"]
    assert isinstance(faults, dict)
    if not all(faults.values()):
        return 2
    broken = any(report[name] for name in ("lost", "doubled", "resurrected", "findings"))
    is_late = not isinstance(converged_s, float) or converged_s > CONVERGED_WITHIN_S
    return 1 if broken or is_late else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="which schedule (default: %(default)s)")
    parser.add_argument("--minutes", type=float, default=1.0, help="how long faults happen (default: %(default)s)")
    parser.add_argument("--dir", type=Path, help="folder of the nodes, kept; by default one that is kept if it fails")
    parser.add_argument("--postgresql", choices=("city", "district"), help="the tier on PostgreSQL (default: none)")
    given = parser.parse_args()
    log.configure("error")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # and with it the nodes, in `finally`
    folder = given.dir or Path(tempfile.mkdtemp(prefix="sanlian-chaos-"))
    with databases(given.postgresql) as urls:
        run = Run(given.seed, given.minutes * 60, folder, urls)
        try:
            report = run.go()
        finally:
            run.network.stop()
    code = exit_code(report)
    if code == 2:
        print(f"a kind of fault did not happen: nothing was shown. Nodes and logs: {folder}")
    elif code:
        print(f"seed {given.seed} failed. Nodes and logs: {folder}")
    elif given.dir is None:
        shutil.rmtree(folder)
    print(json.dumps(report))
    return code


if __name__ == "__main__":
    sys.exit(main())
