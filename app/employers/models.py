"""The table of employers. Contact persons are personal data and stay; name and credit code are public."""

from datetime import date, datetime

from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.columns import UtcDateTime
from app.kernel.db import Base


class Employer(Base):
    """An employer as one office knows it. Without a credit code it is unverified, and known by its name there."""

    __tablename__ = "employer"
    __table_args__ = (Index("ix_employer_office_id_name", "office_id", "name"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    office_id: Mapped[str] = mapped_column(ForeignKey("office.id"))
    uscc: Mapped[str | None] = mapped_column(String(18), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    industry: Mapped[str | None] = mapped_column(String(4))
    region_code: Mapped[str | None] = mapped_column(String(12))
    address: Mapped[str | None] = mapped_column(String(200))
    contact_name: Mapped[str | None] = mapped_column(String(200))
    contact_phone: Mapped[str | None] = mapped_column(String(20))
    licence_seen_on: Mapped[date | None] = mapped_column(Date)
    agent_identity_seen_on: Mapped[date | None] = mapped_column(Date)
    mandate_seen_on: Mapped[date | None] = mapped_column(Date)
    sanctioned: Mapped[bool] = mapped_column(Boolean)
    version: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
