"""Moving a registration through its lifecycle (`rules.REGISTRATION`): one verb each, and the job that lets lapse.

Every verb raises the person's version by one, logs one line under that version and leaves one row in the audit trail;
NotFound for a person of another office, PreconditionFailed where the person is not at `version` (None: whichever),
RefusedTransition where the verb is not possible.
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.audit.models import Action
from app.audit.service import record
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.http import check_version
from app.kernel.ids import new_id
from app.kernel.problems import RefusedTransition
from app.people import queries, rules
from app.people.models import JobSeeker, JobSeekerLog, JobSeekerRegistration

EXPIRED_AT_ONCE = 500  # bounds the length of the job's transaction; the next run takes the rest


def activate(
    session: Session, actor: Actor, clock: Clock, seeker_id: str, valid_days: int, version: int | None = None
) -> JobSeeker:
    """Make a draft count; it holds `valid_days` from today."""
    return _turn(session, actor, clock, seeker_id, "activate", version, valid_days=valid_days)


def renew(
    session: Session, actor: Actor, clock: Clock, seeker_id: str, valid_days: int, version: int | None = None
) -> JobSeeker:
    """Let the registration hold `valid_days` from today."""
    return _turn(session, actor, clock, seeker_id, "renew", version, valid_days=valid_days)


def reactivate(
    session: Session, actor: Actor, clock: Clock, seeker_id: str, valid_days: int, version: int | None = None
) -> JobSeeker:
    """Take up a lapsed registration again, for `valid_days` from today."""
    return _turn(session, actor, clock, seeker_id, "reactivate", version, valid_days=valid_days)


def lapse(
    session: Session, actor: Actor, clock: Clock, seeker_id: str, note: str = "", version: int | None = None
) -> JobSeeker:
    """Let the registration lapse before its time: the person was not heard of again."""
    return _turn(session, actor, clock, seeker_id, "lapse", version, note=note)


def cancel(
    session: Session, actor: Actor, clock: Clock, seeker_id: str, note: str = "", version: int | None = None
) -> JobSeeker:
    """End the registration because the person no longer looks for work here."""
    return _turn(session, actor, clock, seeker_id, "cancel", version, note=note)


def mark_employed(
    session: Session, actor: Actor, clock: Clock, seeker_id: str, note: str = "", version: int | None = None
) -> JobSeeker:
    """End the registration because the person has found work."""
    return _turn(session, actor, clock, seeker_id, "employ", version, note=note)


def register_again(
    session: Session, actor: Actor, clock: Clock, seeker_id: str, valid_days: int, version: int | None = None
) -> JobSeeker:
    """A new registration for a person whose last one ended; RefusedTransition while it has not."""
    seeker = queries.get_seeker_for_change(session, actor, seeker_id)
    check_version(seeker.version, version)
    state = seeker.registration.state
    if state not in rules.ENDED:
        possible = rules.REGISTRATION.offered(state)
        raise RefusedTransition(
            f"现有登记尚未结束（{state}），可以：{'、'.join(possible)}",
            f"the present registration has not ended ({state}); possible: {', '.join(possible)}",
            state=state,
            verb="register",
            possible=possible,
        )
    seeker.registration_number += 1
    add_registration(session, clock, seeker, rules.State.ACTIVE, valid_days)
    touch(session, seeker, clock)
    log(session, actor, clock, seeker, "register", state, str(rules.State.ACTIVE))
    record(session, actor, clock, seeker.id, Action.CHANGE, "register")
    session.flush()
    session.refresh(seeker, ["registration"])
    return seeker


def expire_due_registrations(session: Session, clock: Clock) -> int:
    """Let lapse what was valid until before today, at most 500 at once; how many. Run by the housekeeping job."""
    overdue = queries.lock_overdue(session, clock.today(), EXPIRED_AT_ONCE)
    for seeker in overdue:
        _move(session, None, clock, seeker, "lapse")
    return len(overdue)


def _turn(
    session: Session,
    actor: Actor,
    clock: Clock,
    seeker_id: str,
    verb: str,
    version: int | None,
    *,
    valid_days: int | None = None,
    note: str = "",
) -> JobSeeker:
    seeker = queries.get_seeker_for_change(session, actor, seeker_id)
    check_version(seeker.version, version)
    _move(session, actor, clock, seeker, verb, note)
    if valid_days is not None:
        seeker.registration.valid_until = rules.valid_until(clock.today(), valid_days)
    record(session, actor, clock, seeker.id, Action.CHANGE, verb)
    session.flush()
    return seeker


def _move(session: Session, actor: Actor | None, clock: Clock, seeker: JobSeeker, verb: str, note: str = "") -> None:
    before = seeker.registration.state
    seeker.registration.state = rules.REGISTRATION.target(before, verb)
    touch(session, seeker, clock)
    log(session, actor, clock, seeker, verb, before, seeker.registration.state, note=note)


def add_registration(session: Session, clock: Clock, seeker: JobSeeker, state: rules.State, valid_days: int) -> None:
    """Add the registration with the person's present number, from today. Refresh `seeker.registration` afterwards."""
    today = clock.today()
    session.add(
        JobSeekerRegistration(
            id=new_id(clock),
            seeker_id=seeker.id,
            number=seeker.registration_number,
            state=str(state),
            registered_on=today,
            valid_until=rules.valid_until(today, valid_days),
        )
    )


def touch(session: Session, seeker: JobSeeker, clock: Clock) -> None:
    """Raise the person's version and number the change: something about the person or the registration is new."""
    seeker.change_seq = queries.take_change_number(session)
    seeker.version += 1
    seeker.updated_at = clock.now()


def log(
    session: Session,
    actor: Actor | None,
    clock: Clock,
    seeker: JobSeeker,
    verb: str,
    from_state: str | None,
    to_state: str,
    *,
    note: str = "",
    fields: Sequence[str] = (),
) -> None:
    """Add the line of the person's present version to the log; `actor` None is the job."""
    session.add(
        JobSeekerLog(
            seeker_id=seeker.id,
            version=seeker.version,
            registration_number=seeker.registration_number,
            at=clock.now(),
            actor_id=actor.id if actor else None,
            verb=verb,
            from_state=from_state,
            to_state=to_state,
            note=note,
            fields=list(fields),
        )
    )
