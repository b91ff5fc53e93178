"""The table of words that this node's officers have taught it."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.columns import UtcDateTime
from app.kernel.db import Base
from app.taxonomy.terms import ConceptKind

_KINDS = ", ".join(f"'{kind}'" for kind in ConceptKind)
_IN_USE = text("removed_at IS NULL")


class LocalSynonym(Base):
    """A word that names a concept at this node. It never travels; a row that was removed stays as its own trail.

    `key` is the word as words are told apart (normalised). No foreign keys: the row outlives the account.
    """

    __tablename__ = "local_synonym"
    __table_args__ = (
        CheckConstraint(f"kind IN ({_KINDS})", name="kind"),
        Index(
            "uq_local_synonym_in_use",
            "kind",
            "key",
            unique=True,
            sqlite_where=_IN_USE,
            postgresql_where=_IN_USE,
        ),
    )
    MAX_WORD: ClassVar[int] = 60

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    word: Mapped[str] = mapped_column(String(MAX_WORD))
    key: Mapped[str] = mapped_column(String(4 * MAX_WORD))
    concept: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(String(200))
    added_by: Mapped[str] = mapped_column(String(36))
    office_id: Mapped[str] = mapped_column(String(36))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_by: Mapped[str | None] = mapped_column(String(36))
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
