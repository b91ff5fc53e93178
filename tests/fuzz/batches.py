"""Batches that are nearly sound: each seed makes one, wrong somewhere in its structure, its bytes or its packing."""

import base64
import gzip
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import zstandard

from app.exchange.envelope import framed
from app.exchange.keys import NodeKey
from app.sync.protocol import ENCODINGS

NODE = "yuexiu"
KEY = NodeKey(f"{NODE}:1", bytes(range(32)))
RID = "019aae6c-5a00-7000-8000-{:012x}"
LISTING = {
    "title": "保洁员", "occupation": "cleaner", "skills": [], "certificates": [], "duties": "日常保洁",
    "requirements": "不限",
    "place": {"region": "440104", "stated": ""},
    "pay": {"basis": "range", "period": "month", "min_fen": 380000, "max_fen": 420000},
    "employer": {"name": "虚构示例·晨光物业"}, "office": {"region": "440104", "name": "越秀区"},
    "seats": 2, "referred": 0, "status": "open", "opened_at": "2026-11-23T01:00:00Z",
    "updated_at": "2026-11-23T01:00:00Z", "valid_until": "2027-01-31",
}  # fmt: skip
STATEMENT = {
    "node": "beijing", "name": "北京街道", "tier": "street", "region": "440104003", "parent": NODE,
    "key_id": "beijing:1", "public_key": base64.b64encode(KEY.public).decode(),
}  # fmt: skip
SIGNED = ("o", "k", "r", "i", "v", "op", "sc", "p", "d", "x", "b")
NUMBERS: tuple[Any, ...] = (
    0, 1, -1, 2**31 - 1, 2**31, 2**53 - 1, 2**53, 2**63 - 1, 2**63, 2**64, 10**19, 10**400, 1.0, 0.5, -0.0, 1e308,
)  # fmt: skip
TEXTS = (
    "", " ", "a", "yuexiu", "YUEXIU", "guangzhou", "beijing", "X", "P", "D", "E", "trust.node", "msg.x", "listing",
    "trust.", "440104", "440100", "110101", "999999999999", "yuexiu:1", "yuexiu:999999999999", "\x00", "\ud800",
    "\u202e", "٣", "０", "a" * 63, "a" * 64, "a" * 70_000, "汉" * 22_000, "{}", "[]", "null", RID.format(1),
    RID.format(1).replace("-7", "-4"), "9999-12-31T23:59:59Z", "0000-00-00", "\n", "\r\n", "=" * 88, "A" * 88,
)  # fmt: skip


@dataclass(frozen=True)
class Made:
    """A body as it goes over the wire."""

    body: bytes
    encoding: str


def make(seed: int, number: int = 1) -> Made:
    """The input of a seed. `number` is the incarnation, so that one after the other continues at the same parent."""
    rnd = random.Random(seed)
    lines = [envelope_line(rnd) for _ in range(rnd.choice((0, 1, 1, 2, 3, 8)))]
    header: dict[str, Any] = {
        "node": NODE, "log_id": f"{seed:032x}"[-32:], "inc": number, "from": {"seq": 0, "mark": ""},
        "to": {"seq": rnd.randrange(1000), "mark": f"{seed:016x}"[-16:]}, "n": len(lines),
    }  # fmt: skip
    if rnd.random() < 0.2:
        header["n"] = rnd.choice((0, len(lines) + 1, 1000, 1001, *NUMBERS))
    if rnd.random() < 0.2:
        spoil(rnd, header)
    plain = as_text(rnd, header) + b"\n" + b"".join(line + b"\n" for line in lines)
    if rnd.random() < 0.25:
        plain = spoilt_bytes(rnd, plain)
    return packed(rnd, plain)


def envelope_line(rnd: random.Random) -> bytes:
    envelope: dict[str, Any] = {
        "o": NODE, "k": rnd.choice(("listing", "listing", "trust.node", "memo", "msg.note")),
        "r": RID.format(rnd.randrange(1, 40)), "i": rnd.randrange(3), "v": rnd.randrange(4), "op": "P", "sc": 1,
        "p": rnd.choice(("440104", None)), "d": None, "x": rnd.choice((None, 1795449599)), "b": "", "kid": KEY.key_id,
    }  # fmt: skip
    envelope["b"] = _body(rnd, envelope["k"])
    if rnd.random() < 0.2:
        envelope["op"], envelope["b"] = rnd.choice(("D", "E")), None
    if rnd.random() < 0.3:
        spoil(rnd, envelope)
    envelope["s"] = _signature(rnd, envelope)
    if rnd.random() < 0.15:
        spoil(rnd, envelope)
    if rnd.random() < 0.1:
        envelope["later"] = anything(rnd, 20)
    return as_text(rnd, envelope)


def _signature(rnd: random.Random, envelope: dict[str, Any]) -> str:
    """Mostly the right one over whatever the fields say, so that what is wrong has to be found behind it."""
    try:
        signed = KEY.sign(framed(envelope.get(name) for name in SIGNED))
    except (UnicodeEncodeError, ValueError, TypeError):
        signed = bytes(64)
    return base64.b64encode(signed if rnd.random() < 0.9 else rnd.randbytes(rnd.choice((0, 63, 64, 65)))).decode()


def _body(rnd: random.Random, kind: str) -> str:
    body = json.loads(json.dumps(STATEMENT if kind == "trust.node" else LISTING))
    if rnd.random() < 0.5:
        spoil(rnd, body)
    if rnd.random() < 0.3:
        inner = [value for value in body.values() if isinstance(value, dict)]
        if inner:
            spoil(rnd, rnd.choice(inner))
    text = json.dumps(body, ensure_ascii=rnd.random() < 0.5)
    return text if rnd.random() < 0.9 else _spoilt_text(rnd, text)


def spoil(rnd: random.Random, fields: dict[str, Any]) -> None:
    """Take a field away, add one, or put something else into it."""
    for _ in range(rnd.choice((1, 1, 2))):
        name = rnd.choice(list(fields)) if fields else "x"
        way = rnd.randrange(4)
        if way == 0:
            fields.pop(name, None)
        elif way == 1:
            fields[rnd.choice(TEXTS[:12])] = anything(rnd, 4)
        else:
            fields[name] = anything(rnd, 4)


def anything(rnd: random.Random, deepest: int) -> Any:
    way = rnd.randrange(8)
    if way < 3:
        return rnd.choice(TEXTS)
    if way < 5:
        return rnd.choice(NUMBERS)
    if way == 5:
        return rnd.choice((None, True, False, float("nan"), float("inf"), -float("inf")))
    if way == 6 and deepest:
        return [anything(rnd, deepest - 1) for _ in range(rnd.randrange(3))]
    return {rnd.choice(TEXTS[:20]): anything(rnd, deepest - 1)} if deepest else {}


def as_text(rnd: random.Random, fields: dict[str, Any]) -> bytes:
    text = json.dumps(fields, ensure_ascii=rnd.random() < 0.3, separators=rnd.choice(((",", ":"), (", ", ": "))))
    if rnd.random() < 0.03 and len(text) > 2:  # the same key twice
        text = "{" + text[1:-1] + "," + text[1:-1] + "}"
    if rnd.random() < 0.02:
        text = "[" * rnd.choice((3, 17, 900, 60_000)) + text
    return text.encode("utf-8", "surrogatepass")


def _spoilt_text(rnd: random.Random, text: str) -> str:
    at = rnd.randrange(len(text) + 1)
    return rnd.choice((text[:at], text[at:], text[:at] + rnd.choice(TEXTS[:30]) + text[at:], text * 2))


def spoilt_bytes(rnd: random.Random, data: bytes) -> bytes:
    at = rnd.randrange(len(data) + 1)
    ways: tuple[Callable[[], bytes], ...] = (
        lambda: data[:at],
        lambda: data[at:],
        lambda: data[:at] + rnd.randbytes(rnd.randrange(1, 9)) + data[at:],
        lambda: data[:at] + bytes([data[at] ^ 1 << rnd.randrange(8)]) + data[at + 1 :] if at < len(data) else b"",
        lambda: data.replace(b"\n", rnd.choice((b"\r\n", b"\n\n", b"", b"\x00", b"\xe2\x80\xa8"))),
        lambda: data + b"\n" * rnd.choice((1, 1000, 100_000)),
        lambda: b"\xef\xbb\xbf" + data,
    )
    return rnd.choice(ways)()


def packed(rnd: random.Random, plain: bytes) -> Made:
    encoding = rnd.choice(ENCODINGS)
    if encoding == "zstd":
        with_size = rnd.random() < 0.7
        packer = zstandard.ZstdCompressor(level=1, write_content_size=with_size, write_checksum=rnd.random() < 0.3)
        body = packer.compress(plain)
    else:
        body = gzip.compress(plain, 1, mtime=0) if encoding == "gzip" else plain
    if rnd.random() < 0.1:
        body = spoilt_bytes(rnd, body)
    if rnd.random() < 0.03:
        encoding = rnd.choice(ENCODINGS)
    if rnd.random() < 0.005:
        return Made(zstandard.ZstdCompressor(level=1).compress(bytes(9 * 1024 * 1024)), "zstd")
    return Made(body, encoding)
