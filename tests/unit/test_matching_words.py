"""Stated names: what is brought to one form, and how alike two are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz

from app.matching.words import alike, normalise


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        (" 保洁　员（急） ", "保洁员急"),
        ("ＣＮＣ操作", "cnc操作"),
        ("C++", "c++"),
        ("Excel", "excel"),
        ("！？", ""),
    ],
)
def test_width_case_spaces_and_punctuation_do_not_matter(text: str, normal: str) -> None:
    assert normalise(text) == normal


@given(
    st.text(alphabet="保洁员工焊电a+", min_size=1, max_size=12),
    st.text(alphabet="保洁员工焊电a+", min_size=1, max_size=12),
)
def test_likeness_is_rapidfuzz_ratio_floored(a: str, b: str) -> None:
    assert abs(alike(a, b) - fuzz.ratio(a, b)) <= 1
    assert alike(a, b) <= fuzz.ratio(a, b) + 1e-9
    assert alike(a, b) == alike(b, a)


def test_nothing_is_like_nothing() -> None:
    assert alike("", "") == alike("保洁", "") == alike("！", "？") == 0
