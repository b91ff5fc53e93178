"""The shipped tables hold together, and the kinships are what was reviewed."""

import re

import pytest

from app.kernel.problems import UnknownCode
from app.taxonomy.shipped import load_shipped, rows
from app.taxonomy.tables import Taxonomy


@pytest.fixture(scope="module")
def taxonomy() -> Taxonomy:
    return load_shipped()


def test_ids_are_codes_and_used_once() -> None:
    for table in ("occupations", "skills", "certificates"):
        ids = [row["id"] for row in rows(table)]
        assert len(ids) == len(set(ids))
        assert [id_ for id_ in ids if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,63}", id_)] == []


def test_every_reference_is_to_something_that_is_there(taxonomy: Taxonomy) -> None:
    occupations, skills, certificates = set(taxonomy.occupations), set(taxonomy.skills), set(taxonomy.certificates)
    assert {row["id"] for row in rows("aliases")} <= occupations
    assert {row["parent"] for row in rows("occupations") if row["parent"]} <= occupations
    assert {row[side] for table in ("near", "not_same") for row in rows(table) for side in "ab"} <= occupations
    assert {row["skill"] for row in rows("occupation_skills")} <= skills
    assert {row["certificate"] for row in rows("occupation_certificates")} <= certificates
    assert {row[side] for row in rows("skill_near") for side in "ab"} <= skills
    assert {row["id"] for row in rows("skill_aliases")} <= skills
    assert {row[side] for row in rows("covers") for side in ("held", "covers")} <= certificates


def test_parents_make_a_tree(taxonomy: Taxonomy) -> None:
    for one in taxonomy.occupations.values():
        here, steps = one, 0
        while here.parent is not None and steps < 10:
            here, steps = taxonomy.occupations[here.parent], steps + 1
        assert here.parent is None, f"{one.id} goes round in a ring"


def test_no_pair_is_both_near_and_not_the_same() -> None:
    near = {frozenset((row["a"], row["b"])) for row in rows("near")}
    assert near.isdisjoint(frozenset((row["a"], row["b"])) for row in rows("not_same"))


def test_a_name_or_alias_names_one_occupation(taxonomy: Taxonomy) -> None:
    named: dict[str, set[str]] = {}
    for one in taxonomy.occupations.values():
        for text in (one.zh, one.en, *one.aliases):
            named.setdefault(text.casefold(), set()).add(one.id)
    assert {text: ids for text, ids in named.items() if len(ids) > 1} == {}


def test_there_are_at_least_eighty_kinds_of_work(taxonomy: Taxonomy) -> None:
    assert sum(one.kind == "leaf" for one in taxonomy.occupations.values()) >= 80


@pytest.mark.parametrize(
    ("wish", "post", "percent"),
    [
        ("cleaner", "cleaner", 100),
        ("cleaning-worker", "cleaner", 100),
        ("cleaner", "cleaning-worker", 70),
        ("cleaner", "hotel-room-attendant", 70),
        ("electrician", "welder", 0),
        ("hospital-attendant", "nurse", 0),
        ("cleaner", "bookkeeper", 0),
    ],
)
def test_proximity(taxonomy: Taxonomy, wish: str, post: str, percent: int) -> None:
    assert taxonomy.proximity(wish, post) == percent


def test_proximity_within_a_small_class_is_sixty_unless_reviewed(taxonomy: Taxonomy) -> None:
    reviewed = {frozenset((row["a"], row["b"])) for table in ("near", "not_same") for row in rows(table)}
    leaves = [one for one in taxonomy.occupations.values() if one.kind == "leaf"]
    pairs = [(a.id, b.id) for a in leaves for b in leaves if a.id < b.id and a.group == b.group]
    unreviewed = [pair for pair in pairs if frozenset(pair) not in reviewed]
    assert len(unreviewed) >= 5
    assert {taxonomy.proximity(*pair) for pair in unreviewed} == {60}


def test_a_generic_skill_is_like_nothing_but_itself(taxonomy: Taxonomy) -> None:
    generic = [one.id for one in taxonomy.skills.values() if one.generic]
    assert generic
    assert all(taxonomy.skill_similarity(generic[0], other) == 0 for other in taxonomy.skills if other != generic[0])
    assert taxonomy.skill_similarity(generic[0], generic[0]) == 100


def test_a_higher_driving_licence_covers_a_lower_one(taxonomy: Taxonomy) -> None:
    assert taxonomy.covers("driving-a2", "driving-c1")
    assert not taxonomy.covers("driving-c1", "driving-a2")


@pytest.mark.parametrize(("text", "found"), [("保洁员", "cleaner"), (" Cleaner ", "cleaner"), ("没有这个", None)])
def test_words_name_an_occupation_only_exactly(taxonomy: Taxonomy, text: str, found: str | None) -> None:
    assert taxonomy.resolve_occupation_text(text) == found


def test_an_unknown_id_names_the_field_and_the_nearest(taxonomy: Taxonomy) -> None:
    with pytest.raises(UnknownCode) as refused:
        taxonomy.occupation("clener", "wishes.0.occupation")
    (error,) = refused.value.errors
    assert error.field == "wishes.0.occupation"
    assert error.nearest[0].code == "cleaner"


def test_a_name_sent_for_an_id_is_shown_the_id(taxonomy: Taxonomy) -> None:
    with pytest.raises(UnknownCode) as refused:
        taxonomy.occupation("保洁员")
    assert refused.value.errors[0].nearest[0].code == "cleaner"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("coook", "cook"), ("Cook", "cook"), ("electricain", "electrician"), ("weldr", "welder"), ("保洁工", "cleaner")],
)
def test_a_mistyped_id_is_told_the_id_that_was_meant_first(taxonomy: Taxonomy, typed: str, meant: str) -> None:
    with pytest.raises(UnknownCode) as refused:
        taxonomy.occupation(typed)
    assert refused.value.errors[0].nearest[0].code == meant
