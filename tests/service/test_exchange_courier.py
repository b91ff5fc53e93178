"""The courier's thread and its election: one carries, the others wait, and a silent hour ends with a question."""

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from app.exchange.models import SyncPeer
from app.exchange.sql_ledger import SqlLedger
from app.exchange.streams import STREAMS
from app.kernel.clock import SystemClock
from app.kernel.db import Database
from app.sync import push
from app.sync.courier import Courier, Pace
from app.sync.election import Election
from app.sync.link import HttpLink, LinkDown, Refused
from app.sync.protocol import Hello
from tests.service.exchange_nodes import DirectLink, Network, Node

PACE = Pace(first_delay_s=0.01, cap_s=0.05, start_jitter_s=0, batch=50)


def until(reached: Callable[[], bool], within_s: float = 5.0) -> bool:
    end = time.monotonic() + within_s
    while not reached() and time.monotonic() < end:
        time.sleep(0.01)
    return reached()


class CountingLink(DirectLink):
    """Counts how often the parent was asked how it is."""

    hellos = 0

    def hello(self) -> Hello:
        self.hellos += 1
        return super().hello()


def courier_of(node: Node, link: DirectLink, pace: Pace = PACE) -> Courier:
    made = Courier(node.database, node.exchange.local, lambda: link, pace, node.keys_dir)
    node.exchange.on_commit(made.wake)
    return made


def test_a_commit_wakes_the_courier(network: Network) -> None:
    city, district = network.grow("guangzhou", "yuexiu")
    courier = courier_of(district, network.link(district))
    courier.start()
    try:
        for n in range(1, 4):
            district.publish(str(n))
            assert until(lambda n=n: len(city.notes()) == n)  # type: ignore[misc]
        assert courier.last_error is None
    finally:
        courier.stop()


def test_what_another_process_of_the_node_commits_is_carried_before_long(network: Network) -> None:
    """A verb at the terminal, a revocation above all: it cannot wake the courier of the process that serves."""
    city, district = network.grow("guangzhou", "yuexiu")
    made = Courier(district.database, district.exchange.local, lambda: network.link(district), PACE, district.keys_dir)
    made.start()
    try:
        assert until(lambda: made.is_at_work)
        time.sleep(0.2)  # it has found nothing to carry, and sleeps
        district.publish("a")
        assert until(lambda: len(city.notes()) == 1)
    finally:
        made.stop()


def test_a_city_has_nobody_to_push_to(city: Node) -> None:
    courier = courier_of(city, DirectLink(city, "nobody"))
    courier.start()
    assert "courier" not in {t.name for t in threading.enumerate()}
    courier.stop()


def test_the_courier_goes_on_after_every_kind_of_failure(network: Network) -> None:
    city, district = network.grow("guangzhou", "yuexiu")
    link = network.link(district)
    failures = [LinkDown("ConnectError"), Refused(403, "not-a-child", {}), ZeroDivisionError(), LinkDown("x", 0.02)]
    seen: list[str | None] = []

    def fail(_: str) -> None:
        seen.append(courier.last_error)
        if failures:
            raise failures.pop(0)

    link.mishap = fail
    courier = courier_of(district, link)
    district.publish("a")
    courier.start()
    try:
        assert until(lambda: len(city.notes()) == 1)
        assert until(lambda: courier.last_error is None)
    finally:
        courier.stop()
    assert list(dict.fromkeys(e for e in seen if e)) == [
        "ConnectError",
        "refused: not-a-child",
        "ZeroDivisionError",
        "x",
    ]


def test_a_courier_is_stopped_though_its_parent_does_not_answer(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its line is cut without a word: the request that is under way goes on for ten minutes, and is given up."""
    monkeypatch.setattr("app.sync.link.WHOLE_S", 600.0)
    _, district = network.grow("guangzhou", "yuexiu")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        local = replace(district.exchange.local, parent_url=f"http://127.0.0.1:{silent.getsockname()[1]}")
        courier = Courier(district.database, local, lambda: HttpLink(local, SystemClock().now), PACE, district.keys_dir)
        courier.start()
        connection, _ = silent.accept()
        with connection:
            assert connection.recv(10)
            stopping = threading.Thread(target=courier.stop)
            stopping.start()
            stopping.join(60)
            is_stopped = not stopping.is_alive()
        stopping.join()
    assert is_stopped


def test_the_parent_is_asked_again_after_a_long_silence(network: Network) -> None:
    """So a parent that was restored meanwhile is filled again, though its children have nothing new to say."""
    city, district = network.grow("guangzhou", "yuexiu")
    backup = city.backup()
    district.publish("a")
    link = CountingLink(city, "yuexiu")
    courier = courier_of(district, link, Pace(0.01, 0.05, 0, 50, hello_every_s=0.1))
    courier.start()
    try:
        assert until(lambda: len(city.notes()) == 1)
        city.restore(backup)
        assert until(lambda: len(city.notes()) == 1)
        assert link.hellos >= 2
    finally:
        courier.stop()


def test_of_two_processes_one_is_elected_until_it_resigns(network: Network) -> None:
    city = network.grow("guangzhou")[0]
    directory = city.keys_dir / "run"
    other_database = Database(city.database.url.render_as_string(hide_password=False), pool_size=2)
    with Election(city.database, directory) as one, Election(other_database, directory) as other:
        assert one.is_elected()
        assert not other.is_elected()
        assert one.is_elected()
        assert not other.is_elected()
        one.resign()
        assert other.is_elected()
        assert not one.is_elected()
    with Election(city.database, directory) as third:
        assert third.is_elected()
    other_database.dispose()


def test_a_lock_that_the_server_dropped_is_noticed(postgresql_url: str, tmp_path: Path) -> None:
    one_database, other_database = Database(postgresql_url, pool_size=2), Database(postgresql_url, pool_size=2)
    with Election(one_database, tmp_path) as one, Election(other_database, tmp_path) as other:
        assert one.is_elected()
        assert not other.is_elected()
        with other_database.write() as session:
            session.execute(text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"))
        assert until(other.is_elected)
        assert not one.is_elected()
    one_database.dispose()
    other_database.dispose()


def test_a_process_that_is_not_elected_rests_however_often_it_is_woken(network: Network) -> None:
    city, district = network.grow("guangzhou", "yuexiu")
    link = CountingLink(city, "yuexiu")
    with Election(district.database, district.keys_dir) as election:
        assert election.is_elected()
        courier = courier_of(district, link)
        courier.start()
        time.sleep(0.05)
        for n in range(3):
            district.publish(str(n))
        spent = _cpu_of_process(0.3)
        courier.stop()
    assert city.notes() == {}
    assert link.hellos == 0
    assert spent < 0.1, "a courier that is not elected must not spin"


def _cpu_of_process(seconds: float) -> float:
    before = time.process_time()
    time.sleep(seconds)
    return time.process_time() - before


def test_after_a_success_every_stream_is_where_the_parent_says(network: Network) -> None:
    city, district = network.grow("guangzhou", "yuexiu")
    district.publish("a")
    network.drain(district)
    with district.database.read() as session, city.database.read() as above:
        held = push.checkpoints(SqlLedger(above), "yuexiu")
        for stream in STREAMS:
            peer = SqlLedger(session).peer("guangzhou", "out", stream)
            assert peer is not None
            assert peer.seq == (held[stream].seq if stream in held else 0)


def test_a_fenced_process_goes_on_with_a_new_incarnation(network: Network) -> None:
    city, district = network.grow("guangzhou", "yuexiu")
    district.publish("a")
    link = network.link(district)
    link.hello = CountingLink(city, "yuexiu").hello  # type: ignore[method-assign]
    district.carrier.drain(link)
    made = district.start().carrier  # not heard yet: one that had been would be taken for a copy
    _let_a_later_process_be_seen(city)
    old = district.exchange.local.inc
    rid = district.publish("b")
    made.drain(link)
    assert set(city.notes().values()) == {"a", "b"}
    assert district.exchange.local.inc > old
    district.publish("c", rid)
    assert district.envelope(rid).inc == district.exchange.local.inc
    made.drain(link)
    assert set(city.notes().values()) == {"a", "c"}


def test_a_process_that_is_fenced_again_and_again_stops_and_says_so(network: Network) -> None:
    city, district = network.grow("guangzhou", "yuexiu")
    link = network.link(district)
    link.mishap = lambda when: _let_a_later_process_be_seen(city) if when == "before" else None
    courier = courier_of(district, link)
    district.publish("a")
    courier.start()
    try:
        assert until(lambda: "copy of this node" in (courier.last_error or ""))
    finally:
        courier.stop()
    assert city.notes() == {}


def _let_a_later_process_be_seen(city: Node) -> None:
    with city.database.write() as session:
        row = session.get(SyncPeer, ("yuexiu", "in", "live")) or SyncPeer(
            peer="yuexiu", dir="in", stream="live", log_id="0" * 32, seq=0, mark="", inc_seen=0, suspended=False,
            sub="", began=0, updated_at=city.clock.now(),
        )  # fmt: skip
        row.inc_seen = max(row.inc_seen, 4_000_000_000_000) + 5
        session.add(row)


def test_a_way_to_the_parent_that_cannot_be_made_is_said_and_tried_again(network: Network) -> None:
    city, district = network.grow("guangzhou", "yuexiu")
    links: list[DirectLink] = []

    def make() -> DirectLink:
        if not links:
            links.append(network.link(district))
            raise ValueError("no address")
        return links[0]

    courier = Courier(district.database, district.exchange.local, make, Pace(0.2, 0.2, 0, 50), district.keys_dir)
    district.publish("a")
    courier.start()
    try:
        assert until(lambda: courier.last_error == "the parent's address cannot be used (ValueError)")
        assert until(lambda: len(city.notes()) == 1)
    finally:
        courier.stop()


def test_the_election_takes_nothing_from_the_pool(postgresql_url: str, tmp_path: Path) -> None:
    database = Database(postgresql_url, pool_size=1)
    with Election(database, tmp_path) as election:
        assert election.is_elected()
        with database.write() as session:
            assert session.execute(text("SELECT 1")).scalar() == 1
        assert election.is_elected()
    database.dispose()
