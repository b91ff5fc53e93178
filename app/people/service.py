"""What is done for a person at the counter: registering, changing, revealing. Each leaves one row in the audit trail.

What moves a registration through its lifecycle stands in `registration.py`.
"""

from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit.models import Action
from app.audit.service import record
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.http import check_version
from app.kernel.ids import new_id
from app.kernel.problems import Conflict, Invalid, invalid
from app.people import queries, rules
from app.people.citizen_id import CitizenId, NotACitizenId, parse_citizen_id
from app.people.codes import check_codes, understood
from app.people.models import JobSeeker
from app.people.profile import PROFILE_FIELDS, stored
from app.people.registration import add_registration, log, touch
from app.people.schemas import Purpose, SeekerIn, SeekerPatch
from app.regions.tree import Regions
from app.taxonomy.tables import Taxonomy

PERSONAL_FIELDS = ("name", "phone", "address")


class SeekerExists(Conflict):
    """Names nothing but that the person is here: not where, not since when, not under which name."""

    slug, zh, en = "seeker-exists", "此公民身份号码已在本节点登记", "This citizen id is already registered at this node"


class UnderWorkingAge(Invalid):
    slug, zh, en = "under-working-age", "未满 16 周岁，不能办理求职登记", "Under 16 nobody can be registered for work"


def register_seeker(
    session: Session, actor: Actor, clock: Clock, regions: Regions, taxonomy: Taxonomy, entered: SeekerIn
) -> JobSeeker:
    """Register a new person at the actor's office.

    Words become concepts and places where they are clear, and stay beside them. Invalid for a citizen id that cannot
    be, UnderWorkingAge below 16, UnknownCode for codes in no table, UnclearWords for a place that is not clear,
    SeekerExists if the person is registered at this node, whichever office it was.
    """
    identity = _identity(entered.citizen_id, clock)
    profile = stored(entered.model_dump(mode="json", include=set(PROFILE_FIELDS)))
    check_codes(profile, regions, taxonomy)
    profile = understood(profile, regions, taxonomy)
    _refuse_existing(session, identity)
    now = clock.now()
    seeker = JobSeeker(
        id=new_id(clock),
        office_id=actor.office_id,
        citizen_id=identity.number,
        name=entered.name,
        phone=entered.phone,
        address=entered.address,
        birth_on=identity.birth_on,
        profile=profile,
        registration_number=1,
        version=1,
        change_seq=queries.take_change_number(session),
        created_at=now,
        updated_at=now,
    )
    session.add(seeker)
    _flush_person(session)
    state = rules.State.DRAFT if entered.draft else rules.State.ACTIVE
    add_registration(session, clock, seeker, state, entered.valid_days)
    log(session, actor, clock, seeker, "register", None, str(state), fields=_given(entered))
    record(session, actor, clock, seeker.id, Action.CREATE, "register")
    session.flush()
    session.refresh(seeker, ["registration"])
    return seeker


def change_seeker(
    session: Session,
    actor: Actor,
    clock: Clock,
    regions: Regions,
    taxonomy: Taxonomy,
    seeker_id: str,
    expected_version: int,
    changes: SeekerPatch,
) -> JobSeeker:
    """Change what `changes` names, if the person still is at `expected_version` (else PreconditionFailed).

    Only what is named anew is checked and resolved: an old code does not stand in the way of another change, and words
    that nobody touched are not read anew.
    """
    seeker = queries.get_seeker_for_change(session, actor, seeker_id)
    check_version(seeker.version, expected_version)
    values: dict[str, Any] = changes.model_dump(mode="json", include=changes.model_fields_set)
    changed_profile = stored({name: value for name, value in values.items() if name in PROFILE_FIELDS})
    check_codes(changed_profile, regions, taxonomy)
    changed_profile = understood(changed_profile, regions, taxonomy)
    if "citizen_id" in values:
        identity = _identity(values["citizen_id"], clock)
        if identity.number != seeker.citizen_id:
            _refuse_existing(session, identity)
        seeker.citizen_id, seeker.birth_on = identity.number, identity.birth_on
    for name in PERSONAL_FIELDS:
        if name in values:
            setattr(seeker, name, values[name])
    seeker.profile = {**seeker.profile, **changed_profile}
    touch(session, seeker, clock)
    _flush_person(session)
    state = seeker.registration.state
    log(session, actor, clock, seeker, "change", state, state, fields=sorted(values))
    record(session, actor, clock, seeker.id, Action.CHANGE, "change")
    return seeker


def reveal_seeker(
    session: Session, actor: Actor, clock: Clock, seeker_id: str, purpose: Purpose, expected_version: int | None = None
) -> JobSeeker:
    """The person with the personal fields to be shown in full; leaves one row in the audit trail."""
    seeker = queries.get_seeker(session, actor, seeker_id)
    check_version(seeker.version, expected_version)
    record(session, actor, clock, seeker.id, Action.READ, str(purpose))
    return seeker


def _identity(text: str, clock: Clock) -> CitizenId:
    today = clock.today()
    try:
        identity = parse_citizen_id(text, today)
    except NotACitizenId as error:
        raise invalid("citizen_id", error.zh, error.en) from None
    if rules.age_on(identity.birth_on, today) < rules.MIN_AGE:
        raise UnderWorkingAge(errors=invalid("citizen_id", UnderWorkingAge.zh, UnderWorkingAge.en).errors)
    return identity


def _refuse_existing(session: Session, identity: CitizenId) -> None:
    # Deliberately not through `visible_to`: one person is registered once at this node, whatever the office.
    if session.scalar(select(JobSeeker.id).where(JobSeeker.citizen_id == identity.number)) is not None:
        raise SeekerExists()


def _flush_person(session: Session) -> None:
    """Write the person now; two counters that register the same person in the same moment meet at the constraint."""
    try:
        session.flush()
    except IntegrityError as error:
        if "citizen_id" in str(error.orig):
            raise SeekerExists() from None
        raise


def _given(entered: SeekerIn) -> list[str]:
    return sorted(entered.model_fields_set - {"valid_days", "draft"})
