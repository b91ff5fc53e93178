"""The way to the parent over HTTP (docs/wire.md §4). The courier only knows `Link`: another way can take its place."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ValidationError

from app.exchange.keys import NodeKey
from app.exchange.node import LocalNode
from app.sync.enrolment import EnrolAnswer, EnrolRequest
from app.sync.protocol import (
    NDJSON,
    Batch,
    Checkpoint,
    Cursor,
    DigestAnswer,
    Hello,
    Page,
    PushAnswer,
    UnreadableBatch,
    VersionsAnswer,
    unpack_page,
    wrap,
)
from app.sync.rotation import RotationRequest
from app.sync.signatures import Message, sign

CONNECT_S = 3.0
WHOLE_S = 20.0
MAX_ANSWER = 8 * 1024 * 1024
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_JSON = {"content-type": "application/json"}
_M = TypeVar("_M", bound=BaseModel)


class UnusableAddress(ValueError):
    """An address of a parent that may not be used; `way_out` says what to do."""

    def __init__(self, what: str, way_out: str) -> None:
        super().__init__(what)
        self.way_out = way_out


def check_address(url: str, *, is_demo: bool) -> None:
    """UnusableAddress unless `url` is that of a node, over TLS when it lies off this machine and nothing is a demo."""
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        httpx.URL(url)
    except (ValueError, httpx.InvalidURL):
        is_address = False
    if not is_address:
        raise UnusableAddress(f"'{url}' is no address of a node.", "It looks like https://yuexiu.example.")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK and not is_demo:
        raise UnusableAddress(
            "The parent's address is plain HTTP.", "Use https://, or SANLIAN_MODE=demo where nothing real is kept."
        )


class LinkDown(Exception):
    """The parent was not reached, or did not answer in a way that can be used. Try again later."""

    def __init__(self, reason: str, retry_after_s: float | None = None, status: int | None = None) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s
        self.status = status  # that it answered, if it did


class TooSlow(LinkDown):
    """The time for a request was over: a smaller one may be in time."""


class Refused(Exception):
    """The parent was reached and said no: `slug` and `extra` of its problem document."""

    def __init__(self, status: int, slug: str, extra: dict[str, Any]) -> None:
        super().__init__(slug)
        self.status = status
        self.slug = slug
        self.extra = extra

    @property
    def checkpoint(self) -> Checkpoint | None:
        """Where the parent stands, if that is why it refused."""
        try:
            return Checkpoint.model_validate(self.extra.get("checkpoint"))
        except ValidationError:
            return None


class Link(Protocol):
    """What carrier and subscriber need of a way to the parent."""

    def hello(self) -> Hello: ...

    def push(self, stream: str, batch: Batch) -> PushAnswer: ...

    def prepare(self, batch: Batch) -> None:
        """Make a batch ready that is likely to be pushed next, while another is under way."""

    def owned(self, cursor: Cursor | None, *, everything: bool) -> Page: ...

    def feed(self, cursor: Cursor | None, wait_s: int, owned_head: int) -> Page: ...

    def rotate(self, request: RotationRequest) -> object: ...

    def hang_up(self) -> None:
        """End what is under way, from another thread: it fails as when the link is down."""

    def close(self) -> None: ...


class HttpLink:
    """The parent over HTTP, every request signed, every wait bounded."""

    def __init__(
        self,
        local: LocalNode,
        now: Callable[[], datetime],
        encoding: str = "zstd",
        taken: Callable[[str, Batch], object] = lambda *_: None,
        key: Callable[[], NodeKey] | None = None,
    ) -> None:
        self._local = local
        self._key = key or (lambda: local.key)  # it may change while the link is in use
        self._now = now
        self._encoding = encoding
        self._taken = taken  # told of every batch that the parent has committed
        self._prepared: tuple[Batch, tuple[str, bytes]] | None = None
        self._offset = timedelta(0)
        self._line = _Line(local.parent_url or "")

    def hello(self) -> Hello:
        """Ask the parent how it is and where it stands with us."""
        return _read(Hello, self._ask("GET", "/sync/v1/hello", b"", {}))

    def push(self, stream: str, batch: Batch) -> PushAnswer:
        """Send one batch; Refused or LinkDown if it was not taken."""
        ready = self._prepared
        encoding, body = ready[1] if ready is not None and ready[0] is batch else wrap(batch, self._encoding)
        headers = {"content-type": NDJSON, "content-encoding": encoding}
        answer = _read(PushAnswer, self._ask("POST", f"/sync/v1/push/{stream}", body, headers))
        self._taken(stream, batch)
        return answer

    def prepare(self, batch: Batch) -> None:
        """Pack a batch ahead."""
        self._prepared = batch, wrap(batch, self._encoding)

    def owned(self, cursor: Cursor | None, *, everything: bool) -> Page:
        """A page of what the parent holds of our subtree."""
        return self._page("owned", cursor, subtree=int(everything))

    def feed(self, cursor: Cursor | None, wait_s: int, owned_head: int) -> Page:
        """The next page of the parent's feed. It comes after `wait_s` seconds, empty, unless there is news: a record,
        or another `owned_head` than this one."""
        return self._page("feed", cursor, wait=wait_s, owned=owned_head)

    def _page(self, of: str, cursor: Cursor | None, **asked: int) -> Page:
        query = "&".join([f"{name}={value}" for name, value in asked.items()])
        path = f"/sync/v1/{of}?{query}" + (f"&cursor={cursor}" if cursor is not None else "")
        wait_s = asked.get("wait", 0)
        answer: Page = self._ask("GET", path, b"", {"accept-encoding": self._encoding}, wait_s)
        return answer

    def digest(self) -> DigestAnswer:
        """Ask the parent for the sums of what it holds of our subtree."""
        return _read(DigestAnswer, self._ask("GET", "/sync/v1/digest", b"", {}))

    def versions(self, buckets: Sequence[int]) -> VersionsAnswer:
        """Ask the parent which versions it holds in some buckets."""
        path = f"/sync/v1/versions?bucket={','.join(map(str, buckets))}"
        return _read(VersionsAnswer, self._ask("GET", path, b"", {}))

    def rotate(self, request: RotationRequest) -> EnrolAnswer:
        """Ask the parent to state another key of ours; the request carries its own proofs."""
        body = request.model_dump_json().encode()
        return _read(EnrolAnswer, self._line.ask("POST", "/sync/v1/rotate", body, _JSON))

    def hang_up(self) -> None:
        self._line.hang_up()

    def close(self) -> None:
        self._line.close()

    def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str], wait_s: float = 0) -> Any:
        try:
            return self._once(method, path, body, headers, wait_s)
        except Refused as refused:
            if refused.slug != "clock-skew" or not isinstance(refused.extra.get("now"), int):
                raise
            # Clocks order nothing here; the signature's window is met by the parent's time.
            theirs = datetime.fromtimestamp(refused.extra["now"], tz=self._now().tzinfo)
            self._offset = theirs - self._now()
            return self._once(method, path, body, headers, wait_s)

    def _once(self, method: str, path: str, body: bytes, headers: dict[str, str], wait_s: float) -> Any:
        message = Message(method, self._line.url(path), dict(headers))
        sign(message, body, self._key(), self._local.parent or "", self._now() + self._offset)
        return self._line.ask(method, path, body, message.headers, wait_s)


def enrol(parent_url: str, request: EnrolRequest) -> EnrolAnswer:
    """Ask a parent to let this node in; Refused or LinkDown otherwise."""
    try:
        line = _Line(parent_url.rstrip("/"))
    except httpx.InvalidURL as error:
        raise LinkDown(type(error).__name__) from None
    try:
        body = request.model_dump_json().encode()
        return _read(EnrolAnswer, line.ask("POST", "/sync/v1/enrol", body, _JSON))
    finally:
        line.close()


class _Line:
    """One connection to a node. A request as a whole has a deadline, its answer a size: a timeout for each single
    read would let a peer that sends a byte now and then hold the courier for ever."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(
            base_url=url,
            limits=httpx.Limits(max_connections=1),
        )
        self._stream: Any = None

    def url(self, path: str) -> str:
        return str(self._client.base_url.join(path))

    def close(self) -> None:
        self._client.close()

    def ask(self, method: str, path: str, body: bytes, headers: dict[str, str], wait_s: float = 0) -> Any:
        """The content of a good answer within `WHOLE_S`, once `wait_s` are over; Refused or LinkDown otherwise."""
        whole_s = WHOLE_S + wait_s
        deadline = time.monotonic() + whole_s
        hang_up = threading.Timer(whole_s, self.hang_up)
        hang_up.daemon = True
        hang_up.start()
        try:
            request = self._client.build_request(
                method,
                path,
                content=body or None,
                headers={"accept-encoding": "identity", **headers},
                timeout=httpx.Timeout(whole_s, connect=CONNECT_S),
                extensions={"trace": self._trace},
            )
            response = self._client.send(request, stream=True)
            try:
                content = _content(response)
            finally:
                response.close()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            if time.monotonic() >= deadline:
                raise TooSlow("TooSlow") from None
            raise LinkDown(type(error).__name__) from None
        finally:
            hang_up.cancel()
        return _answer(response, content)

    def _trace(self, event: str, info: dict[str, Any]) -> None:
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._stream = info["return_value"]

    def hang_up(self) -> None:
        """End a request whose time is over, wherever it hangs: its next read finds the connection closed."""
        connection = self._stream.get_extra_info("socket") if self._stream is not None else None
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def _content(response: httpx.Response) -> bytes:
    asked = response.request.headers["accept-encoding"]
    if response.headers.get("content-encoding", "identity") not in ("identity", asked):
        raise LinkDown("the answer is packed, which was not asked for")
    content = bytearray()
    for part in response.iter_raw():
        content += part
        if len(content) > MAX_ANSWER:
            # As if the batch had been too large: the next is half of it, and so is what is held instead.
            raise Refused(413, "answer-too-large", {})
    return bytes(content)


def _read(model: type[_M], content: Any) -> _M:
    try:
        return model.model_validate(content)
    except ValidationError:
        raise LinkDown("the answer is not that of a node") from None


def _answer(response: httpx.Response, body: bytes) -> Any:
    if response.status_code == 200 and response.headers.get("content-type", "").partition(";")[0] == NDJSON:
        try:
            return unpack_page(body, response.headers.get("content-encoding", "identity"))
        except UnreadableBatch:
            raise LinkDown("the page cannot be read") from None
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise LinkDown(f"status {response.status_code} without JSON", status=response.status_code) from None
    if response.status_code == 200:
        return content
    if response.status_code >= 500 or response.status_code == 429:
        retry_after_s = _seconds(response.headers.get("retry-after"))
        raise LinkDown(f"status {response.status_code}", retry_after_s, response.status_code)
    slug = str(content.get("type", "")).rpartition(":")[2] if isinstance(content, dict) else ""
    raise Refused(response.status_code, slug, content if isinstance(content, dict) else {})


def _seconds(text: str | None) -> float | None:
    return float(text) if text and text.isascii() and text.isdigit() else None
