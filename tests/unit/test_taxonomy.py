"""The shipped tables hold together, and the kinships are what was reviewed."""

import re
from collections import Counter

import pytest

from app.kernel.problems import UnknownCode
from app.taxonomy.concepts import Ground
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


def test_skills_answer_each_other_one_way_where_only_one_holds(taxonomy: Taxonomy) -> None:
    assert taxonomy.skill_similarity("van-driving", "truck-driving") == 85, "who drives trucks drives vans"
    assert taxonomy.skill_similarity("truck-driving", "van-driving") < 75
    assert taxonomy.skill_similarity("sql", "mysql") == taxonomy.skill_similarity("mysql", "sql") == 90


@pytest.mark.parametrize(
    ("occupation", "law", "article"),
    [
        ("cook", "食品安全法", "第四十五条"),
        ("beautician", "公共场所卫生管理条例", "第七条"),
        ("pharmaceutical-worker", "药品管理法", "第五十条"),
        ("kindergarten-teacher", "托儿所幼儿园卫生保健管理办法", "第十四条"),
    ],
)
def test_the_health_certificate_rests_on_the_law_of_the_trade(
    taxonomy: Taxonomy, occupation: str, law: str, article: str
) -> None:
    assert taxonomy.ground(occupation, "health-certificate") == Ground(law, article)


def test_levels_are_an_attribute_of_a_skill_level_certificate(taxonomy: Taxonomy) -> None:
    assert taxonomy.certificates["cook-level"].levels == (5, 4, 3, 2, 1)
    assert taxonomy.certificates["health-manager-level"].levels == (3, 2, 1)
    assert taxonomy.certificates["driving-c1"].levels == ()


def test_certificates_that_the_law_makes_equal_cover_each_other(taxonomy: Taxonomy) -> None:
    assert taxonomy.covers("teacher-senior", "teacher-vocational")
    assert taxonomy.covers("teacher-vocational", "teacher-senior")


def test_most_work_has_other_work_in_its_small_class(taxonomy: Taxonomy) -> None:
    leaves = [one for one in taxonomy.occupations.values() if one.kind == "leaf"]
    sizes = Counter(one.group for one in leaves)
    assert sum(sizes[one.group] == 1 for one in leaves) / len(leaves) <= 0.05


def test_gendered_words_are_found_by_and_never_shown(taxonomy: Taxonomy) -> None:
    for word, id_ in (("泥水佬", "bricklayer"), ("飞发佬", "hairdresser"), ("保险佬", "insurance-agent")):
        assert taxonomy.resolve_occupation_text(word) == id_
        assert word not in taxonomy.occupations[id_].aliases


def test_an_english_name_of_an_occupation_resolves(taxonomy: Taxonomy) -> None:
    assert taxonomy.resolve_occupation_text("Head receptionist") == "front-desk-supervisor"


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
