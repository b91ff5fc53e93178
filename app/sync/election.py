"""Of several processes serving one node, one carries the mail: whoever holds the lock until it ends."""

import fcntl
import os
from pathlib import Path
from types import TracebackType

from sqlalchemy import Connection, Engine, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from app.kernel.db import Database

_LOCK_NUMBER = 0x53594E4331  # "SYNC1"


class Election:
    """A lock on the node: a file lock beside an SQLite database, an advisory lock on PostgreSQL.

    The advisory lock has a connection of its own for as long as it is held: the pool is for requests and jobs.
    """

    def __init__(self, database: Database, directory: Path) -> None:
        self._path = directory / "courier.lock"
        self._file: int | None = None
        self._connection: Connection | None = None
        self._engine = (
            create_engine(database.url, poolclass=NullPool, hide_parameters=True, isolation_level="AUTOCOMMIT")
            if not database.is_sqlite
            else None
        )

    def __enter__(self) -> "Election":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.resign()

    def is_elected(self) -> bool:
        """Whether this process holds the lock, trying for it if nobody does."""
        return self._try_file() if self._engine is None else self._try_advisory(self._engine)

    def resign(self) -> None:
        """Let another process have it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

    def _try_file(self) -> bool:
        if self._file is not None:
            return True
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._file = descriptor
        return True

    def _try_advisory(self, engine: Engine) -> bool:
        if self._connection is not None:
            if self._still_holds(self._connection):
                return True
            self.resign()
        connection = engine.connect()
        try:
            if connection.execute(text("SELECT pg_try_advisory_lock(:n)"), {"n": _LOCK_NUMBER}).scalar():
                self._connection = connection
                return True
        finally:
            if self._connection is None:
                connection.close()
        return False

    @staticmethod
    def _still_holds(connection: Connection) -> bool:
        """Whether the lock's connection lives: a server that restarted has given the lock to others."""
        try:
            return not connection.invalidated and connection.execute(text("SELECT 1")).scalar() == 1
        except DBAPIError:
            return False
