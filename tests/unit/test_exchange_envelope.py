"""The envelope as it travels: exact bytes, strict reading, nothing half understood."""

import base64
import json
import struct
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exchange.envelope import (
    MAX_BODY,
    MAX_DEPTH,
    MAX_LINE,
    Envelope,
    MalformedEnvelope,
    _decode_any,
    _decode_ours,
    check_travels,
    decode_line,
    encode_line,
    signing_bytes,
)
from app.exchange.keys import NodeKey, verify, verify_beside
from app.exchange.streams import stream_of

KEY = NodeKey("yuexiu:1", bytes(range(32)))
PLAIN = Envelope(
    "yuexiu", "listing", "019aae6c-5a00-7000-8000-000000000001", 7, 1, "P", 1, "440104", None, 1795449599,
    '{"title":"保洁"}', "yuexiu:1", bytes(64),
)  # fmt: skip


def line(**changes: Any) -> bytes:
    """The line of a sound envelope, with fields put in as raw values."""
    return json.dumps({**json.loads(encode_line(PLAIN)), **changes}).encode()


def test_what_is_signed_is_each_field_with_its_length() -> None:
    def part(text: str) -> bytes:
        data = text.encode()
        return struct.pack(">Q", len(data)) + data

    null = b"\xff" * 8
    expected = b"SYNC1" + part("yuexiu") + part("listing") + part("019aae6c-5a00-7000-8000-000000000001")
    expected += part("7") + part("1") + part("P") + part("1") + part("440104") + null + part("1795449599")
    assert signing_bytes(PLAIN) == expected + part('{"title":"保洁"}')


def test_no_two_records_have_the_same_signed_bytes() -> None:
    """Lengths keep what moves from one field to the next apart, and null apart from empty text."""
    variants = [
        PLAIN,
        replace(PLAIN, kind="listin", rid="g" + PLAIN.rid),
        replace(PLAIN, inc=71, ver=0),
        replace(PLAIN, scope=None),
        replace(PLAIN, scope=""),
        replace(PLAIN, scope=None, dst="440104"),
        replace(PLAIN, body=None),
        replace(PLAIN, body=""),
    ]
    assert len({signing_bytes(v) for v in variants}) == len(variants)


def test_the_keys_name_is_not_signed_but_everything_else_is() -> None:
    signature = KEY.sign(signing_bytes(PLAIN))
    assert verify(KEY.public, signing_bytes(replace(PLAIN, key_id="yuexiu:2")), signature)
    assert not verify(KEY.public, signing_bytes(replace(PLAIN, schema=2)), signature)
    assert not verify(KEY.public, signing_bytes(PLAIN), signature[:-1])
    assert not verify(KEY.public[:-1], signing_bytes(PLAIN), signature)


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=300)


@given(
    body=texts,
    inc=st.integers(0, 2**53 - 1),
    expires=st.none() | st.integers(0, 253_370_764_800),
    scope=st.none() | st.sampled_from(["440104", "440104003", "440104003001"]),
    sig=st.binary(min_size=64, max_size=64),
)
def test_a_line_reads_back_as_the_same_envelope(
    body: str, inc: int, expires: int | None, scope: str | None, sig: bytes
) -> None:
    envelope = replace(PLAIN, body=body, inc=inc, expires=expires, scope=scope, sig=sig)
    encoded = encode_line(envelope)
    assert encoded.endswith(b"\n")
    assert encoded.count(b"\n") == 1
    assert decode_line(encoded) == envelope


def test_escapes_and_spaces_on_the_way_do_not_change_what_was_signed() -> None:
    assert decode_line(line()) == PLAIN  # json.dumps puts spaces and \\u escapes


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b'"' + b"x" * 100 + b'"',
        b"[" * 50_000,
        b"\xff\xfe",
        line()[:-1],
        line() + b"{}",
        b'{"o":"yuexiu",' + line()[1:],
        line(v=2).replace(b'"v": 2', b'"v": NaN'),
        line(v=2).replace(b'"v": 2', b'"v": Infinity'),
        line(v=2).replace(b'"v": 2', b'"v": 1e999'),
        line(v=2).replace(b'"v": 2', b'"v": ' + b"9" * 5000),
        line(b="x" * (MAX_BODY + 1)),
        b" " * MAX_LINE + line(),
    ],
    ids=lambda value: repr(value[:12]),
)
def test_what_is_not_one_envelope_is_refused(broken: bytes) -> None:
    with pytest.raises(MalformedEnvelope):
        decode_line(broken)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("o", ["", "x", "Yuexiu", "-yuexiu", "y" * 64, "yuexiu\n", None, 1, ["yuexiu"]]),
        ("k", ["", "Listing", "a..b", ".a", "a.", "k" * 65, "listing\n", None]),
        ("r", ["", "1", "019aae6c-5a00-4000-8000-000000000001", "019AAE6C-5a00-7000-8000-000000000001", None]),
        ("i", [-1, 2**53, 1.5, 1.0, True, "1", None]),
        ("v", [-1, 2**53, True, "1", None, [], {}]),
        ("op", ["X", "p", "", None, ["P"], {}]),
        ("sc", [-1, 2**31, True, None]),
        ("p", ["4401", "44010", "44010４", "", 440104]),
        ("d", ["", "Yuexiu", 1]),
        ("x", [-1, 253_370_764_801, 1.5, "1"]),
        ("b", [None, 1, {}, "a\x00b", "\ud800"]),
        ("kid", ["yuexiu", "yuexiu:", "yuexiu:1234567890", ":1", None]),
        ("s", ["", "AAAA", "!" * 88, base64.b64encode(bytes(63)).decode(), None, 1]),
    ],
)
def test_a_field_without_its_form_is_refused(name: str, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(MalformedEnvelope):
            decode_line(line(**{name: value}))


@pytest.mark.parametrize("name", list(json.loads(encode_line(PLAIN))))
def test_a_missing_field_is_refused(name: str) -> None:
    fields = json.loads(encode_line(PLAIN))
    del fields[name]
    with pytest.raises(MalformedEnvelope):
        decode_line(json.dumps(fields).encode())


def test_only_a_put_has_a_body() -> None:
    assert decode_line(line(op="D", b=None)).body is None
    for op in ("D", "E"):
        with pytest.raises(MalformedEnvelope):
            decode_line(line(op=op))


def test_the_origin_refuses_what_no_receiver_would_take() -> None:
    check_travels(PLAIN)
    check_travels(replace(PLAIN, body="x" * MAX_BODY))
    for changes in ({"body": "x" * (MAX_BODY + 1)}, {"body": '"' * MAX_BODY}, {"body": "\ud800"}, {"body": "\x00"},
                    {"rid": "1"}, {"scope": "Guangzhou"}, {"expires": -1}):  # fmt: skip
        with pytest.raises(MalformedEnvelope):
            check_travels(replace(PLAIN, **changes))


@given(st.binary(max_size=200) | st.from_regex(rb'\{"o":[^\n]{0,80}\}', fullmatch=True))
def test_no_bytes_do_more_than_be_refused(raw: bytes) -> None:
    with pytest.raises(MalformedEnvelope):
        decode_line(raw)


@pytest.mark.parametrize(
    ("kind", "stream"),
    [("trust.node", "trust"), ("msg.referral", "msg"), ("listing", "live"), ("trust", "live"), ("trusted.x", "live")],
)
def test_the_stream_is_a_function_of_the_kinds_name(kind: str, stream: str) -> None:
    assert stream_of(kind) == stream


def nested(depth: int) -> Any:
    """Lists within lists, `depth` of them, as a later version might add."""
    value: Any = "the innermost"
    for _ in range(depth):
        value = [value]
    return value


def test_what_a_later_version_adds_may_nest_sixteen_deep_with_the_line_itself_and_no_deeper() -> None:
    assert decode_line(line(later=nested(MAX_DEPTH - 1))) == PLAIN
    for depth in (MAX_DEPTH, 500, 40_000):
        with pytest.raises(MalformedEnvelope):
            decode_line(line(later=0).replace(b'"later": 0', b'"later": ' + b"[" * depth + b"]" * depth))


def test_braces_in_the_body_are_no_nesting() -> None:
    braces = '{"text":"' + "{[" * 200 + '"}'
    assert decode_line(line(b=braces)).body == braces


@pytest.mark.parametrize("signature", ["０" * 88, "é", "\ud800", "A" * 87 + "=", "", "AA==", 5, None, ["A"]])
def test_what_is_no_signature_is_refused_whatever_it_is(signature: Any) -> None:
    with pytest.raises(MalformedEnvelope, match="field s is no signature"):
        decode_line(line(s=signature))


ODD_VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 1.0, 2**31, 2**53, 10**16, 253_370_764_801, "", "x", "P", "D", "X", "440104003001", "44010",
    "a" * 65, "trust.node", "trust..node", "UPPER", "yuexiu:1", "yuexiu:x", "保洁", "\ud800", "\x00", "\n", "a\\u0000",
    '"', "\\", [], {}, ["P"], "A" * 86 + "==", "A" * 88, "A" * 85 + "===", PLAIN.rid.upper(), PLAIN.body, "9" * 70_000,
)  # fmt: skip
CHANGES = st.dictionaries(st.sampled_from(sorted(json.loads(encode_line(PLAIN)))), st.sampled_from(ODD_VALUES))


@given(
    changes=CHANGES,
    separators=st.sampled_from([(",", ":"), (", ", ": ")]),
    is_ascii=st.booleans(),
    cut=st.integers(0, 9),
    put=st.tuples(st.integers(0, 600), st.sampled_from(["", "", "", " ", '"', "\\", "0", "\u00e9", "\t", "}"])),
)
def test_a_line_is_read_the_short_way_as_it_is_the_long_way(
    changes: dict[str, Any], separators: tuple[str, str], is_ascii: bool, cut: int, put: tuple[int, str]
) -> None:
    """Lines that are almost ours: both ways take the same ones, and read the same from them."""
    written = json.dumps({**json.loads(encode_line(PLAIN)), **changes}, ensure_ascii=is_ascii, separators=separators)
    at, what = put
    text = f"{written}\n"[: len(written) + 1 - cut]
    text = text[:at] + what + text[at:]
    raw = text.encode("utf-8", "surrogatepass")
    assert read(decode_line, raw) == read(lambda line: _decode_any(line.decode()), raw)


def read(decode: Any, raw: bytes) -> Envelope | str:
    """What is read, or that it is refused; a line that is too long is refused before either way."""
    if len(raw) > MAX_LINE:
        return "refused"
    try:
        found: Envelope = decode(raw)
    except (MalformedEnvelope, UnicodeDecodeError):
        return "refused"
    return found


@given(body=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=200))
def test_what_we_write_is_read_the_short_way(body: str) -> None:
    envelope = replace(PLAIN, body=body)
    assert _decode_ours(encode_line(envelope).decode()) == envelope
    assert encode_line(envelope) == json.dumps(
        json.loads(encode_line(envelope)), ensure_ascii=False, separators=(",", ":")
    ).encode() + b"\n"  # fmt: skip


@pytest.mark.parametrize("count", [0, 1, 15, 16, 50, 51, 333])
def test_many_signatures_are_judged_each_for_itself_and_in_order(count: int) -> None:
    other = NodeKey("beijing:1", bytes(range(1, 33)))
    signed = []
    for number in range(count):
        data = f"record {number}".encode()
        by, said = (other, data) if number % 7 == 3 else (KEY, data + b"!" if number % 11 == 5 else data)
        signed.append((KEY.public, data, by.sign(said)))
    holds = [held() for held in verify_beside(signed)]
    assert holds == [number % 7 != 3 and number % 11 != 5 for number in range(count)]
