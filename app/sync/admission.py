"""Who may have a batch applied now: few at once, few more waiting, one a child; the others are told when to come.

A batch keeps a processor and the writer busy. Without a bound, the children that come back together after an outage
would hold every thread of the process, and the counters with them. Those that are not let in are given different
times, spread as fast as the process has been seen to apply.
"""

import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Annotated

import anyio
from fastapi import Depends, Request

from app.kernel.problems import TooMany
from app.sync.authentication import CallingChild

AT_ONCE, QUEUE, WAIT_S = 2, 8, 10.0  # a child's whole request has 20 s
LONGEST_S = 60
_SMOOTHING = 0.2


class ParentBusy(TooMany):
    slug, zh, en = "parent-busy", "上级正在处理其他批次，请稍后再报", "The parent is applying other batches"


class Admission:
    """The turns of one process."""

    def __init__(
        self,
        at_once: int = AT_ONCE,
        queue: int = QUEUE,
        wait_s: float = WAIT_S,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._turns = anyio.Semaphore(at_once)
        self._at_once, self._queue, self._wait_s, self._now = at_once, queue, wait_s, now
        self._children: set[str] = set()
        self._takes_s = 0.5  # how long a batch takes; learned
        self._next_free = 0.0  # when the last of those that were sent away may come

    @asynccontextmanager
    async def take(self, child: str) -> AsyncIterator[None]:
        """Hold a turn for the length of the block; ParentBusy (429) if there is none, or the child has one already."""
        is_full = self._turns.value == 0 and self._turns.statistics().tasks_waiting >= self._queue
        if is_full or child in self._children:
            raise self._later()
        self._children.add(child)
        try:
            with anyio.move_on_after(self._wait_s) as patience:
                await self._turns.acquire()
            if patience.cancelled_caught:
                raise self._later()
            began = self._now()
            try:
                yield
            finally:
                self._turns.release()
                self._takes_s += _SMOOTHING * (self._now() - began - self._takes_s)
        finally:
            self._children.discard(child)

    def _later(self) -> ParentBusy:
        """The refusal with a time of its own: after those that wait, and after those sent away before."""
        each = self._takes_s / self._at_once
        now = self._now()
        self._next_free = min(max(now + self._queue * each, self._next_free) + each, now + LONGEST_S)
        return ParentBusy(retry_after_s=max(1, math.ceil(self._next_free - now)))


async def _turn(request: Request, child: CallingChild) -> AsyncIterator[None]:
    admission: Admission = request.app.state.admission
    async with admission.take(child):
        yield


# Taken once it is known who calls, so that nobody else can fill the queue, and before anything is unpacked.
PushTurn = Annotated[None, Depends(_turn, scope="function")]
