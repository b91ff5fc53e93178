"""What stands around a name is taken away step by step, and what was left out is never forgotten."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lookup import FuzzyIndex
from app.lookup.noise import Left, listed, parts, pieces


@pytest.mark.parametrize(
    ("typed", "name", "left"),
    [
        ("保洁员", "保洁员", Left.NOTHING),
        ("诚聘保洁员", "保洁员", Left.NOISE),
        ("誠聘保潔員", "保洁员", Left.NOISE),
        ("保洁员2名", "保洁员", Left.NOISE),
        ("保洁员数名", "保洁员", Left.NOISE),
        ("保洁员（急招）", "保洁员", Left.NOISE),
        ("【包吃住】保洁员 5000-8000元/月", "保洁员", Left.NOISE),
        ("保洁员月薪4500元", "保洁员", Left.NOISE),
        ("保洁员 6k", "保洁员", Left.NOISE),
        ("保洁员/五险一金", "保洁员", Left.NOISE),
        ("招保洁员2名", "保洁员", Left.DOUBT),
        ("高薪急招熟练保洁员", "保洁员", Left.DOUBT),
        ("保洁员岗位", "保洁员", Left.DOUBT),
        ("保洁员（夜班）", "保洁员", Left.ASIDE),
        ("保洁员/杂工", "保洁员", Left.CONTENT),
    ],
)
def test_a_name_is_left_and_what_it_cost_is_said(typed: str, name: str, left: Left) -> None:
    assert {part.text: part.left for part in parts(typed)}[name] is left


@pytest.mark.parametrize("typed", ["招聘", "急", "2名", "5000元/月", "包吃住", "招聘专员", "急救员", "招商经理"])
def test_the_text_itself_is_always_its_first_part(typed: str) -> None:
    first, *others = parts(typed)
    assert (first.text, first.left) == (typed, Left.NOTHING)
    assert all(part.left > Left.NOTHING for part in others)


def test_what_stands_side_by_side_is_told_apart() -> None:
    assert pieces("司机、保安/五险一金") == ["司机", "保安"]
    assert pieces("司机（兼保安）") == ["司机", "兼保安"]
    assert pieces("保洁员 5000-8000元/月") == ["保洁员"]
    assert listed("保洁 保安") == listed("保洁和保安") == ["保洁", "保安"]


@pytest.mark.parametrize("piece", ["1", "1000", "包吃", "急", "3-", "一", "（", "/", "5000-", "名", " ", "招"])
def test_no_text_takes_long_to_read(piece: str) -> None:
    began = time.process_time()
    list(parts(piece * 400 + "x"))
    assert time.process_time() - began < 0.5


@given(st.text(alphabet="招聘急保洁安员、/（）()2名5000元月 包吃住", max_size=30))
def test_no_part_is_empty_but_of_nothing_and_none_comes_twice(typed: str) -> None:
    found = [part.text for part in parts(typed)]
    assert all(found)
    assert len(set(found)) == len(found)


NAMES = [
    "调酒师",
    "调酒师/茶艺师/咖啡师",
    "监工",
    "监工(不参与制造过程)",
    "招聘专员",
    "专员",
    "急救员",
    "水员",
    "水电工/木工",
]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("调酒师/茶艺师/咖匪师", "调酒师/茶艺师/咖啡师"),
        ("调酒师/茶艺师/咖啡师/五险一金", "调酒师/茶艺师/咖啡师"),
        ("【包吃住】调酒师/茶艺师/咖啡师 5000-8000元/月", "调酒师/茶艺师/咖啡师"),
        ("监工(不参与制造国程)", "监工(不参与制造过程)"),
        ("监工（急招）", "监工"),
        ("招聘专员", "招聘专员"),
        ("急救园", "急救员"),
        ("诚聘水电工/木公", "水电工/木工"),
    ],
)
def test_the_name_that_explains_most_of_a_text_is_first(typed: str, meant: str) -> None:
    index = FuzzyIndex((name, [name]) for name in NAMES)
    assert index.search(typed, 1)[0].id == meant
