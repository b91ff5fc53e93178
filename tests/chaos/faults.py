"""What is done to the network: each fault of the schedule, from its beginning to its end, in a thread of its own."""

import resource
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from tests.chaos.book import Book
from tests.chaos.network import Backup, Network, Node
from tests.chaos.schedule import CLOCK_OFFSETS_S, CUTS, ON_REQUESTS, Event, Fault

SHOWS_WITHIN_S = 10.0  # after its time, a fault that nobody has met with yet
LATEST = 3  # backups of a node among which a restore mostly chooses
FULL_AT_BYTES = 1024  # no file may grow past it, or be written behind it: every database is larger


class Disturber:
    """Does what the schedule says, and counts what really happened."""

    def __init__(self, network: Network, book: Book) -> None:
        self._network, self._book = network, book
        self._happened: Counter[Fault] = Counter()
        self._counting = threading.Lock()
        self._is_over = threading.Event()
        self._writing_down = threading.Lock()
        self._going_back: set[str] = set()  # written down as restored, and still on the disk of before
        self._threads: list[threading.Thread] = []
        self.failures: list[str] = []
        self.refused_on_full_disk: Counter[int] = Counter()  # by status
        self.gone = 0

    @property
    def happened(self) -> Counter[Fault]:
        """How often each kind of fault really happened: a request that met with a mishap, a restore that was done."""
        with self._counting:
            counts = Counter({fault: self._happened[fault] for fault in Fault})
        for wire in self._network.wires.values():
            counts.update(wire.happened)
        return counts

    def begin(self, event: Event) -> None:
        """Let an event happen, and do not wait for it."""
        thread = threading.Thread(target=self._run, args=(event,), name=f"{event.fault}-{event.at_s:.1f}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def wait(self) -> None:
        """Until every fault has ended that was begun."""
        for thread in self._threads:
            thread.join()

    def _run(self, event: Event) -> None:
        try:
            self._perform(event)
        except Exception as error:
            self.failures.append(f"{event}: {type(error).__name__}: {error}")

    def _perform(self, event: Event) -> None:
        if event.fault in ON_REQUESTS:
            self._spoil_requests(event)
        elif event.fault in CUTS:
            self._cut(event)
        else:
            with self._at(event.targets) as nodes:
                self._on_nodes(event)(event, nodes)

    def _on_nodes(self, event: Event) -> Callable[[Event, Sequence[Node]], None]:
        alone: dict[Fault, Callable[[Event, Sequence[Node]], None]] = {
            Fault.KILL: self._kill,
            Fault.FREEZE: self._freeze,
            Fault.COPY: self._copy,
            Fault.CLOCK: self._set_clock,
            Fault.FULL_DISK: self._fill_disk,
        }
        return alone.get(event.fault, self._restore)

    @contextmanager
    def _at(self, names: Sequence[str]) -> Iterator[list[Node]]:
        """The nodes, while nobody else does anything to them; always taken in one order."""
        with ExitStack() as stack:
            nodes = [self._network.nodes[name] for name in sorted(names)]
            for node in nodes:
                stack.enter_context(node.turn)
            yield nodes

    def _count(self, fault: Fault) -> None:
        with self._counting:
            self._happened[fault] += 1

    def wait_for_all_kinds(self, seconds: float) -> None:
        """Until every kind has happened, or this time is over; from then on nobody waits for a fault to show."""
        until = time.monotonic() + seconds
        while not all(self.happened.values()) and time.monotonic() < until:
            time.sleep(0.1)
        self._is_over.set()

    def _last(self, lasts_s: float, has_shown: Callable[[], object]) -> None:
        """Let a fault last, and longer if nobody has met with it by then."""
        time.sleep(lasts_s)
        until = time.monotonic() + SHOWS_WITHIN_S
        while not has_shown() and time.monotonic() < until and not self._is_over.wait(0.1):
            pass

    # On wires.

    def _spoil_requests(self, event: Event) -> None:
        wires = [self._network.wires[name] for name in event.targets]
        before = [wire.happened[event.fault] for wire in wires]
        for wire in wires:
            self._network.do(wire.let_happen(event.fault))
        self._last(event.lasts_s, lambda: [wire.happened[event.fault] for wire in wires] != before)
        for wire in wires:
            self._network.do(wire.end(event.fault))

    def _cut(self, event: Event) -> None:
        wires = [self._network.wires[name] for name in event.targets]
        for wire in wires:
            self._network.do(wire.cut(event.fault))
            self._count(event.fault)
        time.sleep(event.lasts_s)
        for wire in wires:
            self._network.do(wire.mend(event.fault, breaks=bool(event.pick % 2)))

    # On processes.

    def _kill(self, event: Event, nodes: Sequence[Node]) -> None:
        for node in nodes:
            node.stop(signal.SIGKILL)
            self._count(Fault.KILL)
        time.sleep(event.lasts_s / 2)
        self._network.start(nodes)

    def _freeze(self, event: Event, nodes: Sequence[Node]) -> None:
        for node in nodes:
            assert node.process is not None
            node.process.send_signal(signal.SIGSTOP)
            self._count(Fault.FREEZE)
            time.sleep(event.lasts_s)
            node.process.send_signal(signal.SIGCONT)

    def _set_clock(self, event: Event, nodes: Sequence[Node]) -> None:
        """Start the node by a wrong clock, and some time later by the right one: both are jumps."""
        offset_s = CLOCK_OFFSETS_S[event.pick % len(CLOCK_OFFSETS_S)]
        for value in (offset_s, 0):
            for node in nodes:
                node.stop(signal.SIGTERM if event.pick % 2 else signal.SIGKILL)
                node.clock_offset_s = value
            self._network.start(nodes)
            if value:
                self._count(Fault.CLOCK)
                time.sleep(event.lasts_s)

    def _copy(self, event: Event, nodes: Sequence[Node]) -> None:
        """Run a copy beside the node. It is ended by a person, who then starts the node itself anew."""
        for node in nodes:
            copy = node.copy(self._network.folder / f"copy-{event.at_s:.1f}-{node.node}")
            try:
                self._network.start([copy])
                self._count(Fault.COPY)
                time.sleep(event.lasts_s)
            finally:
                copy.stop(signal.SIGKILL)
            node.stop()
            self._network.start([node])

    # On disks.

    def _fill_disk(self, event: Event, nodes: Sequence[Node]) -> None:
        """No file of the node can be written; it counts once the office was refused a write by it."""
        for node in nodes:
            assert node.process is not None
            refused: Counter[int] = Counter()
            self._tell_refusals(node, refused)
            resource.prlimit(node.process.pid, resource.RLIMIT_FSIZE, (FULL_AT_BYTES, resource.RLIM_INFINITY))
            self._last(event.lasts_s, refused.total)
            resource.prlimit(node.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
            self._tell_refusals(node, None)
            if refused:
                self._count(Fault.FULL_DISK)
                self.refused_on_full_disk.update(refused)

    def _tell_refusals(self, node: Node, refused: Counter[int] | None) -> None:
        for clerk in node.clerks:
            clerk.refused = refused

    def _restore(self, event: Event, nodes: Sequence[Node]) -> None:
        """Put the nodes back to backups of theirs, together, and start them again."""
        backups = [_chosen(node.backups, event.pick // (number + 1)) for number, node in enumerate(nodes)]
        for node in nodes:
            node.stop(signal.SIGKILL)
        self._write_down(nodes, backups)
        restores = [node.restore(backup) for node, backup in zip(nodes, backups, strict=True)]
        for node, restore in zip(nodes, restores, strict=True):
            if restore.wait(60) != 0:
                raise RuntimeError(f"{node.node} was not restored: {node.output()}")
            with self._writing_down:
                self._going_back.remove(node.node)
        time.sleep(event.lasts_s / 4)
        self._network.start(nodes)
        self._count(event.fault)

    def _write_down(self, nodes: Sequence[Node], backups: Sequence[Backup]) -> None:
        """In the book: what is gone with these disks. The clerks of these nodes stand still meanwhile."""
        with ExitStack() as stack:
            for node in nodes:
                for clerk in node.clerks:
                    stack.enter_context(clerk.turn)
            stack.enter_context(self._writing_down)
            self._going_back.update(node.node for node in nodes)
            self._network.observe(self._book, besides=self._going_back)
            photographs = {node.node: backup.photograph for node, backup in zip(nodes, backups, strict=True)}
            self.gone += self._book.restored(photographs)


def _chosen(backups: Sequence[Backup], pick: int) -> Backup:
    """One of the latest as a rule: a network that keeps losing everything has little left to lose. At times any."""
    choice = backups if pick % 8 == 0 else backups[-LATEST:]
    return choice[pick // 8 % len(choice)]
