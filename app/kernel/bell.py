"""A bell that threads ring and coroutines wait for: how a long poll hears of a commit without asking again."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock

from app.kernel.problems import Busy


class Bell:
    """Rung from any thread; at most `most` listen at once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._listening: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self.is_over = False  # rung for the last time: nobody should wait any more

    def ring(self) -> None:
        """Set the event of everybody who listens. Quick, and never fails."""
        with self._lock:
            listening = tuple(self._listening)
        for loop, event in listening:
            with suppress(RuntimeError):  # that loop has ended meanwhile, and nobody waits in it
                loop.call_soon_threadsafe(event.set)

    def ring_out(self) -> None:
        """Ring for the last time: the process is about to end, and whoever waits should answer with what there is."""
        self.is_over = True
        self.ring()

    @contextmanager
    def listen(self) -> Iterator[asyncio.Event]:
        """An event that every ringing within the block sets; Busy (503) when too many listen already."""
        entry = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            if len(self._listening) >= self._most:
                raise Busy("等待变更的连接过多", "too many wait for changes", retry_after_s=5)
            self._listening.add(entry)
        try:
            yield entry[1]
        finally:
            with self._lock:
                self._listening.discard(entry)
