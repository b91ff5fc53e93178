"""Many rows at once into a table: written anew where their key is not there, else over what is.

PostgreSQL takes many by COPY into a table of the connection's own and moves them from there in one statement, several
times as fast as one INSERT each. SQLite has no round trip to save: there one statement is run for each row.
"""

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session

MANY = 50  # from here on COPY is worth its three statements


def upsert(session: Session, table: Table, rows: Sequence[dict[str, Any]], least: Collection[str] = ()) -> None:
    """Write `rows`, which have every column of `table` and each key once; of columns in `least` the lesser value stays.

    What the session holds of these rows is not refreshed: this is for tables that are only written this way.
    """
    if not rows:
        return
    connection = session.connection()
    if connection.dialect.name == "postgresql" and len(rows) >= MANY:
        _copy(connection, table, rows, frozenset(least))
        return
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    lesser = func.least if connection.dialect.name == "postgresql" else func.min
    statement = make(table)
    keys = [column.name for column in table.primary_key]
    changed: dict[str, Any] = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
    changed |= {name: lesser(table.c[name], statement.excluded[name]) for name in least}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), list(rows))


def _copy(connection: Connection, table: Table, rows: Sequence[dict[str, Any]], least: frozenset[str]) -> None:
    create, copy, move, clear = _statements(table, least)
    bound = _bound(table, connection.dialect)
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor:
        cursor.execute(create)
        with cursor.copy(copy) as target:
            for row in rows:
                target.write_row([row[name] if bind is None else bind(row[name]) for name, bind in bound])
        cursor.execute(move)
        cursor.execute(clear)


@cache
def _bound(table: Table, dialect: Dialect) -> list[tuple[str, Any]]:
    """Each column's name, with what makes the driver's value of ours (None: it is the same)."""
    return [(c.name, c.type.dialect_impl(dialect).bind_processor(dialect)) for c in table.columns]


@cache
def _statements(table: Table, least: frozenset[str]) -> tuple[str, str, str, str]:
    """The statements, of names that are all our own: make the table between, COPY, move, clear."""
    keys = [column.name for column in table.primary_key]
    names = ", ".join(column.name for column in table.columns)
    changed = ", ".join(
        f"{name} = least({table.name}.{name}, excluded.{name})" if name in least else f"{name} = excluded.{name}"
        for name in (column.name for column in table.columns)
        if name not in keys
    )
    between = f"pg_temp.many_{table.name}"
    return (
        f"CREATE TEMP TABLE IF NOT EXISTS many_{table.name} (LIKE {table.name}) ON COMMIT DELETE ROWS",
        f"COPY {between} ({names}) FROM STDIN",
        f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {between} "
        f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changed}",
        f"TRUNCATE {between}",
    )
