"""What the carriers remember beside the exchange's own tables."""

from datetime import date, datetime

from sqlalchemy import Boolean, Date, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.columns import UtcDateTime
from app.kernel.db import Base


class SyncComparison(Base):
    """What the last comparison with a peer found, and when the two last agreed."""

    __tablename__ = "sync_comparison"

    peer: Mapped[str] = mapped_column(String(63), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    differing_buckets: Mapped[int] = mapped_column(Integer)
    differing_records: Mapped[int] = mapped_column(Integer)
    agreed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SyncStatement(Base):
    """A reconciliation statement 对账单 that this node and its parent have signed (docs/reconciliation.md)."""

    __tablename__ = "sync_statement"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    day: Mapped[date] = mapped_column(Date, index=True)  # at the office
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    parent: Mapped[str] = mapped_column(String(63))
    agrees: Mapped[bool] = mapped_column(Boolean)
    differing: Mapped[int] = mapped_column(Integer)
    document: Mapped[str] = mapped_column(Text)  # JSON, as it is handed on
