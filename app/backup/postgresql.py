"""Backups of a PostgreSQL database: every table by COPY in one REPEATABLE READ snapshot.

Not pg_dump: it has to be of the server's version or newer, and is not on every machine that runs a node. The schema
comes from the migration chain at the backup's revision, the rows from COPY's text format, which every version reads.
What is restored is made in a schema of its own and changes places with the present tables in one transaction.
"""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import URL, Connection, inspect, text
from sqlalchemy.exc import DBAPIError, ProgrammingError, SQLAlchemyError

from app.backup.archive import ArchiveReader, ArchiveWriter, Progress, UnusableBackup
from app.backup.facts import NothingToBackUp, facts_of, read_facts
from app.backup.manifest import TABLES, Facts, Kind, Part
from app.backup.store import LEFT_FOR_S, InUse, name_aside
from app.kernel import migrate
from app.kernel.db import APPLICATION, Database, is_overload

_PLAIN = ("SET client_encoding TO 'UTF8'", "SET datestyle TO 'ISO, YMD'", "SET statement_timeout TO 0")
_ENDING_S = 2
_WORKING = "sanlian_working_"


class PostgresqlStore:
    """The database at `url`."""

    kind: Kind = "postgresql"

    def __init__(self, url: URL) -> None:
        self._url = url

    def dump(self, archive: ArchiveWriter, folder: Path, progress: Progress) -> Facts:  # noqa: ARG002  # no files
        with _opened(self._url) as database, database.snapshot() as session:
            connection = session.connection()
            for statement in _PLAIN:
                connection.execute(text(statement))
            facts = read_facts(connection)
            for number, (table, rows) in enumerate(facts.tables.items()):
                _copy_out(connection, archive, table, rows)
                progress(number + 1, len(facts.tables))
            return facts

    def prepare(self, archive: ArchiveReader, folder: Path, progress: Progress) -> "PreparedSchema":  # noqa: ARG002
        prepared = PreparedSchema(self._url, f"{_WORKING}{int(time.time())}_{secrets.token_hex(4)}")
        try:
            prepared.fill(archive, progress)
        except BaseException:
            prepared.discard()
            raise
        return prepared

    def present(self) -> Facts | None:
        try:
            with _opened(self._url) as database:
                return facts_of(database)
        except (SQLAlchemyError, NothingToBackUp):
            return None

    def refuse_in_use(self) -> None:
        others = text(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = :name AND pid <> pg_backend_pid()"
        )
        with _opened(self._url) as database, database.reader.connect() as connection:
            # The server takes a moment to notice that a connection has ended, our own of just before included.
            for _ in range(_ENDING_S * 10):
                if not connection.execute(others, {"name": APPLICATION}).scalar_one():
                    return
                connection.rollback()  # what it shows stands still within a transaction
                time.sleep(0.1)
        raise InUse("Another process of the node is connected to the database")


class PreparedSchema:
    """Tables in a schema of their own, in the database they are for."""

    def __init__(self, url: URL, name: str) -> None:
        self._url, self._name = url, name
        with _opened(url) as database, database.writer.begin() as connection:
            _sweep(connection)
            _create_schema(connection, name)
        self.database = _database(url, schema=name)

    def fill(self, archive: ArchiveReader, progress: Progress) -> None:
        """Make the tables at the backup's revision and load their rows; UnusableBackup if they do not take them."""
        manifest = archive.manifest
        migrate.upgrade(self.database, manifest.facts.revision)
        parts = {part.name.removeprefix(TABLES): part for part in manifest.parts if part.name.startswith(TABLES)}
        try:
            with self.database.writer.begin() as connection:
                for statement in _PLAIN:
                    connection.execute(text(statement))
                sorted_names = inspect(connection).get_sorted_table_and_fkc_names()
                order = [name for name, _ in sorted_names if name and name != migrate.VERSION_TABLE]
                if set(order) != set(parts):
                    strange = ", ".join(sorted(set(order) ^ set(parts)))
                    raise UnusableBackup(
                        f"{archive.path} has other tables than revision {manifest.facts.revision}: {strange}"
                        " (the node's schema has to be its own)"
                    )
                connection.execute(text(f"TRUNCATE {', '.join(map(_quoted(connection), order))}"))
                for number, table in enumerate(order):
                    _copy_in(connection, archive, table, parts[table])
                    progress(number + 1, len(order))
        except (DBAPIError, psycopg.DataError, psycopg.IntegrityError) as error:
            raise UnusableBackup(f"{archive.path} does not load ({type(error).__name__})") from None

    def discard(self) -> None:
        self.database.dispose()
        with _opened(self._url) as database, database.writer.begin() as connection:
            connection.execute(text(f"DROP SCHEMA IF EXISTS {self._name} CASCADE"))

    def take_place(self, stamp: str) -> str | None:
        self.database.dispose()
        aside = name_aside(stamp)
        try:
            with _opened(self._url) as database, database.writer.begin() as connection:
                home = connection.execute(text("SELECT current_schema()")).scalar() or "public"
                restored = _tables(connection, self._name)
                present = [table for table in _tables(connection, home) if table in restored]  # others' tables stay
                if present:
                    _create_schema(connection, aside)
                    _move(connection, present, home, aside)
                _move(connection, restored, self._name, home)
        except SQLAlchemyError as error:
            if not is_overload(error):
                raise
            raise InUse("Another program, perhaps a dump, holds a table of the database") from None
        return f"schema {aside}" if present else None


@contextmanager
def _opened(url: URL) -> Iterator[Database]:
    database = _database(url)
    try:
        yield database
    finally:
        database.dispose()


def _database(url: URL, schema: str | None = None) -> Database:
    return Database(url.render_as_string(hide_password=False), pool_size=2, schema=schema)


def _create_schema(connection: Connection, name: str) -> None:
    try:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    except ProgrammingError as error:
        if not isinstance(error.orig, psycopg.errors.InsufficientPrivilege):
            raise
        raise UnusableBackup(
            "the node's account may not make a schema, which a restore and the trial of a backup need:"
            " GRANT CREATE ON DATABASE … TO …"
        ) from None


def _quoted(connection: Connection) -> Any:
    return connection.dialect.identifier_preparer.quote


def _copy_out(connection: Connection, archive: ArchiveWriter, table: str, rows: int) -> None:
    columns = [column["name"] for column in inspect(connection).get_columns(table)]
    statement = sql.SQL("COPY {} ({}) TO STDOUT").format(sql.Identifier(table), _list(columns))
    # The columns are named in the part itself: their order is nobody's promise.
    driver: Any = connection.connection.driver_connection
    with archive.part(TABLES + table) as part, driver.cursor() as cursor:
        part.write(("\t".join(columns) + "\n").encode())
        with cursor.copy(statement) as copy:
            for block in copy:
                part.write(bytes(block))
        if cursor.rowcount != rows:
            raise RuntimeError(f"{table}: {cursor.rowcount} rows copied, {rows} counted in the same snapshot")


def _copy_in(connection: Connection, archive: ArchiveReader, table: str, part: Part) -> None:
    driver: Any = connection.connection.driver_connection
    pieces = archive.read(part)
    first, _, rest = next(pieces, b"").partition(b"\n")
    columns = first.decode().split("\t")
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), _list(columns))
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(rest)
        for piece in pieces:
            copy.write(piece)


def _list(columns: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _tables(connection: Connection, schema: str) -> list[str]:
    return sorted(inspect(connection).get_table_names(schema))


def _sweep(connection: Connection) -> None:
    """Drop what processes that were killed left a day ago or longer; its name says when it was made."""
    for name in inspect(connection).get_schema_names():
        made = name.removeprefix(_WORKING).partition("_")[0]
        if name.startswith(_WORKING) and made.isdigit() and time.time() - int(made) > LEFT_FOR_S:
            connection.execute(text(f"DROP SCHEMA {_quoted(connection)(name)} CASCADE"))


def _move(connection: Connection, tables: list[str], source: str, target: str) -> None:
    quoted = _quoted(connection)
    for table in tables:
        connection.execute(text(f"ALTER TABLE {quoted(source)}.{quoted(table)} SET SCHEMA {quoted(target)}"))
