"""What a kind of database does for a backup: write itself out, be made anew beside the present one, change places.

Making it anew is one thing for the trial that every backup has to pass and for the restore itself.
"""

from pathlib import Path
from typing import Protocol

from app.backup.archive import ArchiveReader, ArchiveWriter, Progress
from app.backup.manifest import Facts, Kind
from app.kernel.db import Database

WORKING = ".sanlian-"  # how the names of folders begin that are there only while a backup or a restore works
LEFT_FOR_S = 86_400  # after which what a killed process left of its work is swept


class InUse(RuntimeError):
    """Another process works on the database; the text says so."""


class Prepared(Protocol):
    """A database made from a backup that nobody uses yet."""

    database: Database

    def discard(self) -> None:
        """Away with it; safe to repeat, and to call after `take_place`."""

    def take_place(self, stamp: str) -> str | None:
        """Put it in the place of the present database, all at once; where that one is now, None if there was none."""


class Store(Protocol):
    """One kind of database."""

    kind: Kind

    def dump(self, archive: ArchiveWriter, folder: Path, progress: Progress) -> Facts:
        """Write one snapshot of all tables into `archive`, while others write; the facts of that snapshot.

        `folder` is for files that are needed meanwhile.
        """

    def prepare(self, archive: ArchiveReader, folder: Path, progress: Progress) -> Prepared:
        """Make the database that `archive` holds, in `folder` where it is files; UnusableBackup if it does not hold."""

    def present(self) -> Facts | None:
        """The database as it is now; None where there is none, or it cannot be read."""

    def refuse_in_use(self) -> None:
        """InUse while another process works on the database."""


def name_aside(stamp: str) -> str:
    """What a database is called that had to make room at `stamp`."""
    return f"before_restore_{stamp.lower()}"
