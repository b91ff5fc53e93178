"""The database floor: pragmas, readers that cannot write, transactions that are all or nothing."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.kernel import migrate
from app.kernel.db import SQLITE_PRAGMAS, Database, PragmaMismatch, set_pragmas


def test_every_sqlite_connection_answers_the_pragmas(sqlite_url: str) -> None:
    database = Database(sqlite_url, pool_size=3)
    for engine, query_only in ((database.reader, 1), (database.writer, 0)):
        connections = [engine.connect() for _ in range(3 if query_only else 1)]
        for connection in connections:
            for name, wanted in {**SQLITE_PRAGMAS, "query_only": query_only}.items():
                assert connection.exec_driver_sql(f"PRAGMA {name}").scalar() == wanted
            connection.close()
    database.dispose()


def test_a_connection_that_takes_no_wal_is_refused() -> None:
    import sqlite3

    connection = sqlite3.connect(":memory:")
    with pytest.raises(PragmaMismatch):
        set_pragmas(connection, query_only=False)
    connection.close()


def test_a_reader_cannot_write_on_sqlite(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with database.read() as session, pytest.raises(SQLAlchemyError, match="readonly"):
        session.execute(text("DELETE FROM idempotent_answer"))
    database.dispose()


def test_an_error_inside_a_write_leaves_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError), database.write() as session:
        session.execute(text("CREATE TABLE scratch (n INTEGER)"))
        session.execute(text("INSERT INTO scratch VALUES (1)"))
        raise RuntimeError
    with database.read() as session, pytest.raises(SQLAlchemyError):
        session.execute(text("SELECT n FROM scratch"))


def test_the_migrated_schema_is_what_the_models_say(database: Database) -> None:
    assert migrate.differences(database) == []
    assert migrate.current(database) == migrate.newest(database)
