"""`sanlian regions import` from CSV files into a node's database, through the verb itself."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli.console import Refusal
from app.cli.regions import app
from app.kernel.db import Database
from app.regions.service import load

FILES = {
    "cities": 'code,name,provinceCode\n4403,"深圳市",44\n',
    "areas": 'code,name,cityCode,provinceCode\n440303,"罗湖区",4403,44\n',
    "streets": 'code,name,areaCode,provinceCode,cityCode\n440303001,"桂园街道",440303,44,4403\n',
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "divisions"
    made.mkdir()
    for name, text in FILES.items():
        (made / f"{name}.csv").write_text(text, encoding="utf-8")
    return made


@pytest.fixture(autouse=True)
def node(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["import", *map(str, arguments)])


def knows(database: Database, code: str) -> bool:
    with database.read() as session:
        return code in load(session)


def test_a_city_is_imported_and_counted(database: Database, folder: Path) -> None:
    result = run(folder, "--city", "4403")
    assert result.exit_code == 0, result.output
    assert "深圳市: 1 districts, 1 streets and towns, 0 communities" in result.output
    assert "3 new, 0 changed, 0 unchanged, 0 removed" in result.output
    assert "restart" in result.output
    assert knows(database, "440303001")


def test_a_second_import_of_the_same_files_finds_nothing_new(database: Database, folder: Path) -> None:
    run(folder, "--city", "4403")
    result = run(folder / "cities.csv", folder / "areas.csv", folder / "streets.csv", "--city", "440300")
    assert "0 new, 0 changed, 3 unchanged, 0 removed" in result.output
    assert knows(database, "440303001")


def test_a_dry_run_compares_and_writes_nothing(database: Database, folder: Path) -> None:
    result = run(folder, "--city", "4403", "--dry-run")
    assert result.exit_code == 0, result.output
    assert "3 new" in result.output
    assert "nothing was written" in result.output
    assert not knows(database, "440303001")


def test_a_broken_file_imports_nothing_and_names_every_line(database: Database, folder: Path) -> None:
    with (folder / "streets.csv").open("a", encoding="utf-8") as file:
        file.write('44030300,"短",440303,44,4403\n')
    result = run(folder, "--city", "4403")
    assert isinstance(result.exception, Refusal)
    assert "streets.csv:3" in result.exception.way_out
    assert not knows(database, "440303001")


@pytest.mark.parametrize("city", ["深圳", "44", "440303"])
def test_what_is_no_city_code_is_refused(folder: Path, city: str) -> None:
    result = run(folder, "--city", city)
    assert isinstance(result.exception, Refusal)
    assert "no city code" in result.exception.what
