"""A small network in which everything may go wrong: its nodes, its wires, and what can happen to them.

A node is a disk; a process runs on it, is killed, and another begins. Wires lose requests and answers, deliver late and
twice. Disks are put back to an earlier copy, alone or several at once, and copied while the original runs on. What a
process has acknowledged is written down, and with it what only a disk that is gone had known.
"""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from http import HTTPStatus
from typing import cast

from app.exchange import identity
from app.exchange.envelope import Envelope
from app.exchange.keeping import RESTORABLE
from app.exchange.keys import NodeKey
from app.exchange.ledger import Key
from app.exchange.node import LocalNode
from app.kernel import clock as kernel_clock
from app.kernel.clock import ClockWatch
from app.sync import collection
from app.sync.carrier import Carrier
from app.sync.link import LinkDown, Refused
from app.sync.obstacles import Copied, NotConfirmed, TooOld
from app.sync.subscriber import Reader
from tests.simulation.at_once import AtOnce
from tests.simulation.disk import Clock, Disk
from tests.simulation.memory_keys import MemoryKey, MemoryKeys
from tests.simulation.memory_ledger import MemoryLedgers
from tests.simulation.tree import REGIONS, TREE, local_node
from tests.simulation.wire import BATCH, NOTE, Killed, Wire

Rank = tuple[int, int, int]
KEPT = timedelta(days=180)
A_DAY_MS = 86_400_000


def rank_of(envelope: Envelope) -> Rank:
    """What a person expects to decide: an end is final and an erasure above it, then the life, then the version.

    Written down once more, since the rules that are tested have it from `Envelope.rank`.
    """
    return {"D": 1, "E": 2}.get(envelope.op, 0), envelope.inc, envelope.ver


@dataclass
class Process:
    """One life of a node."""

    node: str
    ledgers: MemoryLedgers
    carrier: Carrier
    reader: Reader
    keys: MemoryKeys
    watch: ClockWatch
    is_copy: bool = False

    @property
    def disk(self) -> Disk:
        return self.ledgers.disk

    def take_up(self, key: NodeKey) -> None:
        """Sign with another key from here on."""
        assert self.ledgers.local is not None
        self.ledgers.local = replace(self.ledgers.local, key=key)


class World:
    """The network, what was acknowledged in it, and what of that nobody can have any more."""

    def __init__(self, chance: random.Random, base: dict[str, Disk]) -> None:
        self.chance = chance
        self.clocks = {name: Clock(1_000_000) for name in TREE}
        self.keys = {name: MemoryKeys(MemoryKey(name)) for name in TREE}
        self.disks = {name: disk.copy() for name, disk in base.items()}
        self.processes: dict[str, Process] = {}
        self.copies: list[Process] = []
        self.backups: dict[str, list[tuple[int, Disk]]] = {name: [(0, disk.copy())] for name, disk in base.items()}
        self.days = 0  # that really passed, whatever the clocks say
        self.forgotten: dict[Key, Rank] = {}  # ends that a node has forgotten
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
        keys = self.keys[name].copy() if is_copy else self.keys[name]
        with ledgers.write() as ledger:
            identity.draw(ledger, is_start=True)
            key = identity.settled_key(ledger, keys)
        local = ledgers.local = local_node(ledgers.disk.meta, key)

        def renewed(local: LocalNode) -> None:
            ledgers.local = local

        watch = ClockWatch(cast("kernel_clock.Clock", self.clocks[name]), self.clocks[name].monotonic)
        carrier = Carrier(ledgers, local, BATCH, renewed, keys=keys, watch=watch, beside=AtOnce())
        reader = Reader(ledgers, local.parent or "", carrier.hear_owned)
        return Process(name, ledgers, carrier, reader, keys, watch, is_copy)

    def disk_of(self, name: str) -> Disk:
        return self.processes[name].disk if name in self.processes else self.disks[name]

    # What people do.

    def write(self, process: Process, pick: int) -> None:
        """Publish something new, change, end or erase something: acknowledged once it is committed."""
        node = process.node
        mine = sorted(key for key in process.disk.shown if key[0] == node)
        choice = pick % 4
        rid = self.new_rid() if choice == 0 or not mine else mine[pick // 4 % len(mine)][2]
        op = ("E" if pick % 16 == 1 else "D") if choice == 1 and mine else "P"
        body = f'"{pick}"' if op == "P" else None
        with process.ledgers.write() as ledger:
            drawn = identity.after_jump(ledger, process.watch)
            if drawn is not None:
                ledger.go_on_as(drawn)
            envelope = ledger.publish(NOTE, rid, body, REGIONS[node], op)
        if drawn is not None:  # what the commit hook does elsewhere
            process.ledgers.local = drawn
            process.watch.settle()
        self.acknowledge([envelope])

    def new_rid(self) -> str:
        self.rids += 1
        return f"00000000-0000-7000-8000-{self.rids:012x}"

    def acknowledge(self, made: Iterable[Envelope]) -> None:
        """Write down what was committed; statements are no work of a register, and nobody asks for them."""
        for envelope in made:
            if envelope.kind == NOTE:
                self.acknowledged.setdefault(envelope.key, []).append(rank_of(envelope))

    # What goes wrong with disks.

    def back_up(self, name: str) -> None:
        self.backups[name].append((self.days, self.disk_of(name).copy()))

    def restore(self, name: str, pick: int) -> None:
        """Put the node's disk back to one of its backups, and start it again. `sanlian restore` refuses old ones."""
        fresh = [disk for day, disk in self.backups[name] if self.days - day <= RESTORABLE.days]
        if not fresh:
            return
        self.stop(name)
        self.disks[name] = fresh[pick % len(fresh)].copy()
        self._count_gone()
        self.start(name)

    def rebuild(self, name: str) -> None:
        """What `sanlian restore --rebuild-from-parent` does: begin empty, and recover."""
        self.stop(name)
        ledgers = MemoryLedgers(self.disks[name], self.clocks[name], self.chance)
        with ledgers.write() as ledger:
            identity.begin_empty(ledger)
            ledger.disk.shown.clear()
        self.disks[name] = ledgers.disk
        self._count_gone()
        self.start(name)

    # What takes months.

    def pass_days(self, days: int) -> None:
        """Let months pass in which nothing else happens than what happens each hour, later."""
        self.days += days
        for clock in self.clocks.values():
            clock.ms += days * A_DAY_MS
        for process in (*self.processes.values(), *self.copies):
            process.carrier.greet_again()

    def rebuild_if_too_old(self, name: str) -> None:
        """Do what a person has to, who is told that a node was put back too far to recover by itself."""
        process = self.processes[name]
        with process.ledgers.read() as ledger:
            is_too_old = process.disk.meta.recovering and collection.is_too_old(ledger)
        if is_too_old:
            self.rebuild(name)

    def forget(self, process: Process) -> None:
        """Let a node forget what ended long ago, as its job does every minute."""
        before = process.disk.records
        collection.tidy(process.ledgers, KEPT)
        for key in before.keys() - process.disk.records.keys():
            end = rank_of(before[key].envelope)
            if before[key].envelope.op == "D":
                self.forgotten[key] = max(end, self.forgotten.get(key, end))

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
        ranks = [rank_of(disk.records[key].envelope) for disk in disks if key in disk.records]
        if key in self.forgotten:  # that it ended counts for good
            ranks.append(self.forgotten[key])
        return max(ranks, default=None)

    # What goes wrong on wires.

    def push_up(self, process: Process) -> None:
        self._at_work(process, process.carrier.drain)

    def read_down(self, process: Process) -> None:
        def read(link: Wire) -> None:
            for _ in range(20):
                if process.reader.read(link).is_end:
                    break

        self._at_work(process, read)

    def _at_work(self, process: Process, do: Callable[[Wire], object]) -> None:
        if TREE[process.node] is None:
            return
        try:
            do(Wire(self, process))
        except (LinkDown, NotConfirmed, Copied, TooOld):
            pass
        except Refused as refused:
            if refused.status == HTTPStatus.UNAUTHORIZED:
                process.carrier.greet_again()  # as the courier does after every error
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
