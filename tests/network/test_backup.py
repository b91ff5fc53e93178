"""A node is backed up while clerks write to it, and serves again from that file: real processes, both databases."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.kernel.db import Database
from tests.durability.clerks import Answer, Clerk
from tests.network.office import Office
from tests.network.processes import NodeProcess, refused, said, wait_until

CLERKS = 4


@pytest.fixture(params=["sqlite", "postgresql"])
def node(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NodeProcess]:
    """A city that is set up and serves; the test runs once on each kind of database."""
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgresql_url")
    found = NodeProcess(tmp_path / "guangzhou", "guangzhou", "广州市", "city", "440100", url)
    found.init()
    yield found
    found.stop()


def ask(node: NodeProcess, question: str) -> list[tuple[Any, ...]]:
    """The answer of the node's database to a question."""
    database = Database(node.settings.effective_database_url)
    with database.reader.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(question))]
    database.dispose()
    return found


def test_a_backup_under_four_writers_is_one_moment_with_all_that_was_acknowledged_before(node: NodeProcess) -> None:
    office = Office(node.start().url, node.add_staff("admin"))
    token = office.client.headers["Authorization"].removeprefix("Bearer ")
    clerks = [Clerk(number, node.url, token, office.vacancy()) for number in range(CLERKS)]
    stopping = threading.Event()
    threads = [threading.Thread(target=clerk.work, args=(stopping,)) for clerk in clerks]
    for thread in threads:
        thread.start()

    def answers() -> list[Answer]:
        return [write.answer for clerk in clerks for write in list(clerk.writes) if write.answer]

    wait_until(lambda: len(answers()) >= 4 * CLERKS, 60)
    acknowledged = answers()
    done = node.sanlian("backup", "--out", str(node.folder / "a.sanlian-backup"))
    assert "restored on trial" in said(done)
    assert "register of persons in the clear" in said(done)
    stopping.set()
    for thread in threads:
        thread.join()
    written = sum(len(clerk.writes) for clerk in clerks)
    assert written > len(acknowledged), "nobody wrote while the backup was made"
    office.close()
    node.stop()
    assert "restored guangzhou" in said(node.sanlian("restore", str(node.folder / "a.sanlian-backup")))
    versions: dict[str, int] = dict(
        ask(node, "SELECT id, version FROM job_seeker UNION ALL SELECT id, version FROM vacancy")
    )
    for rid, version, _ in acknowledged:
        assert versions[rid] >= version
    assert len(versions) <= written
    check_is_one_moment(node)
    node.start()
    assert node.listed() == ask(node, "SELECT count(*) FROM vacancy WHERE state = 'open'")[0][0]
    again = Office(node.url, node.add_staff("later"))
    again.open_vacancy()
    again.close()
    check_is_one_moment(node)


def check_is_one_moment(node: NodeProcess) -> None:
    """What one transaction wrote in several tables is there whole or not at all."""
    assert ask(node, "SELECT max(seq) FROM sync_record") == ask(node, "SELECT head FROM sync_head")
    assert ask(node, "SELECT max(seq) FROM sync_mark") == ask(node, "SELECT head FROM sync_head")
    open_ones = ask(node, "SELECT id FROM vacancy WHERE state = 'open' ORDER BY id")
    assert ask(node, "SELECT rid FROM sync_record WHERE kind = 'listing' AND op = 'P' ORDER BY rid") == open_ones
    assert ask(node, "SELECT rid FROM listing ORDER BY rid") == open_ones
    logged = "(SELECT max(version) FROM vacancy_log WHERE vacancy_id = vacancy.id)"
    assert ask(node, f"SELECT count(*) FROM vacancy WHERE version <> {logged}") == [(0,)]
    unkept = "SELECT count(*) FROM idempotent_answer WHERE status IS NULL"
    assert ask(node, unkept) == [(0,)]


def test_the_verbs_say_what_is_wrong_and_what_would_happen(node: NodeProcess) -> None:
    node.start()
    file = node.folder / "backups" / "first.sanlian-backup"
    node.sanlian("backup", "--keep", "1")
    made = next((node.folder / "backups").iterdir())
    made.rename(file)
    assert "is there already" in refused(node, "backup", "--out", str(file))
    assert "nothing was changed (--dry-run)" in said(node.sanlian("restore", "--dry-run", str(file)))
    assert "served already" in refused(node, "restore", str(file))
    damaged = node.folder / "damaged.sanlian-backup"
    damaged.write_bytes(file.read_bytes()[:-1] + b"x")
    assert "is damaged" in refused(node, "restore", "--dry-run", str(damaged))
    assert "cannot be read" in refused(node, "restore", str(node.folder / "nowhere"))
    elsewhere = node.sanlian("restore", str(file), check=False, SANLIAN_DIR=str(node.folder / "elsewhere"))
    if "DATABASE_URL" in node.env:
        # Another folder on the same database: the folder's lock does not say that it is at work, the server does.
        assert elsewhere.returncode == 1
        assert "is connected to the database" in said(elsewhere)
    else:
        assert elsewhere.returncode == 0
        assert "next: put the node's key back" in said(elsewhere)
        with closing(sqlite3.connect(node.folder / "elsewhere" / "sanlian.db")) as connection:
            assert connection.execute("SELECT node FROM sync_meta").fetchone() == ("guangzhou",)
