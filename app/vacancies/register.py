"""How a row of the register is written: what a vacancy says, and one line in the log for every step."""

from typing import Any

from sqlalchemy.orm import Session

from app.kernel.clock import Clock
from app.vacancies.content import VacancyContent
from app.vacancies.models import Vacancy, VacancyLog


def content_of(vacancy: Vacancy) -> VacancyContent:
    """What a stored vacancy says."""
    return VacancyContent.model_validate({**vacancy.content, "title": vacancy.title})


def stored_content(content: VacancyContent) -> dict[str, Any]:
    """The column `content`: all that a vacancy says but its title, which has a column of its own."""
    return content.model_dump(mode="json", include=set(VacancyContent.model_fields) - {"title"})


def log_step(
    session: Session,
    clock: Clock,
    vacancy: Vacancy,
    actor_id: str | None,
    verb: str,
    source: str | None,
    target: str,
    *,
    reason: str = "",
    article: str = "",
    fields: list[str] | None = None,
) -> None:
    """Move a vacancy from `source` to `target` as its next version, and log who did it (None: nobody) and why."""
    vacancy.state = target
    vacancy.version += 1
    vacancy.updated_at = clock.now()
    session.flush()
    session.add(
        VacancyLog(
            vacancy_id=vacancy.id,
            version=vacancy.version,
            verb=verb,
            from_state=source,
            to_state=target,
            actor_id=actor_id,
            at=vacancy.updated_at,
            reason=reason,
            article=article,
            fields=fields or [],
        )
    )
