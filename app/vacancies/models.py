"""The tables of vacancies and of listings. What is only read whole (skills, pay …) is kept as JSON."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.employers.models import Employer
from app.kernel.columns import JsonText, UtcDateTime
from app.kernel.db import Base
from app.vacancies.lifecycle import STATES

_STATES = ", ".join(f"'{state}'" for state in sorted(STATES))


class Vacancy(Base):
    """A post at one employer, with everything that matching, review and the listing need."""

    __tablename__ = "vacancy"
    __table_args__ = (
        CheckConstraint(f"state IN ({_STATES})", name="state"),
        CheckConstraint("seats >= 1", name="seats"),
        UniqueConstraint("office_id", "reference"),
        Index("ix_vacancy_office_id_state", "office_id", "state"),
        Index("ix_vacancy_state_valid_until", "state", "valid_until"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    office_id: Mapped[str] = mapped_column(ForeignKey("office.id"))
    employer_id: Mapped[str] = mapped_column(ForeignKey("employer.id"), index=True)
    reference: Mapped[str | None] = mapped_column(String(100))  # the client's own number
    entered_sha256: Mapped[bytes] = mapped_column(LargeBinary(32))  # of what was entered: tells a repeat from a clash
    state: Mapped[str] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(String(200))
    content: Mapped[dict[str, Any]] = mapped_column(JsonText)  # the rest of `content.VacancyContent`
    seats: Mapped[int] = mapped_column(Integer)
    referral_quota: Mapped[int] = mapped_column(Integer)
    is_quota_set: Mapped[bool] = mapped_column(Boolean)  # by somebody; else it follows the seats
    referred_count: Mapped[int] = mapped_column(Integer)
    hired_count: Mapped[int] = mapped_column(Integer)
    valid_until: Mapped[date | None] = mapped_column(Date)
    is_published: Mapped[bool] = mapped_column(Boolean)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(Integer)

    employer: Mapped[Employer] = relationship(lazy="raise")


class VacancyLog(Base):
    """One row per thing done to a vacancy."""

    __tablename__ = "vacancy_log"

    vacancy_id: Mapped[str] = mapped_column(ForeignKey("vacancy.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    verb: Mapped[str] = mapped_column(String(16))
    from_state: Mapped[str | None] = mapped_column(String(16))
    to_state: Mapped[str] = mapped_column(String(16))
    actor_id: Mapped[str | None] = mapped_column(String(36))  # null: a job
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(Text)
    article: Mapped[str] = mapped_column(String(200))
    fields: Mapped[list[str]] = mapped_column(JsonText)


class Listing(Base):
    """Every live listing this node knows, its own and received: a read model that only the appliers fill."""

    __tablename__ = "listing"
    __table_args__ = (
        Index("ix_listing_newest", "status", "opened_at", "origin", "rid"),
        Index("ix_listing_place", "status", "region_code", "opened_at"),
        Index("ix_listing_occupation", "status", "occupation", "opened_at"),
        # All that a search by words looks at: SQLite reads it in place of the rows, which are mostly body. PostgreSQL
        # cannot index a text of any length, and reads the rows.
        Index(
            "ix_listing_search",
            *("status", "opened_at", "expires_at", "occupation", "region_code", "search_text", "origin", "rid"),
            info={"only_on": "sqlite"},
        ).ddl_if(dialect="sqlite"),
    )

    origin: Mapped[str] = mapped_column(String(63), primary_key=True)
    rid: Mapped[str] = mapped_column(String(36), primary_key=True)
    status: Mapped[str] = mapped_column(String(16))
    occupation: Mapped[str | None] = mapped_column(String(64))
    region_code: Mapped[str] = mapped_column(String(12))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    search_text: Mapped[str] = mapped_column(Text)
    body: Mapped[dict[str, Any]] = mapped_column(JsonText)
