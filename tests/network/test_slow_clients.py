"""Clients that are slow on purpose, on real sockets: each is sent away in its time, and nobody else waits for them."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress

import httpx
import pytest

from app.kernel.connection import HEAD_WITHIN_S, TAKEN_WITHIN_S
from app.kernel.http import BODY_WITHIN_S
from tests.network.processes import NodeProcess
from tests.network.three_levels import ThreeLevels

SLACK_S = 4.0
CONNECTIONS = 500  # that a process answers at once


def connected(node: NodeProcess, sends: bytes = b"", takes: int = 0) -> socket.socket:
    """A connection to a node that has sent some bytes; `takes` bounds what its side takes without reading."""
    made = socket.socket()
    if takes:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, takes)
    made.settimeout(60)
    made.connect(("127.0.0.1", node.port))
    made.sendall(sends)
    return made


def head(body: int, path: str = "/v1/sessions") -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {body}\r\n\r\n".encode()
    )


def drip(made: socket.socket, byte: bytes = b"a") -> None:
    """A byte every half a second until the other side has had enough."""
    try:
        while True:
            made.sendall(byte)
            time.sleep(0.5)
    except OSError:
        return


def read_to_end(made: socket.socket) -> tuple[bytes, float]:
    """What came until the other side hung up, and how long that took."""
    began, got = time.monotonic(), b""
    with made, suppress(ConnectionResetError):
        while chunk := made.recv(65536):
            got += chunk
    return got, time.monotonic() - began


def silent(node: NodeProcess) -> tuple[bytes, float]:
    return read_to_end(connected(node))


def slow_head(node: NodeProcess) -> tuple[bytes, float]:
    made = connected(node, b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Long: ")
    threading.Thread(target=drip, args=(made,), daemon=True).start()
    return read_to_end(made)


def slow_second_head(node: NodeProcess) -> tuple[bytes, float]:
    made = connected(node, b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\nGET /li")
    threading.Thread(target=drip, args=(made,), daemon=True).start()
    return read_to_end(made)


def slow_body(node: NodeProcess) -> tuple[bytes, float]:
    made = connected(node, head(100_000) + b'{"a":"')
    threading.Thread(target=drip, args=(made,), daemon=True).start()
    return read_to_end(made)


def slow_batch(node: NodeProcess) -> tuple[bytes, float]:
    made = connected(node, head(100_000, "/sync/v1/push/live"))
    threading.Thread(target=drip, args=(made,), daemon=True).start()
    return read_to_end(made)


def half_open(node: NodeProcess) -> tuple[bytes, float]:
    """A body that simply stops, as when a machine loses its line."""
    return read_to_end(connected(node, head(1000) + b'{"username"'))


def takes_nothing(node: NodeProcess) -> tuple[bytes, float]:
    """Asks for much and reads nothing of it; what is still in the kernel's hands comes before the end."""
    made = connected(node, b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 40, takes=4096)
    began = time.monotonic()
    with made, suppress(OSError):
        while time.monotonic() - began < TAKEN_WITHIN_S + SLACK_S * 2:
            time.sleep(0.25)
            made.sendall(b"\r\n")  # fails once the other side has hung up
    return b"", time.monotonic() - began


SLOW: dict[str, tuple[Callable[[NodeProcess], tuple[bytes, float]], bytes, float]] = {
    "says nothing": (silent, b"", HEAD_WITHIN_S),
    "sends its head slowly": (slow_head, b"", HEAD_WITHIN_S),
    "sends its second head slowly": (slow_second_head, b"HTTP/1.1 200", HEAD_WITHIN_S),
    "sends its body slowly": (slow_body, b"HTTP/1.1 408", BODY_WITHIN_S + HEAD_WITHIN_S),
    "sends its batch slowly": (slow_batch, b"HTTP/1.1 408", BODY_WITHIN_S + HEAD_WITHIN_S),
    "stops in its body": (half_open, b"HTTP/1.1 408", BODY_WITHIN_S + HEAD_WITHIN_S),
    "takes nothing": (takes_nothing, b"", TAKEN_WITHIN_S),
}


@pytest.fixture
def answers(three: ThreeLevels) -> Iterator[list[float]]:
    """How long the node's answers to somebody else take meanwhile."""
    found: list[float] = []
    stopping = threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=three.city.url, timeout=10, trust_env=False) as client:
            while not stopping.wait(0.5):
                began = time.monotonic()
                assert client.get("/v1/listings", params={"limit": 1}).status_code == 200
                found.append(time.monotonic() - began)

    asking = threading.Thread(target=ask)
    asking.start()
    yield found
    stopping.set()
    asking.join()


@pytest.mark.slow
def test_whoever_is_slow_is_sent_away_in_time_and_nobody_waits_for_them(
    three: ThreeLevels, answers: list[float]
) -> None:
    """All of them at once, since each takes its time."""
    found: dict[str, tuple[bytes, float]] = {}

    def be(name: str) -> None:
        found[name] = SLOW[name][0](three.city)

    threads = [threading.Thread(target=be, args=(name,)) for name in SLOW]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name, (_, begins, within) in SLOW.items():
        got, took = found[name]
        assert got.startswith(begins), name
        assert bool(got) == bool(begins), name
        assert took < within + SLACK_S, f"{name}: {took:.1f} s"
    assert len(answers) > 20
    assert max(answers) < 3


@pytest.mark.slow  # it waits for deadlines of seconds
def test_connections_that_say_nothing_hold_no_place_for_long(three: ThreeLevels) -> None:
    with ExitStack() as held:
        for _ in range(CONNECTIONS + 5):
            held.enter_context(connected(three.city))
        full = httpx.get(f"{three.city.url}/livez", timeout=10, trust_env=False)
        assert full.status_code == 503
        time.sleep(HEAD_WITHIN_S + SLACK_S / 2)
        assert httpx.get(f"{three.city.url}/livez", timeout=10, trust_env=False).status_code == 200
    three.office.open_vacancy()
    three.settle()
