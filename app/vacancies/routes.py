"""Vacancies over HTTP: the register of an office, and what is done with each vacancy."""

from typing import Annotated, Literal

from fastapi import Path, Response
from fastapi import Query as QueryParam
from sqlalchemy import func, select

from app.employers.rules import missing_evidence
from app.kernel.access import requires
from app.kernel.actor import Permission
from app.kernel.deps import CurrentActor, CurrentClock, IfMatch, IfMatchIfAny, ReadSession, WriteSession
from app.kernel.http import etag, router
from app.kernel.paging import After, Limit, Page, decode_cursor, encode_cursor
from app.kernel.types import Id, Query
from app.regions.deps import CurrentRegions
from app.regions.tree import Regions
from app.taxonomy.deps import CurrentTaxonomy
from app.taxonomy.tables import Taxonomy
from app.vacancies import queries, service
from app.vacancies.codes import heard
from app.vacancies.lifecycle import LIFECYCLE
from app.vacancies.models import Vacancy
from app.vacancies.register import content_of
from app.vacancies.schemas import (
    ApproveIn,
    EnteredVacancy,
    ReasonIn,
    RenewIn,
    ReturnIn,
    ReviewWarning,
    TakeDownIn,
    VacancyIn,
    VacancyLogLine,
    VacancyOut,
    VacancyPatch,
)

routes = router("/v1/vacancies", "vacancies")
VacancyId = Annotated[Id, Path(description="The id of a vacancy of your own office.")]
WRITE, REVIEW = requires(Permission.VACANCY_WRITE), requires(Permission.VACANCY_REVIEW)
READ = requires(Permission.VACANCY_READ)
State = Literal[
    "draft", "submitted", "returned", "approved", "open", "paused", "frozen",
    "filled", "expired", "closed_early", "withdrawn", "taken_down",
]  # fmt: skip


def shown(vacancy: Vacancy) -> VacancyOut:
    """A vacancy as it is answered."""
    employer = vacancy.employer
    papers = missing_evidence(employer.licence_seen_on, employer.agent_identity_seen_on, employer.mandate_seen_on)
    warnings = [
        ReviewWarning(
            code=f"not-seen-{paper}",
            zh=f"尚未查验：{_PAPERS[paper]}（人力资源市场暂行条例第26条）",
            en=f"not seen yet: {paper.replace('_', ' ')}",
        )
        for paper in papers
    ]
    return VacancyOut(
        **content_of(vacancy).model_dump(),
        id=vacancy.id,
        employer_id=vacancy.employer_id,
        employer_name=employer.name,
        reference=vacancy.reference,
        state=vacancy.state,
        possible=LIFECYCLE.offered(vacancy.state),
        warnings=warnings,
        seats=vacancy.seats,
        referral_quota=vacancy.referral_quota,
        referred_count=vacancy.referred_count,
        hired_count=vacancy.hired_count,
        valid_until=vacancy.valid_until,
        opened_at=vacancy.opened_at,
        created_at=vacancy.created_at,
        updated_at=vacancy.updated_at,
        version=vacancy.version,
    )


def _entered(response: Response, vacancy: Vacancy, regions: Regions, taxonomy: Taxonomy) -> EnteredVacancy:
    lines = heard(content_of(vacancy), regions, taxonomy)
    return EnteredVacancy(**dict(_answer(response, vacancy)), understood=lines)


_PAPERS = {"licence": "营业执照", "agent_identity": "经办人身份证件", "mandate": "单位授权委托书"}


def _answer(response: Response, vacancy: Vacancy) -> VacancyOut:
    response.headers["ETag"] = etag(vacancy.version)
    return shown(vacancy)


@routes.post(
    "",
    status_code=201,
    dependencies=[WRITE],
    summary="Register a vacancy",
    responses={200: {"model": EnteredVacancy, "description": "The same was registered before; this is it."}},
)
def create_vacancy(
    session: WriteSession,
    actor: CurrentActor,
    clock: CurrentClock,
    regions: CurrentRegions,
    taxonomy: CurrentTaxonomy,
    entered: VacancyIn,
    response: Response,
) -> EnteredVacancy:
    """A new draft. With your own `reference` it is safe to repeat: the same content answers 200 with the first,
    other content 409 with a link to it.

    Words without a code (the occupation, or else the title; skills; the place) become one where they are clear, and
    stay beside it; `understood` shows what was heard, to be confirmed. A place that is not clear is refused with the
    choices."""
    vacancy, is_new = service.create_vacancy(session, actor, clock, regions, taxonomy, entered)
    response.status_code = 201 if is_new else 200
    response.headers["Location"] = f"/v1/vacancies/{vacancy.id}"
    return _entered(response, vacancy, regions, taxonomy)


@routes.get("", dependencies=[READ], summary="List vacancies")
def list_vacancies(
    session: ReadSession,
    actor: CurrentActor,
    state: Annotated[State | None, QueryParam(description="Only those in this state.")] = None,
    q: Annotated[Query | None, QueryParam(description="Part of the title.")] = None,
    employer: Annotated[Id | None, QueryParam(description="Only those of this employer.")] = None,
    limit: Limit = 50,
    after: After = None,
) -> Page[VacancyOut]:
    """The vacancies of your office, the latest registered first."""
    found = queries.visible_to(actor)
    if state is not None:
        found = found.where(Vacancy.state == state)
    if q:
        found = found.where(Vacancy.title.icontains(q, autoescape=True))
    if employer is not None:
        found = found.where(Vacancy.employer_id == employer)
    total = session.scalar(select(func.count()).select_from(found.with_only_columns(Vacancy.id).subquery())) or 0
    if after is not None:
        found = found.where(Vacancy.id < decode_cursor(after, str)[0])
    rows = session.scalars(found.order_by(Vacancy.id.desc()).limit(limit + 1)).all()
    page = rows[:limit]
    return Page(
        items=[shown(vacancy) for vacancy in page],
        total=total,
        next=encode_cursor(page[-1].id) if len(rows) > limit else None,
    )


@routes.get("/{vacancy_id}", dependencies=[READ], summary="One vacancy")
def get_vacancy(
    session: ReadSession,
    actor: CurrentActor,
    regions: CurrentRegions,
    taxonomy: CurrentTaxonomy,
    vacancy_id: VacancyId,
    response: Response,
) -> EnteredVacancy:
    """One vacancy of your office, with what its words were taken to mean."""
    return _entered(response, queries.get_vacancy(session, actor, vacancy_id), regions, taxonomy)


@routes.patch("/{vacancy_id}", dependencies=[WRITE], summary="Change a vacancy")
def change_vacancy(
    session: WriteSession,
    actor: CurrentActor,
    clock: CurrentClock,
    regions: CurrentRegions,
    taxonomy: CurrentTaxonomy,
    vacancy_id: VacancyId,
    expected_version: IfMatch,
    changes: VacancyPatch,
    response: Response,
) -> EnteredVacancy:
    """Change what is named. A returned vacancy becomes a draft again; a live one goes back to review, its listing
    hidden meanwhile, unless only the referral quota changes. Only words that are named are understood anew."""
    vacancy = service.change_vacancy(session, actor, clock, regions, taxonomy, vacancy_id, expected_version, changes)
    return _entered(response, vacancy, regions, taxonomy)


@routes.get("/{vacancy_id}/log", dependencies=[READ], summary="What was done to a vacancy")
def vacancy_log(session: ReadSession, actor: CurrentActor, vacancy_id: VacancyId) -> list[VacancyLogLine]:
    """First to last."""
    vacancy = queries.get_vacancy(session, actor, vacancy_id)
    return [
        VacancyLogLine(
            version=row.version,
            at=row.at,
            verb=row.verb,
            from_state=row.from_state,
            to_state=row.to_state,
            actor_id=row.actor_id,
            reason=row.reason,
            article=row.article,
            fields=row.fields,
        )
        for row in session.scalars(queries.log_of(vacancy.id))
    ]


@routes.post("/{vacancy_id}/approve", dependencies=[REVIEW], summary="Approve")
def approve_vacancy(
    session: WriteSession,
    actor: CurrentActor,
    clock: CurrentClock,
    vacancy_id: VacancyId,
    expected: IfMatchIfAny,
    response: Response,
    why: ApproveIn | None = None,
) -> VacancyOut:
    """An officer finds that a submitted vacancy may be published. The licence and the agent's identity must have been
    seen, unless an `override_reason` for the log says why not."""
    why = why or ApproveIn()
    moved = service.move(
        session,
        actor,
        clock,
        vacancy_id,
        "approve",
        version=expected,
        reason=why.reason,
        override_reason=why.override_reason,
    )
    return _answer(response, moved)


@routes.post("/{vacancy_id}/return", dependencies=[REVIEW], summary="Send back for mending")
def return_vacancy(
    session: WriteSession,
    actor: CurrentActor,
    clock: CurrentClock,
    vacancy_id: VacancyId,
    expected: IfMatchIfAny,
    why: ReturnIn,
    response: Response,
) -> VacancyOut:
    """A submitted vacancy goes back to its clerk, with what has to be mended."""
    return _answer(
        response, service.move(session, actor, clock, vacancy_id, "return", version=expected, reason=why.reason)
    )


@routes.post("/{vacancy_id}/take_down", dependencies=[REVIEW], summary="Take down")
def take_down_vacancy(
    session: WriteSession,
    actor: CurrentActor,
    clock: CurrentClock,
    vacancy_id: VacancyId,
    expected: IfMatchIfAny,
    why: TakeDownIn,
    response: Response,
) -> VacancyOut:
    """End a vacancy that breaks a rule, with the reason and the article."""
    moved = service.move(
        session, actor, clock, vacancy_id, "take_down", version=expected, reason=why.reason, article=why.article
    )
    return _answer(response, moved)


@routes.post("/{vacancy_id}/erase", dependencies=[REVIEW], summary="Erase what it says")
def erase_vacancy(
    session: WriteSession,
    actor: CurrentActor,
    clock: CurrentClock,
    vacancy_id: VacancyId,
    expected: IfMatchIfAny,
    why: TakeDownIn,
    response: Response,
) -> VacancyOut:
    """Take every word of a vacancy out of the register, and out of every node that holds its listing, for good: for
    what should never have been written. One that has not ended is ended as taken down. This cannot be undone."""
    erased = service.erase(session, actor, clock, vacancy_id, reason=why.reason, article=why.article, version=expected)
    return _answer(response, erased)


@routes.post("/{vacancy_id}/renew", dependencies=[WRITE], summary="Renew")
def renew_vacancy(
    session: WriteSession,
    actor: CurrentActor,
    clock: CurrentClock,
    vacancy_id: VacancyId,
    expected: IfMatchIfAny,
    until: RenewIn,
    response: Response,
) -> VacancyOut:
    """Extend the validity of a live vacancy."""
    return _answer(response, service.renew(session, actor, clock, vacancy_id, until.valid_until, version=expected))


def _verb(verb: str, summary: str, what: str) -> None:
    """A route for a verb that needs no more than a word on why."""

    def do(
        session: WriteSession,
        actor: CurrentActor,
        clock: CurrentClock,
        vacancy_id: VacancyId,
        expected: IfMatchIfAny,
        response: Response,
        why: ReasonIn | None = None,
    ) -> VacancyOut:
        reason = why.reason if why else ""
        return _answer(response, service.move(session, actor, clock, vacancy_id, verb, version=expected, reason=reason))

    do.__name__, do.__doc__ = f"{verb}_vacancy", what
    routes.post(f"/{{vacancy_id}}/{verb}", dependencies=[WRITE], summary=summary)(do)


_verb("submit", "Submit for review", "A draft that has all the law asks for goes to an officer.")
_verb("open", "Open", "An approved vacancy becomes a listing, here and up the network.")
_verb("pause", "Pause", "The listing is hidden everywhere until `resume`.")
_verb("resume", "Resume", "A paused vacancy is shown again.")
_verb("fill", "All seats taken", "The vacancy ends because its seats are filled.")
_verb("close", "Close early", "The vacancy ends before its last day.")
_verb("withdraw", "Withdraw", "The employer takes the vacancy back.")
