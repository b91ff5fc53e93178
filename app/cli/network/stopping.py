"""Ctrl-C, SIGTERM and a closed terminal mean the same: stop everything in order."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(Exception):
    """Somebody asked to stop; raised in the main thread wherever it is."""


class StopSignals:
    """While entered, the first stop signal raises `Stopped`; later ones are ignored, for stopping has begun."""

    def __init__(self) -> None:
        self._asked = False
        self._holding_back = False

    def __enter__(self) -> "StopSignals":
        self._before = {number: signal.signal(number, self._receive) for number in _SIGNALS}
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Hold a signal back until the end of the block: a process must not start and be forgotten."""
        self._holding_back = True
        try:
            yield
        finally:
            self._holding_back = False
        if self._asked:
            raise Stopped

    def ignore_from_now(self) -> None:
        """Stopping has begun for another reason; a signal changes nothing any more."""
        self._asked = True

    def _receive(self, _: int, __: FrameType | None) -> None:
        if self._asked:
            return
        self._asked = True
        if not self._holding_back:
            raise Stopped
