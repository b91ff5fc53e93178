"""What the carriers remember beside the exchange's own tables."""

from datetime import datetime

from sqlalchemy import Integer, String
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
