"""A ledger in memory: what the simulation puts in the place of a database, and nothing more.

It keeps the promises of a real one (a transaction happens as a whole or not at all, numbers in the order of commits)
and checks at every commit that no record goes back. `test_ledgers` holds it against the one on a database.
"""

import random
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from app.exchange import trust
from app.exchange.envelope import Envelope
from app.exchange.keys import NodeKey, number_of
from app.exchange.ledger import Change, Direction, Ended, Horizon, Key, KnownNode, Meta, Peer, Rejection, Which
from app.exchange.node import LocalNode
from app.exchange.records import Draft, next_version
from app.exchange.streams import stream_of
from tests.simulation.disk import Clock, Disk, Row
from tests.simulation.memory_keys import signature_of


class WentBack(AssertionError):
    """A stored record was replaced by one that ranks lower."""


class RevokedTaken(AssertionError):
    """A record was taken in for the first time under a key that was revoked."""


def _is_among(row: Row, which: Which) -> bool:
    e, is_through = row.envelope, which.or_via is not None and row.via == which.or_via
    return (
        (which.drops or e.op != "X")
        and (which.stream is None or stream_of(e.kind) == which.stream)
        and (which.kinds is None or e.kind in which.kinds)
        and (which.origins is None or e.origin in which.origins or is_through)
        and e.origin not in which.besides
        and (which.vias is None or row.via in which.vias)
    )


def _is_live(envelope: Envelope) -> bool:
    return envelope.op == "P" and stream_of(envelope.kind) != "trust"


class MemoryLedger:
    """A `Ledger` on one disk."""

    def __init__(self, disk: Disk, local: LocalNode | None, clock: Clock, chance: random.Random) -> None:
        self.disk, self._local, self._clock, self._chance = disk, local, clock, chance
        self._staged: dict[Key, tuple[Envelope, str | None]] = {}
        self._revoked = {name: node.revoked for name, node in disk.nodes.items()}

    @property
    def local(self) -> LocalNode:
        assert self._local is not None, "a transaction of no process"
        return self._local

    def go_on_as(self, local: LocalNode) -> None:
        """Sign as this from here on."""
        self._local = local

    def now(self) -> datetime:
        return self._clock.now()

    def take_turn(self) -> None: ...

    def meta(self) -> Meta:
        return self.disk.meta

    def change_meta(self, **changes: int | bool) -> None:
        self.disk.meta = replace(self.disk.meta, **changes)  # type: ignore[arg-type]  # names are the caller's care

    def token(self, size: int) -> str:
        return f"{self._chance.getrandbits(size * 8):0{size * 2}x}"

    def head(self) -> int:
        return self.disk.head

    def mark_at(self, seq: int) -> str:
        found = [(at, position, mark) for position, (mark, at) in enumerate(self.disk.marks.items()) if at <= seq]
        return max(found)[2] if found else ""

    def has_mark(self, mark: str) -> bool:
        return mark in self.disk.marks

    def begin_history(self, log_id: str, mark: str) -> None:
        self.disk.meta = replace(self.disk.meta, log_id=log_id)
        self.disk.marks = {mark: self.disk.head}

    def changes(self, after: int, limit: int, which: Which) -> list[Change]:
        found = [
            Change(row.seq, row.envelope)
            for row in self.disk.records.values()
            if row.seq > after and _is_among(row, which)
        ]
        found.sort(key=lambda change: change.seq)
        return found[:limit]

    def count(self, after: int, which: Which) -> int:
        return len(self.changes(after, 10**9, which))

    def highest(self, origins: Collection[str], vias: Collection[str]) -> int:
        if any(envelope.origin in origins and via in vias for envelope, via in self._staged.values()):
            return self.disk.head + len(self._staged)
        rows = self.disk.records.values()
        return max((row.seq for row in rows if row.envelope.origin in origins and row.via in vias), default=0)

    def held(self, keys: Sequence[Key]) -> dict[Key, Envelope]:
        found: dict[Key, Envelope] = {}
        for key in keys:
            if key in self._staged:
                found[key] = self._staged[key][0]
            elif key in self.disk.records:
                found[key] = self.disk.records[key].envelope
        return found

    def stage(self, envelope: Envelope, via: str | None) -> None:
        self._staged[envelope.key] = (envelope, via)

    def publish(self, kind: str, rid: str, body: str | None, region: str | None, op: str = "P") -> Envelope:
        """Stage the next version of an own record. What `records` and the commit hook do elsewhere."""
        before = self.held([(self.local.node, kind, rid)]).get((self.local.node, kind, rid))
        draft = Draft(kind, rid, op, 1, region, None, body)
        envelope = next_version(self.local, draft, None if before is None else before.version)
        self.stage(envelope, None)
        if op == "E":
            self.purge(envelope.key)
        return envelope

    @property
    def made(self) -> list[Envelope]:
        """What this transaction has made of the node's own."""
        return [envelope for envelope, via in self._staged.values() if via is None]

    def bring_in(self, envelopes: Sequence[Envelope]) -> None:
        for envelope in envelopes:
            statement = trust.read_statement(envelope) or trust.read_revocation(envelope)
            if statement is not None:
                trust.learn(self, envelope, statement)
            elif envelope.kind in trust.KINDS:
                trust.forget(self, envelope)
            elif envelope.body is None:
                self.disk.shown.pop(envelope.key, None)
            else:
                self.disk.shown[envelope.key] = envelope.body

    def signed_otherwise(self, key_id: str, revoked: Collection[str], limit: int) -> list[Envelope]:
        found = [
            row
            for row in self.disk.records.values()
            if row.envelope.origin == self.local.node
            and row.envelope.op != "X"
            and (row.envelope.key_id in revoked or (_is_live(row.envelope) and row.envelope.key_id != key_id))
        ]
        return [row.envelope for row in sorted(found, key=lambda row: row.seq)[:limit]]

    def brought_by(self, vias: Collection[str], kinds: Collection[str], besides: Collection[str]) -> Iterator[Envelope]:
        for row in list(self.disk.records.values()):
            e = row.envelope
            if row.via in vias and e.op != "X" and e.kind in kinds and e.origin not in besides:
                yield e

    def note_seen(self, keys: Iterable[Key]) -> None:
        self.disk.seen.update(keys)

    def seen(self, keys: Sequence[Key]) -> set[Key]:
        return self.disk.seen.intersection(keys)

    def forget_seen(self) -> None:
        self.disk.seen.clear()

    def check_ahead(self, signed: Sequence[tuple[bytes, Envelope]]) -> None: ...

    def is_signed(self, public: bytes, envelope: Envelope) -> bool:
        return envelope.sig == signature_of(public, envelope.signed_bytes)

    def node(self, name: str) -> KnownNode | None:
        return self.disk.nodes.get(name)

    def parents(self) -> Mapping[str, str | None]:
        return {name: node.parent for name, node in self.disk.nodes.items()}

    def keys(self, node: str, key_id: str) -> list[bytes]:
        return sorted(
            public for (name, public), (called, _) in self.disk.keys.items() if (name, called) == (node, key_id)
        )

    def learn(self, node: KnownNode, *, is_present: bool = True) -> None:
        self.disk.keys[node.node, node.public_key] = node.key_id, node.statement
        if is_present:
            self.disk.nodes[node.node] = node

    def revoke(self, node: str, through: int) -> None:
        known = self.disk.nodes[node]
        self.disk.nodes[node] = replace(known, revoked=max(known.revoked, through))

    def forget_statement(self, rid: str, stated_by: str) -> None:
        for name, public in [key for key, (_, statement) in self.disk.keys.items() if statement == rid]:
            node = self.disk.nodes[name]
            if (node.parent or name) != stated_by:
                continue
            del self.disk.keys[name, public]
            left = [
                (number_of(called), key, called, rid)
                for (of, key), (called, rid) in self.disk.keys.items()
                if of == name
            ]
            if not left:
                del self.disk.nodes[name]
            else:
                _, key, called, statement = max(left)
                self.disk.nodes[name] = replace(node, key_id=called, public_key=key, statement=statement)

    def peer(self, peer: str, direction: Direction, stream: str) -> Peer | None:
        return self.disk.peers.get((peer, direction, stream))

    def peers(self, peer: str, direction: Direction) -> list[Peer]:
        return [p for p in self.disk.peers.values() if p.peer == peer and p.dir == direction]

    def save_peer(self, peer: Peer) -> None:
        self.disk.peers[peer.peer, peer.dir, peer.stream] = peer

    def drop_peer(self, peer: str, direction: Direction, stream: str) -> None:
        self.disk.peers.pop((peer, direction, stream), None)

    def hear_incarnation(self, peer: str, inc: int) -> None:
        _, fenced = self.disk.incarnations.get((peer, inc), (None, None))
        self.disk.incarnations[peer, inc] = (self.now(), fenced)

    def fence_incarnation(self, peer: str, inc: int) -> bool:
        heard, _ = self.disk.incarnations.get((peer, inc), (None, None))
        self.disk.incarnations[peer, inc] = (heard, self.now())
        return heard is not None

    def fenced_since(self, peer: str, since: datetime) -> int:
        rows = self.disk.incarnations.items()
        return sum(name == peer and fenced is not None and fenced >= since for (name, _), (_, fenced) in rows)

    def forget_overtaken(self, peer: str, before: datetime) -> None:
        rows = self.disk.incarnations
        overtook = (inc for (name, inc), (heard, _) in rows.items() if name == peer and heard and heard < before)
        last = max(overtook, default=0)
        self.disk.incarnations = {
            (name, inc): (heard, fenced)
            for (name, inc), (heard, fenced) in rows.items()
            if name != peer or inc >= last or (fenced is not None and fenced >= before)
        }

    def forget_incarnations(self, peer: str) -> None:
        self.disk.incarnations = {key: row for key, row in self.disk.incarnations.items() if key[0] != peer}

    def horizons(self) -> list[Horizon]:
        return sorted(self.disk.horizons, key=lambda one: (one.at, one.seq))

    def note_horizon(self, seq: int) -> None:
        self.disk.horizons |= {Horizon(self.now(), seq)}

    def forget_horizons(self, horizons: Collection[Horizon]) -> None:
        self.disk.horizons -= frozenset(horizons)

    def ended(self, after: int, upto: int, limit: int) -> list[Ended]:
        waiting = {key for _, key, _ in self.disk.quarantine} | {key for _, key in self.disk.rejects}
        found = [
            Ended(row.seq, row.envelope, row.via)
            for key, row in self.disk.records.items()
            if row.envelope.op in "DX" and after < row.seq <= upto and key not in waiting
        ]
        return sorted(found, key=lambda one: one.seq)[:limit]

    def remove(self, keys: Sequence[Key]) -> None:
        for key in keys:
            del self.disk.records[key]

    def empty(self) -> None:
        disk = self.disk
        rows = [(key, row, row.envelope) for key, row in disk.records.items()]
        disk.records = {
            key: row for key, row, e in rows if e.op in "DE" or (e.op == "P" and stream_of(e.kind) == "trust")
        }
        disk.peers, disk.quarantine, disk.rejects = {}, {}, {}
        disk.horizons, disk.seen = frozenset(), set()

    def quarantine(self, peer: str, envelope: Envelope, reason: str) -> None:
        self.disk.quarantine[peer, envelope.key, envelope.version] = (reason, envelope)

    def quarantine_raw(self, peer: str, raw: bytes, position: int, reason: str) -> str:
        raise AssertionError("the simulation sends no line that cannot be read")

    def quarantined(self, origin: str, reasons: Collection[str]) -> list[tuple[str, Envelope]]:
        found = [
            (peer, envelope)
            for (peer, key, _), (reason, envelope) in self.disk.quarantine.items()
            if key[0] == origin and reason in reasons
        ]
        return sorted(found, key=lambda one: one[1].version)

    def forget_waiting(self, peer: str, reasons: Collection[str]) -> None:
        rows = self.disk.quarantine
        gone = [
            k for k, (reason, e) in rows.items() if k[0] == peer and reason in reasons and stream_of(e.kind) != "trust"
        ]
        for key in gone:
            del rows[key]

    def release(self, peer: str, envelope: Envelope) -> None:
        self.disk.quarantine.pop((peer, envelope.key, envelope.version), None)

    def purge(self, key: Key) -> None:
        for waiting in [waiting for waiting in self.disk.quarantine if waiting[1] == key]:
            del self.disk.quarantine[waiting]

    def note_reject(self, peer: str, rejection: Rejection) -> None:
        self.disk.rejects[peer, rejection.key] = rejection

    def has_rejects(self, peer: str) -> bool:
        return any(name == peer for name, _ in self.disk.rejects)

    def forget_rejects(self, peer: str, keys: Iterable[Key]) -> None:
        for key in keys:
            self.disk.rejects.pop((peer, key), None)

    def _check_key(self, envelope: Envelope, via: str | None, before: Envelope | None) -> None:
        """RevokedTaken for what others made, came here first, and not from above to the node that had lost it."""
        if via is None or envelope.op == "X" or stream_of(envelope.kind) == "trust":
            return
        is_first = before is None or before.version != envelope.version
        is_given_back = via == self.local.parent and envelope.origin in trust.subtree(self, self.local.node)
        if is_first and not is_given_back and number_of(envelope.key_id) <= self._revoked.get(envelope.origin, 0):
            raise RevokedTaken(f"{envelope.key} under {envelope.key_id} via {via}")

    def commit(self) -> None:
        """Number what was staged."""
        disk = self.disk
        if not self._staged:
            return
        self.bring_in(self.made)
        for envelope, via in self._staged.values():
            before = disk.records.get(envelope.key)
            self._check_key(envelope, via, None if before is None else before.envelope)
            if before is not None and envelope.op != "X" and before.envelope.rank > envelope.rank:
                raise WentBack(f"{envelope.key}: {before.envelope.rank} became {envelope.rank}")
            disk.head += 1
            disk.records[envelope.key] = Row(envelope, disk.head, via)
        disk.marks[self.token(8)] = disk.head


class MemoryLedgers:
    """Transactions on one disk, of one process. `disk` is exchanged as a whole by a commit, and by a restore."""

    def __init__(self, disk: Disk, clock: Clock, chance: random.Random) -> None:
        self.disk, self.clock, self._chance = disk, clock, chance
        self.local: LocalNode | None = None

    def signs_with(self) -> NodeKey:
        """The key of the process."""
        assert self.local is not None
        return self.local.key

    @contextmanager
    def read(self) -> Iterator[MemoryLedger]:
        yield MemoryLedger(self.disk, self.local, self.clock, self._chance)

    @contextmanager
    def write(self) -> Iterator[MemoryLedger]:
        ledger = MemoryLedger(self.disk.copy(), self.local, self.clock, self._chance)
        yield ledger
        ledger.commit()
        self.disk = ledger.disk
