"""A day at a street whose line is dead: the counter notices nothing, and afterwards everybody knows, once.

The district is not stopped but frozen: connections to it are made and then nothing comes, which is the worst that a
line can do. A city, a district and two streets as processes, HTTP between them, real files.
"""

import os
import signal
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.sync.link import CONNECT_S
from tests.network.office import Office, citizen_id, look
from tests.network.processes import NodeProcess, wait_until
from tests.network.two_streets import Market, two_streets

REGISTRATIONS, OPENED, CLOSED = 200, 100, 40
COUNTERS = 3
PLACE = {"region": "440104003", "stated": ""}
SLOWER = 3.0  # than with the line up: a machine that is shared has its moods, a wait for a network is a hundredfold
ENDS = "SELECT count(*), count(DISTINCT rid) FROM sync_record WHERE kind = 'listing' AND op = 'D' AND origin = ?"
POSTS = "SELECT rid, ver FROM sync_record WHERE kind = 'listing' AND op = 'P' AND origin = ?"


class Counters:
    """Three counters of one office, and how long each request of theirs took."""

    def __init__(self, office: Office) -> None:
        self.office, self.took = office, list[float]()

    def all(self, do: Callable[[int], str], numbers: range) -> list[str]:
        """Let the counters share the work."""
        with ThreadPoolExecutor(COUNTERS) as pool:
            return list(pool.map(do, numbers))

    def ask(self, path: str, body: Any = None) -> dict[str, Any]:
        began = time.monotonic()
        found = self.office.done(path, body)
        self.took.append(time.monotonic() - began)
        return found

    def register(self, number: int) -> str:
        """A person comes and is registered; every tenth asks what there is for them."""
        person = {"citizen_id": citizen_id(52_000 + number), "name": "示例", "phone": f"154{number:08d}"}
        wishes = [{"occupation": "cleaner", "stated": ""}]
        found = str(self.ask("/v1/seekers", {**person, "address": "示例路 1 号", "wishes": wishes})["id"])
        if number % 10 == 0:
            assert self.office.client.get(f"/v1/seekers/{found}/matches").json()["items"]
        return found

    def open(self, number: int) -> str:
        """A vacancy is taken down, checked, approved and opened."""
        body = self.office.vacancy(title=f"保洁员 {number}", place=PLACE)
        rid = str(self.ask("/v1/vacancies", body)["id"])
        for verb in ("submit", "approve", "open"):
            self.ask(f"/v1/vacancies/{rid}/{verb}")
        return rid

    def close(self, rid: str) -> None:
        self.ask(f"/v1/vacancies/{rid}/close", {"reason": "已招满"})


@contextmanager
def frozen(node: NodeProcess) -> Iterator[None]:
    """For the length of the block the node keeps its connections, takes new ones, and answers nothing."""
    assert node.process is not None
    os.kill(node.process.pid, signal.SIGSTOP)
    try:
        stat = Path(f"/proc/{node.process.pid}/stat")
        wait_until(lambda: stat.read_text().rpartition(")")[2].split()[0] == "T", 10)
        yield
    finally:
        os.kill(node.process.pid, signal.SIGCONT)


def day(street: Counters, before: list[str]) -> tuple[list[str], list[str]]:
    """What happens at the counters: what was opened, and what of that and of `before` was closed."""
    street.all(street.register, range(100, 100 + REGISTRATIONS))
    opened = street.all(street.open, range(100, 100 + OPENED))
    closed = [*before, *opened[: CLOSED - len(before)]]
    for rid in closed:
        street.close(rid)
    return opened, closed


@pytest.mark.slow
def test_a_day_without_a_line_holds_up_nobody_and_is_known_everywhere_afterwards_once(tmp_path: Path) -> None:
    with two_streets(tmp_path) as market:
        district, city, street = market.levels.district, market.levels.city, market.levels.street
        usual = Counters(market.levels.office)
        before = usual.all(usual.open, range(20))
        market.settle()
        usual.all(usual.register, range(20))
        assert all(is_listed(node, rid) for node in market.nodes for rid in before)
        heads = [look(node.folder, "SELECT head FROM sync_head") for node in (district, city)]

        counters = Counters(market.levels.office)
        with frozen(district):
            opened, closed = day(counters, before)
            assert street.status()["backlog"] == OPENED + len(before)  # a record edited many times waits once
            assert [look(node.folder, "SELECT head FROM sync_head") for node in (district, city)] == heads
            assert market.hongqiao.listed() == len(before)  # it goes on with what it knew
        assert len(counters.took) == REGISTRATIONS + 4 * OPENED + CLOSED
        assert statistics.median(counters.took) < SLOWER * statistics.median(usual.took)
        assert max(counters.took) < CONNECT_S  # the least that anything waits that waits for a network

        wait_until(lambda: knows(market, set(opened) - set(closed)), 60, lambda: [n.status() for n in market.nodes])
        market.settle()
        check_arrived_once(market, opened, closed)
        seekers = "SELECT count(*) FROM job_seeker"
        assert look(street.folder, seekers) == [(20 + REGISTRATIONS,)]
        assert [look(node.folder, seekers) for node in (district, city)] == [[(0,)]] * 2
        for node in (street, district):
            assert node.sanlian("sync", "verify").returncode == 0


def knows(market: Market, shown: set[str]) -> bool:
    return all({rid for rid, _ in look(node.folder, POSTS, "beijing")} == shown for node in market.nodes)


def check_arrived_once(market: Market, opened: list[str], closed: list[str]) -> None:
    """Every node holds each post and each end as the street does, once, and shows none that was closed."""
    ours = sorted(look(market.levels.street.folder, POSTS, "beijing"))
    assert len(ours) == len(set(opened) - set(closed))
    for node in market.nodes:
        assert sorted(look(node.folder, POSTS, "beijing")) == ours
        assert look(node.folder, ENDS, "beijing") == [(CLOSED, CLOSED)]
        assert node.listed() == len(ours)
        assert not any(is_listed(node, rid) for rid in closed[:: CLOSED // 8])


def is_listed(node: NodeProcess, rid: str) -> bool:
    answer = httpx.get(f"{node.url}/v1/listings/beijing/{rid}", timeout=5, trust_env=False)
    assert answer.status_code in {200, 404, 410}
    return answer.status_code == 200
