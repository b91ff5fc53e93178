"""Tables: divisions imported at this node, and the offices that it hosts."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.columns import UtcDateTime
from app.kernel.db import Base
from app.regions.tier import Tier

_TIERS = ", ".join(f"'{tier}'" for tier in Tier)


class ImportedRegion(Base):
    """One division of an imported city. Guangzhou ships as a file and stands here only if it was imported anew."""

    __tablename__ = "region"
    __table_args__ = (CheckConstraint(f"tier IN ({_TIERS})", name="tier"),)

    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    # No foreign key: an import replaces a whole city at once, checked as a tree before it is written.
    parent: Mapped[str | None] = mapped_column(String(12))
    tier: Mapped[str] = mapped_column(String(10))
    city_code: Mapped[str] = mapped_column(String(12), index=True)
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Office(Base):
    """An office 经办机构 whose staff work at this node. Territorial rows carry its id."""

    __tablename__ = "office"
    __table_args__ = (CheckConstraint(f"tier IN ({_TIERS})", name="tier"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    # No foreign key to `region`: most codes are those of the shipped file. `create_office` checks it.
    region_code: Mapped[str] = mapped_column(String(12), index=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    tier: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
