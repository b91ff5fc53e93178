"""The exposure of the persons of a node: each is matched as at the counter, and only what groups were shown is kept."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from app.audit.models import EVERYBODY, Action
from app.audit.service import record
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.db import Database
from app.matching.batch import generation, people
from app.matching.batch.finding import Asking
from app.matching.batch.job import Job
from app.matching.batch.parts import PART
from app.matching.batch.run import WithWorkers
from app.matching.exposure.groups import groups_of
from app.matching.exposure.tally import Tally
from app.matching.made_of import made_of
from app.matching.queries import known_listings
from app.regions.tree import Regions
from app.taxonomy.tables import Taxonomy

PURPOSE = "match-audit"


@dataclass(frozen=True)
class Measure:
    """Measures the persons of one node over its listings, asked for by `actor`. `city` is the code of its city."""

    database: Database
    actor: Actor
    clock: Clock
    regions: Regions
    taxonomy: Taxonomy
    city: str

    def begin(self, folder: Path, office: str) -> list[str]:
        """Write the market into `folder`; the ids of the persons to measure.

        One row of the audit trail says that everybody's profile and citizen id are read.
        """
        with self.database.write() as session:
            record(session, self.actor, self.clock, EVERYBODY, Action.READ, PURPOSE)
        with self.database.read() as session:
            provenance = generation.provenance_now(session, made_of(self.taxonomy, self.regions))
            generation.write(folder, provenance, self.taxonomy, self.regions, known_listings(session))
            return people.active_ids(session, office)

    def exposure(
        self, folder: Path, job: Job, ids: list[str], with_workers: WithWorkers, advance: Callable[[int], None]
    ) -> Tally:
        """What the groups of `ids` are shown; `advance` is told of every so many persons. NoWorkers if they fail."""
        tally, belongs_to = Tally(), dict[str, dict[str, str]]()

        def asking() -> Iterator[tuple[int, list[Asking]]]:
            for start in range(0, len(ids), PART):
                with self.database.read() as session:
                    asked = self._asking(session, ids[start : start + PART], job, belongs_to)
                yield start, asked  # with no session open: the workers take their time

        with with_workers(folder, job) as workers:
            for start, found in workers.found(asking()):
                for id_, placed in found:
                    tally.add(belongs_to.pop(id_), [one.total for one in placed])
                advance(len(ids[start : start + PART]))
        return tally

    def _asking(
        self, session: Session, ids: list[str], job: Job, belongs_to: dict[str, dict[str, str]]
    ) -> list[Asking]:
        """What workers are told; of the citizen id only the groups are kept, and only until the person is counted."""
        seekers = people.active_people(session, ids)
        for one in seekers:
            belongs_to[one.id] = groups_of(one.citizen_id, one.birth_on, self.city, job.day)
        return people.asking(seekers)
