"""`sanlian restore`: put a backup in the place of this node's database."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.backup import say, store_of, watched
from app.cli.console import Refusal, settings, usable_database
from app.cli.serve import hold_folder

if TYPE_CHECKING:
    from app.backup.archive import ArchiveReader
    from app.backup.restoring import Plan, Restored
    from app.kernel.db import Database
    from app.settings import Settings


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `sanlian backup` wrote.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check the file and say what would happen.")] = False,
    rebuild: Annotated[
        bool,
        typer.Option(
            "--rebuild-from-parent",
            help="Take the register from the backup and every shared record from the parent: for a backup older than"
            " 150 days.",
        ),
    ] = False,
) -> None:
    """Put a backup of this node in the place of its database, which is moved aside. The node has to be stopped.

    An older schema is brought up, sessions of staff end. Whatever was written after the backup is not in it; what had
    reached the parent by then is there.
    """
    from app.backup.archive import ArchiveReader, UnusableBackup
    from app.backup.restoring import RefusedRestore
    from app.backup.store import InUse

    found = settings()
    try:
        with usable_database(), ArchiveReader(file) as archive:
            wanted = _plan(found, archive, is_rebuilt=rebuild)
            if dry_run:
                say("nothing was changed (--dry-run)")
            else:
                _restore(found, archive, wanted)
    except UnusableBackup as error:
        raise Refusal(f"{error}.", "Nothing was changed. Take another backup.") from None
    except InUse as error:
        raise Refusal(f"{error}.", "Stop it first; nothing was changed.") from None
    except RefusedRestore as error:
        raise Refusal(str(error), error.way_out) from None
    except OSError as error:
        raise Refusal(f"Nothing was restored: {error.strerror}.", "Is there room, and may you write?") from None


def _plan(of: "Settings", archive: "ArchiveReader", *, is_rebuilt: bool) -> "Plan":
    from app.backup.restoring import plan
    from app.kernel.clock import SystemClock

    with watched() as stage:
        wanted = plan(archive, store_of(of), SystemClock(), of.keys_dir, rebuild=is_rebuilt, stage=stage)
    _say_plan(wanted)
    return wanted


def _restore(of: "Settings", archive: "ArchiveReader", wanted: "Plan") -> None:
    from sqlalchemy import make_url

    from app import __version__
    from app.auth.service import end_sessions
    from app.backup import restoring
    from app.cli.migrate import reread_all
    from app.kernel.clock import SystemClock

    clock, store = SystemClock(), store_of(of)

    def settle(database: "Database") -> None:
        with database.write() as session:
            end_sessions(session, clock)
        if wanted.manifest.version != __version__:
            reread_all(database)  # as after every upgrade: what that version did not understand is shown

    url = make_url(of.effective_database_url)
    place = Path(url.database or "").parent if store.kind == "sqlite" else of.dir
    for folder in (of.dir, place):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = hold_folder(of.dir)
    try:
        with watched() as stage:
            done = restoring.restore(archive, store, clock, of.keys_dir, place, wanted, settle, stage)
    finally:
        os.close(lock)
    _say_done(of, wanted, done)


def _say_plan(wanted: "Plan") -> None:
    manifest, facts = wanted.manifest, wanted.manifest.facts
    say(f"backup of {facts.node} ({facts.name}), {manifest.created_at:%Y-%m-%d %H:%M:%S}Z, version {manifest.version}")
    say(f"  at number {facts.head}, {sum(facts.tables.values())} rows, schema {facts.revision}; the file is whole")
    if wanted.present is None:
        say("  there is no database that could be read in its place now")
    else:
        present = wanted.present
        same = "the same history" if present.log_id == facts.log_id else "another history"
        say(f"  the present database is at number {present.head} of {same}; it will be moved aside")
    for name in wanted.brings_keys:
        say(f"  brings the key {name}")


def _say_done(of: "Settings", wanted: "Plan", done: "Restored") -> None:
    facts = wanted.manifest.facts
    say(f"restored {facts.node}, schema {done.revision}")
    if done.aside:
        say(f"the database of before is in {done.aside}; delete it when all is well")
    if wanted.lacks_key:
        say(f"next: put the node's key back as {of.keys_dir / (facts.node + '.key')}, readable by its user only")
    at = f"{wanted.manifest.created_at:%Y-%m-%d %H:%M}Z"
    say(f"next: end what was ended after {at} once more: `sanlian token list`, `sanlian user`, withdrawn consents")
    say("next: `sanlian serve`, then `sanlian doctor` and `sanlian sync status`")
