"""What every verb shares at the terminal: the console, refusals with a way out, and opening this node's database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from app.exchange.node import LocalNode
    from app.kernel.db import Database
    from app.settings import Settings

console = Console()
errors = Console(stderr=True)


class Refusal(Exception):
    """Something the person at the terminal can mend: what is wrong, and what to do."""

    def __init__(self, what: str, way_out: str = "", code: int = 1) -> None:
        super().__init__(what)
        self.what = what
        self.way_out = way_out
        self.code = code


def say_refusal(refusal: Refusal) -> int:
    """Print a refusal to standard error; the exit code."""
    # Neither read as markup nor broken at the terminal's width: paths and commands are there to be copied.
    errors.print(refusal.what, style="red", markup=False, highlight=False, soft_wrap=True)
    if refusal.way_out:
        errors.print(refusal.way_out, markup=False, highlight=False, soft_wrap=True)
    return refusal.code


def settings() -> "Settings":
    """This node's settings from the environment; Refusal naming the variable that does not hold."""
    from pydantic import ValidationError

    from app.settings import Settings

    try:
        return Settings()
    except ValidationError as error:
        lines = []
        for found in error.errors():
            # A rule about several settings has no place of its own; it names them.
            place = [Settings.variable(str(part)) for part in found["loc"][:1]]
            lines.append(": ".join((*place, found["msg"].removeprefix("Value error, "))))
        raise Refusal(
            "The settings do not hold: " + "; ".join(lines), "docs/settings.md lists every setting."
        ) from None


def login() -> str:
    """Who is at the terminal, for the audit trails."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no name, no entry: a container
        return "unknown"


def is_absent(of: "Settings") -> bool:
    """Whether the database is an SQLite file that is not there; opening it would make it."""
    from pathlib import Path

    from sqlalchemy import make_url

    url = make_url(of.effective_database_url)
    return url.get_backend_name() == "sqlite" and bool(url.database) and not Path(url.database or "").exists()


@contextmanager
def usable_database() -> Iterator[None]:
    """Turn what a database cannot do within the block into a Refusal."""
    from sqlalchemy.exc import SQLAlchemyError

    from app.kernel.db import PragmaMismatch

    try:
        yield
    except SQLAlchemyError as error:
        raise Refusal(f"The database cannot be used: {type(error).__name__}.", "Check DATABASE_URL.") from None
    except PragmaMismatch as error:
        raise Refusal(str(error), "Keep the database on a local disk, not on a network share.") from None


@contextmanager
def open_database(of: "Settings") -> Iterator["Database"]:
    """The database of this node, migrated; Refusal with the way out if it is not there or behind."""
    from app.kernel import migrate
    from app.kernel.db import Database

    no_node = Refusal(f"There is no node in {of.dir}.", "Create one with `sanlian init`, or set SANLIAN_DIR.")
    with usable_database():
        if is_absent(of):
            raise no_node
        database = Database(of.effective_database_url, pool_size=of.pool_size)
    try:
        with usable_database():
            present = migrate.current(database)
        if present is None:
            raise no_node
        if present != migrate.newest():
            raise Refusal(f"The database stands at revision {present}.", "Bring it up with `sanlian migrate`.")
        yield database
    finally:
        database.dispose()


def node_here(of: "Settings", database: "Database") -> "LocalNode":
    """Who this node is; Refusal if there is none, or its key cannot be used.

    No incarnation is drawn: a verb publishes nothing of the node's own, and the node may be running.
    """
    from app.exchange.identity import local_node
    from app.exchange.key_folder import KeyFolder
    from app.exchange.keys import KeyFileUnusable
    from app.exchange.models import SyncMeta

    with database.read() as session:
        meta = session.get(SyncMeta, 1)
    if meta is None:
        raise Refusal(f"There is no node in {of.dir}.", "Create one with `sanlian init`.")
    try:
        return local_node(meta, KeyFolder(of.keys_dir, meta.node).present(), of.parent_url)
    except KeyFileUnusable as error:
        raise Refusal(str(error)) from None
