"""Answers that are nearly sound: what a hostile or broken parent could say to its child, one for each seed."""

import base64
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.exchange.digest import BUCKETS, SUM_BYTES
from app.sync.protocol import NDJSON
from tests.fuzz.batches import NODE, RID, TEXTS, anything, as_text, envelope_line, packed, spoil, spoilt_bytes

HASH = "ab" * 32


@dataclass(frozen=True)
class Answer:
    """A body as it comes over the wire, and what it was asked as."""

    asked: str
    status: int
    media: str
    encoding: str
    body: bytes


def make(seed: int) -> Answer:
    """The answer of a seed."""
    rnd = random.Random(seed)
    asked = rnd.choice(("page", "page", "page", "hello", "push", "digest", "versions"))
    status = 200 if rnd.random() < 0.93 else rnd.choice((201, 204, 301, 400, 401, 404, 409, 410, 413, 429, 500, 503))
    if asked == "page" and status == 200:
        made = packed(rnd, _page(rnd))
        return Answer(asked, status, NDJSON, made.encoding, made.body)
    fields = SOUND[asked if asked in SOUND and status == 200 else "problem"](rnd)
    if rnd.random() < 0.6:
        spoil(rnd, rnd.choice([fields, *_inner(fields)]))
    body = as_text(rnd, fields)
    body = spoilt_bytes(rnd, body) if rnd.random() < 0.15 else body
    return Answer(asked, status, "application/json", "identity", body)


def _inner(fields: Any) -> list[dict[str, Any]]:
    """Every object inside of `fields`."""
    values = fields.values() if isinstance(fields, dict) else fields
    nested = [value for value in values if isinstance(value, dict | list)]
    return [v for v in nested if isinstance(v, dict)] + [one for v in nested for one in _inner(v)]


def _page(rnd: random.Random) -> bytes:
    lines = [_drop(rnd) if rnd.random() < 0.4 else envelope_line(rnd) for _ in range(rnd.choice((0, 1, 1, 2, 3, 8)))]
    header: dict[str, Any] = {
        "log_id": "0" * 32, "sub": rnd.choice(("", "ab" * 8)), "kinds": rnd.choice(([], ["listing", "trust.node"])),
        "from": _place(rnd), "to": _place(rnd), "more": rnd.random() < 0.5, "confirmed": rnd.random() < 0.5,
        "owned_head": rnd.randrange(9), "began": rnd.randrange(9), "n": len(lines),
    }  # fmt: skip
    if rnd.random() < 0.25:
        spoil(rnd, rnd.choice((header, header["from"], header["to"])))
    plain = as_text(rnd, header) + b"\n" + b"".join(line + b"\n" for line in lines)
    return spoilt_bytes(rnd, plain) if rnd.random() < 0.2 else plain


def _drop(rnd: random.Random) -> bytes:
    """The line of a drop, its key as it should be or as nobody should believe it."""
    key: Any = [rnd.choice((NODE, "guangzhou")), rnd.choice(("listing", "trust.node")), RID.format(rnd.randrange(40))]
    way = rnd.randrange(8)
    if way == 0:
        key[rnd.randrange(3)] = anything(rnd, 3)
    elif way == 1:
        key = anything(rnd, 20)
    elif way == 2:
        key = key[: rnd.randrange(3)] if rnd.random() < 0.5 else [*key, rnd.choice(TEXTS)]
    text = json.dumps({"drop": key}, ensure_ascii=rnd.random() < 0.5)
    if rnd.random() < 0.03:
        text = text[: rnd.randrange(len(text))]
    if rnd.random() < 0.03:
        text = '{"drop": ' + "[" * rnd.choice((20, 900, 60_000))
    return text.encode("utf-8", "surrogatepass")


def _place(rnd: random.Random) -> dict[str, Any]:
    seq = rnd.randrange(1000)
    return {"seq": seq, "mark": f"{seq:016x}" if seq else ""}


def _checkpoint(rnd: random.Random) -> dict[str, Any]:
    return {"log_id": "0" * 32, **_place(rnd)}


def _hello(rnd: random.Random) -> dict[str, Any]:
    return {
        "proto": 1, "node": "guangzhou", "max_records": 1000, "max_bytes": 2**20, "encodings": ["zstd", "identity"],
        "now": 1795395600, "checkpoints": {"live": _checkpoint(rnd)}, "inc_seen": rnd.randrange(9), "owned_head": 0,
    }  # fmt: skip


def _push(rnd: random.Random) -> dict[str, Any]:
    newer = [envelope_line(rnd).decode("utf-8", "surrogatepass") for _ in range(rnd.randrange(3))]
    rejected = {"o": NODE, "k": "listing", "r": RID.format(1), "i": 1, "v": 2, "code": "unknown_key"}
    return {
        "checkpoint": _checkpoint(rnd), "rejected": [rejected] * rnd.randrange(2),
        "newer": newer if rnd.random() < 0.7 else [rnd.choice(TEXTS)], "owned_head": 3, "delay_ms": 12,
    }  # fmt: skip


def _digest(rnd: random.Random) -> dict[str, Any]:
    size = BUCKETS * SUM_BYTES if rnd.random() < 0.8 else rnd.choice((0, 1, BUCKETS, BUCKETS * SUM_BYTES + 1))
    return {
        "node": "guangzhou", "now": 1795395600, "checkpoints": {"live": _checkpoint(rnd)},
        "counts": [{"o": NODE, "k": "listing", "n": 3}], "buckets": base64.b64encode(bytes(size)).decode(),
    }  # fmt: skip


def _versions(rnd: random.Random) -> dict[str, Any]:
    line = f"{NODE} listing {RID.format(rnd.randrange(9))} {rnd.randrange(9)}.{rnd.randrange(9)} {HASH}"
    if rnd.random() < 0.3:
        at = rnd.randrange(len(line))
        line = line[:at] + rnd.choice(TEXTS) + line[at + 1 :]
    return {"checkpoints": {"live": _checkpoint(rnd)}, "lines": [line] * rnd.randrange(3)}


def _problem(rnd: random.Random) -> dict[str, Any]:
    slug = rnd.choice(("checkpoint", "fenced", "cursor-unknown", "clock-skew", "malformed"))
    return {"type": f"urn:sanlian:{slug}", "checkpoint": _checkpoint(rnd), "inc_seen": 4, "now": 1795395600}


SOUND: dict[str, Callable[[random.Random], dict[str, Any]]] = {
    "hello": _hello, "push": _push, "digest": _digest, "versions": _versions, "problem": _problem,
}  # fmt: skip
