"""Puts a backup in the place of the present database: checks first, then all of the work beside it, then one step.

The present database is moved aside, never deleted. What the backup cannot know is settled before anybody sees it: an
older schema is brought up, and whoever restores settles the rest (sessions end, records are read again). That the
history went back, the node notices by itself when it next meets its parent, who knows a later mark.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.backup.archive import ArchiveReader
from app.backup.manifest import KEYS, Facts, Manifest
from app.backup.store import Store
from app.backup.taking import Stage, prepare, silent, stamp, sweep
from app.exchange.identity import begin_empty
from app.exchange.keeping import RESTORABLE
from app.exchange.keys import KeyFileUnusable, keep_key, number_of, read_key
from app.exchange.sql_ledger import SqlLedger
from app.kernel import migrate
from app.kernel.clock import Clock
from app.kernel.db import Database
from app.vacancies.models import Listing


class RefusedRestore(RuntimeError):
    """A backup that is not to be restored here; the text says why, `way_out` what to do."""

    def __init__(self, what: str, way_out: str = "") -> None:
        super().__init__(what)
        self.way_out = way_out


@dataclass(frozen=True)
class Plan:
    """What a restore would do."""

    manifest: Manifest
    present: Facts | None
    brings_keys: list[str]  # keys in the backup that are not in the node's folder
    lacks_key: bool  # the node cannot run before its key is put back by hand
    is_rebuilt: bool


@dataclass(frozen=True)
class Restored:
    """What a restore did."""

    aside: str | None  # where the database now is that was there before
    revision: str | None  # the schema after it was brought up


def plan(
    archive: ArchiveReader, store: Store, clock: Clock, keys: Path, *, rebuild: bool = False, stage: Stage = silent
) -> Plan:
    """What restoring `archive` would do; UnusableBackup or RefusedRestore if it is not to be restored here."""
    manifest, present = archive.manifest, store.present()
    facts = manifest.facts
    if manifest.database != store.kind:
        raise RefusedRestore(f"This backup is of {manifest.database}, and the node's database is {store.kind}.")
    if not migrate.knows(facts.revision):
        raise _newer(manifest)
    if present is not None and present.node != facts.node:
        raise RefusedRestore(
            f"This is a backup of {facts.node}, and the database is that of {present.node}.",
            "Set SANLIAN_DIR or DATABASE_URL to the node that you mean.",
        )
    brings, lacks = _keys(archive, keys)
    if clock.now() - manifest.created_at > RESTORABLE and not rebuild:
        raise RefusedRestore(
            f"This backup is of {manifest.created_at:%Y-%m-%d}, more than {RESTORABLE.days} days ago: records that"
            " ended since then could come back.",
            f"Restore it with --rebuild-from-parent: its exchange then begins empty, and {facts.parent} gives it back."
            if facts.parent
            else "A city has no parent that could give its records back: restore a later backup.",
        )
    if rebuild and not facts.parent:
        raise RefusedRestore(f"{facts.node} has no parent to be rebuilt from.")
    archive.check(stage("checking the file 校验文件"))
    return Plan(manifest, present, brings, lacks, rebuild)


def restore(
    archive: ArchiveReader,
    store: Store,
    clock: Clock,
    keys: Path,
    folder: Path,
    wanted: Plan,
    settle: Callable[[Database], object],
    stage: Stage = silent,
) -> Restored:
    """Do what `wanted` says; whatever fails before the last step leaves the present database as it is.

    `folder` is on the disk of the database. `settle` is given the restored database with the newest schema, before
    anybody else sees it. InUse while a process works on the present database.
    """
    store.refuse_in_use()
    sweep(folder)
    made = prepare(store, archive, folder, stage("restoring 恢复"))
    try:
        migrate.upgrade(made.database)
        settle(made.database)
        if wanted.is_rebuilt:
            with made.database.write() as session:
                empty_exchange(session, clock)
        revision = migrate.current(made.database)
        _put_keys(archive, keys, wanted.brings_keys)
        return Restored(made.take_place(stamp(clock.now())), revision)
    finally:
        made.discard()


def empty_exchange(session: Session, clock: Clock) -> None:
    """Forget what this node shares but what has ended, with what is derived from it, to take it from the parent."""
    begin_empty(SqlLedger(session, clock))
    session.execute(delete(Listing))


def _newer(manifest: Manifest) -> RefusedRestore:
    return RefusedRestore(
        f"This backup has the schema {manifest.facts.revision} of version {manifest.version}, which this version"
        " does not know.",
        f"Install version {manifest.version} or a later one first.",
    )


def _keys(archive: ArchiveReader, folder: Path) -> tuple[list[str], bool]:
    """The keys that the backup brings, and whether the node's own is missing all the same."""
    facts, name = archive.manifest.facts, f"{archive.manifest.facts.node}.key"
    others = sorted(path.name for path in folder.glob("*.key") if path.name != name)
    if others:
        raise RefusedRestore(f"This is a backup of {facts.node}, and {folder} has the key {others[0]}.")
    parts = [part.name.removeprefix(KEYS) for part in archive.manifest.parts if part.name.startswith(KEYS)]
    if not (folder / name).exists():
        return parts, name not in parts
    try:
        key = read_key(folder / name)
    except KeyFileUnusable as error:
        raise RefusedRestore(str(error)) from None
    is_same = facts.public_key is None or key.public.hex() == facts.public_key
    # A key that followed since stays in its place: the restored node goes on with it (docs/keys.md).
    if not is_same and number_of(key.key_id) <= number_of(facts.key_id or key.key_id):
        raise RefusedRestore(
            f"The key {folder / name} is not the one that this backup was made with.",
            "Put back the key of that time: what is signed with another one, nobody believes.",
        )
    return [], False


def _put_keys(archive: ArchiveReader, folder: Path, names: list[str]) -> None:
    for part in archive.manifest.parts:
        if part.name.removeprefix(KEYS) in names:
            keep_key(folder / part.name.removeprefix(KEYS), b"".join(archive.read(part)))
