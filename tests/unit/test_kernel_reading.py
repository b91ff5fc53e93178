"""A received body is read without its text being cleaned, and only where that changes nothing."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from app.kernel.reading import is_plainly_clean, read_json, without_cleaning
from app.kernel.types import Fen, Line, Prose, StrictModel


class Inner(StrictModel):
    name: Line
    pay: Fen | None = None


class Outer(StrictModel):
    words: Prose
    inner: Inner
    many: list[Inner]


def document(words: str, *, is_ascii: bool = False) -> str:
    inner: dict[str, Any] = {"name": words[:20], "pay": 100, "of a later version": 1}
    return json.dumps({"words": words, "inner": inner, "many": [inner]}, ensure_ascii=is_ascii)


@pytest.mark.parametrize("is_ascii", [False, True])
@pytest.mark.parametrize(
    "words", ["保洁员", "保洁\n白班", "全\u3000职", 'a"b\\c', "\\u200b", "\U00020bb7野家", "A" * 30]
)
def test_what_is_clean_is_read_as_the_model_reads_it(words: str, is_ascii: bool) -> None:
    text = document(words, is_ascii=is_ascii)
    if "\n" in words:
        text = document(words.replace("\n", " "), is_ascii=is_ascii).replace("白班", "\\n白班", 1)
    assert read_json(Outer, text) == Outer.model_validate_json(text, extra="ignore")


@pytest.mark.parametrize("is_ascii", [False, True])
@pytest.mark.parametrize("char", ["\u200b", "\u202e", "\u2028", "\x7f", "\x85", "\ufdd0", "\b", "\f", "\x01"])
def test_a_character_that_no_honest_text_has_is_refused(char: str, is_ascii: bool) -> None:
    text = document(f"保洁{char}员", is_ascii=is_ascii)
    assert not is_plainly_clean(text)
    with pytest.raises(ValidationError):
        read_json(Outer, text)


def test_what_is_not_in_nfc_is_brought_to_it() -> None:
    text = document("cafe\u0301")
    assert not is_plainly_clean(text)
    assert read_json(Outer, text).inner.name == "caf\u00e9"


def test_everything_else_is_checked_without_the_cleaning() -> None:
    for spoilt in ('{"words": "x"}', document("x").replace("100", "-1"), document("x").replace('"x"', '" "')):
        assert is_plainly_clean(spoilt)
        with pytest.raises(ValidationError):
            read_json(Outer, spoilt)


def test_no_model_inside_cleans_either() -> None:
    """Or nothing would be gained: what a model alone refuses is read here."""
    text = document("a\u200bb")
    with pytest.raises(ValidationError):
        Outer.model_validate_json(text, extra="ignore")
    found = without_cleaning(Outer).validate_json(text, extra="ignore")
    assert [found.words, found.inner.name, found.many[0].name] == ["a\u200bb"] * 3
