"""Who is matched: the persons with an active registration, read part by part so that few are in memory at a time."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from app.matching.batch.finding import Asking
from app.matching.batch.job import EVERY_OFFICE
from app.people.models import JobSeeker, JobSeekerRegistration
from app.people.queries import profile_values, with_registration
from app.people.rules import State

_ACTIVE = JobSeekerRegistration.state == str(State.ACTIVE)


def active_ids(session: Session, office: str) -> list[str]:
    """The ids of all active persons of an office, or of the node, in order."""
    wanted = select(JobSeeker.id).join(JobSeeker.registration).where(_ACTIVE, _of(office)).order_by(JobSeeker.id)
    return list(session.scalars(wanted))


def active_people(session: Session, ids: Sequence[str]) -> list[JobSeeker]:
    """Those of `ids` who are active now, in the order of ids."""
    wanted = with_registration().where(_ACTIVE, JobSeeker.id.in_(ids)).order_by(JobSeeker.id)
    return list(session.scalars(wanted))


def asking(seekers: Sequence[JobSeeker]) -> list[Asking]:
    """What workers are told of persons."""
    return [(seeker.id, profile_values(seeker)) for seeker in seekers]


def _of(office: str) -> ColumnElement[bool]:
    return true() if office == EVERY_OFFICE else JobSeeker.office_id == office
