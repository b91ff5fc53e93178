"""Types, ids, lifecycles, cursors and strict JSON: the values of the ground floor."""

import json
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.kernel.ids import new_id
from app.kernel.lifecycle import Lifecycle, Transition
from app.kernel.paging import decode_cursor, encode_cursor
from app.kernel.problems import Invalid, RefusedTransition
from app.kernel.strict_json import decode_json
from app.kernel.types import MAX_INT, Count, Day, Flag, Id, Line, StrictModel
from tests.fakes import FakeClock


class Sample(StrictModel):
    count: Count = 0
    flag: Flag = False
    day: Day | None = None
    line: Line = "x"
    id: Id | None = None
    any: dict[str, list[str]] | None = None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("count", True),
        ("count", "1"),
        ("count", 1.5),
        ("count", -1),
        ("count", 2**70),
        ("count", float("nan")),
        ("flag", 1),
        ("flag", "true"),
        ("day", 20261123),
        ("day", "20261123"),
        ("day", "2026-02-30"),
        ("line", ""),
        ("line", "  "),
        ("line", "a\nb"),
        ("line", "a\x00b"),
        ("line", "\ud800"),
        ("line", "abc\u202edef"),
        ("line", "x" * 201),
        ("line", 5),
        ("id", "not-an-id"),
        ("any", {"k": ["\ud800"]}),
        ("any", {"\x00": ["v"]}),
        ("unknown", 1),
    ],
)
def test_bad_values_are_refused_without_repeating_them(field: str, value: object) -> None:
    with pytest.raises(ValidationError) as refused:
        Sample.model_validate({field: value})
    assert "input_value" not in str(refused.value)


def test_text_is_brought_to_nfc_and_trimmed() -> None:
    assert Sample(line=" e\u0301 ").line == "\u00e9"


def test_a_whole_float_is_a_whole_number() -> None:
    assert Sample.model_validate({"count": 3.0}).count == 3


@pytest.mark.parametrize(
    "text",
    ['{"a":NaN}', '{"a":Infinity}', '{"a":1e999}', '{"a":1,"a":2}', '{"a":' + "9" * 30 + "}", "[" * 40 + "]" * 40, "{"],
)
def test_loose_json_is_refused(text: str) -> None:
    with pytest.raises(json.JSONDecodeError):
        decode_json(text.encode())


def test_bytes_that_are_not_utf8_are_refused() -> None:
    with pytest.raises(json.JSONDecodeError):
        decode_json(b'{"a":"\xff"}')


def test_many_brackets_inside_text_are_no_depth() -> None:
    assert decode_json(json.dumps({"a": '[{\\"' * 100}).encode()) == {"a": '[{\\"' * 100}


@given(st.recursive(st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(), st.lists, max_leaves=20))
def test_strict_json_reads_what_json_writes(value: object) -> None:
    assert decode_json(json.dumps(value).encode()) == value


def test_ids_are_uuid7_and_sort_by_time() -> None:
    clock = FakeClock()
    made = []
    for _ in range(50):
        made.append(new_id(clock))
        clock.advance(milliseconds=1)
    assert made == sorted(made)
    assert {uuid.UUID(i).version for i in made} == {7}
    assert {uuid.UUID(i).variant for i in made} == {uuid.RFC_4122}


def test_a_refused_transition_names_what_is_possible() -> None:
    cycle = Lifecycle(
        "door", [Transition("open", frozenset({"shut"}), "open"), Transition("shut", frozenset({"open"}), "shut")]
    )
    assert cycle.target("shut", "open") == "open"
    with pytest.raises(RefusedTransition) as refused:
        cycle.target("open", "open")
    assert refused.value.extra["possible"] == ["shut"]


@given(st.text('ab1 "\\/保洁员é😀'), st.integers(0, MAX_INT))
def test_a_cursor_comes_back_as_it_was(text: str, number: int) -> None:
    if text.encode("utf-8", "ignore").decode() == text:
        assert decode_cursor(encode_cursor(text, number), str, int) == [text, number]


@pytest.mark.parametrize("text", ["", "x", "!!!", encode_cursor("a"), encode_cursor(1, 2), "é" * 9])
def test_a_foreign_cursor_is_refused_by_name(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        decode_cursor(text, str, int)
    assert refused.value.errors[0].field == "after"
