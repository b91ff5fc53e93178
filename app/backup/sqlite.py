"""Backups of an SQLite file: SQLite's own online copy of one snapshot, page by page.

Not VACUUM INTO: it gives rows new numbers, and works as long again. The reading transaction is opened before the copy
begins, so that it is one moment and never starts over however much is written meanwhile.
"""

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from app.backup.archive import ArchiveReader, ArchiveWriter, Progress, UnusableBackup
from app.backup.facts import NothingToBackUp, facts_of, read_facts
from app.backup.manifest import Facts, Kind
from app.backup.store import WORKING, InUse, name_aside
from app.kernel.db import Database, PragmaMismatch
from app.kernel.disk import fsync

_PART = "database.sqlite"
_PAGES = 2048  # copied in one step
_CHUNK = 1024 * 1024
_BESIDE = ("-wal", "-shm")


class SqliteStore:
    """The SQLite file at `path`."""

    kind: Kind = "sqlite"

    def __init__(self, path: Path) -> None:
        self.path = path

    def dump(self, archive: ArchiveWriter, folder: Path, progress: Progress) -> Facts:
        copy = folder / "copy.db"
        database = Database(f"sqlite:///{self.path}")
        try:
            with database.snapshot() as session:
                facts = read_facts(session.connection())  # the first reading: from here on it is one moment
                source: Any = session.connection().connection.driver_connection
                with closing(sqlite3.connect(copy)) as target:
                    source.backup(target, pages=_PAGES, progress=lambda _, left, all_: progress(all_ - left, all_))
        finally:
            database.dispose()
        with archive.part(_PART) as part, copy.open("rb") as file:
            while chunk := file.read(_CHUNK):
                part.write(chunk)
        copy.unlink()
        return facts

    def prepare(self, archive: ArchiveReader, folder: Path, progress: Progress) -> "PreparedFile":
        parts = {part.name: part for part in archive.manifest.parts}
        if _PART not in parts:
            raise UnusableBackup(f"{archive.path} holds no SQLite database")
        inside = Path(tempfile.mkdtemp(prefix=WORKING + "restore-", dir=folder))
        try:
            path, done = inside / "sanlian.db", 0
            with path.open("wb") as file:
                for chunk in archive.read(parts[_PART]):
                    file.write(chunk)
                    done += len(chunk)
                    progress(done, parts[_PART].size)
            _check_integrity(path, archive.path)
            return PreparedFile(path, self.path)
        except BaseException:
            shutil.rmtree(inside, ignore_errors=True)
            raise

    def present(self) -> Facts | None:
        if not self.path.exists():
            return None
        database = Database(f"sqlite:///{self.path}")
        try:
            return facts_of(database)
        except (SQLAlchemyError, sqlite3.Error, PragmaMismatch, NothingToBackUp):
            return None
        finally:
            database.dispose()

    def refuse_in_use(self) -> None:
        if self.path.exists():
            _settle(self.path)


class PreparedFile:
    """A whole file in a folder of its own, on the same disk as the place it is to take."""

    def __init__(self, path: Path, place: Path) -> None:
        self._path, self._place = path, place
        self.database = Database(f"sqlite:///{path}")

    def discard(self) -> None:
        self.database.dispose()
        shutil.rmtree(self._path.parent, ignore_errors=True)

    def take_place(self, stamp: str) -> str | None:
        self.database.dispose()
        _settle(self._path)
        aside = self._move_aside(stamp) if self._place.exists() else None
        self._path.replace(self._place)  # one step: at no moment is there no database
        fsync(self._place.parent)
        return str(aside) if aside else None

    def _move_aside(self, stamp: str) -> Path:
        _settle(self._place)
        aside = self._place.parent / f"{name_aside(stamp)}.db"
        try:
            os.link(self._place, aside)
        except OSError:  # a file system without second names
            shutil.copyfile(self._place, aside)
        # What lies beside a file that could not be settled belongs to it, and must never be taken for the new one's.
        for ending in _BESIDE:
            beside = self._place.with_name(self._place.name + ending)
            if beside.exists():
                beside.replace(aside.with_name(aside.name + ending))
        return aside


def _settle(path: Path) -> None:
    """Bring a file and what lies beside it into one; InUse if another process has it open. A damaged file stays."""
    with closing(sqlite3.connect(path, timeout=1, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA journal_mode = DELETE").fetchone()
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise InUse(f"Another process works on {path}") from None
        except sqlite3.DatabaseError:
            return


def _check_integrity(path: Path, backup: Path) -> None:
    try:
        with closing(sqlite3.connect(path)) as connection:
            said = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            broken = connection.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError:
        said, broken = "not a database", None
    if said != "ok" or broken is not None:
        raise UnusableBackup(f"{backup} holds a damaged database: the node's own file was damaged when it was copied")
