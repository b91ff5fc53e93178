"""What the rules of the exchange ask of a node's tables within one transaction, and the values they speak in. Pure.

The rules (`receive`, `trust`, and in `app.sync` push, feed and recovery) decide; a ledger remembers. Everything a rule
takes in, numbers, checkpoints and the derived tables above, goes into the ledger's one transaction: all or nothing.
`sql_ledger` keeps it in the database of the node. A second one, in memory, lets the tests drive the same rules through
millions of transactions (docs/adr/0008).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Protocol

from app.exchange.envelope import Envelope
from app.exchange.node import LocalNode

Key = tuple[str, str, str]
# in: a child's checkpoint, held here. out: ours at the parent, a copy of what it said. feed: how far the parent's feed
# was taken in; sweep: the same while it is read from its start. owned: how far that was read which the parent holds of
# our own subtree from elsewhere.
Direction = Literal["in", "out", "feed", "sweep", "owned"]
NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # when a peer that has taken nothing in yet last did


@dataclass(frozen=True, slots=True)
class Meta:
    """Who this node is, and which life of it this is."""

    node: str
    tier: str
    region: str
    parent: str | None
    root_key: bytes | None
    log_id: str
    inc: int
    recovering: bool  # restored: not yet reconciled with the parent
    confirmed: bool  # the parent has been spoken to since the last start of a process
    current: bool  # the parent's feed has been taken in to its end since then
    gc_floor: int


@dataclass(frozen=True, slots=True)
class Peer:
    """Where a peer stands in one direction and stream. `sub` names what the feed was asked for."""

    peer: str
    dir: Direction
    stream: str
    log_id: str
    seq: int = 0
    mark: str = ""
    inc_seen: int = 0
    suspended: bool = False
    sub: str = ""
    began: int = 0  # of what is read: the peer's head when the reading began from the start
    updated_at: datetime = NEVER


@dataclass(frozen=True, slots=True)
class KnownNode:
    """A node that statements have made known: whose child it is, its present key, and the rid of the statement.

    Its keys numbered up to `revoked` count no more for what has not been accepted yet.
    """

    node: str
    parent: str | None
    name: str
    tier: str
    region: str
    key_id: str
    public_key: bytes
    statement: str
    revoked: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """One record with its number in this node's sequence."""

    seq: int
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class Ended:
    """A record that has ended or was dropped here, its number, and who brought it (None: this node's own)."""

    seq: int
    envelope: Envelope
    via: str | None


@dataclass(frozen=True, slots=True)
class Horizon:
    """Up to this number the parent had everything at this time."""

    at: datetime
    seq: int


@dataclass(frozen=True, slots=True)
class Which:
    """Which records are asked for; each condition is left open unless it is given."""

    stream: str | None = None
    kinds: Collection[str] | None = None
    origins: Collection[str] | None = None
    or_via: str | None = None  # besides those of `origins`, what this peer brought
    besides: Collection[str] = ()  # origins to leave out
    vias: Collection[str] | None = None  # who brought them
    drops: bool = False  # local drops, too


@dataclass(frozen=True, slots=True)
class Rejection:
    """One record that was refused, and why."""

    origin: str
    kind: str
    rid: str
    inc: int
    ver: int
    code: str

    @property
    def key(self) -> Key:
        return self.origin, self.kind, self.rid


class Ledger(Protocol):
    """One transaction on the tables of the exchange. What it is told is seen by it at once, by others at the commit."""

    @property
    def local(self) -> LocalNode:
        """Who this process is."""

    def now(self) -> datetime: ...

    def take_turn(self) -> None:
        """Wait until no other transaction takes records in: what is compared from here on holds to the end."""

    def meta(self) -> Meta: ...

    def change_meta(self, **changes: int | bool) -> None:
        """Change just these of `inc`, `recovering`, `confirmed`, `current`, `gc_floor`: another process may be at the
        others."""

    def token(self, size: int) -> str:
        """`size` random bytes as hex digits."""

    # The sequence.

    def head(self) -> int: ...

    def mark_at(self, seq: int) -> str:
        """The mark of the last commit at or below `seq`; empty before the first."""

    def has_mark(self, mark: str) -> bool: ...

    def begin_history(self, log_id: str, mark: str) -> None:
        """Name the history anew: the marks so far prove nothing any more, and `mark` stands at the present head."""

    def changes(self, after: int, limit: int, which: Which) -> list[Change]:
        """At most `limit` records numbered above `after`, in order."""

    def count(self, after: int, which: Which) -> int:
        """How many records are numbered above `after`."""

    def highest(self, origins: Collection[str], vias: Collection[str]) -> int:
        """The highest number among records of `origins` that one of `vias` brought; 0 if there is none.

        For those that have no number yet, one that is higher than all before.
        """

    # Records.

    def held(self, keys: Sequence[Key]) -> dict[Key, Envelope]:
        """The versions that count now, those taken in by this transaction included."""

    def stage(self, envelope: Envelope, via: str | None) -> None:
        """Take a record in: it gets its number at the commit. A local drop has the operation X and no body.

        `via` is who brought it; None for a version that this node made itself.
        """

    def bring_in(self, envelopes: Sequence[Envelope]) -> None:
        """Let the tables above take in what was staged; a record they choke on stays a record all the same.

        The registers follow those that are this node's own: it had lost them.
        """

    def signed_otherwise(self, key_id: str, revoked: Collection[str], limit: int) -> list[Envelope]:
        """Own records that have to be signed anew: puts outside the stream `trust` that are not signed with `key_id`,
        and whatever is signed with one of `revoked`. At most `limit`, in order; nobody else changes them meanwhile.
        """

    def brought_by(self, vias: Collection[str], kinds: Collection[str], besides: Collection[str]) -> Iterable[Envelope]:
        """Every record of these kinds that one of `vias` brought, drops and origins in `besides` left out."""

    def note_seen(self, keys: Iterable[Key]) -> None:
        """Remember that a sweep came by these records."""

    def seen(self, keys: Sequence[Key]) -> set[Key]:
        """Which of these a sweep came by."""

    def forget_seen(self) -> None: ...

    # Whom to believe.

    def check_ahead(self, signed: Sequence[tuple[bytes, Envelope]]) -> None:
        """Check these signatures together, each by the key it should hold under: `is_signed` is asked for them next."""

    def is_signed(self, public: bytes, envelope: Envelope) -> bool: ...

    def node(self, name: str) -> KnownNode | None: ...

    def parents(self) -> Mapping[str, str | None]:
        """Every known node with its parent."""

    def keys(self, node: str, key_id: str) -> list[bytes]:
        """The public keys that statements have named `key_id`; more than one only if a parent lost its memory."""

    def learn(self, node: KnownNode, *, is_present: bool = True) -> None:
        """Remember the key, and, if it is the node's present one, the node as it is said to be."""

    def revoke(self, node: str, through: int) -> None:
        """The keys of a known node numbered up to `through` count no more on first receipt."""

    def forget_statement(self, rid: str, stated_by: str) -> None:
        """Forget the key that the statement `rid` made known, if `stated_by` had stated it; a node without a key that
        is left, altogether."""

    # Peers.

    def peer(self, peer: str, direction: Direction, stream: str) -> Peer | None:
        """Where a peer stands; in a transaction that writes, nobody else moves it meanwhile."""

    def peers(self, peer: str, direction: Direction) -> list[Peer]: ...

    def save_peer(self, peer: Peer) -> None: ...

    def drop_peer(self, peer: str, direction: Direction, stream: str) -> None: ...

    # Lives of a child.

    def hear_incarnation(self, peer: str, inc: int) -> None:
        """Remember that this incarnation was heard when it was the latest."""

    def fence_incarnation(self, peer: str, inc: int) -> bool:
        """Remember that it was refused for a later one; whether it had been heard when it was the latest."""

    def fenced_since(self, peer: str, since: datetime) -> int:
        """How many incarnations of a child were refused from `since` on."""

    def forget_overtaken(self, peer: str, before: datetime) -> None:
        """Forget the incarnations of a child below one that was heard before then, unless they were refused since."""

    def forget_incarnations(self, peer: str) -> None: ...

    # What has ended long ago.

    def horizons(self) -> list[Horizon]:
        """Those that were noted and not forgotten, the oldest first."""

    def note_horizon(self, seq: int) -> None:
        """Note that the parent has everything up to `seq` now."""

    def forget_horizons(self, horizons: Collection[Horizon]) -> None: ...

    def ended(self, after: int, upto: int, limit: int) -> list[Ended]:
        """At most `limit` tombstones and local drops numbered above `after`, up to `upto`, in order; without those of
        which another version waits in a quarantine, here or at a peer that has refused it."""

    def remove(self, keys: Sequence[Key]) -> None:
        """Forget these records as if they had never been."""

    def empty(self) -> None:
        """Forget every record but tombstones, what was erased, and the stream `trust`; where every peer stands; what
        was not accepted here or by the parent; the horizons; and what a sweep came by.

        What is kept keeps its number, and numbers go on from the head. The tables above are the caller's care.
        """

    # What was not accepted: here, and by the parent.

    def quarantine(self, peer: str, envelope: Envelope, reason: str) -> None: ...

    def quarantine_raw(self, peer: str, raw: bytes, position: int, reason: str) -> str:
        """Keep a line that is no envelope, under a name made from its place in the batch; its name."""

    def quarantined(self, origin: str, reasons: Collection[str]) -> list[tuple[str, Envelope]]:
        """(peer, envelope) of what waits of an origin for one of these reasons, the least version first."""

    def forget_waiting(self, peer: str, reasons: Collection[str]) -> None:
        """Forget what waits of a peer for one of these reasons, statements excepted."""

    def release(self, peer: str, envelope: Envelope) -> None: ...

    def purge(self, key: Key) -> None:
        """Forget everything in the quarantine that is of this record, whoever brought it."""

    def note_reject(self, peer: str, rejection: Rejection) -> None: ...

    def has_rejects(self, peer: str) -> bool: ...

    def forget_rejects(self, peer: str, keys: Iterable[Key]) -> None:
        """Forget what `peer` has refused of these records."""


class Ledgers(Protocol):
    """Where transactions come from. `write` commits at the end of its block, or nothing of it happened."""

    def read(self) -> AbstractContextManager[Ledger]: ...

    def write(self) -> AbstractContextManager[Ledger]: ...
