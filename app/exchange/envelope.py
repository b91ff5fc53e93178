"""The envelope: one record as it travels, one NDJSON line, signed by its origin over the exact bytes. Pure.

docs/wire.md §3. `body` is a string holding just what the origin signed, so nobody needs a canonical form of JSON;
relays keep and forward it verbatim. The signature covers every field but the key's name and the signature itself.
"""

import base64
import hashlib
import json
import re
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, NoReturn

MAX_BODY = 64 * 1024
MAX_LINE = 96 * 1024
MAX_DEPTH = 16  # of JSON within JSON on a line, the line's own braces included
MAX_NUMBER = 2**53 - 1
MAX_SCHEMA = 2**31 - 1  # what the column holds on PostgreSQL
MAX_EXPIRES = 253_370_764_800  # the year 9999 begins: the last instant that is a date in every zone
_LONGEST_KIND = 64
OPS = ("P", "D", "E")  # put, tombstone, erased; a local drop (X) never travels
_FIELDS = {"o", "k", "r", "i", "v", "op", "sc", "p", "d", "x", "b", "kid", "s"}
FINALITY = {"X": -1, "P": 0, "D": 1, "E": 2}
_TAG = b"SYNC1"
_NULL = (2**64 - 1).to_bytes(8, "big")
_NODE = re.compile(r"[a-z0-9][a-z0-9-]{1,62}")
_KIND = re.compile(r"[a-z][a-z0-9]*(?:\.[a-z][a-z0-9]*)*")
_RID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_KEY_ID = re.compile(r"[a-z0-9][a-z0-9-]{1,62}:[0-9]{1,9}")
_REGION = re.compile(r"[0-9]{6}(?:[0-9]{3}(?:[0-9]{3})?)?")
# A line as `encode_line` writes it, up to its body and behind it. What is written otherwise is read the long way.
_WHOLE = "(0|[1-9][0-9]{0,15})"
_HEAD = re.compile(
    rf'{{"o":"({_NODE.pattern})","k":"({_KIND.pattern})","r":"({_RID.pattern})","i":{_WHOLE},"v":{_WHOLE},'
    rf'"op":"([PDE])","sc":{_WHOLE},"p":(?:null|"({_REGION.pattern})"),"d":(?:null|"({_NODE.pattern})"),'
    rf'"x":(?:null|{_WHOLE}),"b":(?:null|")'
)
_TAIL = re.compile(rf',"kid":"({_KEY_ID.pattern})","s":"([A-Za-z0-9+/]{{86}}==)"}}\n?')
_quoted = json.JSONEncoder(ensure_ascii=False).encode  # of a text
_unquoted = json.JSONDecoder().raw_decode  # the text that begins at a quotation mark, and where it ends


class MalformedEnvelope(ValueError):
    """A line that is no envelope. Its text says what is wrong, and never repeats the line."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One version of one record. Identity is (origin, kind, rid); versions order by (inc, ver)."""

    origin: str
    kind: str
    rid: str
    inc: int
    ver: int
    op: str
    schema: int
    scope: str | None
    dst: str | None
    expires: int | None
    body: str | None
    key_id: str
    sig: bytes

    @property
    def key(self) -> tuple[str, str, str]:
        return self.origin, self.kind, self.rid

    @property
    def version(self) -> tuple[int, int]:
        return self.inc, self.ver

    @property
    def rank(self) -> tuple[int, int, int]:
        """What decides between two versions of a record: an end is final, whatever was written after it elsewhere.

        Of two lives of a node that was restored, one may end a record that the other, not knowing, edits on with a
        higher incarnation: the end stays (docs/adr/0009). A local drop gives way to any version.
        """
        return FINALITY[self.op], self.inc, self.ver

    @property
    def signed_bytes(self) -> bytes:
        """What the signature covers."""
        return signing_bytes(self)

    @property
    def sha256(self) -> bytes:
        """The digest that tells two different records of one version apart (equivocation)."""
        return hashlib.sha256(self.signed_bytes).digest()


def signing_bytes(envelope: Envelope) -> bytes:
    """What the signature of an envelope covers."""
    e = envelope
    return framed((e.origin, e.kind, e.rid, e.inc, e.ver, e.op, e.schema, e.scope, e.dst, e.expires, e.body))


def resigned(envelope: Envelope, inc: int, key_id: str, sign: Callable[[bytes], bytes]) -> Envelope:
    """The next version of a record, the same but for its key."""
    unsigned = replace(envelope, inc=inc, ver=envelope.ver + 1, key_id=key_id)
    return replace(unsigned, sig=sign(unsigned.signed_bytes))


def framed(signed_fields: Iterable[str | int | None]) -> bytes:
    """The tag SYNC1, then each field as 8-byte big-endian length and bytes; null is length 2⁶⁴−1 and no bytes."""
    parts = [_TAG]
    for value in signed_fields:
        if value is None:
            parts.append(_NULL)
        else:
            data = str(value).encode("utf-8")
            parts += (len(data).to_bytes(8, "big"), data)
    return b"".join(parts)


def encode_line(envelope: Envelope) -> bytes:
    """The envelope as one NDJSON line, its line feed included."""
    e, text = envelope, _quoted
    line = (
        f'{{"o":{text(e.origin)},"k":{text(e.kind)},"r":{text(e.rid)},"i":{e.inc},"v":{e.ver},"op":{text(e.op)},'
        f'"sc":{e.schema},"p":{_text_or_null(e.scope)},"d":{_text_or_null(e.dst)},'
        f'"x":{"null" if e.expires is None else e.expires},"b":{_text_or_null(e.body)},"kid":{text(e.key_id)},'
        f'"s":"{b2a_base64(e.sig, newline=False).decode()}"}}\n'
    )
    return line.encode("utf-8")


def _text_or_null(value: str | None) -> str:
    return "null" if value is None else _quoted(value)


def decode_line(line: bytes) -> Envelope:
    """The envelope in a line; MalformedEnvelope otherwise.

    Fields this version does not know are passed over: nothing that was signed is among them, and a later version may
    add some. What the origin signed is kept and sent on exactly as it came.
    """
    if len(line) > MAX_LINE:
        raise MalformedEnvelope("the line is too long")
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedEnvelope("not one JSON object") from None
    return _decode_ours(text) or _decode_any(text)


def _decode_ours(text: str) -> Envelope | None:
    """The envelope in a line as `encode_line` writes it, read in a quarter of the time; None for any other."""
    head = _HEAD.match(text)
    if head is None:
        return None
    body, behind = None, head.end()
    if text[behind - 1] == '"':
        try:
            body, behind = _unquoted(text, behind - 1)
        except ValueError:
            return None
    tail = _TAIL.fullmatch(text, behind)
    origin, kind, rid, inc, ver, op, schema, scope, dst, expires = head.groups()
    if tail is None or len(kind) > _LONGEST_KIND:
        return None
    return _checked(
        Envelope(
            origin,
            kind,
            rid,
            _number(int(inc), "i"),
            _number(int(ver), "v"),
            op,
            _number(int(schema), "sc", MAX_SCHEMA),
            scope,
            dst,
            None if expires is None else _number(int(expires), "x", MAX_EXPIRES),
            None if body is None else _body(body),
            tail[1],
            a2b_base64(tail[2]),
        )
    )


def _decode_any(text: str) -> Envelope:
    try:
        fields = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise MalformedEnvelope("not one JSON object") from None
    if not isinstance(fields, dict) or not fields.keys() >= _FIELDS:
        raise MalformedEnvelope("not the fields of an envelope")
    # What is known is a plain value each; only what a later version added could be anything.
    if any(_is_deeper(fields[name], MAX_DEPTH - 1) for name in fields.keys() - _FIELDS):
        raise MalformedEnvelope("nested too deep")
    return _checked(
        Envelope(
            origin=_text(fields["o"], _NODE, "o"),
            kind=_text(fields["k"], _KIND, "k", _LONGEST_KIND),
            rid=_text(fields["r"], _RID, "r"),
            inc=_number(fields["i"], "i"),
            ver=_number(fields["v"], "v"),
            op=_op(fields["op"]),
            schema=_number(fields["sc"], "sc", MAX_SCHEMA),
            scope=None if fields["p"] is None else _text(fields["p"], _REGION, "p"),
            dst=None if fields["d"] is None else _text(fields["d"], _NODE, "d"),
            expires=None if fields["x"] is None else _number(fields["x"], "x", MAX_EXPIRES),
            body=None if fields["b"] is None else _body(fields["b"]),
            key_id=_text(fields["kid"], _KEY_ID, "kid"),
            sig=_signature(fields["s"]),
        )
    )


def _checked(envelope: Envelope) -> Envelope:
    if (envelope.body is not None) != (envelope.op == "P"):
        raise MalformedEnvelope("a put has a body, a tombstone has none")
    return envelope


def read_key(found: Any) -> tuple[str, str, str]:
    """Origin, kind and rid of a record out of decoded JSON; MalformedEnvelope unless they could be an envelope's."""
    if not isinstance(found, list) or len(found) != 3:
        raise MalformedEnvelope("not the key of a record")
    origin, kind, rid = found
    return _text(origin, _NODE, "o"), _text(kind, _KIND, "k", 64), _text(rid, _RID, "r")


def check_travels(envelope: Envelope) -> None:
    """MalformedEnvelope for a record that every receiver would refuse: too large, or a field without its form.

    The origin asks this before a record gets its number; once signed it could never be mended.
    """
    try:
        decode_line(encode_line(envelope))
    except UnicodeEncodeError:
        raise MalformedEnvelope("field b has a lone surrogate") from None


def is_kind(name: str) -> bool:
    """Whether `name` has the form of a kind's name: lower-case words with dots between."""
    return len(name) <= _LONGEST_KIND and _KIND.fullmatch(name) is not None


def _is_deeper(value: Any, deepest: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    inside = value.values() if isinstance(value, dict) else value
    return deepest == 0 or any(_is_deeper(one, deepest - 1) for one in inside)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate key")
    return found


def _no_constant(_: str) -> NoReturn:
    raise ValueError("no JSON number")


def _text(value: Any, pattern: re.Pattern[str], name: str, longest: int = 200) -> str:
    if not isinstance(value, str) or len(value) > longest or not pattern.fullmatch(value):
        raise MalformedEnvelope(f"field {name} does not hold")
    return value


def _number(value: Any, name: str, greatest: int = MAX_NUMBER) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= greatest:
        raise MalformedEnvelope(f"field {name} does not hold")
    return value


def _op(value: Any) -> str:
    if value not in OPS:
        raise MalformedEnvelope("field op does not hold")
    return str(value)


def _body(value: Any) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise MalformedEnvelope("field b does not hold")
    try:
        size = len(value.encode("utf-8"))
    except UnicodeEncodeError:
        raise MalformedEnvelope("field b has a lone surrogate") from None
    if size > MAX_BODY:
        raise MalformedEnvelope("the body is larger than 64 KiB")
    return value


def _signature(value: Any) -> bytes:
    try:
        found = base64.b64decode(value, validate=True) if isinstance(value, str) else b""
    except ValueError:  # no base64, or not even ASCII
        found = b""
    if len(found) != 64:
        raise MalformedEnvelope("field s is no signature")
    return found
