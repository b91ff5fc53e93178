"""`sanlian taxonomy` as somebody types it: ESCO is imported whole or not at all, words are taught and taken back."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.network.processes import PASSWORD, NodeProcess, refused, said

HEADINGS = "conceptType,conceptUri,iscoGroup,preferredLabel,altLabels"
ROW = 'Occupation,http://data.europa.eu/esco/occupation/x,7212,welder,"spark hand\nbead runner"'


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> NodeProcess:
    """A city that was set up at the terminal, with a clerk and an officer."""
    node = NodeProcess(tmp_path_factory.mktemp("taxonomy") / "foshan", "foshan", "佛山", "city", "440100")
    command = [sys.executable, "-m", "app", "init", *node.place]
    subprocess.run(command, env=node.env, capture_output=True, text=True, timeout=60, check=True)
    for role in ("clerk", "officer"):
        node.sanlian("user", "add", role, "--role", role, SANLIAN_PASSWORD=PASSWORD)
    return node


def test_the_shipped_tables_are_checked_and_same_sounds_counted(city: NodeProcess) -> None:
    short = said(city.sanlian("taxonomy", "check"))
    assert "the tables hold together" in short
    assert "pairs of names sound the same; --sounds lists them" in short
    assert "sounds the same: " in said(city.sanlian("taxonomy", "check", "--sounds"))


def test_esco_is_imported_into_the_nodes_folder(city: NodeProcess, tmp_path: Path) -> None:
    file = tmp_path / "occupations_en.csv"
    file.write_text(f"{HEADINGS}\n{ROW}\n", "utf-8")
    kept = city.folder / "esco.csv"
    tried = said(city.sanlian("taxonomy", "import-esco", str(file), "--dry-run"))
    assert "1 occupations with 3 names, 2 of them new names of ours dry run: nothing was kept" in tried
    assert not kept.exists()
    assert f"kept in {kept}" in said(city.sanlian("taxonomy", "import-esco", str(file)))
    before = kept.read_bytes()
    file.write_text(f"{HEADINGS}\n{ROW}\nSkill,x,,,\n", "utf-8")
    words = refused(city, "taxonomy", "import-esco", str(file))
    assert "Nothing was imported: occupations_en.csv: line 4: conceptType is 'Skill', not 'Occupation'" in words
    assert kept.read_bytes() == before


def test_a_word_is_taught_listed_and_taken_back(city: NodeProcess) -> None:
    assert said(city.sanlian("taxonomy", "synonym", "list")) == "this node was taught no words"
    taught = said(city.sanlian("taxonomy", "synonym", "add", "睇水佬", "security-guard", "--as", "officer"))
    id_ = taught.removeprefix("睇水佬 names security-guard: ").partition(";")[0]
    assert said(city.sanlian("taxonomy", "synonym", "list")).startswith(f"{id_} occupation 睇水佬 security-guard 20")
    again = refused(city, "taxonomy", "synonym", "add", "睇水佬", "cook", "--as", "officer")
    assert "This word names something already: it names Security guard (security-guard)" in again
    gone = said(city.sanlian("taxonomy", "synonym", "remove", id_, "--as", "officer"))
    assert gone.startswith("睇水佬 no longer names security-guard")
    assert "Not found" in refused(city, "taxonomy", "synonym", "remove", id_, "--as", "officer")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["睇水佬", "security-guard", "--as", "clerk"], "clerk may not teach words. It takes an officer"),
        (["睇水佬", "security-guard", "--as", "nobody"], "there is no such user"),
        (["睇水佬", "security-gard", "--as", "officer"], "nearest: security-guard"),
        (["", "security-guard", "--as", "officer"], "word: "),
        (["保\u200b安", "security-guard", "--as", "officer"], "word: character U+200B is not allowed"),
    ],
)
def test_what_cannot_be_taught_is_refused_with_the_way_out(city: NodeProcess, arguments: list[str], words: str) -> None:
    assert words in refused(city, "taxonomy", "synonym", "add", *arguments)
