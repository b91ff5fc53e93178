"""The job seekers of a running node as a pool, followed as they change. It is kept in memory only.

Like the market, whoever asks is given the pool as the asking session sees it: by the number of the last change.
"""

from dataclasses import dataclass
from threading import Lock

from sqlalchemy.orm import Session

from app.matching.engine.pool import Pool
from app.matching.profile import Concepts, KnownPerson, Places
from app.matching.reading import read_profile
from app.people.models import JobSeeker
from app.people.queries import changed_after, last_change, profile_values
from app.people.rules import State

_AT_ONCE = 1_000


@dataclass(frozen=True)
class _State:
    """A pool as of a number of the changes."""

    pool: Pool
    seq: int


class LivePool:
    """The persons of one node with an active registration, shared by all requests of a process."""

    def __init__(self, concepts: Concepts, places: Places) -> None:
        self._concepts, self._places = concepts, places
        self._state: _State | None = None
        self._lock = Lock()

    def current(self, session: Session) -> Pool:
        """The pool as `session` sees it."""
        with self._lock:
            state = self._state or _State(Pool.empty(self._concepts, self._places), 0)
            self._state = state = self._caught_up(session, state)
            return state.pool

    def forget(self) -> None:
        """Make the pool anew when next asked: the tables that it was read with have changed."""
        with self._lock:
            self._state = None

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
        return _State(state.pool.changed(active, changed.keys() - {person.id for _, person in active}), seq)


def _known(seeker: JobSeeker) -> tuple[str, KnownPerson]:
    return seeker.office_id, KnownPerson(seeker.id, read_profile(profile_values(seeker)))
