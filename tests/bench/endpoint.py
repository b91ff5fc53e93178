"""POST /v1/match on a real node with one worker, under load: beside a no-op endpoint, and while listings change.

The clients are processes with one connection each, as many as the node lets wait; every client sends its next request
when it has the answer to the last. No-op and match take turns, so that other work on the machine slows both.
"""

import http.client
import json
import multiprocessing
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from threading import Event, Thread
from typing import Any

from app.matching.profile import Profile
from tests.bench.ours import NUMBA, NUMPY
from tests.bench.processor import processor_s
from tests.bench.workload import Workload
from tests.network.office import Office, new_key
from tests.network.processes import NodeProcess, wait_until

_CLIENTS = 3  # one is answered, two wait: more are refused
_ROUNDS = 3
_PATIENCE_S = 300
_MATCH = "/v1/match?limit=10&side=0"
_MATCH_ALL = "/v1/match?limit=10"
_NO_OP = "/livez"
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Load:
    """What came of one load: the seconds of the answered requests, how many were refused, and what it took."""

    seconds: list[float] = field(default_factory=list)
    refused: int = 0
    took: float = 0.0
    cpu: float = 0.0  # processor time of the node meanwhile, in seconds

    @property
    def rate(self) -> float:
        return len(self.seconds) / self.took

    @property
    def cpu_ms(self) -> float:
        """Processor time of the node for a request, in milliseconds."""
        return 1000 * self.cpu / max(len(self.seconds), 1)

    def percentile(self, percent: int) -> float:
        """In milliseconds."""
        if len(self.seconds) < 2:
            return 1000 * sum(self.seconds)
        return statistics.quantiles(self.seconds, n=100, method="inclusive")[percent - 1] * 1000


@dataclass(frozen=True)
class Endpoint:
    """The figures of one kernel. `p99_changing` while `changed_per_s` listings change.

    `share` is that of the rates, as they were; `cpu_share` that of the node's processor time for a request, which tells
    the same where other work takes turns with the node.
    """

    no_op_per_s: float
    match_per_s: float
    match_all_per_s: float  # with the two side lists
    share: float
    cpu_share: float
    no_op_cpu_ms: float
    match_cpu_ms: float
    p50: float
    p99: float
    p99_changing: float
    changed_per_s: float
    refused: int


def measure(node: NodeProcess, work: Workload, kernel: str, seconds: float, folder: Path) -> Endpoint:
    """Serve `node` with `kernel` and load it."""
    token = node.add_staff(f"bench-{kernel}")
    node.process = _served(node, kernel, folder)
    try:
        wait_until(node.is_ready, _PATIENCE_S, node.output)
        bodies = [json.dumps(profile_body(work.profile(number))).encode() for number in range(3_000)]
        for path in (_MATCH, _MATCH_ALL):  # the market is made, and what is compiled is compiled
            wait_until(lambda path=path: _load(node, path, bodies[:1], 0.1, 1).seconds, _PATIENCE_S)
            _load(node, path, bodies[2_000:], seconds, _CLIENTS)
        shares, cpu_shares, no_op, match = [], [], Load(), Load()
        for _ in range(_ROUNDS):
            no_op = _load(node, _NO_OP, [], seconds / 2, _CLIENTS)
            match = _load(node, _MATCH, bodies[:2_000], seconds, _CLIENTS)
            shares.append(match.rate / no_op.rate)
            cpu_shares.append(no_op.cpu_ms / match.cpu_ms)
        whole = _load(node, _MATCH_ALL, bodies[:2_000], seconds, _CLIENTS)
        with _changing(node, token) as changed:
            changing = _load(node, _MATCH, bodies[:2_000], 2 * seconds, _CLIENTS)
            rate = changed.qsize() / changing.took
        return Endpoint(
            no_op.rate, match.rate, whole.rate, statistics.median(shares), statistics.median(cpu_shares),
            no_op.cpu_ms, match.cpu_ms, match.percentile(50), match.percentile(99),
            changing.percentile(99), rate, match.refused + changing.refused,
        )  # fmt: skip
    finally:
        node.stop()


def _served(node: NodeProcess, kernel: str, folder: Path) -> Any:
    """The node in a process that starts from nothing: one that is forked has its packages already."""
    env = node.env | ({"PYTHONPATH": str(_without_numba(folder))} if kernel == NUMPY else {})
    with (node.folder / "stdio.log").open("ab") as log:
        return subprocess.Popen([sys.executable, "-m", "app", "serve"], cwd=_ROOT, env=env, stdout=log, stderr=log)


def profile_body(profile: Profile) -> dict[str, object]:
    """A profile as it is sent."""
    entered: dict[str, object] = {
        "wishes": [{"occupation": one.occupation, "stated": one.stated} for one in profile.wishes],
        "places": list(profile.places),
        "home": profile.home,
        "skills": None
        if profile.skills is None
        else list(
            {(one.skill, one.stated): {"skill": one.skill, "stated": one.stated} for one in profile.skills}.values()
        ),
        "experience": None
        if profile.experience is None
        else [
            {"occupation": one.occupation, "stated": one.stated, "years": round(one.months / 12, 1)}
            for one in profile.experience
        ],
        "certificates": None if profile.certificates is None else sorted(profile.certificates),
        "education": profile.education,
        "birth_on": None if profile.birth_on is None else profile.birth_on.isoformat(),
        "pay": None if profile.pay is None else {"min_fen": profile.pay.min_fen, "period": profile.pay.period},
        "shifts": None if profile.shifts is None else dict(profile.shifts),
        "hours": profile.hours,
        "max_hours_per_week": profile.max_hours_per_week,
        "lodging_needed": profile.lodging_needed,
        "refusals": None if profile.refusals is None else sorted(profile.refusals),
        "target_groups": sorted(profile.target_groups or ()),
        "days_off_per_month": profile.days_off_per_month,
        "wants_insurance": profile.wants_insurance,
        "employment_forms": None if profile.employment_forms is None else sorted(profile.employment_forms),
    }
    return {name: value for name, value in entered.items() if value is not None}


def _load(node: NodeProcess, path: str, bodies: list[bytes], seconds: float, clients: int) -> Load:
    """Requests for `seconds` by `clients` processes; POST where there are bodies."""
    assert node.process is not None
    context = multiprocessing.get_context("fork")
    found: multiprocessing.Queue[tuple[list[float], int]] = context.Queue()
    shares = [bodies[start::clients] for start in range(clients)]
    processes = [context.Process(target=_client, args=(node.port, path, own, seconds, found)) for own in shares]
    began, cpu = time.perf_counter(), processor_s(node.process.pid)
    for process in processes:
        process.start()
    results = [found.get(timeout=seconds + _PATIENCE_S) for _ in processes]
    for process in processes:
        process.join()
    took, cpu = max(time.perf_counter() - began, seconds), processor_s(node.process.pid) - cpu
    return Load([one for times, _ in results for one in times], sum(refused for _, refused in results), took, cpu)


def _client(port: int, path: str, bodies: list[bytes], seconds: float, found: "multiprocessing.Queue[object]") -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_S)
    headers = {"Content-Type": "application/json"}
    times, refused, number = [], 0, 0
    end = time.perf_counter() + seconds
    while (began := time.perf_counter()) < end:
        if bodies:
            connection.request("POST", path, bodies[number % len(bodies)], headers)
        else:
            connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        number += 1
        if answer.status == 200:
            times.append(time.perf_counter() - began)
        elif answer.status == 503:
            refused += 1
            time.sleep(0.005)
        else:
            raise RuntimeError(f"{answer.status} {body[:500]!r}")
    found.put((times, refused))


_CHANGES_PER_S = 50
_OPENED = 60


@contextmanager
def _changing(node: NodeProcess, token: str) -> Iterator["Queue[float]"]:
    """Pause and resume an office's own listings at a steady rate; the instants at which one had changed."""
    office = Office(node.url, token)
    own = [office.open_vacancy() for _ in range(_OPENED)]
    office.close()
    done: Queue[float] = Queue()
    stopping = Event()

    def change(worker: int, workers: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=_PATIENCE_S)
        due, number = time.perf_counter() + worker / _CHANGES_PER_S, worker
        while not stopping.is_set():
            time.sleep(max(0.0, due - time.perf_counter()))
            verb = ("pause", "resume")[number // _OPENED % 2]
            headers = {
                "Authorization": f"Bearer {token}",
                "Idempotency-Key": new_key(),
                "Content-Type": "application/json",
            }
            connection.request("POST", f"/v1/vacancies/{own[number % _OPENED]}/{verb}", b'{"reason": "bench"}', headers)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status == 200:
                done.put(time.perf_counter())
            elif answer.status != 503:
                raise RuntimeError(f"{verb}: {answer.status} {body[:300]!r}")
            due, number = due + workers / _CHANGES_PER_S, number + workers

    threads = [Thread(target=change, args=(worker, 3), daemon=True) for worker in range(3)]
    for thread in threads:
        thread.start()
    try:
        yield done
    finally:
        stopping.set()
        for thread in threads:
            thread.join()


def _without_numba(folder: Path) -> Path:
    """A folder that keeps numba from a process which has it first on its path."""
    place = folder / "without-numba"
    place.mkdir(exist_ok=True)
    (place / "sitecustomize.py").write_text(f'import sys\nsys.modules["{NUMBA}"] = None\n', encoding="utf-8")
    return place
