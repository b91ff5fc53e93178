"""The wires: small TCP proxies between a child and its parent, on which requests and answers meet with mishaps.

A wire that is cut holds what it is given, as a network does whose sender goes on trying. When it is mended, what was
held goes on its way, even if who sent it is gone meanwhile, or else every connection breaks. Requests are taken whole,
so that one can be lost, come late or twice.
"""

import asyncio
import contextlib
import random
import threading
import time
from asyncio import StreamReader, StreamWriter
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from tests.chaos.schedule import Fault

LIKELY = 0.5  # that a request meets with a mishap while such mishaps happen
LATE_S = (0.3, 4.0)


@dataclass(frozen=True)
class Passed:
    """A request and its answer: on which wire, when (by the monotonic clock), and what they were."""

    wire: str
    sent_at: float
    answered_at: float
    what: str


class Wires:
    """The thread in which all wires are served."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="wires", daemon=True)
        self._thread.start()

    def lay(self, name: str, parent_port: int, seed: int) -> "Wire":
        """A wire to a port of this machine, from a port of its own."""
        wire = Wire(name, parent_port, random.Random(seed))
        self.do(wire.listen())
        return wire

    def do(self, what: Coroutine[Any, Any, Any]) -> Any:
        """Run in the wires' thread; its result."""
        return asyncio.run_coroutine_threadsafe(what, self.loop).result(10)

    def stop(self) -> None:
        self.do(self._end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    async def _end(self) -> None:
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Wire:
    """The way from one child to its parent. Everything but the attributes is for the wires' thread."""

    def __init__(self, name: str, parent_port: int, rnd: random.Random) -> None:
        self.name, self.port = name, 0
        self._parent_port, self._rnd = parent_port, rnd
        self._up, self._down = asyncio.Event(), asyncio.Event()  # set while bytes pass
        self._up.set()
        self._down.set()
        self._cuts: Counter[str] = Counter()  # several may hold one direction
        self._mishaps: Counter[Fault] = Counter()  # those that happen now, by how many wish it
        self._connections: set[StreamWriter] = set()
        self._deliveries: set[asyncio.Task[None]] = set()
        self.happened: Counter[Fault] = Counter()
        self.passed: list[Passed] | None = None  # while it is watched

    async def listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    # What is done to a wire.

    async def let_happen(self, mishap: Fault) -> None:
        """From now on requests meet with a mishap, about every other one."""
        self._mishaps[mishap] += 1

    async def end(self, mishap: Fault) -> None:
        self._mishaps[mishap] -= 1

    async def cut(self, cut: Fault) -> None:
        """Hold what goes up, down, or both."""
        for way in _ways(cut):
            self._cuts[way] += 1
        self._apply()

    async def mend(self, cut: Fault, *, breaks: bool) -> None:
        """End a cut. What was held goes on, or every connection breaks."""
        for way in _ways(cut):
            self._cuts[way] -= 1
        if breaks:
            for writer in self._connections:
                writer.transport.abort()
        self._apply()

    def _apply(self) -> None:
        for way, passes in (("up", self._up), ("down", self._down)):
            if self._cuts[way]:
                passes.clear()
            else:
                passes.set()

    async def watch(self) -> None:
        """Note from now on what passes."""
        self.passed = []

    # What passes.

    async def _serve(self, child: StreamReader, to_child: StreamWriter) -> None:
        """One connection of the child, and the one to the parent that it leads to."""
        opened = [to_child]
        self._connections.add(to_child)
        try:
            parent: tuple[StreamReader, StreamWriter] | None = None
            while (request := await _message(child)) is not None:
                await self._up.wait()
                mishap = self._mishap()
                if mishap in (Fault.LATE_REQUEST, Fault.REPEATED_REQUEST):
                    self._deliver(request)
                if mishap in (Fault.LATE_REQUEST, Fault.LOST_REQUEST):
                    return
                if parent is None:
                    parent = await asyncio.open_connection("127.0.0.1", self._parent_port)
                    opened.append(parent[1])
                    self._connections.add(parent[1])
                sent_at = time.monotonic()
                parent[1].write(request)
                answer = await self._answer(parent[0], child)
                if answer is None or mishap is Fault.LOST_ANSWER:
                    return
                await self._bring(answer, to_child, is_late=mishap is Fault.LATE_ANSWER)
                if self.passed is not None:
                    self.passed.append(Passed(self.name, sent_at, time.monotonic(), _first_line(request, answer)))
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            for writer in opened:
                self._connections.discard(writer)
                writer.transport.abort()

    async def _bring(self, answer: bytes, to_child: StreamWriter, *, is_late: bool) -> None:
        if is_late:
            await asyncio.sleep(self._rnd.uniform(*LATE_S))
        await self._down.wait()
        to_child.write(answer)
        await to_child.drain()

    async def _answer(self, parent: StreamReader, child: StreamReader) -> bytes | None:
        """The parent's answer; None if it ended without one, or the child gave up and the parent can know of it."""
        answer = asyncio.ensure_future(_message(parent))
        gone = asyncio.ensure_future(child.read(1))  # a child sends nothing while it waits: this is its end
        try:
            await asyncio.wait((answer, gone), return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                await self._up.wait()
                return None
            return answer.result()
        finally:
            answer.cancel()
            gone.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError, asyncio.IncompleteReadError):
                await gone

    def _mishap(self) -> Fault | None:
        active = sorted(mishap for mishap, wishes in self._mishaps.items() if wishes)
        new = [mishap for mishap in active if not self.happened[mishap]]  # surely, or a short run may not have it
        if not active or (not new and self._rnd.random() > LIKELY):
            return None
        chosen = self._rnd.choice(new or active)
        self.happened[chosen] += 1
        return chosen

    def _deliver(self, request: bytes) -> None:
        """Bring a request to the parent on its own, some time later; nobody waits for the answer."""
        task = asyncio.ensure_future(self._deliver_late(request, self._rnd.uniform(*LATE_S)))
        self._deliveries.add(task)
        task.add_done_callback(self._deliveries.discard)

    async def _deliver_late(self, request: bytes, after_s: float) -> None:
        await asyncio.sleep(after_s)
        await self._up.wait()
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            parent, to_parent = await asyncio.open_connection("127.0.0.1", self._parent_port)
            try:
                to_parent.write(request)
                await asyncio.wait_for(_message(parent), 30)
            except TimeoutError:
                return
            finally:
                to_parent.transport.abort()


def _first_line(request: bytes, answer: bytes) -> str:
    asked, answered = (message.split(b"\r\n", 1)[0].decode("ascii", "replace") for message in (request, answer))
    return f"{asked.rpartition(' ')[0].partition('&cursor')[0]} {answered.split(' ')[1]}"


def _ways(cut: Fault) -> tuple[str, ...]:
    return {Fault.CUT_UP: ("up",), Fault.CUT_DOWN: ("down",), Fault.PARTITION: ("up", "down")}[cut]


async def _message(reader: StreamReader) -> bytes | None:
    """One HTTP/1.1 message as it stands; None at the end of the connection. A node always says how long it is."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as end:
        if end.partial:
            raise
        return None
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
        if name.lower() == b"transfer-encoding":
            raise OSError("a message without a length")
    return head + await reader.readexactly(length)
