"""What was typed is taken when it is clear, asked when it is not, and never picked silently."""

import pytest

from app.taxonomy.finding import ConceptIndex
from app.taxonomy.shipped import load_shipped


@pytest.fixture(scope="module")
def occupations() -> ConceptIndex:
    return load_shipped().occupation_index


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("保洁员", "cleaner"),
        ("保潔員", "cleaner"),
        ("baojieyuan", "cleaner"),
        ("电焊工", "welder"),
        ("保节员", "cleaner"),
        ("烧焊", "welder"),
        ("打扫卫生", "cleaner"),
        ("诚聘保洁员2名", "cleaner"),
    ],
)
def test_what_is_clear_is_taken_with_its_evidence(occupations: ConceptIndex, typed: str, meant: str) -> None:
    found = occupations.resolve(typed)
    assert found.id == meant, found
    assert found.evidence is not None


@pytest.mark.parametrize("typed", ["社工", "教练"])
def test_words_that_name_several_occupations_are_asked(occupations: ConceptIndex, typed: str) -> None:
    found = occupations.resolve(typed)
    assert found.id is None
    assert len({choice.id for choice in found.choices}) >= 2


@pytest.mark.parametrize("typed", ["dhg", "bjy", "电汉工", "工", "师傅", "随便", "???", ""])
def test_what_is_not_clear_is_never_taken(occupations: ConceptIndex, typed: str) -> None:
    assert occupations.resolve(typed).id is None


@pytest.mark.parametrize(("one", "other"), [("护工", "护士"), ("电工", "电焊工"), ("会计", "收银员"), ("保安", "保洁")])
def test_look_alikes_are_two(occupations: ConceptIndex, one: str, other: str) -> None:
    first, second = occupations.resolve(one).id, occupations.resolve(other).id
    assert first is not None
    assert second is not None
    assert first != second


def test_a_local_word_can_be_added(occupations: ConceptIndex) -> None:
    index = ConceptIndex([("cleaner", ["保洁员"]), ("cook", ["厨师"])])
    index.add("cook", "炒锅佬")
    assert index.resolve("炒锅佬").id == "cook"
