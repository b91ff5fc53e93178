"""Many rows at once into a table: written anew where their key is not there, else over what is.

PostgreSQL takes many by COPY into a table of the connection's own and moves them from there in one statement, several
times as fast as one INSERT each. While it moves some hundreds, the next are made here: rows may come from a generator.
SQLite has no round trip to save: there one statement is run for each row.
"""

from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from itertools import chain, islice
from typing import Any

from sqlalchemy import Connection, Executable, Table, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session

MANY = 50  # from here on COPY is worth its statements
AT_ONCE = 250  # rows in one COPY
Row = dict[str, Any]


def upsert(session: Session, table: Table, rows: Iterable[Row], least: Collection[str] = ()) -> None:
    """Write `rows`, which have every column of `table` and each key once; of columns in `least` the lesser value stays.

    Fewer than `MANY` may all leave out the same columns, which stay as they are where the row is there already.
    What the session holds of these rows is not refreshed: this is for tables that are only written this way.
    """
    connection, rest = session.connection(), iter(rows)
    is_postgresql = connection.dialect.name == "postgresql"
    first = list(islice(rest, MANY)) if is_postgresql else list(rest)
    if not first:
        return
    if is_postgresql and len(first) == MANY:
        _copy(connection, table, chain(first, rest), frozenset(least))
        return
    connection.execute(_written_over(table, is_postgresql, tuple(first[0]), frozenset(least)), first)


@cache
def _written_over(table: Table, is_postgresql: bool, names: tuple[str, ...], least: frozenset[str]) -> Executable:
    """The statement that writes rows of these columns; there are some dozens, and they are run all the time."""
    make, lesser = (postgresql.insert, func.least) if is_postgresql else (sqlite.insert, func.min)
    statement = make(table)
    keys = [column.name for column in table.primary_key]
    changed: Row = {name: statement.excluded[name] for name in names if name not in keys}
    changed |= {name: lesser(table.c[name], statement.excluded[name]) for name in sorted(least)}
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)


def _copy(connection: Connection, table: Table, rows: Iterator[Row], least: frozenset[str]) -> None:
    create, copy, move = _statements(table, least)
    bound = _bound(table, connection.dialect)
    driver: Any = connection.connection.driver_connection
    moving: Future[None] | None = None
    # The connection is this thread's or the other's, never both's: it is waited for before it is used again.
    with driver.cursor() as cursor, ThreadPoolExecutor(1, "move") as beside:
        cursor.execute(create)
        while some := list(islice(rows, AT_ONCE)):
            if moving is not None:
                moving.result()
            with cursor.copy(copy) as target:
                for row in some:
                    target.write_row([row[name] if bind is None else bind(row[name]) for name, bind in bound])
            moving = beside.submit(cursor.execute, move)
        if moving is not None:
            moving.result()


@cache
def _bound(table: Table, dialect: Dialect) -> list[tuple[str, Any]]:
    """Each column's name, with what makes the driver's value of ours (None: it is the same)."""
    return [(c.name, c.type.dialect_impl(dialect).bind_processor(dialect)) for c in table.columns]


@cache
def _statements(table: Table, least: frozenset[str]) -> tuple[str, str, str]:
    """The statements, of names that are all our own: make the table between, COPY, move.

    What was moved is deleted and not truncated, which would write in the catalogue each time.
    """
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
        f"WITH moved AS (DELETE FROM {between} RETURNING {names}) "
        f"INSERT INTO {table.name} ({names}) SELECT {names} FROM moved "
        f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changed}",
    )
