"""A market on disk: one folder a generation, written whole or not at all, mapped read-only by whoever reads it.

    market-<seq>/
        manifest.json    what it was made of and from, and the SHA-256 of every other file
        values.json      what the numbers stand for
        <column>.npy     one file a column

Nothing is believed that does not prove itself: a folder whose manifest names another origin (another table of scores,
other concepts, another history of the node) or whose files do not hash to what it says is passed over, and the market
is made from the database instead.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np

from app.kernel.disk import fsync
from app.matching.engine.interned import Interned
from app.matching.engine.listing_columns import ListingColumns
from app.matching.engine.listing_rows import ListingValues

_OTHERS_KEPT = 1  # generations: readers of the one before may still map it
_PREFIX = "market-"
_LAYOUT = 2  # of these files
_HEADER = 128  # octets of an .npy file without entries


@dataclass(frozen=True)
class Provenance:
    """Where a market comes from: a point of the node's history, and the tables that it was read with (`made_of`)."""

    log_id: str
    seq: int
    mark: str
    made_of: str


class Unusable(Exception):
    """A generation that is damaged, or is not of this origin."""


def write(folder: Path, provenance: Provenance, values: ListingValues, columns: ListingColumns) -> Path:
    """Write a generation; of the others only the latest stays. The folder that it lies in."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = Path(mkdtemp(prefix=".draft-", dir=folder))
    try:
        for field in fields(columns):
            np.save(draft / f"{field.name}.npy", getattr(columns, field.name))
        (draft / "values.json").write_text(json.dumps(_values_out(values), ensure_ascii=False), encoding="utf-8")
        manifest = {
            "layout": _LAYOUT,
            "provenance": vars(provenance),
            "sha256": {path.name: _sha256(path) for path in sorted(draft.iterdir())},
        }
        (draft / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        for path in draft.iterdir():
            fsync(path)
        place = folder / f"{_PREFIX}{provenance.seq:020d}"
        if place.exists():
            shutil.rmtree(place)
        draft.replace(place)
        fsync(folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    # Not by number alone: after a restore the sequence is below what lies there from before it.
    others = [one for one in generations(folder) if one != place]
    for old in others[_OTHERS_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
    return place


def generations(folder: Path) -> list[Path]:
    """The folders of generations, the latest first."""
    return sorted(folder.glob(f"{_PREFIX}*"), reverse=True)


def read(place: Path, made_of: str) -> tuple[Provenance, ListingValues, ListingColumns]:
    """A generation, its columns mapped read-only; Unusable if it is damaged or was read with other tables."""
    try:
        manifest = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
        if manifest["layout"] != _LAYOUT or manifest["provenance"]["made_of"] != made_of:
            raise Unusable("made with other tables")
        for name, sha256 in manifest["sha256"].items():
            if _sha256(place / name) != sha256:
                raise Unusable(f"{name} is damaged")
        values = _values_in(json.loads((place / "values.json").read_text(encoding="utf-8")))
        columns = {field.name: _column(place / f"{field.name}.npy") for field in fields(ListingColumns)}
        return Provenance(**manifest["provenance"]), values, ListingColumns(**columns)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unusable(str(error)) from error


def _column(path: Path) -> Any:
    """A column, mapped where there is anything to map."""
    return np.asarray(np.load(path, mmap_mode=None if path.stat().st_size <= _HEADER else "r", allow_pickle=False))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _values_out(values: ListingValues) -> dict[str, Any]:
    return {name: [list(one) for one in kept] if name == "facets" else list(kept) for name, kept in _parts(values)}


def _parts(values: ListingValues) -> Iterator[tuple[str, Any]]:
    for field in fields(values):
        yield field.name, getattr(values, field.name)


def _values_in(written: dict[str, Any]) -> ListingValues:
    made = {name: Interned(map(_hashable, kept)) for name, kept in written.items() if name != "facets"}
    facets = tuple(Interned(map(_hashable, kept)) for kept in written["facets"])
    return ListingValues(**made, facets=facets)


def _hashable(value: Any) -> Any:
    """JSON has no tuples: every list in a value was one."""
    return tuple(map(_hashable, value)) if isinstance(value, list) else value
