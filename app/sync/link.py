"""The way to the parent. `HttpLink` is the default; a medium carried by hand can be another (PROTOCOL §14)."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from app.exchange.node import LocalNode
from app.sync.enrolment import EnrolAnswer, EnrolRequest
from app.sync.protocol import NDJSON, Batch, Checkpoint, Hello, PushAnswer, pack
from app.sync.signatures import Message, sign

CONNECT_S = 3.0
WHOLE_S = 20.0
_M = TypeVar("_M", bound=BaseModel)


class LinkDown(Exception):
    """The parent was not reached, or did not answer in a way that can be used. Try again later."""

    def __init__(self, reason: str, retry_after_s: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s


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
    """What the courier needs of a way to the parent."""

    def hello(self) -> Hello: ...

    def push(self, stream: str, batch: Batch) -> PushAnswer: ...

    def close(self) -> None: ...


class HttpLink:
    """The parent over HTTP, every request signed, every wait bounded."""

    def __init__(self, local: LocalNode, now: Callable[[], datetime], encoding: str = "zstd") -> None:
        self._local = local
        self._now = now
        self._encoding = encoding
        self._offset = timedelta(0)
        self._client = httpx.Client(
            base_url=local.parent_url or "",
            timeout=httpx.Timeout(WHOLE_S, connect=CONNECT_S),
            limits=httpx.Limits(max_connections=1),
        )

    def hello(self) -> Hello:
        """Ask the parent how it is and where it stands with us."""
        return _read(Hello, self._ask("GET", "/sync/v1/hello", b"", {}))

    def push(self, stream: str, batch: Batch) -> PushAnswer:
        """Send one batch; Refused or LinkDown if it was not taken."""
        body = pack(batch.header, batch.lines, self._encoding)
        headers = {"content-type": NDJSON, "content-encoding": self._encoding}
        return _read(PushAnswer, self._ask("POST", f"/sync/v1/push/{stream}", body, headers))

    def close(self) -> None:
        self._client.close()

    def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Any:
        try:
            return self._once(method, path, body, headers)
        except Refused as refused:
            if refused.slug != "clock-skew" or not isinstance(refused.extra.get("now"), int):
                raise
            # Clocks order nothing here; the signature's window is met by the parent's time.
            theirs = datetime.fromtimestamp(refused.extra["now"], tz=self._now().tzinfo)
            self._offset = theirs - self._now()
            return self._once(method, path, body, headers)

    def _once(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Any:
        message = Message(method, str(self._client.base_url.join(path)), dict(headers))
        sign(message, body, self._local.key, self._local.parent or "", self._now() + self._offset)
        return _answer(lambda: self._client.request(method, path, content=body or None, headers=message.headers))


def enrol(parent_url: str, request: EnrolRequest) -> EnrolAnswer:
    """Ask a parent to let this node in; Refused or LinkDown otherwise."""
    timeout = httpx.Timeout(WHOLE_S, connect=CONNECT_S)
    url = parent_url.rstrip("/") + "/sync/v1/enrol"
    return _read(EnrolAnswer, _answer(lambda: httpx.post(url, json=request.model_dump(), timeout=timeout)))


def _read(model: type[_M], content: Any) -> _M:
    try:
        return model.model_validate(content)
    except ValidationError:
        raise LinkDown("the answer is not that of a node") from None


def _answer(send: Callable[[], httpx.Response]) -> Any:
    try:
        response = send()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise LinkDown(type(error).__name__) from None
    try:
        content = response.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise LinkDown(f"status {response.status_code} without JSON") from None
    if response.status_code == 200:
        return content
    if response.status_code >= 500 or response.status_code == 429:
        raise LinkDown(f"status {response.status_code}", _seconds(response.headers.get("retry-after")))
    slug = str(content.get("type", "")).rpartition(":")[2] if isinstance(content, dict) else ""
    raise Refused(response.status_code, slug, content if isinstance(content, dict) else {})


def _seconds(text: str | None) -> float | None:
    return float(text) if text and text.isascii() and text.isdigit() else None
