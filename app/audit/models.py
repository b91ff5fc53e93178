"""The trails of this node: accesses to persons, and what was done to the node. Rows are only ever added."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.columns import UtcDateTime
from app.kernel.db import Base


class Action(StrEnum):
    """What was done with a person's data."""

    READ = "read"
    CREATE = "create"
    CHANGE = "change"


EVERYBODY = "*"  # in place of a person's id: all persons that the office, or with "*" the node, has registered

_ACTIONS = ", ".join(f"'{action}'" for action in Action)


class NodeAct(Base):
    """One thing that somebody did to the node itself or to the trust in another. Rows are only ever added."""

    __tablename__ = "node_act"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    actor: Mapped[str] = mapped_column(String(100))  # `cli:` and the user of the machine
    act: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(73))  # a node or a key
    reason: Mapped[str] = mapped_column(String(200))


class PersonAccess(Base):
    """One access. No foreign keys: the trail outlives the person's row and the staff account."""

    __tablename__ = "person_access"
    __table_args__ = (
        CheckConstraint(f"action IN ({_ACTIONS})", name="action"),
        Index(None, "person_id", "at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    actor_id: Mapped[str] = mapped_column(String(36))
    office_id: Mapped[str] = mapped_column(String(36))
    person_id: Mapped[str] = mapped_column(String(36))
    action: Mapped[str] = mapped_column(String(10))
    purpose: Mapped[str] = mapped_column(String(40))
