"""An unfinished run on disk: a folder beside its file, readable by its owner only, gone when the file is whole.

    manifest.json     the job, the market it is computed over, how many persons and parts there are; written last
    persons.txt       the ids of the persons, one a line, in order
    market/           the generation that every process maps
    seats.json        for a run that spreads people: how many persons each listing may be offered to
    part-000000.json  what was found for the persons of one part; there under this name only if it is whole
    lock              held by the process that works

No name, citizen id, contact or profile is ever written here.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from app.matching.batch.finding import Found
from app.matching.batch.job import Job
from app.matching.batch.spread import Key
from app.matching.engine.market import Placed
from app.matching.engine.snapshot import Provenance

PART = 200  # persons: a second or less of work, so that little is lost
_LAYOUT = 1


class Unreadable(Exception):
    """An unfinished run that this program cannot carry on: damaged, or of another layout."""


class Occupied(Exception):
    """Another process works on this file."""


@dataclass(frozen=True)
class Manifest:
    """What a run is."""

    job: Job
    provenance: Provenance
    score_table: str
    persons: int


@dataclass(frozen=True)
class Parts:
    """The folder of a run that was begun."""

    folder: Path
    manifest: Manifest
    ids: Sequence[str]

    @property
    def market(self) -> Path:
        """The folder of the generation."""
        return self.folder / "market"

    @property
    def count(self) -> int:
        """How many parts there are."""
        return -(-len(self.ids) // PART)

    def ids_of(self, number: int) -> Sequence[str]:
        """The ids of the persons of a part."""
        return self.ids[number * PART : (number + 1) * PART]

    def unfinished(self) -> list[int]:
        """The numbers of the parts that are not there yet."""
        return [number for number in range(self.count) if not self._part(number).exists()]

    def keep(self, number: int, found: Found) -> None:
        """Write a part."""
        _write(self._part(number), found)

    def read(self, number: int) -> Found:
        """What was found for the persons of a part; Unreadable if it is damaged."""
        try:
            return [(id_, [Placed(*one) for one in placed]) for id_, placed in _read(self._part(number))]
        except TypeError as error:
            raise Unreadable(str(error)) from error

    def rooms(self) -> dict[Key, int]:
        """How many persons each listing may be offered to."""
        return {(id_, origin): room for id_, origin, room in _read(self.folder / "seats.json")}

    def _part(self, number: int) -> Path:
        return self.folder / f"part-{number:06d}.json"


def begun(folder: Path) -> Parts | None:
    """The run that was begun in `folder`; None if none was. Unreadable if it cannot be carried on."""
    if not (folder / "manifest.json").exists():
        return None
    written = _read(folder / "manifest.json")
    try:
        if written.pop("layout") != _LAYOUT:
            raise Unreadable("written by another version of the program")
        manifest = Manifest(
            **{**written, "job": Job.read(written["job"]), "provenance": Provenance(**written["provenance"])}
        )
        ids = (folder / "persons.txt").read_text(encoding="utf-8").split()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreadable(str(error)) from error
    if len(ids) != manifest.persons:
        raise Unreadable("persons.txt is not whole")
    return Parts(folder, manifest, ids)


def begin(
    folder: Path,
    manifest: Manifest,
    ids: Sequence[str],
    write_market: Callable[[Path], None],
    rooms: Callable[[], list[tuple[str, str, int]]],
) -> Parts:
    """Begin a run in `folder`; what was there is gone. `rooms` is asked after the market was written."""
    folder.mkdir(mode=0o700, exist_ok=True)
    _discard(folder)
    write_market(folder / "market")
    if manifest.job.spread is not None:
        _write(folder / "seats.json", rooms())
    (folder / "persons.txt").write_text("".join(f"{id_}\n" for id_ in ids), encoding="utf-8")
    written = {**asdict(manifest), "layout": _LAYOUT, "job": manifest.job.written()}
    _write(folder / "manifest.json", written)
    return Parts(folder, manifest, ids)


def finish(folder: Path) -> None:
    """Take a run away, and the folder with it."""
    _discard(folder)
    (folder / "lock").unlink(missing_ok=True)
    with suppress(OSError):  # another process has just come for the same file
        folder.rmdir()


def _discard(folder: Path) -> None:
    """Throw away what a run has written, but for the lock."""
    (folder / "manifest.json").unlink(missing_ok=True)  # first: what is left of it is no run
    for one in folder.iterdir():
        if one.is_dir():
            shutil.rmtree(one)
        elif one.name != "lock":
            one.unlink()


@contextmanager
def occupied(folder: Path) -> Iterator[None]:
    """Make the folder and be the only process that works in it; Occupied if another is."""
    folder.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Occupied() from None
        yield
    finally:
        os.close(descriptor)


def _write(path: Path, value: Any) -> None:
    """Write `value` as JSON, whole or not at all, for the owner only."""
    draft = path.with_suffix(".draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False, separators=(",", ":"))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Unreadable(f"{path.name}: {error}") from error
