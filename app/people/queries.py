"""Reading job seekers. Every selection for a person at the counter goes through `visible_to`."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.orm import Session, contains_eager

from app.kernel.actor import Actor
from app.kernel.problems import NotFound
from app.people.models import JobSeeker, JobSeekerHead, JobSeekerLog, JobSeekerRegistration
from app.people.rules import RUNNING, State


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The job seekers that `actor` may see: those of the own office, whatever the role."""
    return JobSeeker.office_id == actor.office_id


def seekers(actor: Actor) -> Select[JobSeeker]:
    """The job seekers that `actor` may see, each with the present registration."""
    return with_registration().where(visible_to(actor))


def with_registration() -> Select[JobSeeker]:
    """Every job seeker of this node with the present registration; `seekers` is for whoever acts for an office."""
    return select(JobSeeker).join(JobSeeker.registration).options(contains_eager(JobSeeker.registration))


def seekers_in(actor: Actor, state: State) -> Select[JobSeeker]:
    """Those of `seekers` whose present registration is in `state`."""
    return seekers(actor).where(JobSeekerRegistration.state == str(state))


def matching(
    actor: Actor, *, citizen_id: str | None = None, name: str | None = None, phone: str | None = None
) -> Select[JobSeeker]:
    """Those of `seekers` for whom all that is given is just so; a citizen id as `citizen_id.normalise` makes it."""
    found = seekers(actor)
    if citizen_id is not None:
        found = found.where(JobSeeker.citizen_id == citizen_id)
    if name is not None:
        found = found.where(JobSeeker.name == name)
    if phone is not None:
        found = found.where(JobSeeker.phone == phone)
    return found


def take_change_number(session: Session) -> int:
    """The next number of a change; whoever wants one meanwhile waits until this transaction has ended.

    So the numbers become visible in their order: who has read up to n has missed nothing below.
    """
    taken = update(JobSeekerHead).values(head=JobSeekerHead.head + 1).returning(JobSeekerHead.head)
    return session.execute(taken.execution_options(synchronize_session=False)).scalar_one()


def last_change(session: Session) -> int:
    """The highest number of a change."""
    return session.execute(select(func.max(JobSeeker.change_seq))).scalar() or 0


def changed_after(seq: int, limit: int) -> Select[JobSeeker]:
    """At most `limit` job seekers of this node, whichever office, whose last change is numbered above `seq`, in order.

    For what is kept in memory beside the tables; nobody is shown a person through it.
    """
    return with_registration().where(JobSeeker.change_seq > seq).order_by(JobSeeker.change_seq).limit(limit)


def log_of(seeker_id: str) -> Select[JobSeekerLog]:
    """The log of one person, oldest line first."""
    return select(JobSeekerLog).where(JobSeekerLog.seeker_id == seeker_id).order_by(JobSeekerLog.version)


def get_seeker(session: Session, actor: Actor, seeker_id: str) -> JobSeeker:
    """The job seeker with this id; NotFound also where the person belongs to another office."""
    seeker = session.scalar(seekers(actor).where(JobSeeker.id == seeker_id))
    if seeker is None:
        raise NotFound()
    return seeker


def get_seeker_for_change(session: Session, actor: Actor, seeker_id: str) -> JobSeeker:
    """Like `get_seeker`, and nobody else changes the person until this transaction ends.

    Two statements: PostgreSQL, after waiting for the lock, would join the person as they are now with the registration
    as it was before (only what is locked is read again).
    """
    session.execute(select(JobSeeker.id).where(visible_to(actor), JobSeeker.id == seeker_id).with_for_update())
    return get_seeker(session, actor, seeker_id)


def lock_overdue(session: Session, today: date, limit: int) -> list[JobSeeker]:
    """At most `limit` people of this node whose registration runs and was valid until before `today`, locked.

    Whoever is being changed at a counter just now is left for the next run. Two statements, as above.
    """
    overdue = (
        JobSeekerRegistration.state.in_(map(str, RUNNING)),
        JobSeekerRegistration.valid_until < today,
    )
    found = select(JobSeeker.id).join(JobSeeker.registration).where(*overdue).order_by(JobSeeker.id).limit(limit)
    locked = session.scalars(found.with_for_update(of=JobSeeker, skip_locked=True)).all()
    return list(session.scalars(with_registration().where(JobSeeker.id.in_(locked), *overdue)))


def profile_values(seeker: JobSeeker) -> dict[str, Any]:
    """What matching reads of a person: the stored profile and the birth date; no name, no citizen id, no contact."""
    return {**seeker.profile, "birth_on": seeker.birth_on.isoformat()}
