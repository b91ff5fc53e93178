"""The database of one node: engines, sessions and the base of every table.

SQLite has two engines, readers and one writer, because it has one writer anyway: its sessions begin with BEGIN
IMMEDIATE, so that a transaction that will write never has to upgrade a read lock. PostgreSQL uses one engine for both.
Nothing here knows FastAPI; who commits is decided at the edge (docs/adr/0003).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_TIMEOUT_MS = 5000
APPLICATION = "sanlian"  # what our connections call themselves to PostgreSQL
# What every SQLite connection must answer. FULL: an acknowledged write survives a power cut; NORMAL loses some.
SQLITE_PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "busy_timeout": BUSY_TIMEOUT_MS,
    "secure_delete": 1,
}


class Base(DeclarativeBase):
    """The base of every table; the naming convention lets migrations drop any constraint by name."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class PragmaMismatch(RuntimeError):
    """An SQLite connection that did not take a pragma: writing through it could lose acknowledged data."""


class Database:
    """Sessions on one database. `write()` commits when its block ends without an error, else it rolls back.

    `schema` is where its tables are on PostgreSQL, unless that is the account's own.
    """

    def __init__(self, url: str, *, pool_size: int = 10, schema: str | None = None) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            if self.url.database:
                Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
            self.writer = _sqlite_engine(url, pool_size=1, query_only=False)
            self.reader = _sqlite_engine(url, pool_size=pool_size, query_only=True)
        else:
            options = f"-c lock_timeout={BUSY_TIMEOUT_MS} -c timezone=UTC"
            self.writer = self.reader = create_engine(
                url,
                pool_size=pool_size,
                max_overflow=0,
                pool_timeout=BUSY_TIMEOUT_MS / 1000,
                pool_pre_ping=True,
                hide_parameters=True,
                isolation_level="READ COMMITTED",
                connect_args={
                    "options": f"{options} -c search_path={schema}" if schema else options,
                    "application_name": APPLICATION,
                },
            )
        self.read_sessions = sessionmaker(self.reader, expire_on_commit=False, autoflush=False)
        # On SQLite a transaction is one snapshot anyway. Set on the engine, so that a session has no connection before
        # its first statement: a request that holds one while it waits for a thread can stop all others.
        seen = self.reader if self.is_sqlite else self.reader.execution_options(isolation_level="REPEATABLE READ")
        self.snapshot_sessions = sessionmaker(seen, expire_on_commit=False, autoflush=False)
        self.write_sessions = sessionmaker(self.writer, expire_on_commit=False, info={})

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that only reads; on SQLite the connection itself refuses writes."""
        with self.read_sessions() as session:
            yield session

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """A session that only reads, and whose statements all see the database as it was at the first of them."""
        with self.snapshot_sessions() as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session whose work is committed at the end of the block, all or nothing."""
        with self.write_sessions() as session, session.begin():
            yield session

    def dispose(self) -> None:
        self.reader.dispose()
        self.writer.dispose()


def _sqlite_engine(url: str, *, pool_size: int, query_only: bool) -> Engine:
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=BUSY_TIMEOUT_MS / 1000,
        hide_parameters=True,
        connect_args={"check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # transactions begin where we say so, below
        set_pragmas(connection, query_only=query_only)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if query_only else "BEGIN IMMEDIATE")

    return engine


def set_pragmas(connection: Any, *, query_only: bool) -> None:
    """Set and read back every pragma on a DB-API connection; PragmaMismatch if one did not take."""
    cursor = connection.cursor()
    for name, wanted in {**SQLITE_PRAGMAS, "query_only": int(query_only)}.items():
        cursor.execute(f"PRAGMA {name} = {wanted}")
        got = cursor.execute(f"PRAGMA {name}").fetchone()[0]
        if got != wanted:
            raise PragmaMismatch(f"PRAGMA {name} is {got!r}, not {wanted!r}")
    cursor.close()


def take_turn_with(session: Session, what: str) -> None:
    """Until the end of the transaction, whoever comes with the same `what` waits.

    SQLite has one writer anyway. On PostgreSQL two that come at once would both look for it, and both make it.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))"), {"what": what})


# What PostgreSQL calls these conditions (its manual, appendix A). Its messages are translated; SQLite's are not.
_OVERLOAD = frozenset({"55P03", "57014", "53300"})  # lock_not_available, query_canceled, too_many_connections
_COLLISION = frozenset({"23505", "40001", "40P01"})  # unique_violation, serialization_failure, deadlock_detected
_FULL = frozenset({"53100"})  # disk_full
_SQLITE_FULL = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE})


def _state(error: SQLAlchemyError) -> str | None:
    """The SQLSTATE of an error of PostgreSQL; None for SQLite's, which have none."""
    state: str | None = getattr(getattr(error, "orig", None), "sqlstate", None)
    return state


def _sqlite_says(error: SQLAlchemyError, *words: str) -> bool:
    original = error.orig if isinstance(error, OperationalError) else None
    return isinstance(original, sqlite3.Error) and any(word in str(original) for word in words)


def is_overload(error: SQLAlchemyError) -> bool:
    """Whether an error means "too busy just now": a lock or a pooled connection was not to be had in time."""
    if isinstance(error, PoolTimeout) or _state(error) in _OVERLOAD:
        return True
    return _sqlite_says(error, "database is locked", "database table is locked")


def is_collision(error: SQLAlchemyError) -> bool:
    """Whether two transactions met on PostgreSQL (the same new key, a deadlock): tried again, it comes out right.

    Every slice asks before it inserts, so a key that is there already was written in between.
    """
    return _state(error) in _COLLISION


def is_full(error: SQLAlchemyError) -> bool:
    """Whether an error means that the disk takes no more, it or a quota is full: nothing was written, reading goes on.

    Of a full disk SQLite says so; a quota or a limit of file sizes is to it a write that failed.
    """
    code = getattr(getattr(error, "orig", None), "sqlite_errorcode", None)
    return _state(error) in _FULL or code in _SQLITE_FULL
