"""A small network in which everything may go wrong: its nodes, its wires, and what can happen to them.

A node is a disk; a process runs on it, is killed, and another begins. Wires lose requests and answers, deliver late and
twice. Disks are put back to an earlier copy, alone or several at once, and copied while the original runs on. What a
process has acknowledged is written down, and with it what only a disk that is gone had known.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from app.exchange import identity, trust
from app.exchange.envelope import Envelope
from app.exchange.keys import NodeKey
from app.exchange.ledger import Key, Meta
from app.exchange.node import LocalNode
from app.kernel.problems import Problem
from app.sync import feed, push, recovery
from app.sync.carrier import Carrier, Copied, NotConfirmed
from app.sync.greeting import greeting
from app.sync.link import LinkDown, Refused
from app.sync.protocol import Batch, Cursor, Hello, Page, PushAnswer
from app.sync.subscriber import Reader
from tests.simulation.memory_ledger import EPOCH, Clock, Disk, MemoryKey, MemoryLedgers

TREE = {"city": None, "d1": "city", "d2": "city", "s1": "d1", "s2": "d1", "s3": "d2"}
TIERS = {"city": "city", "d1": "district", "d2": "district", "s1": "street", "s2": "street", "s3": "street"}
REGIONS = {"city": "440100", "d1": "440104", "d2": "440105", "s1": "440104003", "s2": "440104004", "s3": "440105001"}
NOTE = "note"
KINDS = frozenset({NOTE, trust.KIND})
BATCH = 3
MESSAGES = 5000  # in one sequence; a hundred are usual
Rank = tuple[int, int, int]


class TalksWithoutEnd(AssertionError):
    """A node and its parent go round in circles."""


class Killed(Exception):
    """The process that was at work was killed."""


@dataclass
class Process:
    """One life of a node."""

    node: str
    ledgers: MemoryLedgers
    carrier: Carrier
    reader: Reader
    is_copy: bool = False

    @property
    def disk(self) -> Disk:
        return self.ledgers.disk


class World:
    """The network, what was acknowledged in it, and what of that nobody can have any more."""

    def __init__(self, chance: random.Random, base: dict[str, Disk]) -> None:
        self.chance = chance
        self.clocks = {name: Clock(1_000_000) for name in TREE}
        self.disks = {name: disk.copy() for name, disk in base.items()}
        self.processes: dict[str, Process] = {}
        self.copies: list[Process] = []
        self.backups: dict[str, list[Disk]] = {name: [disk.copy()] for name, disk in base.items()}
        self.acknowledged: dict[Key, list[Rank]] = {}
        self.gone: set[tuple[Key, Rank]] = set()
        self.late: list[Callable[[], None]] = []
        self.trouble = 0.0  # how likely a message meets with a mishap
        self.rids = self.messages = 0
        self.dead_clocks: set[str] = set()
        for name in TREE:
            self.start(name)

    # Processes.

    def start(self, name: str) -> Process:
        """Begin a process on the node's disk, ending the one before."""
        self.stop(name)
        self.processes[name] = self._begin(name, self.disks[name])
        return self.processes[name]

    def stop(self, name: str) -> None:
        process = self.processes.pop(name, None)
        if process is not None:
            self.disks[name] = process.disk

    def _begin(self, name: str, disk: Disk, *, is_copy: bool = False) -> Process:
        ledgers = MemoryLedgers(disk, self.clocks[name], self.chance)
        with ledgers.write() as ledger:
            identity.draw(ledger, is_start=True)
        meta = ledgers.disk.meta
        ledgers.local = LocalNode(
            node=name, name=name, tier=meta.tier, region=meta.region, parent=meta.parent, parent_url=None,
            log_id=meta.log_id, inc=meta.inc, key=cast("NodeKey", MemoryKey(name)), since=meta.inc,
        )  # fmt: skip

        def renewed(local: LocalNode) -> None:
            ledgers.local = local

        carrier = Carrier(ledgers, ledgers.local, BATCH, renewed)
        return Process(name, ledgers, carrier, Reader(ledgers, meta.parent or "", carrier.hear_owned), is_copy)

    def disk_of(self, name: str) -> Disk:
        return self.processes[name].disk if name in self.processes else self.disks[name]

    # What people do.

    def write(self, process: Process, pick: int) -> None:
        """Publish something new, change something, or end it: acknowledged once it is committed."""
        node = process.node
        mine = sorted(key for key in process.disk.shown if key[0] == node)
        choice = pick % 4
        if choice == 0 or not mine:
            self.rids += 1
            rid = f"00000000-0000-7000-8000-{self.rids:012x}"
        else:
            rid = mine[pick // 4 % len(mine)][2]
        body = None if choice == 1 and mine else f'"{pick}"'
        with process.ledgers.write() as ledger:
            envelope = ledger.publish(NOTE, rid, body, REGIONS[node])
        self.acknowledged.setdefault(envelope.key, []).append(envelope.rank)

    # What goes wrong with disks.

    def back_up(self, name: str) -> None:
        self.backups[name].append(self.disk_of(name).copy())

    def restore(self, name: str, pick: int) -> None:
        """Put the node's disk back to one of its backups, and start it again."""
        self.stop(name)
        backup = self.backups[name][pick % len(self.backups[name])]
        self.disks[name] = backup.copy()
        self._count_gone()
        self.start(name)

    def copy(self, name: str) -> None:
        """Run a second process of a node on a copy of its disk, as after a careless move to another machine."""
        self.copies.append(self._begin(name, self.disk_of(name).copy(), is_copy=True))

    def end_copy(self) -> None:
        if self.copies:
            self.copies.pop()
            self._count_gone()

    def _count_gone(self) -> None:
        """Write down what no disk knows any more that could give it back: the origin's, a copy's, those above it."""
        for key, ranks in self.acknowledged.items():
            known = self._best(key)
            self.gone.update((key, rank) for rank in ranks if known is None or rank > known)

    def _best(self, key: Key) -> Rank | None:
        node: str | None = key[0]
        disks = [p.disk for p in self.copies if p.node == node]
        while node is not None:
            disks.append(self.disk_of(node))
            node = TREE[node]
        ranks = [disk.records[key].envelope.rank for disk in disks if key in disk.records]
        return max(ranks, default=None)

    # What goes wrong on wires.

    def mishap(self) -> str:
        """What happens to the next message."""
        if self.chance.random() >= self.trouble:
            return "none"
        return self.chance.choice(
            ("request lost", "answer lost", "late", "twice", "child killed", "parent killed before", "parent killed after")
        )

    def push_up(self, process: Process) -> None:
        self._at_work(process, lambda link: process.carrier.drain(link))

    def read_down(self, process: Process) -> None:
        def read(link: "Wire") -> None:
            for _ in range(20):
                if process.reader.read(link).is_end:
                    break

        self._at_work(process, read)

    def _at_work(self, process: Process, do: Callable[["Wire"], Any]) -> None:
        if TREE[process.node] is None:
            return
        try:
            do(Wire(self, process))
        except (LinkDown, Refused, NotConfirmed, Copied):
            pass
        except Killed:
            if process.is_copy:
                self.copies = [copy for copy in self.copies if copy is not process]
                self._count_gone()
            elif self.processes.get(process.node) is process:
                self.stop(process.node)

    def deliver_late(self, pick: int) -> None:
        """Let one of the requests that were given up arrive after all."""
        if self.late:
            self.late.pop(pick % len(self.late))()


@dataclass
class Wire:
    """The way of one process to its parent's: a `Link` on which messages get lost."""

    world: World
    process: Process

    @property
    def _parent(self) -> str:
        return TREE[self.process.node] or ""

    def hello(self) -> Hello:
        return self._ask(lambda ledger, now: greeting(ledger, self.process.node, now))

    def push(self, stream: str, batch: Batch) -> PushAnswer:
        name = self.process.node
        return self._ask(
            lambda ledger, _: push.accept_batch(ledger, name, stream, batch.header, batch.lines), writes=True
        )

    def owned(self, cursor: Cursor | None, *, everything: bool) -> Page:
        name = self.process.node
        return self._ask(lambda ledger, _: recovery.cut_owned(ledger, name, cursor, BATCH, everything=everything))

    def feed(self, cursor: Cursor | None, wait_s: int, owned_head: int) -> Page:
        name = self.process.node
        return self._ask(lambda ledger, _: feed.cut_page(ledger, name, KINDS, cursor, BATCH))

    def hang_up(self) -> None: ...

    def close(self) -> None: ...

    def _ask(self, do: Callable[..., Any], *, writes: bool = False) -> Any:
        world, mishap = self.world, self.world.mishap()
        world.messages += 1
        if world.messages > MESSAGES:
            raise TalksWithoutEnd
        if mishap in ("request lost", "late"):
            if mishap == "late" and writes:
                world.late.append(lambda: self._arrive_late(do))
            raise LinkDown(mishap)
        answer = self._handle(do, writes=writes, mishap=mishap)
        if mishap == "twice" and writes:
            self._arrive_late(do)
        if mishap == "answer lost":
            raise LinkDown(mishap)
        if mishap == "child killed":
            raise Killed
        return answer

    def _handle(self, do: Callable[..., Any], *, writes: bool, mishap: str = "none") -> Any:
        process = self.world.processes.get(self._parent)
        if process is None:
            raise LinkDown("the parent does not run")
        try:
            if not writes:
                with process.ledgers.read() as ledger:
                    return do(ledger, ledger.now())
            with process.ledgers.write() as ledger:
                answer = do(ledger, ledger.now())
                if mishap == "parent killed before":
                    raise Killed
        except Killed:
            self.world.stop(self._parent)
            raise LinkDown(mishap) from None
        except Problem as problem:
            raise Refused(problem.status, problem.slug, problem.extra) from None
        if mishap == "parent killed after":
            self.world.stop(self._parent)
            raise LinkDown(mishap)
        return answer

    def _arrive_late(self, do: Callable[..., Any]) -> None:
        try:
            self._handle(do, writes=True)
        except (LinkDown, Refused):
            pass


def enrolled() -> dict[str, Disk]:
    """The disks of the network as it is after everybody has joined."""
    chance = random.Random(0)
    clock = Clock(0)
    disks: dict[str, Disk] = {}
    root = MemoryKey("city").public
    statements: list[Envelope] = []
    for name, parent in TREE.items():
        meta = Meta(
            node=name, tier=TIERS[name], region=REGIONS[name], parent=parent, root_key=root,
            log_id=f"{chance.getrandbits(128):032x}", inc=0, recovering=False, confirmed=False, current=False,
            gc_floor=0, quarantine_rev=0,
        )  # fmt: skip
        disks[name] = Disk(meta)
    for position, (name, parent) in enumerate(TREE.items()):
        stater = parent or name
        meta = disks[stater].meta
        ledgers = MemoryLedgers(disks[stater], clock, chance)
        ledgers.local = LocalNode(
            node=stater, name=stater, tier=meta.tier, region=meta.region, parent=meta.parent, parent_url=None,
            log_id=meta.log_id, inc=1, key=cast("NodeKey", MemoryKey(stater)), since=1,
        )  # fmt: skip
        statement = identity_statement(name, parent)
        with ledgers.write() as ledger:
            ledger.publish(trust.KIND, f"00000000-0000-7000-9000-{position:012x}", statement, REGIONS[name])
        disks[stater] = ledgers.disk
        statements = [
            disks[above].records[key].envelope
            for above in _above(name)
            for key in disks[above].records
            if key[0] == above and _is_about(disks[above].records[key].envelope, {*_above(name), name})
        ]
        if parent is not None:
            _join(disks, name, statements, clock, chance)
    return disks


def identity_statement(name: str, parent: str | None) -> str:
    key = MemoryKey(name)
    import base64

    return trust.NodeStatement(
        node=name, name=name, tier=TIERS[name], region=REGIONS[name], parent=parent, key_id=key.key_id,
        public_key=base64.b64encode(key.public).decode(),
    ).model_dump_json()  # fmt: skip


def _above(name: str) -> Sequence[str]:
    parent = TREE[name]
    return () if parent is None else (*_above(parent), parent)


def _is_about(envelope: Envelope, names: set[str]) -> bool:
    statement = trust.read_statement(envelope)
    return statement is not None and statement.node in names


def _join(
    disks: dict[str, Disk], name: str, statements: list[Envelope], clock: Clock, chance: random.Random
) -> None:
    from app.exchange.receive import receive

    ledgers = MemoryLedgers(disks[name], clock, chance)
    meta = disks[name].meta
    ledgers.local = LocalNode(
        node=name, name=name, tier=meta.tier, region=meta.region, parent=meta.parent, parent_url=None,
        log_id=meta.log_id, inc=1, key=cast("NodeKey", MemoryKey(name)), since=1,
    )  # fmt: skip
    with ledgers.write() as ledger:
        verdicts = receive(ledger, statements, meta.parent or "")
        assert not verdicts.rejected, verdicts
    disks[name] = ledgers.disk
