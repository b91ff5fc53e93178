"""Tables: the job seeker (permanent), the registrations (periods) and the log of what was done to them."""

from datetime import date, datetime
from typing import Annotated, Any

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint, and_
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from app.kernel.columns import JsonText, UtcDateTime
from app.kernel.db import Base
from app.kernel.types import Personal
from app.people.rules import State

PersonalText = Annotated[str, Personal()]
PersonalDay = Annotated[date, Personal()]
_STATES = ", ".join(f"'{state}'" for state in State)


class JobSeekerHead(Base):
    """The only source of `JobSeeker.change_seq`: one row, locked until the change that took a number is committed."""

    __tablename__ = "job_seeker_head"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    head: Mapped[int] = mapped_column(BigInteger)


class JobSeeker(Base):
    """A person who looks for work, registered by one office, which alone may see and change the row.

    `profile` holds what the person wants and can do (see `profile.py`) as one JSON value: it is always read whole,
    with the person, and never searched in SQL, so that columns and child tables would only cost joins.
    Sex is not stored: it follows from the citizen id, and nothing may be decided by it.
    """

    __tablename__ = "job_seeker"
    __table_args__ = (
        UniqueConstraint("citizen_id"),
        UniqueConstraint("change_seq"),
        CheckConstraint("registration_number >= 1", name="registration_number"),
        Index(None, "office_id", "id"),
        Index(None, "office_id", "name"),
        Index(None, "office_id", "phone"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    office_id: Mapped[str] = mapped_column(ForeignKey("office.id"))
    citizen_id: Mapped[PersonalText] = mapped_column(String(18))
    name: Mapped[PersonalText] = mapped_column(String(50))
    phone: Mapped[PersonalText] = mapped_column(String(20))
    address: Mapped[PersonalText | None] = mapped_column(String(200))
    birth_on: Mapped[PersonalDay] = mapped_column(Date)
    profile: Mapped[dict[str, Any]] = mapped_column(JsonText)
    registration_number: Mapped[int]
    version: Mapped[int]
    change_seq: Mapped[int] = mapped_column(BigInteger)  # of the last change, in the order of commits
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    # The present registration: the one with the highest number.
    registration: Mapped["JobSeekerRegistration"] = relationship(
        primaryjoin=lambda: and_(
            JobSeeker.id == foreign(JobSeekerRegistration.seeker_id),
            JobSeeker.registration_number == JobSeekerRegistration.number,
        ),
        viewonly=True,
        uselist=False,
        lazy="raise",
    )


class JobSeekerRegistration(Base):
    """A period of seeking 求职登记; a person has one after the other, numbered from 1."""

    __tablename__ = "job_seeker_registration"
    __table_args__ = (
        UniqueConstraint("seeker_id", "number"),
        CheckConstraint(f"state IN ({_STATES})", name="state"),
        Index(None, "state", "valid_until"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    seeker_id: Mapped[str] = mapped_column(ForeignKey("job_seeker.id"))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    registered_on: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date] = mapped_column(Date)


class JobSeekerLog(Base):
    """One line per registration, transition or change; `version` is the person's version that it led to.

    `fields` names what was changed, never to what. `actor_id` is null where the nightly job acted.
    """

    __tablename__ = "job_seeker_log"

    seeker_id: Mapped[str] = mapped_column(ForeignKey("job_seeker.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    registration_number: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[str | None] = mapped_column(String(36))
    verb: Mapped[str] = mapped_column(String(20))
    from_state: Mapped[str | None] = mapped_column(String(10))
    to_state: Mapped[str] = mapped_column(String(10))
    note: Mapped[PersonalText] = mapped_column(String(200))
    fields: Mapped[list[str]] = mapped_column(JsonText)
