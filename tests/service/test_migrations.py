"""Migrations on databases with rows in them: nothing is lost, and what is broken is not made official."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.engine import URL

from app.kernel import migrate
from app.kernel.db import Database
from tests.postgresql import administer

ROWS = """
INSERT INTO office VALUES ('o', '440100', '示例', 'city', '2026-11-23');
INSERT INTO employer (id, office_id, name, sanctioned, version, created_at, updated_at)
VALUES ('e', 'o', '虚构示例', false, 1, '2026-11-23', '2026-11-23');
INSERT INTO vacancy (id, office_id, employer_id, entered_sha256, state, title, content, seats, referral_quota,
  referred_count, hired_count, is_published, created_at, updated_at, version)
VALUES ('v', 'o', 'e', '', 'draft', '保洁员', '{}', 2, 10, 0, 0, false, '2026-11-23', '2026-11-23', 1),
       ('w', 'o', 'e', '', 'draft', '保洁员', '{}', 2, 7, 0, 0, false, '2026-11-23', '2026-11-23', 1);
INSERT INTO vacancy_log (vacancy_id, version, verb, to_state, at, reason, article, fields)
VALUES ('v', 1, 'create', 'draft', '2026-11-23', '', '', '[]')
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def first(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database at the first revision, with a vacancy that others refer to."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'first.db'}")
        end: Callable[[], None] = database.dispose
    else:
        server: URL = request.getfixturevalue("postgresql_server")
        administer(server, "CREATE DATABASE first")
        database = Database(server.set(database="first").render_as_string(hide_password=False))

        def end() -> None:
            database.dispose()
            administer(server, "DROP DATABASE first WITH (FORCE)")

    migrate.upgrade(database, "0001")
    with database.write() as session:
        for statement in ROWS.split(";"):
            session.execute(text(statement))
    yield database
    end()


def test_the_files_of_the_chain_are_numbered_as_the_chain_is_linked(first: Database) -> None:
    chain = ScriptDirectory.from_config(migrate._config(first))
    assert migrate.newest() == chain.get_current_head()
    assert len(chain.get_heads()) == 1


def test_a_database_in_use_is_brought_to_the_newest_schema_and_keeps_its_rows(first: Database) -> None:
    migrate.upgrade(first)
    assert migrate.differences(first) == []
    with first.read() as session:
        assert session.execute(text("SELECT id, is_quota_set FROM vacancy ORDER BY id")).all() == [
            ("v", False),
            ("w", True),
        ]
        assert session.execute(text("SELECT count(*) FROM vacancy_log")).scalar() == 1


@pytest.mark.parametrize("first", ["sqlite"], indirect=True)
def test_a_migrated_sqlite_database_heeds_foreign_keys_again(first: Database) -> None:
    migrate.upgrade(first)
    with first.writer.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_migration_that_would_leave_broken_references_is_rolled_back(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'broken.db'}")
    migrate.upgrade(database, "0001")
    with database.writer.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA foreign_keys = OFF")
        driver.execute(ROWS.rpartition(";")[2].strip())
        driver.execute("PRAGMA foreign_keys = ON")
    with pytest.raises(RuntimeError, match="rows of vacancy_log refer to rows of vacancy that are not there"):
        migrate.upgrade(database)
    assert migrate.current(database) == "0001"
    database.dispose()
