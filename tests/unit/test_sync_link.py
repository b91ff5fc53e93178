"""The way to the parent: its address is checked, a request as a whole ends in time, an answer has a size."""

import gzip
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import zstandard

from app.exchange.keys import NodeKey
from app.exchange.node import LocalNode
from app.sync import link
from app.sync.link import HttpLink, LinkDown, Refused, UnusableAddress, check_address
from app.sync.protocol import NDJSON, Batch, Place, PushHeader


def local(url: str) -> LocalNode:
    key = NodeKey("yuexiu:1", bytes(range(32)))
    return LocalNode("yuexiu", "越秀区", "district", "440104", "guangzhou", url, "ab" * 16, 1, key, 1)


def read_request(connection: socket.socket) -> bytes:
    """A request to its end: a server that answers before that could break the connection under the client."""
    request = connection.recv(65536)
    head, _, body = request.partition(b"\r\n\r\n")
    _, declared, length = head.lower().partition(b"content-length: ")
    missing = int(length.split(b"\r\n")[0]) - len(body) if declared else 0
    while missing > 0:
        part = connection.recv(65536)
        request, missing = request + part, missing - len(part)
    return request


@contextmanager
def parent(
    serve: Callable[[socket.socket, threading.Event], None], seen: list[bytes] | None = None, encoding: str = "zstd"
) -> Iterator[HttpLink]:
    """A link to a server on this machine that does with its connections as `serve` says; `seen` gets what came."""
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            while not ended.is_set():
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.settimeout(5)
                    try:
                        request = read_request(connection)
                        if seen is not None:
                            seen.append(request)
                        serve(connection, ended)
                    except OSError:
                        pass

        threading.Thread(target=accept, daemon=True).start()
        found = HttpLink(local(f"http://127.0.0.1:{listener.getsockname()[1]}"), lambda: datetime.now(UTC), encoding)
        try:
            yield found
        finally:
            ended.set()
            found.close()


HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


@pytest.mark.parametrize("start", [b"", HEAD + b"content-length: 100000\r\n\r\n"], ids=["head", "body"])
def test_a_parent_that_sends_a_byte_now_and_then_does_not_hold_the_courier(
    start: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "WHOLE_S", 0.5)

    def drip(connection: socket.socket, ended: threading.Event) -> None:
        connection.sendall(start or b"HTTP/1.1 200 OK\r\nx: ")
        while not ended.wait(0.1):
            connection.sendall(b"1")

    with parent(drip) as slow:
        began = time.monotonic()
        with pytest.raises(LinkDown, match="TooSlow"):
            slow.hello()
        assert time.monotonic() - began < 2


def test_an_answer_without_end_is_not_read_to_its_end() -> None:
    def flood(connection: socket.socket, ended: threading.Event) -> None:
        connection.sendall(HEAD + b"connection: close\r\n\r\n")
        while not ended.is_set():
            connection.sendall(b" " * 65536)

    with parent(flood) as endless, pytest.raises(Refused) as found:
        endless.hello()
    assert (found.value.status, found.value.slug) == (413, "answer-too-large")


@pytest.mark.parametrize(("status", "body"), [(b"500 X", b"{}"), (b"502 X", b"<html>")])
def test_a_parent_that_fails_is_told_from_one_that_is_not_there(status: bytes, body: bytes) -> None:
    def fail(connection: socket.socket, _: threading.Event) -> None:
        connection.sendall(HEAD.replace(b"200 OK", status) + b"content-length: %d\r\n\r\n" % len(body) + body)

    with parent(fail) as ill, pytest.raises(LinkDown) as found:
        ill.hello()
    assert found.value.status == int(status[:3])


@pytest.mark.parametrize("encoding", ["zstd", "gzip"])
def test_a_page_that_is_a_bomb_is_not_unpacked_to_its_end(encoding: str) -> None:
    plain = bytes(200 * 1024 * 1024)
    bomb = zstandard.compress(plain) if encoding == "zstd" else gzip.compress(plain, 6)
    assert len(bomb) < link.MAX_ANSWER

    def burst(connection: socket.socket, _: threading.Event) -> None:
        head = f"HTTP/1.1 200 OK\r\ncontent-type: {NDJSON}\r\ncontent-encoding: {encoding}\r\n".encode()
        connection.sendall(head + b"content-length: %d\r\n\r\n" % len(bomb) + bomb)

    with parent(burst, encoding=encoding) as hostile:
        tracemalloc.start()
        with pytest.raises(LinkDown, match="cannot be read"):
            hostile.feed(None, 0, 0)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert most < 40 * 1024 * 1024


def test_an_answer_nested_without_end_is_no_answer() -> None:
    deep = b"[" * 1_000_000

    def nest(connection: socket.socket, _: threading.Event) -> None:
        connection.sendall(HEAD + b"content-length: %d\r\n\r\n" % len(deep) + deep)

    with parent(nest) as odd, pytest.raises(LinkDown, match="without JSON"):
        odd.hello()


def test_a_packed_answer_is_not_unpacked() -> None:
    def packed(connection: socket.socket, _: threading.Event) -> None:
        connection.sendall(HEAD + b"content-encoding: gzip\r\ncontent-length: 2\r\n\r\n{}")

    with parent(packed) as odd, pytest.raises(LinkDown, match="packed"):
        odd.hello()


def test_the_encoding_that_was_used_is_the_one_that_is_signed() -> None:
    """A body that would shrink too far travels plain, and says so where the signature covers it."""
    seen: list[bytes] = []

    def refuse(connection: socket.socket, _: threading.Event) -> None:
        connection.sendall(HEAD.replace(b"200 OK", b"422 X") + b"content-length: 2\r\n\r\n{}")

    place = Place(seq=0, mark="")
    for text in (b"x" * 400_000, b"short"):
        batch = Batch(
            header=PushHeader(node="yuexiu", log_id="ab" * 16, inc=1, from_=place, to=place, n=1),
            lines=[b'{"b":"' + text + b'"}\n'],
        )
        with parent(refuse, seen) as picky, pytest.raises(Refused):
            picky.push("live", batch)
    heads = [request.partition(b"\r\n\r\n")[0].lower() for request in seen]
    assert [b"content-encoding: identity" in head for head in heads] == [True, False]
    assert [b"content-encoding: zstd" in head for head in heads] == [False, True]
    assert all(b'"content-encoding"' in head.partition(b"signature-input:")[2] for head in heads)


@pytest.mark.parametrize("url", ["", "yuexiu", "ftp://a", "http://", "https://a:99999", "http://[::1"])
def test_what_is_no_address_of_a_node_is_refused(url: str) -> None:
    with pytest.raises(UnusableAddress, match="no address"):
        check_address(url, is_demo=True)


def test_plain_http_is_for_this_machine_and_for_demos() -> None:
    for url in ("https://yuexiu.example", "http://127.0.0.1:8000", "http://localhost", "http://[::1]:8000"):
        check_address(url, is_demo=False)
    check_address("http://yuexiu.example", is_demo=True)
    with pytest.raises(UnusableAddress, match="plain HTTP") as found:
        check_address("http://yuexiu.example", is_demo=False)
    assert "SANLIAN_MODE=demo" in found.value.way_out
