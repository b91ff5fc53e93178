"""Takes a backup: written under another name, read back and restored on trial, and only then called a backup."""

import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app import __version__
from app.backup.archive import ArchiveReader, ArchiveWriter, Progress, UnusableBackup
from app.backup.facts import facts_of
from app.backup.manifest import FORMAT, KEYS, Manifest
from app.backup.store import LEFT_FOR_S, WORKING, Prepared, Store
from app.kernel.clock import Clock
from app.kernel.disk import fsync

SUFFIX = ".sanlian-backup"
Stage = Callable[[str], Progress]  # is told what begins, and gives what is to be told how far it is


def silent(_: str) -> Progress:
    """For whoever watches nothing."""
    return lambda *_: None


@dataclass(frozen=True)
class Taken:
    """A backup that holds, and the older ones that went for it."""

    path: Path
    manifest: Manifest
    pruned: list[Path]


def take(
    store: Store,
    clock: Clock,
    folder: Path,
    name: str | None = None,
    *,
    keys: Path | None = None,
    keep: int | None = None,
    stage: Stage = silent,
) -> Taken:
    """Back up the node in `store` into `folder`, and leave only the newest `keep` backups of this node there.

    `keys` is the folder whose keys go with it. NothingToBackUp without a node, UnusableBackup if the trial finds a
    fault: then nothing of it stays, and nothing older is deleted.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    sweep(folder)
    inside = Path(tempfile.mkdtemp(prefix=WORKING + "backup-", dir=folder))
    try:
        written = inside / "written"
        manifest = _write(store, clock, written, keys, stage("copying 备份"))
        _try(store, written, stage)
        path = folder / (name or f"{manifest.facts.node}-{stamp(manifest.created_at)}{SUFFIX}")
        written.replace(path)
        fsync(folder)
    finally:
        shutil.rmtree(inside, ignore_errors=True)
    return Taken(path, manifest, [] if keep is None else prune(folder, manifest.facts.node, keep))


def prune(folder: Path, node: str, keep: int) -> list[Path]:
    """Delete all but the newest `keep` backups of `node` in `folder`; those deleted. Other files are left alone."""
    found: list[tuple[datetime, Path]] = []
    for path in folder.glob(f"*{SUFFIX}"):
        try:
            with ArchiveReader(path) as archive:
                if archive.manifest.facts.node == node:
                    found.append((archive.manifest.created_at, path))
        except UnusableBackup:
            continue  # a person has to look at it
    old = [path for _, path in sorted(found, reverse=True)[keep:]]
    for path in old:
        path.unlink()
    return old


def sweep(folder: Path) -> None:
    """Delete what processes that were killed left in `folder` a day ago or longer: it holds persons, too."""
    for path in folder.glob(f"{WORKING}*"):
        if time.time() - path.stat().st_mtime > LEFT_FOR_S:
            shutil.rmtree(path, ignore_errors=True)


def stamp(at: datetime) -> str:
    """A moment as it stands in names."""
    return f"{at:%Y%m%dT%H%M%SZ}"


def _write(store: Store, clock: Clock, path: Path, keys: Path | None, progress: Progress) -> Manifest:
    with ArchiveWriter(path) as archive:
        created_at = clock.now()  # before the snapshot: what was acknowledged by then is in it
        facts = store.dump(archive, path.parent, progress)
        for key in sorted(keys.glob("*.key")) if keys else []:
            with archive.part(KEYS + key.name) as part:
                part.write(key.read_bytes())
        manifest = Manifest(
            format=FORMAT,
            database=store.kind,
            created_at=created_at,
            version=__version__,
            facts=facts,
            parts=archive.parts,
        )
        archive.finish(manifest)
    return manifest


def _try(store: Store, path: Path, stage: Stage) -> None:
    with ArchiveReader(path) as archive:
        archive.check(stage("reading it back 回读校验"))
        prepared = prepare(store, archive, path.parent, stage("restoring it on trial 试恢复"))
        prepared.discard()


def prepare(store: Store, archive: ArchiveReader, folder: Path, progress: Progress) -> Prepared:
    """The database of a backup, made and compared with what the manifest says; UnusableBackup if they differ."""
    prepared = store.prepare(archive, folder, progress)
    try:
        if facts_of(prepared.database) != archive.manifest.facts:
            raise UnusableBackup(f"{archive.path} does not hold what its manifest says")
    except BaseException:
        prepared.discard()
        raise
    return prepared
