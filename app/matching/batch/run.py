"""A run from end to end: begun or carried on, computed part by part, and written to its file.

A run keeps to the market it began with: its listings are in the folder of the run, whatever the node has learnt since.
Persons are those who were active when it began; each is read when their part is computed, and one who is no longer
active by then is left out. So a run that nobody interrupts and during which no person changes gives the same file,
octet by octet, whoever its workers are and however many.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from app.audit.models import EVERYBODY, Action
from app.audit.service import record
from app.exchange.changes import head, log_id
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.db import Database
from app.matching.batch import generation, parts, people, tables
from app.matching.batch.finding import Asking, Found
from app.matching.batch.job import Job
from app.matching.batch.parts import Manifest, Parts
from app.matching.batch.spread import Rule, offered, room, spread
from app.matching.batch.tables import Row
from app.matching.batch.workers import Workers
from app.matching.engine.market import Placed
from app.matching.made_of import made_of
from app.matching.profile import KnownListing
from app.matching.queries import known_listings
from app.matching.table import SCORE_TABLE
from app.regions.tree import Regions
from app.taxonomy.tables import Taxonomy

PURPOSE = "match-batch"

WithWorkers = Callable[[Path, Job], AbstractContextManager[Workers]]


class OtherRun(Exception):
    """An unfinished run that is not the one asked for; the message says in what."""


@dataclass(frozen=True)
class Outcome:
    """What a run came to."""

    persons: int
    with_matches: int
    rows: int
    left_out: int  # persons no longer active when their part was computed


@dataclass(frozen=True)
class Batch:
    """Runs over the persons and listings of one node, asked for by `actor`."""

    database: Database
    actor: Actor
    clock: Clock
    regions: Regions
    taxonomy: Taxonomy

    def begin(self, folder: Path, job: Job) -> Parts:
        """Begin a run in `folder`, which the caller occupies."""
        with self.database.read() as session:
            provenance = generation.provenance_now(session, made_of(self.taxonomy, self.regions))
            ids = people.active_ids(session, job.office)
            rooms: list[tuple[str, str, int]] = []

            def write_market(place: Path) -> None:
                listings = known_listings(session)
                seen = listings if job.spread is None else _noting(rooms, listings, job.spread)
                generation.write(place, provenance, self.taxonomy, self.regions, seen)

            manifest = Manifest(job, provenance, SCORE_TABLE.version, len(ids))
            return parts.begin(folder, manifest, ids, write_market, lambda: rooms)

    def carry_on(self, folder: Path, job: Job) -> Parts | None:
        """The unfinished run in `folder`, on whatever day it began; None if there is none.

        OtherRun if it was asked for otherwise, or if node or program have changed; Unreadable if it is damaged.
        """
        found = parts.begun(folder)
        if found is None:
            return None
        then = found.manifest
        if (other := _difference(then.job, replace(job, day=then.job.day))) is not None:
            raise OtherRun(other)
        if then.score_table != SCORE_TABLE.version:
            raise OtherRun(f"score table {then.score_table}, now {SCORE_TABLE.version}")
        if then.provenance.made_of != made_of(self.taxonomy, self.regions):
            raise OtherRun("another version of the program, of the occupations or of the divisions")
        with self.database.read() as session:
            if log_id(session) != then.provenance.log_id:
                raise OtherRun("another node, or this one before it was restored")
        return found

    def has_moved_on(self, run: Parts) -> bool:
        """Whether the node has learnt of anything since the run began."""
        with self.database.read() as session:
            return head(session) != run.manifest.provenance.seq

    def compute(self, run: Parts, with_workers: WithWorkers, advance: Callable[[int], None]) -> None:
        """Compute the parts that are not there; `advance` is told of every so many persons. NoWorkers if workers fail.

        One row of the audit trail says that everybody's profile was read, before the first is.
        """
        unfinished = run.unfinished()
        if not unfinished:
            return
        with self.database.write() as session:
            record(session, self.actor, self.clock, EVERYBODY, Action.READ, PURPOSE)
        with with_workers(run.market, run.manifest.job) as workers:
            for number, found in workers.found(self._asking(run, unfinished)):
                run.keep(number, found)
                advance(len(run.ids_of(number)))

    def _asking(self, run: Parts, numbers: Sequence[int]) -> Iterator[tuple[int, list[Asking]]]:
        for number in numbers:
            with self.database.read() as session:
                asked = people.asking(people.active_people(session, run.ids_of(number)))
            yield number, asked  # with no session open: the workers take their time


def write_file(run: Parts, out: Path) -> Outcome:
    """Write the file of a run whose parts are all there, and take the run away."""
    job, found = run.manifest.job, (run.read(number) for number in range(run.count))
    portions: Iterable[Found] = found if job.spread is None else [_spread(run, found, job.spread)]
    persons = with_matches = rows = 0
    with tables.writing(out, run.folder / "table.draft") as write:
        for portion in portions:
            made = [_row(id_, rank, one, job) for id_, placed in portion for rank, one in enumerate(placed, 1)]
            write(made)
            persons += len(portion)
            with_matches += sum(1 for _, placed in portion if placed)
            rows += len(made)
    parts.finish(run.folder)
    return Outcome(persons, with_matches, rows, run.manifest.persons - persons)


def _spread(run: Parts, found: Iterable[Found], rule: Rule) -> Found:
    candidates = [one for part in found for one in part]
    rounds = spread(candidates, run.rooms(), rule, run.manifest.job.day)
    return [(id_, offered(given, placed)) for (id_, placed), given in zip(candidates, rounds, strict=True)]


def _row(seeker_id: str, rank: int, one: Placed, job: Job) -> Row:
    return Row(seeker_id, rank, one.id, one.origin, one.total, SCORE_TABLE.version, job.day)


def _noting(
    rooms: list[tuple[str, str, int]], listings: Iterable[tuple[datetime, KnownListing]], rule: Rule
) -> Iterator[tuple[datetime, KnownListing]]:
    for expires_at, one in listings:
        rooms.append((one.id, one.origin, room(one.seats, one.referred, rule)))
        yield expires_at, one


def _difference(then: Job, now: Job) -> str | None:
    """In what two jobs differ, as words; None if they do not."""
    before, after = then.written(), now.written()
    differing = [f"{name} {before[name]!r}, now {after[name]!r}" for name in before if before[name] != after[name]]
    return "; ".join(differing) or None
