"""Staff and the credentials they act with. Of a token only the SHA-256 is kept: a stolen database opens no door."""

from datetime import date, datetime

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.columns import JsonText, UtcDateTime
from app.kernel.db import Base


class Staff(Base):
    """A person who works at an office, with one role there."""

    __tablename__ = "staff"
    __table_args__ = (CheckConstraint("role IN ('clerk', 'officer', 'admin')", name="role"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(16))
    office_id: Mapped[str] = mapped_column(ForeignKey("office.id"))
    password_hash: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Credential(Base):
    """A session of a staff member, or an API token that acts as one. `permissions` may only narrow the role."""

    __tablename__ = "credential"
    __table_args__ = (CheckConstraint("kind IN ('session', 'token')", name="kind"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    secret_sha256: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    label: Mapped[str] = mapped_column(String(200))
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    permissions: Mapped[list[str] | None] = mapped_column(JsonText)
    per_day: Mapped[int | None] = mapped_column(Integer)  # requests in a day of the office; null: any number
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class TokenUse(Base):
    """How often a token with a quota was used on a day of the office."""

    __tablename__ = "token_use"

    credential_id: Mapped[str] = mapped_column(ForeignKey("credential.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    count: Mapped[int] = mapped_column(Integer)
