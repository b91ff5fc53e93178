"""`sanlian backup`: one verified file with everything this node holds, made while it serves."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.console import Refusal, console, errors, is_absent, settings, usable_database

if TYPE_CHECKING:
    from app.backup.store import Store
    from app.backup.taking import Stage
    from app.settings import Settings


def backup(
    out: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="File to write, or a folder; by default `backups` in the node's folder."),
    ] = None,
    with_keys: Annotated[
        bool,
        typer.Option(
            "--with-keys",
            help="Put the node's private key in, too. Left out by default: whoever has it can speak as this node, and"
            " a backup travels further than the key should. Keep one copy of the key apart.",
        ),
    ] = False,
    keep: Annotated[
        int | None, typer.Option(min=1, help="Then leave only this many backups of this node in that folder.")
    ] = None,
) -> None:
    """Back up this node to one file. The node may go on serving: the file is one moment of it.

    It is read back and restored on trial before it is called done. The file holds the register of persons in the
    clear: keep it as safe as the node itself.
    """
    from app.backup.archive import UnusableBackup
    from app.backup.facts import NothingToBackUp
    from app.backup.taking import take
    from app.kernel.clock import SystemClock

    found = settings()
    folder, name = where(found, out)
    if is_absent(found):
        raise Refusal(f"There is no node in {found.dir}.", "Create one with `sanlian init`, or set SANLIAN_DIR.")
    try:
        with usable_database(), watched() as stage:
            taken = take(
                store_of(found),
                SystemClock(),
                folder,
                name,
                keys=found.keys_dir if with_keys else None,
                keep=keep,
                stage=stage,
            )
    except NothingToBackUp:
        raise Refusal(f"There is no node in {found.dir}.", "Create one with `sanlian init`.") from None
    except UnusableBackup as error:
        raise Refusal(f"No backup was made: {error}.", "`sanlian doctor` looks at the installation.") from None
    except OSError as error:
        raise Refusal(f"No backup was made: {folder}: {error.strerror}.", "Is there room, and may you write?") from None
    facts = taken.manifest.facts
    rows = sum(facts.tables.values())
    for line in (
        f"{taken.path}",
        f"{facts.node} at number {facts.head}, {rows} rows in {len(facts.tables)} tables, "
        f"{taken.path.stat().st_size} bytes; read back and restored on trial",
        *(f"deleted {path}" for path in taken.pruned),
    ):
        say(line)
    held = "the register of persons in the clear" + (" and the node's private key" if with_keys else "")
    errors.print(f"It holds {held}: keep it as safe as the node.", style="yellow", soft_wrap=True)
    errors.print("备份含未加密的个人信息，请按节点本身同等保管。", style="yellow", soft_wrap=True)


def where(of: "Settings", out: Path | None) -> tuple[Path, str | None]:
    """The folder and the name of the file; Refusal for what would overwrite a file."""
    if out is None:
        return of.dir / "backups", None
    if out.is_dir():
        return out, None
    if out.exists():
        raise Refusal(f"{out} is there already.", "Name another file, or the folder.")
    return out.parent, out.name


def store_of(of: "Settings") -> "Store":
    """The database that `of` names, as backups see it."""
    from sqlalchemy import make_url

    from app.backup.postgresql import PostgresqlStore
    from app.backup.sqlite import SqliteStore

    url = make_url(of.effective_database_url)
    if url.get_backend_name() != "sqlite":
        return PostgresqlStore(url)
    if not url.database:
        raise Refusal("A database in memory cannot be backed up.", "Set DATABASE_URL.")
    return SqliteStore(Path(url.database))


@contextmanager
def watched() -> Iterator["Stage"]:
    """A bar for each stage, on standard error while that is a terminal."""
    from rich.progress import Progress

    with Progress(console=errors, transient=True) as bars:

        def stage(what: str) -> "Progress":
            bar = bars.add_task(what, total=None)
            return lambda done, total: bars.update(bar, completed=done, total=total)  # type: ignore[return-value]

        yield stage  # type: ignore[misc]


def say(line: str) -> None:
    """One line, as it is: paths are there to be copied."""
    console.print(line, highlight=False, markup=False, soft_wrap=True)
