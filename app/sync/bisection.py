"""Whether it is a record's fault that a parent fails (5xx): it fails again and again, and only for some batches. Pure.

A parent that is ill fails for everything, and is waited for. One that fails at the same batch five times in a row may
be made to fail by what is in it. From then on, until the end of that batch is reached, each such failure halves what
is sent, down to the one record; that is passed over only if the parent takes an empty batch in its place.
"""

from dataclasses import dataclass

from app.sync.protocol import Batch

EQUAL_FAILURES = 5


@dataclass
class Bisection:
    """What one child knows of the failures of its parent."""

    _last: tuple[str, int, int] | None = None  # stream, start of the batch, status
    _count: int = 0
    _until: tuple[str, int] | None = None  # stream, end of the batch that is being searched

    def failed(self, stream: str, batch: Batch, status: int) -> bool:
        """Note a failure; whether less is to be sent at once instead of waiting."""
        start = batch.header.from_.seq
        if self._until is not None and self._until[0] == stream and start < self._until[1]:
            return True
        failure = (stream, start, status)
        self._count = self._count + 1 if failure == self._last else 1
        self._last = failure
        if self._count >= EQUAL_FAILURES:
            self._until = stream, batch.header.to.seq
        return self._count >= EQUAL_FAILURES

    def passed(self, stream: str, reached: int) -> None:
        """Note that the parent has the stream up to a number."""
        self._last, self._count = None, 0
        if self._until is not None and self._until[0] == stream and reached >= self._until[1]:
            self._until = None

    def give_up(self) -> None:
        """The parent fails without any record, too: it is ill, and nothing is searched for."""
        self._last, self._count, self._until = None, 0, None
