"""What is done with vacancies, one function per intention. Each logs itself and settles what the network is told.

While a vacancy is live its listing is published anew with every change; when it ends, its tombstone is. Nothing here
commits: the record leaves with the domain's own transaction, or not at all.
"""

import hashlib
import json
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app import exchange
from app.employers.models import Employer
from app.employers.queries import get_employer
from app.employers.rules import missing_evidence
from app.exchange.node import exchange_of
from app.kernel.actor import Actor
from app.kernel.clock import Clock, end_of_day
from app.kernel.db import take_turn_with
from app.kernel.http import check_version
from app.kernel.ids import new_id
from app.kernel.problems import Conflict, NotFound, RefusedTransition, check_fields, invalid
from app.kernel.text import is_blank
from app.kernel.writing import forget_answers_about
from app.regions.models import Office
from app.regions.tree import Regions
from app.taxonomy.tables import Taxonomy
from app.vacancies import queries, rules
from app.vacancies.codes import changed as changed_content
from app.vacancies.codes import check_codes, placed, understood
from app.vacancies.content import VacancyContent
from app.vacancies.lifecycle import ENDED, LIFECYCLE, LIVE
from app.vacancies.listing import KIND, ListingBody, body_of, hidden
from app.vacancies.models import Listing, Vacancy
from app.vacancies.register import content_of, log_step, stored_content, wipe
from app.vacancies.schemas import VacancyIn, VacancyPatch

# What a vacancy has besides its content and may be changed.
_BESIDES = ("employer_id", "seats", "valid_until")


class ReferenceTaken(Conflict):
    """The client's own number stands for another content; `vacancy_id` and Location lead to the first."""

    slug, zh, en = "reference-taken", "该编号已用于内容不同的岗位", "The reference stands for another vacancy"


def create_vacancy(
    session: Session,
    actor: Actor,
    clock: Clock,
    regions: Regions,
    taxonomy: Taxonomy,
    entered: VacancyIn,
    digest: bytes | None = None,
) -> tuple[Vacancy, bool]:
    """A new draft at the actor's office, and True; or the one that this reference made before, and False.

    `digest` (SHA-256) stands for what was entered where that was not a `VacancyIn`, as with a row of a file.
    Words become concepts and a division where they are clear, and stay beside them. ReferenceTaken for a reference
    with other content, UnknownCode, UnclearWords (the place), Invalid (another office's employer, too).
    """
    if entered.reference is not None:
        if digest is None:  # the rows of a file were looked for together: their turns would be too many
            take_turn_with(session, f"vacancy reference {actor.office_id} {entered.reference}")
        first = queries.by_reference(session, actor, entered.reference)
        if first is not None:
            return _same_or_taken(first, digest or _digest_of(entered)), False
    content = understood(entered.content(placed(entered.place, regions)), taxonomy)
    check_codes(content, regions, taxonomy)
    check_fields(rules.pay_faults(content.pay) + rules.validity_faults(entered.valid_until, clock.today()))
    employer = _own_employer(session, actor, entered.employer_id)
    now = clock.now()
    vacancy = Vacancy(
        id=new_id(clock),
        office_id=actor.office_id,
        employer=employer,
        reference=entered.reference,
        entered_sha256=digest or _digest_of(entered),
        state="draft",
        title=content.title,
        content=stored_content(content),
        seats=entered.seats,
        referral_quota=rules.default_quota(entered.seats) if entered.referral_quota is None else entered.referral_quota,
        is_quota_set=entered.referral_quota is not None,
        referred_count=0,
        hired_count=0,
        valid_until=entered.valid_until,
        is_published=False,
        opened_at=None,
        created_at=now,
        updated_at=now,
        version=0,
    )
    session.add(vacancy)
    log_step(session, clock, vacancy, actor.id, "create", None, "draft")
    return vacancy, True


def change_vacancy(
    session: Session,
    actor: Actor,
    clock: Clock,
    regions: Regions,
    taxonomy: Taxonomy,
    vacancy_id: str,
    version: int,
    changes: VacancyPatch,
) -> Vacancy:
    """Change what is named. A returned vacancy becomes a draft again; a material change to a live one goes to review.

    Only words that are named are understood anew. NotFound, PreconditionFailed, RefusedTransition (under review or
    ended), UnknownCode, UnclearWords (the place), Invalid.
    """
    vacancy = queries.get_vacancy_for_change(session, actor, vacancy_id)
    check_version(vacancy.version, version)
    values = changes.model_dump(include=changes.model_fields_set)
    if "place" in values:
        values["place"] = placed(changes.place, regions).model_dump()
    before = content_of(vacancy)
    named = {k: v for k, v in values.items() if k in VacancyContent.model_fields}
    content = changed_content(before, named, taxonomy)
    changed = {name for name in VacancyContent.model_fields if getattr(content, name) != getattr(before, name)}
    changed |= {k for k in _BESIDES if k in values and values[k] != getattr(vacancy, k)}
    quota, is_quota_set = _quota_after(vacancy, values)
    if quota != vacancy.referral_quota:
        changed.add("referral_quota")
    verb, target = _verb_of_change(vacancy, changed)
    valid_until = values.get("valid_until", vacancy.valid_until)
    check_codes(content, regions, taxonomy)
    check_fields(rules.pay_faults(content.pay) + rules.validity_faults(valid_until, clock.today()))
    if target == "submitted":
        check_fields(rules.missing_elements(content, valid_until))
    if "employer_id" in values:
        vacancy.employer = _own_employer(session, actor, values["employer_id"])
    vacancy.title, vacancy.content, vacancy.valid_until = content.title, stored_content(content), valid_until
    vacancy.seats = values.get("seats", vacancy.seats)
    vacancy.referral_quota, vacancy.is_quota_set = quota, is_quota_set
    if target == "submitted":
        _check_public(session, vacancy)
    log_step(session, clock, vacancy, actor.id, verb, vacancy.state, target, fields=sorted(changed))
    _settle_quota(session, clock, vacancy)
    _tell_network(session, vacancy)
    return vacancy


def move(
    session: Session,
    actor: Actor,
    clock: Clock,
    vacancy_id: str,
    verb: str,
    *,
    version: int | None = None,
    reason: str = "",
    article: str = "",
    override_reason: str = "",
) -> Vacancy:
    """Do `verb` to a vacancy, by the table of `lifecycle`; `override_reason` approves without all papers seen.

    NotFound, PreconditionFailed (not `version` any more), RefusedTransition, Invalid (missing elements).
    """
    vacancy = _for_verb(session, actor, vacancy_id, version)
    target = LIFECYCLE.target(vacancy.state, verb)
    if verb in ("submit", "approve", "open"):
        check_fields(
            rules.missing_elements(content_of(vacancy), vacancy.valid_until)
            + rules.validity_faults(vacancy.valid_until, clock.today())
        )
        _check_public(session, vacancy)
    if verb == "approve":
        reason = _approval(vacancy.employer, reason, override_reason)
    if verb == "fill":
        vacancy.hired_count = vacancy.seats
    _move(session, clock, vacancy, verb, target, actor.id, reason=reason, article=article)
    _settle_quota(session, clock, vacancy)
    _tell_network(session, vacancy)
    return vacancy


def renew(
    session: Session, actor: Actor, clock: Clock, vacancy_id: str, valid_until: date, *, version: int | None = None
) -> Vacancy:
    """Extend the validity of a live vacancy. NotFound, PreconditionFailed, RefusedTransition, Invalid."""
    vacancy = _for_verb(session, actor, vacancy_id, version)
    target = LIFECYCLE.target(vacancy.state, "renew")
    check_fields(rules.validity_faults(valid_until, clock.today()))
    if vacancy.valid_until is not None and valid_until < vacancy.valid_until:
        raise invalid("valid_until", "延期不能早于原有效期", "a renewal cannot end before the present last day")
    vacancy.valid_until = valid_until
    _move(session, clock, vacancy, "renew", target, actor.id)
    _tell_network(session, vacancy)
    return vacancy


def erase(
    session: Session,
    actor: Actor,
    clock: Clock,
    vacancy_id: str,
    *,
    reason: str,
    article: str,
    version: int | None = None,
) -> Vacancy:
    """Take every word of a vacancy out of the register and out of the network, and end it as taken down if it had not
    ended (PIPL art. 47: what should never have been written is deleted). NotFound, PreconditionFailed."""
    vacancy = _for_verb(session, actor, vacancy_id, version)
    target = vacancy.state if vacancy.state in ENDED else LIFECYCLE.target(vacancy.state, "take_down")
    wipe(session, vacancy)
    _move(session, clock, vacancy, "erase", target, actor.id, reason=reason, article=article)
    exchange.erase(session, KIND, vacancy.id)
    forget_answers_about(session, vacancy.id)
    return vacancy


def expire_due(session: Session, clock: Clock) -> int:
    """End every published vacancy whose last day is over; how many. A job: every tier has hidden them by itself."""
    due = queries.lock_overdue(session, clock.today(), 500)
    for vacancy in due:
        _move(session, clock, vacancy, "expire", LIFECYCLE.target(vacancy.state, "expire"), None)
        _tell_network(session, vacancy)
    return len(due)


def follow_employer(session: Session, employer: Employer) -> int:
    """Publish anew what the network knows of an employer's vacancies: its name, credit code or sanction changed.

    How many those are.
    """
    published = session.scalars(queries.published_of(employer.id)).all()
    for vacancy in published:
        vacancy.employer = employer
        _tell_network(session, vacancy)
    return len(published)


def _for_verb(session: Session, actor: Actor, vacancy_id: str, version: int | None) -> Vacancy:
    vacancy = queries.get_vacancy_for_change(session, actor, vacancy_id)
    if version is not None:
        check_version(vacancy.version, version)
    return vacancy


def _check_public(session: Session, vacancy: Vacancy) -> None:
    """Invalid where any text that would travel, the employer's and the office's too, holds a person's number."""
    office = session.get_one(Office, vacancy.office_id)
    check_fields(rules.personal_numbers(body_of(vacancy, vacancy.employer, office)))


def _approval(employer: Employer, reason: str, override_reason: str) -> str:
    """What the log says of an approval; Invalid where papers were not seen and nobody says why that may be."""
    seen = (employer.licence_seen_on, employer.agent_identity_seen_on, employer.mandate_seen_on)
    if is_blank(override_reason):
        check_fields(rules.unseen_evidence(missing_evidence(*seen)))
    return "；".join(words for words in (reason, override_reason) if words)


def _own_employer(session: Session, actor: Actor, employer_id: str) -> Employer:
    try:
        return get_employer(session, actor, employer_id)
    except NotFound:
        raise invalid("employer_id", "本机构没有登记这个用人单位", "your office has no such employer") from None


def _quota_after(vacancy: Vacancy, values: dict[str, Any]) -> tuple[int, bool]:
    """The referral quota after a change, and whether somebody set it: null lets it follow the seats again."""
    entered = values.get("referral_quota", vacancy.referral_quota if vacancy.is_quota_set else None)
    if entered is None:
        return rules.default_quota(values.get("seats", vacancy.seats)), False
    return entered, True


def _digest_of(entered: VacancyIn) -> bytes:
    """What tells a repeat from a clash: all that was said. A field that a later version adds was not said before."""
    said = entered.model_dump(mode="json", exclude_defaults=True)
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).digest()


def _same_or_taken(first: Vacancy, digest: bytes) -> Vacancy:
    if first.entered_sha256 != digest:
        raise ReferenceTaken(
            f"编号“{first.reference}”已登记为“{first.title}”",
            f"the reference {first.reference} stands for {first.title}",
            vacancy_id=first.id,
            headers={"Location": f"/v1/vacancies/{first.id}"},
        )
    return first


def _verb_of_change(vacancy: Vacancy, changed: set[str]) -> tuple[str, str]:
    if vacancy.state == "draft":
        return "change", "draft"
    if vacancy.state == "returned":
        return "revise", LIFECYCLE.target("returned", "revise")
    if vacancy.state in LIVE:
        return (
            ("amend", LIFECYCLE.target(vacancy.state, "amend"))
            if rules.is_material(changed)
            else ("change", vacancy.state)
        )
    raise RefusedTransition(
        f"“{vacancy.state}”状态不能修改" + ("，已是终态" if vacancy.state in ENDED else "，请先退回"),
        f"a vacancy that is {vacancy.state} cannot be changed"
        + ("; that state is final" if vacancy.state in ENDED else "; return it first"),
        state=vacancy.state,
        verb="change",
        possible=LIFECYCLE.offered(vacancy.state),
    )


def _move(
    session: Session,
    clock: Clock,
    vacancy: Vacancy,
    verb: str,
    target: str,
    actor_id: str | None,
    *,
    reason: str = "",
    article: str = "",
) -> None:
    if target == "open" and vacancy.opened_at is None:
        vacancy.opened_at = clock.now()
    log_step(session, clock, vacancy, actor_id, verb, vacancy.state, target, reason=reason, article=article)


def _settle_quota(session: Session, clock: Clock, vacancy: Vacancy) -> None:
    """Frozen is derived: open with the quota used up, and back when there is some again (acb208, acb211)."""
    is_used_up = vacancy.referred_count >= vacancy.referral_quota
    verb = {("open", True): "freeze", ("frozen", False): "unfreeze"}.get((vacancy.state, is_used_up))
    if verb is not None:
        _move(session, clock, vacancy, verb, LIFECYCLE.target(vacancy.state, verb), None)


def _tell_network(session: Session, vacancy: Vacancy) -> None:
    """Publish the listing of a live vacancy, hide one that is back in review, end one that has ended."""
    if vacancy.state in ENDED:
        if vacancy.is_published:
            exchange.retract(session, KIND, vacancy.id)
        return
    office = session.get_one(Office, vacancy.office_id)
    if vacancy.state in LIVE:
        employer: Employer = vacancy.employer
        body = body_of(vacancy, employer, office)
        vacancy.is_published = True
    else:
        approved = _approved(session, vacancy)
        if approved is None:
            return
        body = hidden(approved, vacancy.updated_at)
    exchange.publish(
        session, KIND, vacancy.id, body, region=office.region_code, expires_at=end_of_day(body.valid_until)
    )


def _approved(session: Session, vacancy: Vacancy) -> ListingBody | None:
    """What the network was last told: the last words that an officer approved. None before that."""
    if not vacancy.is_published:
        return None
    row = session.get_one(Listing, (exchange_of(session).local.node, vacancy.id))
    return ListingBody.model_validate(row.body)
