"""How a row of the register is written: what a vacancy says, and one line in the log for every step."""

from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.kernel.clock import Clock
from app.vacancies.content import Place, VacancyContent
from app.vacancies.models import Vacancy, VacancyLog

WIPED = "（内容已删除）"  # in the place of a title


def content_of(vacancy: Vacancy) -> VacancyContent:
    """What a stored vacancy says."""
    return VacancyContent.model_validate({**vacancy.content, "title": vacancy.title})


def stored_content(content: VacancyContent) -> dict[str, Any]:
    """The column `content`: all that a vacancy says but its title, which has a column of its own."""
    return content.model_dump(mode="json", include=set(VacancyContent.model_fields) - {"title"})


def wipe(session: Session, vacancy: Vacancy) -> None:
    """Take every word out of a vacancy and its log. What stays are division, dates, numbers, states and who acted.

    The client's reference stays and stands for nothing any more, so that the same words do not come in again with it.
    """
    emptied = VacancyContent(title=WIPED, place=Place(region=content_of(vacancy).place.region))
    vacancy.title, vacancy.content = WIPED, stored_content(emptied)
    vacancy.entered_sha256 = bytes(32)
    session.execute(update(VacancyLog).where(VacancyLog.vacancy_id == vacancy.id).values(reason=""))


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
