"""Reading vacancies: only those of the actor's own office."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from app.kernel.access import Actor
from app.kernel.problems import NotFound
from app.vacancies.models import Vacancy, VacancyLog


def visible_to(actor: Actor) -> Select[Vacancy]:
    """The vacancies that `actor` may see, each with its employer."""
    return select(Vacancy).where(Vacancy.office_id == actor.office_id).options(joinedload(Vacancy.employer))


def get_vacancy(session: Session, actor: Actor, vacancy_id: str) -> Vacancy:
    """One vacancy of the actor's office; NotFound for any other."""
    found = session.scalar(visible_to(actor).where(Vacancy.id == vacancy_id))
    if found is None:
        raise NotFound()
    return found


def by_reference(session: Session, actor: Actor, reference: str) -> Vacancy | None:
    """The vacancy that a client knows by its own number."""
    return session.scalar(visible_to(actor).where(Vacancy.reference == reference))


def log_of(vacancy_id: str) -> Select[VacancyLog]:
    """What was done to a vacancy, first to last."""
    return select(VacancyLog).where(VacancyLog.vacancy_id == vacancy_id).order_by(VacancyLog.version)
