"""Types, ids, lifecycles, cursors and strict JSON: the values of the ground floor."""

import contextlib
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
from app.kernel.strict_json import BadJson, decode_json
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
        ("line", "\u200b"),
        ("line", "a\u061cb"),
        ("line", "a\u200bb"),
        ("line", "a\u2028b"),
        ("line", "a\u2029b"),
        ("line", "\ufeffa"),
        ("line", "a\u00adb"),
        ("line", "a\u2060b"),
        ("line", "a\U000e0041b"),
        ("line", "a\uffff"),
        ("line", "a\ufdd0"),
        ("line", "a\U0010fffe"),
        ("line", "\u3164"),
        ("line", " \u2800\u115f "),
        ("line", "\u0301\u3000"),
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


@pytest.mark.parametrize(
    "name", ["\U00020bb7野家", "阿卜杜拉·买买提", "\ue863", "①号楼", "a\u0301", "😀", "\U0002ebf0"]
)
def test_rare_characters_of_names_may_stand(name: str) -> None:
    assert Sample(line=name).line


def test_a_whole_float_is_a_whole_number() -> None:
    assert Sample.model_validate({"count": 3.0}).count == 3


@pytest.mark.parametrize(
    ("body", "path", "en", "zh", "place"),
    [
        (b'{"seats":1,\n "seats":2}', "seats", "the key 'seats' stands twice", "键“seats”出现了两次", (2, 2)),
        (b'{"a":[{},{"b":1,"\\u0062":2}]}', "a.1.b", "the key 'b' stands twice", "键“b”出现了两次", (1, 17)),
        (b'{"a":{"a":1,"c":{"a":2}},"a":3}', "a", "the key 'a' stands twice", "键“a”出现了两次", (1, 26)),
        (b'{"\\ud800":1,"\\ud800":2}', "…", "the key '…' stands twice", "键“…”出现了两次", (1, 13)),
        (b'{"pay":{"min_fen":NaN}}', "pay.min_fen", "NaN is no number of JSON", "NaN 不是 JSON 数字", (1, 19)),
        (b"[1,[0,-Infinity]]", "1.1", "-Infinity is no number of JSON", "-Infinity 不是 JSON 数字", (1, 7)),
        (b'{"a":1e999}', "a", "the number is out of range", "数字超出范围", (1, 6)),
        (b'{"a":1180591620717411303424}', "a", "the number is out of range", "数字超出范围", (1, 6)),
        (b'{"a":"\xe5\xb7\xa5\xff"}', "", "not UTF-8", "不是 UTF-8 编码", (1, 8)),
        (b"[" * 40 + b"]" * 40, "", "nested deeper than 32 levels", "嵌套超过 32 层", (1, 33)),
        (b'{"a":1,\n"b" 2}', "", "no JSON: Expecting ':' delimiter", "此处缺少冒号", (2, 5)),
        (b"", "", "no JSON: Expecting value", "此处应为一个值", (1, 1)),
    ],
)
def test_loose_json_is_refused_with_the_reason_and_the_place(
    body: bytes, path: str, en: str, zh: str, place: tuple[int, int]
) -> None:
    with pytest.raises(BadJson) as refused:
        decode_json(body)
    line, column = place
    found = refused.value
    assert (found.path, found.en) == (path, f"{en} (line {line}, column {column})")
    assert found.zh == f"{zh}（第{line}行第{column}列）"
    assert found.doc == ""


_LOOSE = st.sampled_from(["NaN", "-Infinity", "1e999", "9" * 21, '"a"', '"\\"[{"', "1", "-0.5", "true", "null"])
_KEYS = st.sampled_from(['"a"', '"\\u0061"', '"b"', '""', '"a.b"'])
_TEXTS = st.recursive(
    _LOOSE,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{','.join(items)}]")
        | st.lists(st.tuples(_KEYS, inner), max_size=3).map(lambda m: f"{{{' , '.join(f'{k} : {v}' for k, v in m)}}}")
    ),
    max_leaves=12,
)


@given(_TEXTS)
def test_what_python_reads_and_we_do_not_is_always_found_and_told(text: str) -> None:
    with contextlib.suppress(BadJson):
        assert decode_json(text.encode()) == json.loads(text)


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
