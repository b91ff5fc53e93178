"""What a node of the simulation has written, and its clock."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from app.exchange.envelope import Envelope
from app.exchange.ledger import Horizon, Key, KnownNode, Meta, Peer, Rejection

EPOCH = datetime(2026, 11, 24, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Row:
    envelope: Envelope
    seq: int
    via: str | None


@dataclass
class Disk:
    """Everything a node has written. Copying one is a backup."""

    meta: Meta
    head: int = 0
    records: dict[Key, Row] = field(default_factory=dict)
    marks: dict[str, int] = field(default_factory=dict)
    peers: dict[tuple[str, str, str], Peer] = field(default_factory=dict)
    nodes: dict[str, KnownNode] = field(default_factory=dict)
    keys: dict[tuple[str, bytes], tuple[str, str]] = field(default_factory=dict)  # name, and rid of the statement
    incarnations: dict[tuple[str, int], tuple[datetime | None, datetime | None]] = field(default_factory=dict)
    quarantine: dict[tuple[str, Key, tuple[int, int]], tuple[str, Envelope]] = field(default_factory=dict)
    rejects: dict[tuple[str, Key], Rejection] = field(default_factory=dict)
    seen: set[Key] = field(default_factory=set)
    horizons: frozenset[Horizon] = frozenset()
    shown: dict[Key, str] = field(default_factory=dict)  # the table above: what people see

    def copy(self) -> "Disk":
        d = self
        return Disk(
            d.meta, d.head, d.records.copy(), d.marks.copy(), d.peers.copy(), d.nodes.copy(), d.keys.copy(),
            d.incarnations.copy(), d.quarantine.copy(), d.rejects.copy(), d.seen.copy(), d.horizons, d.shown.copy(),
        )  # fmt: skip


@dataclass
class Clock:
    """A node's own clock, in milliseconds since the simulation began: it may be wrong, and it may stand still."""

    ms: int = 0
    passed_ms: int = 0  # what has really passed

    def monotonic(self) -> float:
        return self.passed_ms / 1000

    def now(self) -> datetime:
        return EPOCH + timedelta(milliseconds=self.ms)
