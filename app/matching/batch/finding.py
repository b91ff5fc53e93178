"""The best of a generation for some persons: what a worker does, wherever it runs.

A worker is told ids and profiles, never a name, a citizen id or a contact, and keeps none of them.
"""

import atexit
import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import mkdtemp
from threading import Lock
from typing import Any

from app.matching.batch import generation
from app.matching.batch.job import Job
from app.matching.engine.market import Placed
from app.matching.reading import read_profile

Asking = tuple[str, dict[str, Any]]  # a person's id, and the values that `read_profile` takes
Found = list[tuple[str, list[Placed]]]  # persons by id in the order asked, each with the best listings, best first

_unpacked: dict[str, Path] = {}
_unpacking = Lock()


def find(folder: Path, job: Job, people: Sequence[Asking]) -> Found:
    """What suits each of `people` best in the market of `folder`."""
    market = generation.opened(folder)
    return [
        (
            id_,
            list(market.top(read_profile(values), job.day, job.depth, seeker_id=id_, filters=job.filters)),
        )
        for id_, values in people
    ]


def find_in_packed(name: str, files: dict[str, bytes], job: Job, people: Sequence[Asking]) -> Found:
    """The same with a generation that was sent: it is written to a folder of this process once, known by `name`."""
    with _unpacking:
        if name not in _unpacked:
            folder = Path(mkdtemp(prefix="sanlian-market-"))
            atexit.register(shutil.rmtree, folder, ignore_errors=True)
            generation.unpack(files, folder)
            _unpacked[name] = folder
    return find(_unpacked[name], job, people)
