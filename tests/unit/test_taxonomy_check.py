"""`sanlian taxonomy check` passes on what ships and finds every fault it promises to find."""

from collections.abc import Callable

import pytest

from app.taxonomy.checking import faults, same_sound
from app.taxonomy.shipped import rows

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


@pytest.mark.parametrize(
    ("table", "row", "what"),
    [
        ("aliases", {"text": "保洁員", "id": "cook", "kind": "everyday", "note": ""}, "name of cleaner"),
        ("aliases", {"text": "某某新词", "id": "no-such", "kind": "everyday", "note": ""}, "not in occupations"),
        ("aliases", {"text": "！", "id": "cook", "kind": "everyday", "note": ""}, "nothing is left"),
        ("occupations", occupation(id="orphan", zh="孤儿工", parent="nowhere"), "no umbrella"),
        ("occupations", occupation(id="ring", zh="环形工", parent="ring"), "round in a ring"),
        ("occupations", occupation(id="classless", zh="无类工", group=""), "without a small class"),
        ("occupations", occupation(id="thin", zh="浅尝工", depth="deep"), "deep with 0 aliases"),
        ("occupations", occupation(id="cleaner", zh="第二个保洁"), "stands twice"),
        ("near", {"a": "electrician", "b": "welder", "direction": "both", "reason": ""}, "near and not the same"),
        ("near", {"a": "cook", "b": "cook", "direction": "both", "reason": ""}, "one with itself"),
        (
            "skills",
            {"id": "lonely", "zh": "没人会", "en": "", "generic": "0", "family": "", "kind": "skill"},
            "no family",
        ),
        (
            "certificates",
            {"id": "c", "zh": "某许可证", "en": "", "kind": "access", "law": "某法", "article": "", "note": ""},
            "without law and article",
        ),
        ("ambiguous", {"text": "只有一个意思", "id": "cook", "note": ""}, "one meaning"),
    ],
)
def test_a_fault_is_found_and_named(table: str, row: dict[str, str], what: str) -> None:
    found = list(faults(changed(table, row)))
    assert any(what in fault.what for fault in found), found


def test_an_alias_of_two_occupations_is_found() -> None:
    first = rows("aliases")[0]
    found = list(faults(changed("aliases", {**first, "id": "cook" if first["id"] != "cook" else "cleaner"})))
    assert any(fault.key == first["text"] for fault in found)


def test_names_that_sound_the_same_are_listed_for_review() -> None:
    pairs = same_sound(rows)
    assert pairs
    assert all(one != other for one, other in pairs)
