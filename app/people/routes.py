"""Job seekers over HTTP. Answers are masked and never cached; what identifies a person is never part of an address."""

from typing import Annotated

from fastapi import Depends, Path, Query, Response
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.kernel.access import requires
from app.kernel.actor import Permission
from app.kernel.clock import Clock
from app.kernel.deps import (
    CurrentActor,
    CurrentClock,
    IfMatch,
    IfMatchIfAny,
    ReadSession,
    SecretWriteSession,
    WriteSession,
)
from app.kernel.http import etag, never_cached, router
from app.kernel.paging import After, Limit, Page, decode_cursor, encode_cursor
from app.kernel.types import Id
from app.people import answers, queries, registration, service
from app.people.citizen_id import normalise
from app.people.models import JobSeeker
from app.people.rules import State
from app.people.schemas import (
    EnteredSeeker,
    FindIn,
    LogLine,
    NoteIn,
    RevealedSeeker,
    RevealIn,
    SeekerIn,
    SeekerOut,
    SeekerPatch,
    ValidityIn,
)
from app.regions.deps import CurrentRegions
from app.regions.tree import Regions
from app.taxonomy.deps import CurrentTaxonomy
from app.taxonomy.tables import Taxonomy

routes = router("/v1/seekers", "seekers", dependencies=[Depends(never_cached)])
SeekerId = Annotated[Id, Path(description="The id of a job seeker of your own office.")]


def _valid_days(validity: ValidityIn | None = None) -> int:
    return (validity or ValidityIn()).valid_days


def _note(why: NoteIn | None = None) -> str:
    return (why or NoteIn()).note


ValidDays = Annotated[int, Depends(_valid_days)]
Note = Annotated[str, Depends(_note)]


def _answer(response: Response, clock: Clock, seeker: JobSeeker) -> SeekerOut:
    response.headers["ETag"] = etag(seeker.version)
    return answers.masked(seeker, clock.today())


def _entered(
    response: Response, clock: Clock, seeker: JobSeeker, regions: Regions, taxonomy: Taxonomy
) -> EnteredSeeker:
    response.headers["ETag"] = etag(seeker.version)
    return answers.entered(seeker, clock.today(), regions, taxonomy)


def _page(session: Session, clock: Clock, found: Select[JobSeeker], limit: int, after: str | None) -> Page[SeekerOut]:
    """Newest first: ids sort by the moment they were made."""
    total = session.scalar(select(func.count()).select_from(found.with_only_columns(JobSeeker.id).subquery())) or 0
    if after is not None:
        found = found.where(JobSeeker.id < decode_cursor(after, str)[0])
    rows = session.scalars(found.order_by(JobSeeker.id.desc()).limit(limit + 1)).all()
    page = rows[:limit]
    return Page(
        items=[answers.masked(seeker, clock.today()) for seeker in page],
        total=total,
        next=encode_cursor(page[-1].id) if len(rows) > limit else None,
    )


@routes.post("", status_code=201, dependencies=[requires(Permission.SEEKER_WRITE)], summary="Register a person")
def register_seeker(
    session: WriteSession,
    actor: CurrentActor,
    clock: CurrentClock,
    regions: CurrentRegions,
    taxonomy: CurrentTaxonomy,
    entered: SeekerIn,
    response: Response,
) -> EnteredSeeker:
    """Register a person at your office. A citizen id that is already here answers 409 and says no more.

    Words without a code become one where they are clear; `understood` shows what was heard, to be confirmed."""
    seeker = service.register_seeker(session, actor, clock, regions, taxonomy, entered)
    response.headers["Location"] = f"/v1/seekers/{seeker.id}"
    return _entered(response, clock, seeker, regions, taxonomy)


@routes.get("", dependencies=[requires(Permission.SEEKER_READ)], summary="List job seekers")
def list_seekers(
    session: ReadSession,
    actor: CurrentActor,
    clock: CurrentClock,
    state: Annotated[State | None, Query(description="Only those whose present registration is in this state.")] = None,
    limit: Limit = 50,
    after: After = None,
) -> Page[SeekerOut]:
    """The job seekers of your office, the latest registered first."""
    found = queries.seekers(actor) if state is None else queries.seekers_in(actor, state)
    return _page(session, clock, found, limit, after)


@routes.post("/find", dependencies=[requires(Permission.SEEKER_READ)], summary="Find a person")
def find_seekers(
    session: ReadSession,
    actor: CurrentActor,
    clock: CurrentClock,
    known: FindIn,
    limit: Limit = 50,
    after: After = None,
) -> Page[SeekerOut]:
    """Job seekers of your office by citizen id, name or phone. A POST, because addresses end up in logs."""
    number = normalise(known.citizen_id) if known.citizen_id is not None else None
    found = queries.matching(actor, citizen_id=number, name=known.name, phone=known.phone)
    return _page(session, clock, found, limit, after)


@routes.get("/{seeker_id}", dependencies=[requires(Permission.SEEKER_READ)], summary="One job seeker, masked")
def get_seeker(
    session: ReadSession,
    actor: CurrentActor,
    clock: CurrentClock,
    regions: CurrentRegions,
    taxonomy: CurrentTaxonomy,
    seeker_id: SeekerId,
    response: Response,
) -> EnteredSeeker:
    """One job seeker, masked, with what the words were taken to mean."""
    return _entered(response, clock, queries.get_seeker(session, actor, seeker_id), regions, taxonomy)


@routes.patch("/{seeker_id}", dependencies=[requires(Permission.SEEKER_WRITE)], summary="Change a person")
def change_seeker(
    session: WriteSession,
    actor: CurrentActor,
    clock: CurrentClock,
    regions: CurrentRegions,
    taxonomy: CurrentTaxonomy,
    seeker_id: SeekerId,
    expected_version: IfMatch,
    changes: SeekerPatch,
    response: Response,
) -> EnteredSeeker:
    """Change what is named; null takes an answer back to not asked. Words that are not named are not read anew."""
    seeker = service.change_seeker(session, actor, clock, regions, taxonomy, seeker_id, expected_version, changes)
    return _entered(response, clock, seeker, regions, taxonomy)


@routes.post("/{seeker_id}/reveal", dependencies=[requires(Permission.SEEKER_REVEAL)], summary="Reveal personal fields")
def reveal_seeker(
    session: SecretWriteSession,
    actor: CurrentActor,
    clock: CurrentClock,
    seeker_id: SeekerId,
    expected_version: IfMatchIfAny,
    why: RevealIn,
) -> RevealedSeeker:
    """The personal fields in full. Needs a purpose and leaves one row in the audit trail, each time: an
    `Idempotency-Key` keeps nothing here."""
    seeker = service.reveal_seeker(session, actor, clock, seeker_id, why.purpose, expected_version)
    return answers.revealed(seeker, why.purpose)


@routes.get("/{seeker_id}/log", dependencies=[requires(Permission.SEEKER_READ)], summary="A person's log")
def get_log(session: ReadSession, actor: CurrentActor, seeker_id: SeekerId) -> list[LogLine]:
    """What was done for this person, oldest first: who, when, which verb and which fields, never their values."""
    seeker = queries.get_seeker(session, actor, seeker_id)
    return [answers.log_line(row) for row in session.scalars(queries.log_of(seeker.id))]


@routes.post("/{seeker_id}/activate", dependencies=[requires(Permission.SEEKER_WRITE)], summary="Activate a draft")
def activate(
    session: WriteSession,
    actor: CurrentActor,
    clock: CurrentClock,
    seeker_id: SeekerId,
    expected_version: IfMatchIfAny,
    response: Response,
    days: ValidDays,
) -> SeekerOut:
    """Make a draft count, from today."""
    seeker = registration.activate(session, actor, clock, seeker_id, days, expected_version)
    return _answer(response, clock, seeker)


@routes.post("/{seeker_id}/renew", dependencies=[requires(Permission.SEEKER_WRITE)], summary="Renew a registration")
def renew(
    session: WriteSession,
    actor: CurrentActor,
    clock: CurrentClock,
    seeker_id: SeekerId,
    expected_version: IfMatchIfAny,
    response: Response,
    days: ValidDays,
) -> SeekerOut:
    """Let the registration hold anew, from today."""
    seeker = registration.renew(session, actor, clock, seeker_id, days, expected_version)
    return _answer(response, clock, seeker)


@routes.post(
    "/{seeker_id}/reactivate", dependencies=[requires(Permission.SEEKER_WRITE)], summary="Reactivate a registration"
)
def reactivate(
    session: WriteSession,
    actor: CurrentActor,
    clock: CurrentClock,
    seeker_id: SeekerId,
    expected_version: IfMatchIfAny,
    response: Response,
    days: ValidDays,
) -> SeekerOut:
    """Take up a lapsed registration again, from today."""
    seeker = registration.reactivate(session, actor, clock, seeker_id, days, expected_version)
    return _answer(response, clock, seeker)


@routes.post("/{seeker_id}/register", dependencies=[requires(Permission.SEEKER_WRITE)], summary="Register again")
def register_again(
    session: WriteSession,
    actor: CurrentActor,
    clock: CurrentClock,
    seeker_id: SeekerId,
    expected_version: IfMatchIfAny,
    response: Response,
    days: ValidDays,
) -> SeekerOut:
    """A new registration for a person of your office whose last one ended."""
    seeker = registration.register_again(session, actor, clock, seeker_id, days, expected_version)
    return _answer(response, clock, seeker)


@routes.post("/{seeker_id}/lapse", dependencies=[requires(Permission.SEEKER_WRITE)], summary="Let a registration lapse")
def lapse(
    session: WriteSession,
    actor: CurrentActor,
    clock: CurrentClock,
    seeker_id: SeekerId,
    expected_version: IfMatchIfAny,
    response: Response,
    note: Note,
) -> SeekerOut:
    """Let the registration lapse before its time."""
    seeker = registration.lapse(session, actor, clock, seeker_id, note, expected_version)
    return _answer(response, clock, seeker)


@routes.post("/{seeker_id}/cancel", dependencies=[requires(Permission.SEEKER_WRITE)], summary="Cancel a registration")
def cancel(
    session: WriteSession,
    actor: CurrentActor,
    clock: CurrentClock,
    seeker_id: SeekerId,
    expected_version: IfMatchIfAny,
    response: Response,
    note: Note,
) -> SeekerOut:
    """End the registration: the person no longer looks for work here."""
    seeker = registration.cancel(session, actor, clock, seeker_id, note, expected_version)
    return _answer(response, clock, seeker)


@routes.post("/{seeker_id}/employ", dependencies=[requires(Permission.SEEKER_WRITE)], summary="Mark as employed")
def employ(
    session: WriteSession,
    actor: CurrentActor,
    clock: CurrentClock,
    seeker_id: SeekerId,
    expected_version: IfMatchIfAny,
    response: Response,
    note: Note,
) -> SeekerOut:
    """End the registration: the person has found work."""
    seeker = registration.mark_employed(session, actor, clock, seeker_id, note, expected_version)
    return _answer(response, clock, seeker)
