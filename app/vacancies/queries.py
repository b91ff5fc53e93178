"""Reading vacancies: only those of the actor's own office; of the whole node for its jobs and `sanlian doctor`."""

from datetime import date

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, joinedload

from app.exchange.models import SyncRecord
from app.kernel.actor import Actor
from app.kernel.problems import NotFound
from app.vacancies.lifecycle import ENDED, LIVE
from app.vacancies.listing import KIND
from app.vacancies.models import Listing, Vacancy, VacancyLog


def visible_to(actor: Actor) -> Select[Vacancy]:
    """The vacancies that `actor` may see, each with its employer."""
    return select(Vacancy).where(Vacancy.office_id == actor.office_id).options(joinedload(Vacancy.employer))


def get_vacancy(session: Session, actor: Actor, vacancy_id: str) -> Vacancy:
    """One vacancy of the actor's office; NotFound for any other."""
    found = session.scalar(visible_to(actor).where(Vacancy.id == vacancy_id))
    if found is None:
        raise NotFound()
    return found


def get_vacancy_for_change(session: Session, actor: Actor, vacancy_id: str) -> Vacancy:
    """Like `get_vacancy`, and nobody else changes it until this transaction ends.

    Two statements: PostgreSQL, after waiting for the lock, reads again only what is locked, not what is joined.
    """
    own = (Vacancy.office_id == actor.office_id, Vacancy.id == vacancy_id)
    session.execute(select(Vacancy.id).where(*own).with_for_update())
    return get_vacancy(session, actor, vacancy_id)


def lock_overdue(session: Session, today: date, limit: int) -> list[Vacancy]:
    """At most `limit` published vacancies of this node whose last day is over, each with its employer, locked.

    Whatever is being changed at a counter just now is left for the next run.
    """
    overdue = (
        Vacancy.valid_until < today,
        or_(Vacancy.state.in_(sorted(LIVE)), Vacancy.is_published),
        Vacancy.state.not_in(sorted(ENDED)),
    )
    found = select(Vacancy.id).where(*overdue).order_by(Vacancy.id).limit(limit)
    locked = session.scalars(found.with_for_update(skip_locked=True)).all()
    again = select(Vacancy).where(Vacancy.id.in_(locked), *overdue).options(joinedload(Vacancy.employer))
    return list(session.scalars(again))


def published_of(employer_id: str) -> Select[Vacancy]:
    """The vacancies of an employer that the network knows, locked."""
    return (
        select(Vacancy)
        .where(Vacancy.employer_id == employer_id, Vacancy.is_published, Vacancy.state.not_in(sorted(ENDED)))
        .order_by(Vacancy.id)
        .with_for_update()
    )


def listings_without_vacancy(node: str) -> Select[Listing]:
    """The listings of this node that its register does not know: opened since the backup it was restored from."""
    known = select(Vacancy.id).where(Vacancy.id == Listing.rid).exists()
    return select(Listing).where(Listing.origin == node, ~known).order_by(Listing.rid)


def listings_of_ended(node: str) -> Select[Listing]:
    """The listings of this node whose vacancy has ended in its register."""
    ended = (Vacancy.id == Listing.rid) & Vacancy.state.in_(sorted(ENDED))
    return select(Listing).join(Vacancy, ended).where(Listing.origin == node).order_by(Listing.rid)


def live_without_record(node: str) -> Select[Vacancy]:
    """The vacancies that are live in the register, and whose record has ended: the next publication is refused."""
    r = SyncRecord
    ended = (r.origin == node) & (r.kind == KIND) & (r.rid == Vacancy.id) & (r.op != "P")
    return select(Vacancy).join(r, ended).where(Vacancy.state.in_(sorted(LIVE))).order_by(Vacancy.id)


def by_reference(session: Session, actor: Actor, reference: str) -> Vacancy | None:
    """The vacancy that a client knows by its own number."""
    return session.scalar(visible_to(actor).where(Vacancy.reference == reference))


def log_of(vacancy_id: str) -> Select[VacancyLog]:
    """What was done to a vacancy, first to last."""
    return select(VacancyLog).where(VacancyLog.vacancy_id == vacancy_id).order_by(VacancyLog.version)
