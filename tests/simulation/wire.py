"""The way from a process to its parent's: a `Link` on which messages get lost, come late, twice, and kill."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from app.exchange import trust
from app.exchange.envelope import Envelope
from app.kernel.problems import Problem
from app.sync import feed, push, recovery
from app.sync.callers import check_caller, keys_of_caller
from app.sync.greeting import greeting
from app.sync.link import LinkDown, Refused
from app.sync.protocol import Batch, Cursor, Hello, Page, PushAnswer
from app.sync.push import Fenced
from app.sync.rotation import RotationRequest
from app.sync.signatures import BadSignature
from tests.simulation.memory_ledger import MemoryLedger
from tests.simulation.tree import TREE

if TYPE_CHECKING:
    from tests.simulation.world import Process, World

NOTE = "note"
KINDS = frozenset({NOTE, *trust.KINDS})
BATCH = 3
MESSAGES = 5000  # in one sequence; a hundred are usual
MISHAPS = (
    "request lost", "answer lost", "late", "twice", "child killed", "parent killed before", "parent killed after",
)  # fmt: skip
_Answer = TypeVar("_Answer")


class TalksWithoutEnd(AssertionError):
    """A node and its parent go round in circles."""


class Killed(Exception):
    """The process that was at work was killed."""


@dataclass
class Wire:
    """The way of one process to its parent's: a `Link` on which messages get lost."""

    world: "World"
    process: "Process"

    @property
    def _parent(self) -> str:
        return TREE[self.process.node] or ""

    def hello(self) -> Hello:
        return self._ask(lambda ledger: greeting(ledger, self.process.node, ledger.now()))

    def push(self, stream: str, batch: Batch) -> PushAnswer:
        name = self.process.node
        return self._ask(lambda ledger: push.accept_batch(ledger, name, stream, batch.header, batch.lines), writes=True)

    def prepare(self, batch: Batch) -> None: ...

    def owned(self, cursor: Cursor | None, *, everything: bool) -> Page:
        name = self.process.node
        return self._ask(lambda ledger: recovery.cut_owned(ledger, name, cursor, BATCH, everything=everything))

    def feed(self, cursor: Cursor | None, wait_s: int, owned_head: int) -> Page:
        name = self.process.node
        return self._ask(lambda ledger: feed.cut_page(ledger, name, KINDS, cursor, BATCH))

    def rotate(self, request: RotationRequest) -> Sequence[Envelope]:
        from tests.simulation.rekeying import accept

        return self._ask(lambda ledger: accept(self.world, ledger, request), writes=True, is_signed=False)

    def hang_up(self) -> None: ...

    def close(self) -> None: ...

    def _ask(self, act: Callable[[MemoryLedger], _Answer], *, writes: bool = False, is_signed: bool = True) -> _Answer:
        world, mishap, key = self.world, self._mishap(), self.process.ledgers.signs_with()

        def do(ledger: MemoryLedger) -> _Answer:
            if is_signed:  # what the routes ask first
                if key.public not in keys_of_caller(ledger, key.key_id):
                    raise BadSignature
                check_caller(ledger, key.key_id, key.public)
            return act(ledger)

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

    def _handle(self, do: Callable[[MemoryLedger], _Answer], *, writes: bool, mishap: str = "none") -> _Answer:
        process = self.world.processes.get(self._parent)
        if process is None:
            raise LinkDown("the parent does not run")
        try:
            if not writes:
                with process.ledgers.read() as ledger:
                    return do(ledger)
            with process.ledgers.write() as ledger:
                answer = do(ledger)
                if mishap == "parent killed before":
                    raise Killed
        except Killed:
            self.world.stop(self._parent)
            raise LinkDown(mishap) from None
        except Fenced as fenced:
            raise self._refused(process, fenced) from None
        except Problem as problem:
            raise Refused(problem.status, problem.slug, problem.extra) from None
        if mishap == "parent killed after":
            self.world.stop(self._parent)
            raise LinkDown(mishap)
        return answer

    def _refused(self, parent: "Process", fenced: Fenced) -> Refused:
        """What the parent's route does about an incarnation that was overtaken."""
        with parent.ledgers.write() as ledger:
            is_suspended = push.note_fencing(ledger, self.process.node, fenced.extra["inc"])
        problem = push.suspended(self.process.node) if is_suspended else fenced
        return Refused(problem.status, problem.slug, problem.extra)

    def _arrive_late(self, do: Callable[[MemoryLedger], object]) -> None:
        with suppress(LinkDown, Refused):
            self._handle(do, writes=True)

    def _mishap(self) -> str:
        chance = self.world.chance
        return chance.choice(MISHAPS) if chance.random() < self.world.trouble else "none"
