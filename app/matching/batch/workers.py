"""Who works: this process, processes beside it, or a Dask cluster. All are asked alike and give the same.

Processes on one machine map the generation in its folder, so that its memory is shared. A cluster is sent the octets:
its machines need no file system in common with the node, and 100,000 listings are some ten megabytes.
"""

import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from app.matching.batch import generation
from app.matching.batch.finding import Asking, Found, find, find_in_packed
from app.matching.batch.job import Job
from app.matching.engine.snapshot import Unusable

_AHEAD = 2  # parts a worker has before it, so that none waits for the next

Submit = Callable[[Sequence[Asking]], "Future[Found]"]


class NoWorkers(Exception):
    """Workers that cannot be had, or that were lost; the message says why."""


@dataclass(frozen=True)
class Workers:
    """Some workers that wait for parts."""

    submit: Submit
    count: int

    def found(self, parts: Iterable[tuple[int, Sequence[Asking]]]) -> Iterator[tuple[int, Found]]:
        """What was found for each numbered part, as they are finished. Parts are read as workers become free."""
        waiting: dict[Future[Found], int] = {}
        for number, people in parts:
            waiting[self.submit(people)] = number
            if len(waiting) >= _AHEAD * self.count:
                yield from _finished(waiting)
        while waiting:
            yield from _finished(waiting)


def _finished(waiting: "dict[Future[Found], int]") -> Iterator[tuple[int, Found]]:
    done, _ = wait(waiting, return_when=FIRST_COMPLETED)
    for future in done:
        yield waiting.pop(future), future.result()


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def processes(folder: Path, job: Job, count: int) -> Iterator[Workers]:
    """`count` processes that map the generation in `folder`; one is this process itself."""
    if count == 1:
        yield Workers(lambda people: _at_once(folder, job, people), 1)
        return
    # Not forked: this process has connections and threads that a copy must not share.
    executor = ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_ignore_interrupts)
    try:
        yield Workers(lambda people: executor.submit(find, folder, job, people), count)
    except BrokenProcessPool as error:
        raise NoWorkers("one was ended from outside; was there too little memory?") from error
    finally:
        executor.shutdown(cancel_futures=True)


def _at_once(folder: Path, job: Job, people: Sequence[Asking]) -> "Future[Found]":
    done: Future[Found] = Future()
    done.set_result(find(folder, job, people))
    return done


def _ignore_interrupts() -> None:
    """Ctrl-C reaches every process of the terminal; only the first ends the run."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def cluster(folder: Path, job: Job, scheduler: str, timeout_s: float = 10) -> Iterator[Workers]:
    """The workers of the Dask cluster at `scheduler`; NoWorkers if there are none, or if Dask is not installed."""
    try:
        import distributed
    except ImportError:
        raise NoWorkers("a cluster needs Dask: pip install 'sanlian[batch]'") from None
    connect: Any = distributed.Client
    lost = (distributed.scheduler.KilledWorker, distributed.comm.core.CommClosedError, CancelledError)
    try:
        client = connect(scheduler, timeout=timeout_s)
    except (OSError, ValueError) as error:
        raise NoWorkers(f"no scheduler answers at {scheduler}") from error
    with client:
        threads = sum(client.nthreads().values())
        if not threads:
            raise NoWorkers(f"the scheduler at {scheduler} has no workers")
        files = generation.packed(folder)
        name = sha256(repr([(file, sha256(octets).digest()) for file, octets in files.items()]).encode()).hexdigest()
        sent = client.scatter(files, broadcast=True, hash=False)
        executor: Executor = client.get_executor(pure=False)
        try:
            yield Workers(lambda people: executor.submit(find_in_packed, name, sent, job, people), threads)
        except lost as error:
            raise NoWorkers(f"the cluster gave up ({type(error).__name__})") from error
        except Unusable as error:
            raise NoWorkers(
                f"the market that was sent is of no use there ({error}); is it the same version?"
            ) from error
