"""Who is speaking: a signed request holds only as it was signed, for the node it was signed for, and for a while."""

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.exchange.keys import NodeKey
from app.sync.backoff import Backoff
from app.sync.signatures import BadSignature, ClockSkew, Message, sign, verify

KEY = NodeKey("yuexiu:1", bytes(range(32)))
OTHER = NodeKey("yuexiu:1", bytes(32))
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
BODY = b'{"n":1}\n'
URL = "http://127.0.0.1:8000/sync/v1/push/live?a=1"
PACKED = {"content-type": "application/x-ndjson", "content-encoding": "zstd"}


def public(key_id: str) -> bytes | None:
    return KEY.public if key_id == KEY.key_id else None


def request(body: bytes = BODY, key: NodeKey = KEY, now: datetime = NOW) -> Message:
    message = Message("POST" if body else "GET", URL, dict(PACKED) if body else {})
    sign(message, body, key, "guangzhou", now)
    return message


def check(message: Message, body: bytes = BODY, own: str = "guangzhou", now: datetime = NOW) -> str:
    return verify(message, body, public, own, now)


def test_a_signed_request_tells_the_key_that_signed_it() -> None:
    assert check(request()) == "yuexiu:1"
    assert check(request(b""), b"") == "yuexiu:1"


def test_the_host_is_not_signed_since_a_proxy_may_change_it() -> None:
    message = request()
    message.url = URL.replace("127.0.0.1:8000", "guangzhou.invalid")
    assert check(message) == "yuexiu:1"


def drop(name: str) -> Callable[[Message], object]:
    return lambda message: message.headers.pop(next(h for h in message.headers if h.lower() == name))


def put(name: str, value: str) -> Callable[[Message], object]:
    return lambda message: message.headers.update({next(h for h in message.headers if h.lower() == name): value})


def swap(name: str, old: str, new: str) -> Callable[[Message], object]:
    def change(message: Message) -> None:
        header = next(h for h in message.headers if h.lower() == name)
        assert old in message.headers[header]
        message.headers[header] = message.headers[header].replace(old, new)

    return change


TAMPERINGS: dict[str, Callable[[Message], object]] = {
    "method": lambda m: setattr(m, "method", "PUT"),
    "path": lambda m: setattr(m, "url", URL.replace("live", "trust")),
    "query": lambda m: setattr(m, "url", URL.replace("a=1", "a=2")),
    "no query": lambda m: setattr(m, "url", URL.partition("?")[0]),
    "destination": put("sanlian-destination", "foshan"),
    "no destination": drop("sanlian-destination"),
    "type": put("content-type", "application/json"),
    "encoding": put("content-encoding", "gzip"),
    "no encoding": drop("content-encoding"),
    "digest": put("content-digest", "sha-256=:" + "A" * 43 + "=:"),
    "no digest": drop("content-digest"),
    "signature": put("signature", "sanlian=:" + "A" * 86 + "==:"),
    "no signature": drop("signature"),
    "no input": drop("signature-input"),
    "junk input": put("signature-input", "sanlian=("),
    "other label": swap("signature", "sanlian=", "another="),
    "longer life": swap("signature-input", "expires=17", "expires=18"),
    "key name": swap("signature-input", "yuexiu:1", "liwan:1"),
    "tag": swap("signature-input", "sanlian-sync-1", "sanlian-sync-2"),
    "less covered": swap("signature-input", '"@path" ', ""),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_a_request_that_was_changed_on_the_way_is_refused(name: str) -> None:
    message = request()
    untouched = deepcopy(message)
    TAMPERINGS[name](message)
    assert message != untouched
    with pytest.raises(BadSignature):
        check(message)


def test_another_body_than_the_signed_one_is_refused() -> None:
    for body in (BODY + b" ", BODY[:-1], b"", b"x"):
        with pytest.raises(BadSignature):
            check(request(), body)
    with pytest.raises(BadSignature):
        check(request(b""), BODY)  # a body slipped under a request that had none


def test_a_request_for_another_node_is_refused() -> None:
    with pytest.raises(BadSignature):
        check(request(), own="foshan")


def test_another_key_under_the_same_name_and_an_unknown_key_are_refused() -> None:
    for key in (OTHER, NodeKey("liwan:1", KEY.seed)):
        with pytest.raises(BadSignature):
            check(request(key=key))


def test_two_signatures_are_refused() -> None:
    message, other = request(), request(now=NOW + timedelta(seconds=1))
    for name in ("Signature", "Signature-Input"):
        header = next(h for h in message.headers if h.lower() == name.lower())
        message.headers[header] += ", " + other.headers[header].replace("sanlian=", "second=", 1)
    with pytest.raises(BadSignature):
        check(message)


@pytest.mark.parametrize("seconds", [0, 59, -59, 299, 359])
def test_a_clock_that_is_a_little_off_is_no_matter(seconds: int) -> None:
    assert check(request(), now=NOW + timedelta(seconds=seconds)) == "yuexiu:1"


@pytest.mark.parametrize("seconds", [-62, -86_400, 362, 86_400])
def test_a_clock_that_is_far_off_is_told_the_right_time(seconds: int) -> None:
    theirs = NOW + timedelta(seconds=seconds)
    with pytest.raises(ClockSkew) as found:
        check(request(), now=theirs)
    assert found.value.extra == {"now": int(theirs.timestamp())}
    assert check(request(now=theirs), now=theirs) == "yuexiu:1"  # signed anew with the offset


def test_only_who_holds_the_key_is_told_the_time() -> None:
    with pytest.raises(BadSignature):
        check(request(key=OTHER), now=NOW + timedelta(days=1))


def test_a_signature_that_would_last_longer_than_five_minutes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.sync.signatures.LASTS", timedelta(days=1))
    message = request()
    monkeypatch.undo()
    with pytest.raises(BadSignature):
        check(message)


class Extremes:
    """Chance at its limits: what it was asked for, and always the upper end."""

    def __init__(self) -> None:
        self.asked: list[tuple[float, float]] = []

    def uniform(self, low: float, high: float) -> float:
        self.asked.append((low, high))
        return high


def test_delays_double_up_to_the_cap_and_any_success_clears_them() -> None:
    chance: Any = Extremes()
    backoff = Backoff(0.5, 10, chance)
    assert [backoff.failed() for _ in range(7)] == [0.5, 1, 2, 4, 8, 10, 10]
    assert {low for low, _ in chance.asked} == {0}  # full jitter: from nothing to the limit
    backoff.succeeded()
    assert (backoff.failures, backoff.failed()) == (0, 0.5)


def test_delays_stay_in_bounds_and_spread() -> None:
    backoff = Backoff(1, 300)
    for _ in range(2000):  # far beyond where 2.0 ** n would overflow
        assert 0 <= backoff.failed() <= 300
    delays = {round(backoff.failed()) for _ in range(200)}
    assert len(delays) > 50


def test_whoever_is_told_when_to_come_comes_then_however_often_it_was_sent_away() -> None:
    chance: Any = Extremes()
    backoff = Backoff(1, 300, chance)
    assert [backoff.failed(4) for _ in range(20)] == [5] * 20  # within the second: the other side says whole ones
    assert set(chance.asked) == {(0, 1)}
    assert backoff.failures == 20


def test_a_database_that_is_busy_is_not_taken_for_a_bad_signature() -> None:
    def busy(_: str) -> bytes | None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        verify(request(), BODY, busy, "guangzhou", NOW)
