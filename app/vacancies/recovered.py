"""The register follows own listings that came back after the node was restored from a backup (docs/wire.md §10).

What the network holds of this node is what it once published; the register, which nobody else has, is that of the
backup. Here it takes over what a listing carries, and its log says so. `take_back` publishes nothing: the record that
came is the one that counts. What a listing does not carry, the backup keeps or nobody knows any more.
"""

import hashlib
from typing import Any

import structlog
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import exchange
from app.employers.models import Employer
from app.employers.service import follow_listing
from app.exchange.envelope import Envelope
from app.exchange.node import exchange_of
from app.kernel.clock import Clock
from app.regions.models import Office
from app.vacancies import queries, rules
from app.vacancies.content import VacancyContent
from app.vacancies.lifecycle import ENDED, PREPARING
from app.vacancies.listing import KIND, ListingBody, ListingStatus
from app.vacancies.models import Vacancy
from app.vacancies.register import content_of, log_step, stored_content, wipe

log = structlog.get_logger(__name__)

RECOVER = "recover"  # the verb in the log; nobody asks for it, and no table of steps has it
AT_ONCE = 500  # listings that one run of a job looks after
ENDED_AS_PUBLISHED = "从备份恢复后，按本节点已发布的记录结束；ended as this node had published, after a restore"
WIPED_AS_PUBLISHED = "从备份恢复后，按本节点已发布的删除清除内容；emptied as this node had erased it, after a restore"
TAKEN_OVER = "从备份恢复后，按本节点已发布的内容更新；as this node had published, after a restore"
REBUILT = "从备份恢复后，按本节点已发布的内容重建；rebuilt from what this node had published, after a restore"


def take_back(clock: Clock, session: Session, envelope: Envelope, body: BaseModel | None) -> None:
    """Let the vacancy follow its listing, which came back: ended (no `body`), changed, or made anew.

    What has ended in the register stays so; `end_listings` tells the network. What is under review here and hidden
    there stays as it is, too: the words that wait for the officer are in no listing.
    """
    vacancy = session.scalar(select(Vacancy).where(Vacancy.id == envelope.rid).with_for_update())
    if body is None:
        _end(session, clock, vacancy, envelope)
        if vacancy is not None and envelope.op == "E":
            wipe(session, vacancy)
            log_step(session, clock, vacancy, None, RECOVER, vacancy.state, vacancy.state, reason=WIPED_AS_PUBLISHED)
        return
    if not isinstance(body, ListingBody):
        raise TypeError(type(body).__name__)
    if vacancy is None:
        _rebuild(session, clock, envelope.rid, body)
    elif vacancy.state not in ENDED and not _is_under_review(vacancy, body):
        _take_over(session, clock, vacancy, body)


def rebuild_missing(session: Session, clock: Clock) -> int:
    """Make the vacancies anew that have a listing of this node and are not in its register; how many. A job.

    `take_back` has done so for every listing whose office there is: this is for when an office was added since.
    """
    missing = queries.listings_without_vacancy(exchange_of(session).local.node).limit(AT_ONCE)
    listings = session.scalars(missing).all()
    return sum(_rebuild(session, clock, row.rid, ListingBody.model_validate(row.body)) for row in listings)


def end_listings(session: Session) -> int:
    """End this node's listings whose vacancy has ended, which the network does not know; how many. A job."""
    listings = session.scalars(queries.listings_of_ended(exchange_of(session).local.node).limit(AT_ONCE)).all()
    for listing in listings:
        exchange.retract(session, KIND, listing.rid)
    return len(listings)


def _end(session: Session, clock: Clock, vacancy: Vacancy | None, envelope: Envelope) -> None:
    """End a vacancy whose listing has ended. A tombstone does not say how: after its last day it counts as expired."""
    if vacancy is None:
        log.warning("ended vacancy is in no register", kind=KIND)  # its tombstone says nothing to rebuild it from
        return
    if vacancy.state in ENDED:
        return
    is_over = envelope.expires is not None and envelope.expires < clock.now().timestamp()
    vacancy.is_published = True
    target = "expired" if is_over else "closed_early"
    log_step(session, clock, vacancy, None, RECOVER, vacancy.state, target, reason=ENDED_AS_PUBLISHED)


def _is_under_review(vacancy: Vacancy, body: ListingBody) -> bool:
    return vacancy.state in PREPARING and vacancy.is_published and body.status is ListingStatus.PAUSED


def _take_over(session: Session, clock: Clock, vacancy: Vacancy, body: ListingBody) -> None:
    employer = _employer(session, clock, vacancy.office_id, body)
    said = _said(vacancy, body)
    before = content_of(vacancy)
    changed = {name for name in VacancyContent.model_fields if getattr(before, name) != getattr(body, name)}
    changed |= {name for name in said.keys() - {"title", "content"} if said[name] != getattr(vacancy, name)}
    changed |= {"employer_id"} if vacancy.employer_id != employer.id else set()
    if not changed and vacancy.state == body.status:
        return
    for name, value in said.items():
        setattr(vacancy, name, value)
    vacancy.employer, vacancy.opened_at = employer, body.opened_at
    log_step(
        session,
        clock,
        vacancy,
        None,
        RECOVER,
        vacancy.state,
        body.status.value,
        reason=TAKEN_OVER,
        fields=sorted(changed),
    )


def _rebuild(session: Session, clock: Clock, vacancy_id: str, body: ListingBody) -> bool:
    """A vacancy made from its listing; False if the office that answers for it is not there."""
    office = _office(session, body)
    if office is None:
        log.error("own listing has no office", kind=KIND)
        return False
    now = clock.now()
    vacancy = Vacancy(
        id=vacancy_id,
        office_id=office.id,
        employer=_employer(session, clock, office.id, body),
        reference=None,
        entered_sha256=hashlib.sha256(body.model_dump_json().encode()).digest(),
        referral_quota=0,
        is_quota_set=False,
        hired_count=0,
        opened_at=body.opened_at,
        created_at=body.opened_at,
        updated_at=now,
        version=0,
    )
    for name, value in _said(vacancy, body).items():
        setattr(vacancy, name, value)
    vacancy.state = body.status.value
    session.add(vacancy)
    log_step(session, clock, vacancy, None, RECOVER, None, body.status.value, reason=REBUILT)
    return True


def _said(vacancy: Vacancy, body: ListingBody) -> dict[str, Any]:
    """The columns of a vacancy as its listing has them, and a quota under which its state holds."""
    quota = vacancy.referral_quota if vacancy.is_quota_set else rules.default_quota(body.seats)
    fitting = quota
    if body.status is not ListingStatus.PAUSED:  # a paused one may have used its quota up or not
        fitting = rules.fitting_quota(quota, body.referred, is_frozen=body.status is ListingStatus.FROZEN)
    return {
        "title": body.title,
        "content": stored_content(body),
        "seats": body.seats,
        "valid_until": body.valid_until,
        "referred_count": body.referred,
        "referral_quota": fitting,
        "is_quota_set": vacancy.is_quota_set or fitting != quota,
        "is_published": True,
    }


def _employer(session: Session, clock: Clock, office_id: str, body: ListingBody) -> Employer:
    said = body.employer
    return follow_listing(session, clock, office_id, name=said.name, uscc=said.uscc, sanctioned=said.sanctioned)


def _office(session: Session, body: ListingBody) -> Office | None:
    """The office of the listing's division, the one of its name first."""
    there = select(Office).where(Office.region_code == body.office.region)
    return session.scalar(there.order_by(Office.name != body.office.name, Office.created_at, Office.id).limit(1))
