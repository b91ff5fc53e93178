"""The frames of a batch: packed and unpacked alike in every encoding, and bounded whatever comes."""

import gzip
import time
import tracemalloc
import zlib
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.exchange.envelope import MAX_DEPTH
from app.sync.protocol import (
    ENCODINGS,
    MAX_INFLATED,
    MAX_RECORDS,
    Batch,
    Hello,
    Place,
    PushAnswer,
    PushHeader,
    UnreadableBatch,
    inflate,
    pack,
    unpack,
)

LINES = [b'{"n":1}\n', '{"n":"保洁"}\n'.encode()]


def header(n: int = 2, **changes: Any) -> PushHeader:
    fields = {
        "node": "yuexiu",
        "log_id": "ab" * 16,
        "inc": 7,
        "from": {"seq": 0, "mark": ""},
        "to": {"seq": 5, "mark": "0123456789abcdef"},
        "n": n,
    }
    return PushHeader.model_validate({**fields, **changes})


def batch(lines: list[bytes], n: int = 2) -> Batch:
    return Batch(header=header(n), lines=lines)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_batch_reads_back_as_it_was_packed(encoding: str) -> None:
    assert unpack(pack(batch(LINES), encoding), encoding) == batch(LINES)
    assert unpack(pack(batch([], 0), encoding), encoding) == batch([], 0)


def test_the_header_is_one_line_with_the_names_of_the_wire() -> None:
    first = pack(batch([]), "identity")
    assert first.startswith(b'{"node":"yuexiu","log_id":"abab')
    assert b'"from":{"seq":0,"mark":""},"to":{"seq":5,"mark":"0123456789abcdef"},"n":2}\n' in first


@pytest.mark.parametrize("encoding", ["zstd", "gzip"])
def test_a_body_that_is_cut_off_spoilt_or_followed_by_more_is_refused(encoding: str) -> None:
    sound = pack(batch(LINES), encoding)
    other = pack(batch(LINES), "gzip" if encoding == "zstd" else "zstd")
    spoilt = sound[: len(sound) // 2] + bytes([sound[len(sound) // 2] ^ 0xFF]) + sound[len(sound) // 2 + 1 :]
    for body in (b"", b"x", sound[:-1], sound[:10], sound + b"x", sound + b"junk" * 10, other, spoilt):
        with pytest.raises(UnreadableBatch):
            unpack(body, encoding)


def test_a_second_frame_behind_the_first_is_refused() -> None:
    """Neither dropped in silence nor read: what counts is what the header announces."""
    for encoding in ("zstd", "gzip"):
        sound = pack(batch(LINES), encoding)
        with pytest.raises(UnreadableBatch):
            unpack(sound + pack(batch(LINES), encoding), encoding)


def test_a_frame_that_does_not_say_its_size_is_read() -> None:
    plain = pack(batch(LINES), "identity")
    unsized = zstandard.ZstdCompressor(level=3, write_content_size=False).compress(plain)
    assert unpack(unsized, "zstd") == batch(LINES)
    with pytest.raises(UnreadableBatch):
        unpack(unsized[:-1], "zstd")


BOMB = bytes(64 * 1024 * 1024)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(zstandard.ZstdCompressor(level=3).compress(BOMB), id="zstd"),
        pytest.param(zstandard.ZstdCompressor(level=3, write_content_size=False).compress(BOMB), id="zstd-unsized"),
        pytest.param(gzip.compress(BOMB, 9), id="gzip"),
        pytest.param(gzip.compress(BOMB, 9)[:-8] + bytes(8), id="gzip-false-size"),
    ],
)
def test_a_bomb_is_refused_in_little_time_and_memory(body: bytes) -> None:
    encoding = "gzip" if body.startswith(b"\x1f\x8b") else "zstd"
    tracemalloc.start()
    began = time.process_time()
    with pytest.raises(UnreadableBatch):
        inflate(body, encoding)
    assert time.process_time() - began < 1
    assert tracemalloc.get_traced_memory()[1] < 3 * MAX_INFLATED
    tracemalloc.stop()


def test_the_limits_are_eight_mebibytes_and_a_hundredfold() -> None:
    noise = zlib.compress(b"seed") * 1
    incompressible = b"".join(bytes([i * 7 % 251, i % 256, i // 256 % 256]) for i in range(30_000))
    small = zstandard.ZstdCompressor().compress(bytes(64 * 1024))
    assert inflate(small, "zstd") == bytes(64 * 1024)  # tiny bodies may inflate to 64 KiB
    with pytest.raises(UnreadableBatch, match="too far"):
        inflate(zstandard.ZstdCompressor().compress(bytes(64 * 1024 + 1)), "zstd")
    with pytest.raises(UnreadableBatch, match="too far"):
        inflate(bytes(MAX_INFLATED + 1), "identity")
    assert inflate(gzip.compress(incompressible + noise), "gzip") == incompressible + noise


@pytest.mark.parametrize(
    "first",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"NaN",
        b"\xff",
        b"[" * 100_000,
        header().model_dump_json(by_alias=True).encode()[:-1],
        header().model_dump_json(by_alias=True).encode().replace(b'"n":2', b'"n":NaN'),
        header().model_dump_json(by_alias=True).encode().replace(b'"n":2', b'"n":2,"n":2'),
        header().model_dump_json(by_alias=True).encode().replace(b'"inc":7', b'"inc":' + b"9" * 5000),
    ],
    ids=lambda value: repr(value[-14:]),
)
def test_a_header_that_does_not_hold_is_refused(first: bytes) -> None:
    with pytest.raises(UnreadableBatch):
        unpack(first + b"\n" + b"".join(LINES), "identity")


def test_the_number_of_lines_is_the_one_announced() -> None:
    for n in (0, 1, 3):
        with pytest.raises(UnreadableBatch, match="number of records"):
            unpack(pack(batch(LINES, n), "identity"), "identity")


@pytest.mark.parametrize(
    "changes",
    [
        {"node": "Yuexiu"},
        {"log_id": "ab"},
        {"inc": -1},
        {"inc": True},
        {"inc": 2**53},
        {"from": {"seq": 1}},
        {"from": {"seq": 1, "mark": "0123"}},
        {"to": {"seq": 1.5, "mark": ""}},
        {"to": None},
        {"n": -1},
        {"n": MAX_RECORDS + 1},
    ],
    ids=str,
)
def test_a_header_field_without_its_form_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        header(**changes)


def test_a_place_is_equal_by_number_and_mark() -> None:
    assert Place(seq=1, mark="0" * 16) == Place(seq=1, mark="0" * 16) != Place(seq=1, mark="1" * 16)


@given(body=st.binary(max_size=400), encoding=st.sampled_from(ENCODINGS))
def test_no_bytes_do_more_than_be_refused(body: bytes, encoding: str) -> None:
    with pytest.raises(UnreadableBatch):
        unpack(body, encoding)


def test_a_field_that_a_later_version_adds_is_passed_over() -> None:
    plain = header().model_dump_json(by_alias=True).encode().replace(b'"n":2', b'"n":2,"later":{"x":1}')
    assert unpack(plain + b"\n" + b"".join(LINES), "identity") == batch(LINES)
    place = {"log_id": "ab" * 16, "seq": 0, "mark": "", "later": 1}
    refused = {"o": "a", "k": "b", "r": "c", "i": 1, "v": 1, "code": "d", "later": 1}
    answer = PushAnswer.model_validate({"checkpoint": place, "rejected": [refused], "newer": [], "later": 1})
    assert answer.checkpoint.log_id == "ab" * 16
    said = {
        "proto": 1,
        "node": "yuexiu",
        "max_records": 1,
        "max_bytes": 1,
        "encodings": [],
        "now": 1,
        "checkpoints": {"live": place},
        "inc_seen": 0,
    }
    assert Hello.model_validate({**said, "later": 7}) == Hello.model_validate(said)


def test_millions_of_short_lines_are_refused_before_they_are_taken_apart() -> None:
    body = pack(batch([], 1), "identity") + b"1\n" * (MAX_INFLATED // 2 - 1000)
    tracemalloc.start()
    with pytest.raises(UnreadableBatch, match="number of records"):
        unpack(body, "identity")
    assert tracemalloc.get_traced_memory()[1] < 4 * MAX_INFLATED
    tracemalloc.stop()


def test_the_header_line_nests_sixteen_deep_and_no_deeper() -> None:
    def body(depth: int) -> bytes:
        later = b"[" * depth + b"]" * depth
        return b'{"later":%s,%s\n' % (later, pack(Batch(header=header(0), lines=[]), "identity").strip()[1:])

    assert unpack(body(MAX_DEPTH - 1), "identity") == Batch(header=header(0), lines=[])
    for depth in (MAX_DEPTH, 60_000):
        with pytest.raises(UnreadableBatch):
            unpack(body(depth), "identity")


def test_an_answer_carries_records_to_the_byte_whatever_text_they_hold() -> None:
    """Decomposed letters, a bidirectional control: another origin signed them, and nobody else may change them."""
    lines = ['{"b":"e\u0301 \u202e \u0000"}\n'.replace("\u0000", "\\u0000"), '{"b":"\u1100\u1161 \u200d"}\n']
    stand = {"log_id": "ab" * 16, "seq": 5, "mark": "0123456789abcdef"}
    answer = PushAnswer.model_validate({"checkpoint": stand, "rejected": [], "newer": lines})
    assert PushAnswer.model_validate_json(answer.model_dump_json()).newer == lines
    with pytest.raises(ValidationError):
        PushAnswer.model_validate({"checkpoint": stand, "rejected": [], "newer": [5]})
