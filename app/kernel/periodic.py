"""Work that comes round by itself: one thread that runs jobs every so often.

A job that fails is logged and tried again next time; it never stops the others. Jobs are safe to repeat, so several
processes may run them side by side.
"""

import threading
from collections.abc import Callable, Sequence
from functools import wraps

import structlog
from sqlalchemy.orm import Session

from app.kernel.db import Database

log = structlog.get_logger(__name__)
Job = Callable[[], object]


class Periodic:
    """Runs `jobs` every `interval_s` seconds between `start` and `stop`, the first time at once."""

    def __init__(self, name: str, jobs: Sequence[Job], interval_s: float) -> None:
        self._jobs = jobs
        self._interval_s = interval_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end, and wait until it has."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def run_once(self) -> None:
        """Run every job now, in this thread."""
        for job in self._jobs:
            try:
                job()
            except Exception as error:
                log.error(
                    "job failed", kind=getattr(job, "__name__", "job"), error=type(error).__name__, exc_info=error
                )

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.run_once()
            self._stopping.wait(self._interval_s)


def in_transaction(database: Database, job: Callable[[Session], object]) -> Job:
    """`job` in a transaction of its own, all or nothing."""

    @wraps(job)
    def run() -> object:
        with database.write() as session:
            return job(session)

    return run
