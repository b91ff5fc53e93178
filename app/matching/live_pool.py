"""The job seekers of a running node as a pool, followed as they change. It is kept in memory only.

Like the market, whoever asks is given the pool as the asking session sees it: by the number of the last change.
"""

from dataclasses import dataclass, replace
from threading import Lock

from sqlalchemy.orm import Session

from app.matching.engine.pool import Pool
from app.matching.profile import KnownPerson
from app.matching.reading import read_profile
from app.people.models import JobSeeker
from app.people.queries import changed_after, last_change, profile_values
from app.people.rules import State
from app.regions.tree import Regions
from app.taxonomy.tables import Taxonomy

_AT_ONCE = 1_000


@dataclass(frozen=True)
class _State:
    """A pool as of a number of the changes, and the words that the node had been taught when it was made."""

    pool: Pool
    seq: int
    taught: frozenset[tuple[str, str, str]]


class LivePool:
    """The persons of one node with an active registration, shared by all requests of a process."""

    def __init__(self, taxonomy: Taxonomy, regions: Regions) -> None:
        self._taxonomy, self._regions = taxonomy, regions
        self._state: _State | None = None
        self._lock = Lock()

    def current(self, session: Session) -> Pool:
        """The pool as `session` sees it."""
        with self._lock:
            state, taught = self._state, self._taxonomy.taught
            if state is None or state.taught != taught:  # a new word may say what a person wishes
                state = _State(Pool.empty(self._taxonomy, self._regions), 0, taught)
            self._state = state = self._caught_up(session, state)
            return state.pool

    @staticmethod
    def _caught_up(session: Session, state: _State) -> _State:
        newest, seq = last_change(session), state.seq
        changed: dict[str, tuple[str, KnownPerson] | None] = {}
        while seq < newest:
            seekers = session.scalars(changed_after(seq, _AT_ONCE)).all()
            for seeker in seekers:
                changed[seeker.id] = _known(seeker) if seeker.registration.state == State.ACTIVE else None
            seq = seekers[-1].change_seq if seekers else newest
        if not changed:
            return state
        active = [known for known in changed.values() if known is not None]
        gone = changed.keys() - {person.id for _, person in active}
        return replace(state, pool=state.pool.changed(active, gone), seq=seq)


def _known(seeker: JobSeeker) -> tuple[str, KnownPerson]:
    return seeker.office_id, KnownPerson(seeker.id, read_profile(profile_values(seeker)))
