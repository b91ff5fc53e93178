"""Employers over HTTP."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Path, Request, Response
from fastapi import Query as QueryParam
from sqlalchemy import func, select

from app.employers import queries, service
from app.employers.models import Employer
from app.employers.rules import missing_evidence
from app.employers.schemas import EmployerFields, EmployerIn, EmployerOut, EmployerPatch
from app.kernel.access import requires
from app.kernel.actor import Permission
from app.kernel.deps import CurrentActor, CurrentClock, IfMatch, ReadSession, WriteSession
from app.kernel.http import etag, never_cached, router
from app.kernel.masking import mask_name, mask_phone
from app.kernel.paging import After, Limit, Page, decode_cursor, encode_cursor
from app.kernel.types import Id, Query
from app.regions.deps import CurrentRegions

routes = router("/v1/employers", "employers", dependencies=[Depends(never_cached)])


def _followers(request: Request) -> Sequence[service.Follower]:
    followers: Sequence[service.Follower] = request.app.state.employer_followers
    return followers


Followers = Annotated[Sequence[service.Follower], Depends(_followers)]
EmployerId = Annotated[Id, Path(description="The id of an employer of your own office.")]


def shown(employer: Employer) -> EmployerOut:
    """An employer as it is answered."""
    seen = missing_evidence(employer.licence_seen_on, employer.agent_identity_seen_on, employer.mandate_seen_on)
    kept = {name: getattr(employer, name) for name in EmployerFields.model_fields}
    return EmployerOut(
        **kept,
        id=employer.id,
        verified=employer.uscc is not None,
        missing_evidence=seen,
        version=employer.version,
        created_at=employer.created_at,
        updated_at=employer.updated_at,
    )


def _masked(employer: Employer) -> EmployerOut:
    """The same without what names or reaches a person; stands wherever one did not ask for this one employer."""
    full = shown(employer)
    return full.model_copy(
        update={
            "contact_name": mask_name(full.contact_name) if full.contact_name else None,
            "contact_phone": mask_phone(full.contact_phone) if full.contact_phone else None,
        }
    )


def _answer(response: Response, employer: Employer) -> EmployerOut:
    response.headers["ETag"] = etag(employer.version)
    return shown(employer)


@routes.post("", status_code=201, dependencies=[requires(Permission.EMPLOYER_WRITE)], summary="Register an employer")
def register_employer(
    session: WriteSession,
    actor: CurrentActor,
    clock: CurrentClock,
    regions: CurrentRegions,
    entered: EmployerIn,
    response: Response,
) -> EmployerOut:
    """Register an employer at your office. A credit code that is known here answers 409.

    The contact person is answered masked: this answer is kept for who repeats it with an `Idempotency-Key`.
    """
    employer = service.register_employer(session, actor, clock, regions, entered)
    response.headers["Location"] = f"/v1/employers/{employer.id}"
    response.headers["ETag"] = etag(employer.version)
    return _masked(employer)


@routes.get("", dependencies=[requires(Permission.EMPLOYER_READ)], summary="List employers")
def list_employers(
    session: ReadSession,
    actor: CurrentActor,
    q: Annotated[Query | None, QueryParam(description="Part of the name, or the whole credit code.")] = None,
    limit: Limit = 50,
    after: After = None,
) -> Page[EmployerOut]:
    """The employers of your office, the latest registered first; contact persons masked."""
    found = queries.matching(actor, q) if q else queries.visible_to(actor)
    total = session.scalar(select(func.count()).select_from(found.subquery())) or 0
    if after is not None:
        found = found.where(Employer.id < decode_cursor(after, str)[0])
    rows = session.scalars(found.order_by(Employer.id.desc()).limit(limit + 1)).all()
    page = rows[:limit]
    return Page(
        items=[_masked(employer) for employer in page],
        total=total,
        next=encode_cursor(page[-1].id) if len(rows) > limit else None,
    )


@routes.get("/{employer_id}", dependencies=[requires(Permission.EMPLOYER_READ)], summary="One employer")
def get_employer(session: ReadSession, actor: CurrentActor, employer_id: EmployerId, response: Response) -> EmployerOut:
    """One employer of your office, with its contact person."""
    return _answer(response, queries.get_employer(session, actor, employer_id))


@routes.patch("/{employer_id}", dependencies=[requires(Permission.EMPLOYER_WRITE)], summary="Change an employer")
def change_employer(
    session: WriteSession,
    actor: CurrentActor,
    clock: CurrentClock,
    regions: CurrentRegions,
    employer_id: EmployerId,
    expected_version: IfMatch,
    changes: EmployerPatch,
    followers: Followers,
    response: Response,
) -> EmployerOut:
    """Change what is named; null takes a value away. Its open listings show a new name, credit code or sanction.

    Once something of it is published, these three need `vacancy:review`; lifting a sanction always does.
    """
    employer = service.change_employer(
        session, actor, clock, regions, employer_id, expected_version, changes, followers
    )
    return _answer(response, employer)
