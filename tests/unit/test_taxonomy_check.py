"""`sanlian taxonomy check` passes on what ships and finds every fault it promises to find."""

from collections.abc import Callable
from functools import cache

import pytest

from app.taxonomy import shipped
from app.taxonomy.checking import faults, same_sound

rows = cache(shipped.rows)  # read once for all tests, which add to copies
Rows = Callable[[str], list[dict[str, str]]]


def test_the_shipped_tables_hold_together() -> None:
    assert list(faults(rows)) == []


def test_they_are_as_large_as_promised() -> None:
    occupations = rows("occupations")
    assert sum(row["depth"] == "deep" for row in occupations) >= 350
    kinds = [row["kind"] for row in rows("skills")]
    assert len(kinds) >= 800
    assert kinds.count("generic") >= 60
    assert len(rows("certificates")) >= 150


def changed(table: str, *more: dict[str, str], without: str = "") -> Rows:
    """The shipped tables with rows added to one, or with the rows of one id left out."""

    def read(name: str) -> list[dict[str, str]]:
        found = [row for row in rows(name) if not without or without not in row.values()]
        return [*found, *more] if name == table else found

    return read


def occupation(**values: str) -> dict[str, str]:
    return {**rows("occupations")[-1], "depth": "shallow", "parent": "", "kind": "leaf", "group": "cleaning", **values}


def alias(text: str, id_: str = "cook", kind: str = "everyday") -> dict[str, str]:
    return {"text": text, "id": id_, "kind": kind, "note": ""}


def skill(id_: str = "lonely", **values: str) -> dict[str, str]:
    return {"id": id_, "zh": "没人会", "en": "", "generic": "0", "family": "cooking", "kind": "skill", **values}


def certificate(**values: str) -> dict[str, str]:
    good = {"id": "c", "zh": "某许可证", "en": "some permit", "kind": "access", "law": "某法", "article": "第一条"}
    return {**good, "levels": "", "obtainable_days": "", "note": "", **values}


def pair(a: str, b: str, **values: str) -> dict[str, str]:
    return {"a": a, "b": b, "direction": "both", "reason": "有理由", "similarity": "80", **values}


@pytest.mark.parametrize(
    ("table", "row", "what"),
    [
        ("aliases", alias("保洁員"), "name of cleaner"),
        ("aliases", alias("某某新词", "no-such"), "not in occupations"),
        ("aliases", alias("！"), "nothing is left"),
        ("aliases", alias("Electrician"), "name of electrician"),
        ("aliases", alias("electrician"), "name of electrician"),
        ("aliases", alias("sanitation-worker"), "id of sanitation-worker"),
        ("aliases", alias("某某新词", kind="joke"), "kind 'joke' is no kind of alias"),
        ("aliases_en", {"text": "Welder", "id": "cook"}, "name of welder"),
        ("aliases_en", {"text": "some new word", "id": "no-such"}, "not in occupations"),
        ("occupations", occupation(id="orphan", zh="孤儿工", en="Orphan", parent="nowhere"), "no umbrella"),
        ("occupations", occupation(id="ring", zh="环形工", en="Ring", parent="ring"), "round in a ring"),
        ("occupations", occupation(id="classless", zh="无类工", en="Classless", group=""), "without a small class"),
        ("occupations", occupation(id="thin", zh="浅尝工", en="Thin", depth="deep"), "deep with 0 aliases"),
        ("occupations", occupation(id="cleaner", zh="第二个保洁", en="Second"), "the id stands twice"),
        ("occupations", occupation(id="second", zh="第二个保洁", en="CLEANER"), "stands twice: cleaner has it"),
        ("occupations", occupation(id="second", zh="保洁員", en="Second"), "stands twice: cleaner has it"),
        ("occupations", occupation(id="second", zh="第二个保洁", en="cook"), "stands twice: cook has it"),
        ("occupations", occupation(id="nameless", zh="无名工", en=""), "en is empty"),
        ("occupations", occupation(id="x", zh="某工", en="X", kind="guild"), "kind 'guild' is no kind of occupation"),
        ("occupations", occupation(id="x", zh="某工", en="X", traits="heights|joking"), "traits 'heights|joking' is"),
        ("occupations", occupation(id="x", zh="某工", en="X", min_age=""), "min_age '' is no age"),
        ("occupations", occupation(id="x", zh="某工", en="X", min_age="15"), "min_age '15' is no age"),
        ("occupations", occupation(id="x", zh="某工", en="X", isco08="72"), "isco08 '72' is"),
        (
            "occupations",
            occupation(id="x", zh="某工", en="X", dadian="6-18-2-4", dadian_version="2022"),
            "no code like",
        ),
        ("occupations", occupation(id="x", zh="某工", en="X", dadian="6-99-99-01"), "without its edition"),
        (
            "occupations",
            occupation(id="x", zh="某工", en="X", dadian="6-18-02-04", dadian_version="2022"),
            "the code stands twice",
        ),
        ("near", pair("electrician", "welder"), "near and not the same"),
        ("near", pair("cook", "cook"), "one with itself"),
        ("near", pair("cook", "actuary", reason=" "), "reason ' ' is no reason"),
        ("near", pair("cook", "actuary", direction="backward"), "direction 'backward' is neither"),
        ("not_same", pair("cook", "actuary", reason=""), "reason '' is no reason"),
        ("skill_near", pair("mysql", "sql"), "the pair stands twice"),
        ("skill_near", pair("sql", "excel", similarity="101"), "similarity '101' is no percentage"),
        ("skill_near", pair("sql", "excel", similarity=""), "similarity '' is no percentage"),
        ("skill_near", pair("sql", "excel", direction=""), "direction '' is neither"),
        ("skills", skill(), "no occupation has it"),
        ("skills", skill(generic="yes"), "generic 'yes' is neither"),
        ("skills", skill(kind="art"), "kind 'art' is no kind of skill"),
        ("skills", skill(en="MySQL"), "stands twice: mysql has it"),
        ("certificates", certificate(article=""), "without law and article"),
        ("certificates", certificate(kind="qualification", article=""), "without law and article"),
        ("certificates", certificate(kind="medal"), "kind 'medal' is no kind of certificate"),
        ("certificates", certificate(levels="5|0"), "levels '5|0' is no list of levels"),
        ("certificates", certificate(obtainable_days="soon"), "obtainable_days 'soon' is"),
        (
            "occupation_certificates",
            {"occupation": "cook", "certificate": "health-certificate", "law": "某法", "article": ""},
            "law and article belong together",
        ),
        (
            "occupation_certificates",
            {"occupation": "cook", "certificate": "barista-level", "law": "", "article": ""},
            "without law and article",
        ),
        ("covers", {"held": "driving-c1", "covers": "driving-c1", "relation": "includes"}, "it covers itself"),
        ("covers", {"held": "driving-c1", "covers": "driving-a1", "relation": "includes"}, "what it covers covers it"),
        ("covers", {"held": "driving-a1", "covers": "driving-a3", "relation": "includes"}, "it stands twice"),
        ("covers", {"held": "driving-c1", "covers": "driving-d", "relation": "like"}, "relation 'like' is neither"),
        ("ambiguous", {"text": "只有一个意思", "id": "cook", "note": ""}, "one meaning"),
        ("ambiguous", {"text": "收费员", "id": "parking-attendant", "note": ""}, "one meaning twice"),
        ("ambiguous", {"text": "保洁員", "id": "cook", "note": ""}, "it means just that"),
    ],
)
def test_a_fault_is_found_and_named(table: str, row: dict[str, str], what: str) -> None:
    found = list(faults(changed(table, row)))
    assert any(what in fault.what for fault in found), found


def test_ambiguous_words_are_no_names_of_a_deep_concept() -> None:
    def read(name: str) -> list[dict[str, str]]:
        found = rows(name)
        return [row for row in found if row["id"] != "welder"] if name == "aliases" else found

    more = [{"text": f"某词{number}", "id": id_, "note": ""} for number in range(9) for id_ in ("welder", "cook")]
    found = list(faults(lambda name: [*read(name), *more] if name == "ambiguous" else read(name)))
    assert [fault.what for fault in found if fault.key == "welder"] == ["deep with 0 aliases, not 8"]


def test_an_alias_of_two_occupations_is_found() -> None:
    first = rows("aliases")[0]
    found = list(faults(changed("aliases", {**first, "id": "cook" if first["id"] != "cook" else "cleaner"})))
    assert any(fault.key == first["text"] for fault in found)


def test_names_that_sound_the_same_are_listed_for_review() -> None:
    pairs = same_sound(changed("aliases", alias("宝洁员"), alias("煮饭佬"), alias("主犯佬")))
    assert ("保洁员 (cleaner)", "宝洁员 (cook)") in pairs
    assert not [pair for pair in pairs if "煮饭佬 (cook)" in pair], "both are names of one"
