"""The names that one node has beside the shipped ones: words it was taught, and others that a search finds by. Pure.

Readers need no lock: a change replaces one dict, and the index underneath replaces one tuple.
"""

import threading
from collections.abc import Sequence
from dataclasses import replace

from app.kernel.lazy import Lazy
from app.lookup import FuzzyIndex, Hit
from app.lookup.normalise import normalise


class OwnNames:
    """Names that may come and go. `found_by` are (id, name) that rank behind all other names."""

    def __init__(self, found_by: Sequence[tuple[str, str]] = ()) -> None:
        self.found_by = tuple(found_by)
        entries = [(id_, (name,)) for id_, name in found_by]
        self._found_by = Lazy(lambda: FuzzyIndex(entries))
        owners: dict[str, set[str]] = {}
        for id_, name in found_by:
            owners.setdefault(normalise(name), set()).add(id_)
        self._only = {key: min(ids) for key, ids in owners.items() if len(ids) == 1}
        self._writing = threading.Lock()
        self.version = 0  # rises with every change
        self._taught = FuzzyIndex()
        self._names: dict[str, tuple[str, str]] = {}

    @property
    def taught(self) -> frozenset[tuple[str, str]]:
        """(id, name) of what was added and not removed."""
        return frozenset(self._names.values())

    def id_of(self, key: str) -> str | None:
        """The concept that was taught under this normalised text."""
        found = self._names.get(key)
        return found[0] if found else None

    def only(self, key: str) -> str | None:
        """The concept that a search finds by just this normalised text; None if there is none, or several."""
        return self._only.get(key)

    def add(self, id_: str, name: str) -> None:
        """Let `name` name the concept `id_` from now on."""
        with self._writing:
            self._taught.add([(_entry(id_, name), (name,))])
            self._names = {**self._names, normalise(name): (id_, name)}
            self.version += 1

    def remove(self, id_: str, name: str) -> None:
        """Take back what `add` was told; the concept keeps its other names."""
        with self._writing:
            self._names = {key: taught for key, taught in self._names.items() if taught != (id_, name)}
            self._taught.remove([_entry(id_, name)])
            self.version += 1

    def search(self, text: str, limit: int, *, prefix: bool) -> list[Hit]:
        """Hits among these names, by concept; an id may come twice."""
        taught = self._taught.search(text, limit, prefix=prefix)
        found = self._found_by().search(text, limit, prefix=prefix)
        return [*(replace(hit, id=hit.id.partition(" ")[0]) for hit in taught), *found]


def _entry(id_: str, name: str) -> str:
    """What one name is called in the index, so that it can be taken back without the concept's others."""
    return f"{id_} {normalise(name)}"
