"""`sanlian match` as somebody types it: the file, what was interrupted, what is refused and how, the report."""

import csv
import getpass
import json
import os
import re
import shutil
import stat
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.cli.matching.asking import whoever_types
from app.kernel import migrate
from app.kernel.clock import SystemClock
from app.kernel.db import Database
from app.matching.batch import parts
from app.matching.batch.job import Job
from app.matching.batch.run import Batch
from tests.fakes import FakeClock
from tests.network.office import look
from tests.network.verbs import VERBS
from tests.service import seekers
from tests.service.market import make_market, regions, taxonomy

PERSONS = 24


@dataclass
class Terminal:
    """A terminal at a node that is set up and not served."""

    folder: Path
    out: Path

    def run(self, *arguments: object, code: int = 0, **env: str) -> str:
        """What `sanlian match ARGUMENTS` says, on one line; it ends with `code`, and never with a traceback."""
        environment = {**os.environ, "SANLIAN_DIR": str(self.folder), "COLUMNS": "120", **env}
        environment.pop("DATABASE_URL", None)
        done = VERBS.run(["match", *map(str, arguments)], environment)
        text = done.stdout + done.stderr
        assert "Traceback" not in text, text
        assert done.returncode == code, text
        return " ".join(text.split())

    def batch(self, *arguments: object, code: int = 0) -> str:
        return self.run("batch", "--out", self.out, "--workers", 1, *arguments, code=code)

    def rows(self) -> list[dict[str, str]]:
        with self.out.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def trail(self) -> list[tuple[str, ...]]:
        wanted = "SELECT action, purpose, actor_id, office_id FROM person_access WHERE person_id = '*'"
        return look(self.folder, wanted)


@pytest.fixture(scope="module")
def filled_node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a node with persons and posts, made on today's clock."""
    folder = tmp_path_factory.mktemp("match") / "node"
    folder.mkdir()
    database = Database(f"sqlite:///{folder / 'sanlian.db'}")
    migrate.upgrade(database)
    market = make_market(database, FakeClock(SystemClock().now()), folder / "keys")
    seekers.open_posts(market, 10)
    for number in range(PERSONS):
        seekers.register(market, number, market.stranger if number % 4 == 3 else market.officer)
    with database.writer.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
    database.dispose()
    return folder


@pytest.fixture
def terminal(filled_node: Path, tmp_path: Path) -> Terminal:
    return Terminal(shutil.copytree(filled_node, tmp_path / "node"), tmp_path / "matches.csv")


def test_a_batch_writes_everybodys_matches_and_cleans_up_after_itself(terminal: Terminal) -> None:
    said = terminal.batch("--limit", 3)
    rows = terminal.rows()
    assert f"{PERSONS} persons, {len({row['seeker_id'] for row in rows})} with matches, {len(rows)} rows" in said
    assert list(rows[0]) == ["seeker_id", "rank", "listing_id", "origin", "total", "score_table", "generated"]
    assert max(int(row["rank"]) for row in rows) == 3
    assert stat.S_IMODE(terminal.out.stat().st_mode) == 0o600
    assert {one.name for one in terminal.out.parent.iterdir()} == {"node", "matches.csv"}
    assert terminal.trail() == [("read", "match-batch", f"terminal:{getpass.getuser()}", "*")]


def test_an_interrupted_batch_is_carried_on_by_the_same_command_only(terminal: Terminal) -> None:
    terminal.batch()
    whole = terminal.out.read_bytes()
    begin(terminal)
    assert "is another one: depth 10, now 4" in terminal.batch("--limit", 4, code=1)
    assert "carrying on the run of" in terminal.batch()
    assert terminal.out.read_bytes() == whole
    begin(terminal)
    assert "carrying on" not in terminal.batch("--limit", 4, "--restart")
    assert max(int(row["rank"]) for row in terminal.rows()) == 4


def begin(terminal: Terminal) -> None:
    """Leave a run behind that began and computed nothing."""
    database, clock = Database(f"sqlite:///{terminal.folder / 'sanlian.db'}"), SystemClock()
    folder = terminal.out.with_name("matches.csv.parts")
    with parts.occupied(folder):
        Batch(database, whoever_types(""), clock, regions(), taxonomy()).begin(folder, Job(clock.today(), 10))
    database.dispose()


@pytest.mark.slow
def test_what_is_finished_is_kept_where_workers_fail(terminal: Terminal) -> None:
    said = terminal.run("batch", "--out", terminal.out, "--scheduler", "tcp://127.0.0.1:9", code=1)
    assert "The workers failed" in said
    assert "the same command carries on" in said
    assert not terminal.out.exists()
    assert "carrying on the run of" in terminal.batch()


def test_a_run_that_was_damaged_asks_for_a_restart(terminal: Terminal) -> None:
    begin(terminal)
    (terminal.out.with_name("matches.csv.parts") / "manifest.json").write_text("{", encoding="utf-8")
    said = terminal.batch(code=1)
    assert "cannot be used" in said
    assert "--restart" in said
    terminal.batch("--restart")


def test_people_are_spread_over_seats(terminal: Terminal) -> None:
    terminal.batch("--spread", "--limit", 1, "--per-seat", 1)
    rows = terminal.rows()
    assert rows
    assert {row["rank"] for row in rows} == {"1"}
    seats = dict(look(terminal.folder, "SELECT id, seats FROM vacancy"))
    assert all(persons <= seats[id_] for id_, persons in Counter(row["listing_id"] for row in rows).items())


def test_filters_take_the_words_that_people_use(terminal: Terminal) -> None:
    terminal.batch("--place", "越秀区", "--occupation", "保洁员", "--shift", "day", "--since", "2026-01-01")
    narrowed = {row["listing_id"] for row in terminal.rows()}
    assert narrowed
    terminal.batch("--limit", 200)
    assert narrowed < {row["listing_id"] for row in terminal.rows()}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--place", "440107"], ["--place", "440106"]),
        (["--occupation", "xyzzy"], ["--occupation"]),
        (["--office", "nowhere"], ["--office: no office is 'nowhere'", "440104003", "440104001"]),
        (["--scheduler", "tcp://127.0.0.1:9"], ["--workers and --scheduler exclude each other"]),
    ],
    ids=["place", "occupation", "office", "both"],
)
def test_what_is_not_known_is_refused_by_name_with_what_is(
    terminal: Terminal, arguments: list[str], words: list[str]
) -> None:
    said = terminal.batch(*arguments, code=1)
    for word in words:
        assert word in said
    assert {one.name for one in terminal.out.parent.iterdir()} == {"node"}


@pytest.mark.parametrize(
    ("out", "words"),
    [("matches.xlsx", "ends in neither .csv nor .parquet"), ("nowhere/matches.csv", "there is no folder")],
)
def test_a_file_that_cannot_be_written_is_refused_before_anything_is_read(
    terminal: Terminal, out: str, words: str
) -> None:
    assert words in terminal.run("batch", "--out", terminal.out.parent / out, code=1)
    assert terminal.trail() == []


def test_a_folder_without_a_node_is_named(terminal: Terminal, tmp_path: Path) -> None:
    said = terminal.run("batch", "--out", terminal.out, code=1, SANLIAN_DIR=str(tmp_path / "none"))
    assert "There is no node" in said


def test_the_report_compares_groups_and_shows_no_small_cell(terminal: Terminal) -> None:
    out = terminal.out.with_name("exposure.json")
    said = terminal.run("audit", "--workers", 1, "--out", out)
    assert re.search(r"everybody\W+all\W+24\b", said)
    report = json.loads(out.read_text("utf-8"))
    assert (report["least_cell"], report["limit"], report["good_band"]) == (10, 10, 30)
    by_sex = {line["group"]: line["persons"] for line in report["lines"] if line["dimension"] == "sex"}
    assert by_sex == {"female": 12, "male": 12}
    for line in report["lines"]:
        assert line["persons"] is None or line["persons"] >= 10
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-|990104", said + out.read_text("utf-8"))
    assert terminal.trail() == [("read", "match-audit", f"terminal:{getpass.getuser()}", "*")]


def test_the_report_is_written_as_csv_too(terminal: Terminal) -> None:
    out = terminal.out.with_name("exposure.csv")
    terminal.run("audit", "--workers", 1, "--out", out, "--office", "440104003")
    with out.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert (lines[0]["dimension"], lines[0]["persons"]) == ("everybody", "18")
    assert {line["persons"] for line in lines if line["dimension"] == "sex"} == {""}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--least", "9"], "10"), (["--out", "exposure.txt"], "ends in neither .csv nor .json")],
)
def test_a_report_that_would_tell_too_much_or_cannot_be_written_is_refused(
    terminal: Terminal, arguments: list[str], words: str
) -> None:
    assert words in terminal.run("audit", *arguments, code=2 if arguments[0] == "--least" else 1)


@pytest.mark.parametrize("verb", ["batch", "audit"])
def test_help_says_what_the_file_holds_and_where_to_read_on(terminal: Terminal, verb: str) -> None:
    said = terminal.run(verb, "--help")
    assert "docs/batch.md" in said
    assert "audit trail" in said
