"""The reconciliation statement 对账单: what a node and its parent hold of the node's subtree, side by side. Pure.

A difference counts only where the two have to agree: not for a record that waits to be pushed, and not for a version
that the parent has refused and said so.
"""

import csv
import io
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from app.exchange.digest import Key, Version
from app.kernel.cells import as_text
from app.sync.protocol import SignedPart


@dataclass(frozen=True)
class Difference:
    """One record on which the two do not agree; None where one of them does not hold it."""

    key: Key
    here: Version | None
    there: Version | None

    def as_fields(self) -> dict[str, str | None]:
        """For the output: a version as `inc.ver` and the SHA-256 of the signed bytes."""
        origin, kind, rid = self.key
        found: dict[str, str | None] = {"origin": origin, "kind": kind, "id": rid}
        for side, version in (("here", self.here), ("there", self.there)):
            found[side] = None if version is None else f"{version.inc}.{version.ver}"
            found[f"sha256_{side}"] = None if version is None else version.sha256
        return found

    def as_line(self) -> str:
        """For people: which record, and what each side has."""
        fields = self.as_fields()
        here, there = fields["here"], fields["there"]
        held = f"here {here or 'missing'}, there {there or 'missing'}"
        return f"{' '.join(self.key)}: {held}{', with another content' if here == there else ''}"


@dataclass(frozen=True)
class Line:
    """The records of one office and kind. `here` includes those that wait or were refused."""

    origin: str
    name: str
    kind: str
    here: int
    there: int
    waiting: int
    rejected: int
    differing: int


@dataclass(frozen=True)
class Party:
    """One side: its node, its name, and the sum of all it holds that has to agree (the parent's: of all it holds)."""

    node: str
    name: str
    digest: str


@dataclass(frozen=True)
class Statement:
    """The statement as a whole."""

    at: datetime
    here: Party
    there: Party
    lines: list[Line]
    differences: list[Difference]
    signed: SignedPart | None = None  # the parent's part, if it is of a version that signs one

    @property
    def agrees(self) -> bool:
        return not self.differences

    def as_fields(self) -> dict[str, Any]:
        """The statement as JSON carries it."""
        return {
            "at": self.at.isoformat(),
            "agrees": self.agrees,
            "node": asdict(self.here),
            "parent": asdict(self.there),
            "lines": [asdict(line) for line in self.lines],
            "differences": [d.as_fields() for d in self.differences],
        }

    def as_csv(self) -> str:
        """The lines as a table, each with the time, both nodes and both digests, so that it stands on its own."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        both = ("node", "node_name", "node_digest", "parent", "parent_name", "parent_digest")
        writer.writerow(("at", "agrees", *both, *Line.__dataclass_fields__))
        start = (self.at.isoformat(), str(self.agrees).lower(), *_of(self.here), *_of(self.there))
        writer.writerows([as_text(str(cell)) for cell in (*start, *asdict(line).values())] for line in self.lines)
        return text.getvalue()


def compare(here: Mapping[Key, Version], there: Iterable[Version], excused: Collection[Key]) -> list[Difference]:
    """Where the two differ, in order; `excused` are the keys on which they need not agree yet."""
    theirs = {version.key: version for version in there}
    keys = sorted((here.keys() | theirs.keys()) - set(excused))
    return [Difference(key, here.get(key), theirs.get(key)) for key in keys if here.get(key) != theirs.get(key)]


def draw_up(
    names: Mapping[str, str],
    here: Mapping[tuple[str, str], int],
    there: Mapping[tuple[str, str], int],
    waiting: Iterable[Key],
    rejected: Iterable[Key],
    differences: Iterable[Difference],
) -> list[Line]:
    """The lines of the statement by office and kind; `here` and `there` count all records that either holds."""
    late, refused = (Counter(key[:2] for key in keys) for keys in (waiting, rejected))
    wrong = Counter(d.key[:2] for d in differences)
    groups = sorted(here.keys() | there.keys() | wrong.keys())
    return [
        Line(g[0], names.get(g[0], ""), g[1], here.get(g, 0), there.get(g, 0), late[g], refused[g], wrong[g])
        for g in groups
    ]


def _of(party: Party) -> tuple[str, str, str]:
    return party.node, party.name, party.digest
