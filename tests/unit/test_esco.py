"""ESCO's export: read strictly, kept whole, and what it adds to our names; the rows are invented."""

import csv
from pathlib import Path

import pytest

from app.taxonomy.esco import (
    EscoOccupation,
    EscoUnreadable,
    english_names,
    keep,
    load_kept,
    read_export,
)
from app.taxonomy.shipped import load_shipped
from app.taxonomy.title_concepts import vocabulary_of
from app.taxonomy.titles import TitleIndex

HEADINGS = ("conceptType", "conceptUri", "iscoGroup", "preferredLabel", "altLabels", "status")
BASE = "http://data.europa.eu/esco/occupation/"


def export(tmp_path: Path, *rows: dict[str, str], headings: tuple[str, ...] = HEADINGS, bom: str = "") -> Path:
    """A file as ESCO's portal writes it, with `rows` that differ from a good one."""
    file = tmp_path / "occupations_en.csv"
    with file.open("w", encoding="utf-8", newline="") as opened:
        opened.write(bom)
        writer = csv.DictWriter(opened, headings, extrasaction="ignore")
        writer.writeheader()
        for number, row in enumerate(rows):
            good = {
                "conceptType": "Occupation",
                "conceptUri": f"{BASE}{number}",
                "iscoGroup": "7212",
                "preferredLabel": f"invented joiner {number}",
                "altLabels": "",
                "status": "released",
            }
            writer.writerow({**good, **row})
    return file


def test_an_export_is_read_with_its_other_names_once_each(tmp_path: Path) -> None:
    names = "spark  hand\nspark hand\n\ninvented joiner 0\nbead runner"
    told: list[int] = []
    file = export(tmp_path, {"altLabels": names}, {"status": "obsolete"}, *({} for _ in range(200)), bom="\ufeff")
    found = read_export(file, told.append)
    assert found[0] == EscoOccupation(f"{BASE}0", "7212", "invented joiner 0", ("spark hand", "bead runner"))
    assert len(found) == 201, "the obsolete one is left out"
    assert told == [100, 100]


def test_what_is_kept_is_what_was_read(tmp_path: Path) -> None:
    found = read_export(export(tmp_path, {"altLabels": "spark hand\nbead, runner"}, {}))
    folder = tmp_path / "node"
    assert load_kept(folder) == []
    assert keep(found, folder).name == "esco.csv"
    assert load_kept(folder) == found
    keep(found[:1], folder)
    assert load_kept(folder) == found[:1]
    assert [file.name for file in folder.iterdir()] == ["esco.csv"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"conceptUri": "x"}, "line 2: conceptUri 'x' does not begin with"),
        ({"iscoGroup": "721"}, "line 2: iscoGroup '721' is not four digits"),
        ({"preferredLabel": " "}, "line 2: preferredLabel is empty"),
        ({"conceptType": "KnowledgeSkillCompetence"}, "line 2: conceptType is 'KnowledgeSkillCompetence'"),
        ({"conceptUri": f"{BASE}1"}, "line 3: http://data.europa.eu/esco/occupation/1 stands twice"),
    ],
)
def test_a_row_that_does_not_hold_is_named_by_its_line(tmp_path: Path, row: dict[str, str], reason: str) -> None:
    with pytest.raises(EscoUnreadable) as refused:
        read_export(export(tmp_path, row, {}))
    assert str(refused.value.findings[0]).startswith(reason)


def test_every_bad_row_is_told_up_to_two_hundred(tmp_path: Path) -> None:
    with pytest.raises(EscoUnreadable) as refused:
        read_export(export(tmp_path, *({"iscoGroup": "?", "preferredLabel": ""} for _ in range(150))))
    assert len(refused.value.findings) == 200


def test_another_file_is_refused_by_its_columns(tmp_path: Path) -> None:
    file = export(tmp_path, {}, headings=("conceptUri", "iscoGroups", "preferredLabel"))
    with pytest.raises(EscoUnreadable) as refused:
        read_export(file)
    assert [str(one) for one in refused.value.findings] == [
        "the column iscoGroup is missing; near: iscoGroups",
        "the column altLabels is missing",
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the column conceptUri is missing"),
        (b"\xff\xfe\x00", "it is not UTF-8 text"),
        (b'conceptUri,iscoGroup,preferredLabel,altLabels\n"a', "it is not CSV as ESCO writes it"),
        (b"conceptUri,iscoGroup,preferredLabel,altLabels\n", "there is no occupation in it"),
    ],
)
def test_what_is_no_export_is_refused_with_the_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(content)
    with pytest.raises(EscoUnreadable) as refused:
        read_export(file)
    assert str(refused.value.findings[0]).startswith(reason)


def test_only_the_names_of_what_is_surely_ours_are_added() -> None:
    occupations = load_shipped().occupations
    isco = occupations["welder"].isco08 or ""
    concepts = [
        EscoOccupation(f"{BASE}0", isco, "welder", ("spark hand", "shared name", "Cleaner")),
        EscoOccupation(f"{BASE}1", "0000", "cleaner", ("in another unit group",)),
        EscoOccupation(
            f"{BASE}2", occupations["electrician"].isco08 or "", "electrician", ("shared name", "galley hand")
        ),
        EscoOccupation(f"{BASE}3", isco, "no name of ours", ("welder",)),
    ]
    assert set(english_names(occupations, concepts)) == {("welder", "spark hand"), ("electrician", "galley hand")}


def test_titles_in_english_mean_the_same_by_escos_names() -> None:
    titles = [("1", "bead runner"), ("2", "orchard keeper"), ("3", "harbour pilot")]
    joiner = EscoOccupation(f"{BASE}0", "7212", "spark hand", ("bead runner",))
    other = EscoOccupation(f"{BASE}1", "6112", "tree nurse", ("orchard keeper",))
    index = TitleIndex(titles, "en", vocabulary=vocabulary_of(load_shipped(), "en", [joiner, other]))
    assert index.rank("spark hand")[0] == "1"
    assert index.rank("tree nurse")[0] == "2"


def test_what_was_imported_into_the_nodes_folder_is_used_unasked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    titles = [("1", "orchard keeper"), ("2", "bead runner")]
    monkeypatch.setenv("SANLIAN_DIR", str(tmp_path))
    keep([EscoOccupation(f"{BASE}0", "7212", "quondam zyx", ("bead runner",))], tmp_path)
    assert TitleIndex(titles, "en").rank("quondam zyx")[0] == "2"
