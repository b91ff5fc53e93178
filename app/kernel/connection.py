"""A connection that costs a deadline, not a place: uvicorn's HTTP/1.1 with an end to every wait for the other side.

uvicorn closes a connection that is idle after an answer, and no other: one that never sends a request, sends its head a
byte now and then, goes on with a body that nobody wants any more, or does not take its answer holds its place for ever,
and some hundreds of them hold them all. How long a body may take is the routes' (`kernel.http`).
"""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_WITHIN_S = 10.0  # from the connection, or from the last answer, to the end of a request's head
TAKEN_WITHIN_S = 30.0  # without one byte of an answer being taken
_LOOK_EVERY_S = 1.0


class BoundedConnection(H11Protocol):
    """One connection. Time is looked at once a second: what arrives meanwhile starts no clock anew."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._free_since: float | None = self.loop.time()  # None while a request is being answered
        self._left_to_send, self._taken_at = 0, self.loop.time()
        self._look_task = self.loop.call_later(_LOOK_EVERY_S, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        self._look_task.cancel()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        super().handle_events()
        if self.cycle is not None and not self.cycle.response_complete:
            self._free_since = None

    def on_response_complete(self) -> None:
        self._free_since = self.loop.time()
        super().on_response_complete()

    def _look(self) -> None:
        now = self.loop.time()
        if self._is_stuck(now) or (self._free_since is not None and now - self._free_since > HEAD_WITHIN_S):
            self.transport.abort()  # not `close`, which waits for what is unsent to be taken
            return
        self._look_task = self.loop.call_later(_LOOK_EVERY_S, self._look)

    def _is_stuck(self, now: float) -> bool:
        """Whether an answer waits, and nothing of it was taken for too long."""
        left: int = self.transport.get_write_buffer_size()
        if left == 0 or left < self._left_to_send:
            self._taken_at = now
        if left:
            self._free_since = None if self._free_since is None else now  # an answer on its way is no idle connection
        self._left_to_send = left
        return now - self._taken_at > TAKEN_WITHIN_S
