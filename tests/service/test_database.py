"""The database floor: pragmas, readers that cannot write, transactions that are all or nothing."""

from collections.abc import Callable
from typing import cast

import psycopg
import pytest
from sqlalchemy import literal, select, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from app.kernel import migrate
from app.kernel.db import (
    SQLITE_PRAGMAS,
    Database,
    PragmaMismatch,
    is_collision,
    is_full,
    is_overload,
    set_pragmas,
)
from app.kernel.keys import among
from app.vacancies.models import Listing


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
    assert migrate.current(database) == migrate.newest()


def psycopg_error(sqlstate: str) -> DBAPIError:
    """An error as a PostgreSQL in Chinese says it."""
    original = psycopg.errors.lookup(sqlstate)("错误:  由服务器给出的说明")
    return cast(DBAPIError, DBAPIError.instance("SELECT 1", {}, original, psycopg.Error))


@pytest.mark.parametrize(
    ("sqlstate", "found"),
    [
        ("55P03", is_overload),
        ("57014", is_overload),
        ("53300", is_overload),
        ("53100", is_full),
        ("23505", is_collision),
        ("40001", is_collision),
        ("40P01", is_collision),
        ("23503", None),
    ],
)
def test_what_postgresql_refuses_is_known_by_its_state_in_any_language(
    sqlstate: str, found: Callable[[SQLAlchemyError], bool] | None
) -> None:
    error = psycopg_error(sqlstate)
    for ask in (is_overload, is_full, is_collision):
        assert ask(error) is (ask is found)


def test_a_lock_that_is_not_to_be_had_is_an_overload(database: Database) -> None:
    other = Database(database.url.render_as_string(hide_password=False))
    update = text("UPDATE schema_lock SET n = 1")
    with database.write() as session:
        session.execute(text("CREATE TABLE schema_lock (n INTEGER)"))
        session.execute(text("INSERT INTO schema_lock VALUES (0)"))
    with database.write() as session:
        session.execute(update)
        with pytest.raises(SQLAlchemyError) as refused, other.write() as late:
            if not database.is_sqlite:
                late.execute(text("SET lock_timeout = 50"))
            late.execute(update)
    assert is_overload(refused.value)
    other.dispose()


def test_sqlite_finds_rows_by_their_keys_without_reading_the_table(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    keys = [("gz", "one"), ("gz", "two"), ("yuexiu", "one")]
    wanted = select(Listing.body).where(among((Listing.origin, Listing.rid), keys))
    statement = wanted.compile(database.reader, compile_kwargs={"literal_binds": True})
    with database.read() as session:
        plan = session.execute(text(f"EXPLAIN QUERY PLAN {statement}")).all()
    assert any("(origin=? AND rid=?)" in row[3] for row in plan), plan
    assert not any(row[3].startswith("SCAN listing") for row in plan), plan
    database.dispose()


def test_only_the_keys_that_were_asked_for_are_found(database: Database) -> None:
    crossed = select(literal("a").label("one"), literal("y").label("other")).subquery()
    half, whole = [("a", "x"), ("b", "y")], [("a", "y")]
    for keys, found in ((half, []), (whole, whole)):
        with database.read() as session:
            rows = session.execute(select(crossed).where(among((crossed.c.one, crossed.c.other), keys))).all()
        assert [tuple(row) for row in rows] == found


def test_a_snapshot_holds_no_connection_before_its_first_statement_and_then_sees_one_state(database: Database) -> None:
    with database.writer.begin() as connection:
        connection.execute(text("CREATE TABLE counted (n INTEGER)"))
    count = text("SELECT count(*) FROM counted")
    held = database.reader.pool.checkedout  # type: ignore[attr-defined]  # every pool of ours counts
    with database.snapshot() as session:
        assert held() == 0
        assert session.execute(count).scalar_one() == 0
        assert held() == 1
        with database.write() as writing:
            writing.execute(text("INSERT INTO counted VALUES (1)"))
        assert session.execute(count).scalar_one() == 0
    with database.snapshot() as session:
        assert session.execute(count).scalar_one() == 1
    with database.read() as session:
        session.execute(count)
        with database.write() as writing:
            writing.execute(text("INSERT INTO counted VALUES (2)"))
        assert session.execute(count).scalar_one() == (1 if database.is_sqlite else 2)
