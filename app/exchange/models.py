"""The tables of the exchange, one schema on SQLite and PostgreSQL (docs/wire.md §2)."""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.columns import UtcDateTime
from app.kernel.db import Base

# SQLite counts rows by INTEGER only; every number here may pass 2³¹.
Big = BigInteger().with_variant(Integer(), "sqlite")
_ENDED = text("op IN ('D', 'X')")


class SyncHead(Base):
    """The only source of `seq`: one row, taken last in every transaction that writes records."""

    __tablename__ = "sync_head"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    head: Mapped[int] = mapped_column(Big)


class SyncRecord(Base):
    """The latest version of every record this node knows, its own and others', byte for byte as signed."""

    __tablename__ = "sync_record"
    __table_args__ = (
        CheckConstraint("op IN ('P', 'D', 'E', 'X')", name="op"),
        Index("ix_sync_record_kind_seq", "kind", "seq"),
        Index("ix_sync_record_origin_via_seq", "origin", "via", "seq"),
        Index("ix_sync_record_ended", "seq", sqlite_where=_ENDED, postgresql_where=_ENDED),
    )

    origin: Mapped[str] = mapped_column(String(63), primary_key=True)
    kind: Mapped[str] = mapped_column(String(64), primary_key=True)
    rid: Mapped[str] = mapped_column(String(36), primary_key=True)
    inc: Mapped[int] = mapped_column(Big)
    ver: Mapped[int] = mapped_column(Big)
    op: Mapped[str] = mapped_column(String(1))
    schema: Mapped[int] = mapped_column(Integer)
    scope: Mapped[str | None] = mapped_column(String(12))
    dst: Mapped[str | None] = mapped_column(String(63))
    expires_at: Mapped[int | None] = mapped_column(Big)  # epoch seconds, as signed
    body: Mapped[str | None] = mapped_column(Text)
    sig: Mapped[bytes] = mapped_column(LargeBinary(64))
    key_id: Mapped[str] = mapped_column(String(73))
    seq: Mapped[int] = mapped_column(Big, unique=True)
    via: Mapped[str | None] = mapped_column(String(63))  # the peer it came from; null for our own
    applied_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SyncPeer(Base):
    """Where a peer stands in one direction (`ledger.Direction`) and stream."""

    __tablename__ = "sync_peer"
    __table_args__ = (CheckConstraint("dir IN ('in', 'out', 'feed', 'sweep', 'owned')", name="dir"),)

    peer: Mapped[str] = mapped_column(String(63), primary_key=True)
    dir: Mapped[str] = mapped_column(String(5), primary_key=True)
    stream: Mapped[str] = mapped_column(String(8), primary_key=True)
    log_id: Mapped[str] = mapped_column(String(32))
    seq: Mapped[int] = mapped_column(Big)
    mark: Mapped[str] = mapped_column(String(16))
    inc_seen: Mapped[int] = mapped_column(Big)
    suspended: Mapped[bool] = mapped_column(Boolean)
    sub: Mapped[str] = mapped_column(String(16))  # what a feed was asked for; empty in other directions
    began: Mapped[int] = mapped_column(Big)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SyncIncarnation(Base):
    """An incarnation of a child: when it was first heard, and when it was refused because a later one had been."""

    __tablename__ = "sync_incarnation"

    peer: Mapped[str] = mapped_column(String(63), primary_key=True)
    inc: Mapped[int] = mapped_column(Big, primary_key=True, autoincrement=False)
    heard_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fenced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SyncMark(Base):
    """One row per commit that moved the head: this node's proof of its own history."""

    __tablename__ = "sync_mark"

    mark: Mapped[str] = mapped_column(String(16), primary_key=True)  # 64 random bits as 16 hex digits
    seq: Mapped[int] = mapped_column(Big, index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SyncHorizon(Base):
    """One row a day on which this node and its parent agreed: up to which number the parent had everything then."""

    __tablename__ = "sync_horizon"

    at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    seq: Mapped[int] = mapped_column(Big, primary_key=True, autoincrement=False)


class SyncQuarantine(Base):
    """What arrived and could not be accepted, with its raw bytes, until it can or an operator decides."""

    __tablename__ = "sync_quarantine"

    peer: Mapped[str] = mapped_column(String(63), primary_key=True)
    origin: Mapped[str] = mapped_column(String(63), primary_key=True)
    kind: Mapped[str] = mapped_column(String(64), primary_key=True)
    rid: Mapped[str] = mapped_column(String(36), primary_key=True)
    inc: Mapped[int] = mapped_column(Big, primary_key=True, autoincrement=False)
    ver: Mapped[int] = mapped_column(Big, primary_key=True, autoincrement=False)
    reason: Mapped[str] = mapped_column(String(32))
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    first_seen: Mapped[datetime] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(Integer)


class SyncReject(Base):
    """What the parent told us it could not accept."""

    __tablename__ = "sync_reject"

    peer: Mapped[str] = mapped_column(String(63), primary_key=True)
    origin: Mapped[str] = mapped_column(String(63), primary_key=True)
    kind: Mapped[str] = mapped_column(String(64), primary_key=True)
    rid: Mapped[str] = mapped_column(String(36), primary_key=True)
    inc: Mapped[int] = mapped_column(Big)
    ver: Mapped[int] = mapped_column(Big)
    code: Mapped[str] = mapped_column(String(32))


class SyncSeen(Base):
    """What a sweep came by, until it ends: the records that the parent's feed still has."""

    __tablename__ = "sync_seen"

    origin: Mapped[str] = mapped_column(String(63), primary_key=True)
    kind: Mapped[str] = mapped_column(String(64), primary_key=True)
    rid: Mapped[str] = mapped_column(String(36), primary_key=True)


class SyncMeta(Base):
    """Who this node is, and which life of it this is."""

    __tablename__ = "sync_meta"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    node: Mapped[str] = mapped_column(String(63))
    name: Mapped[str] = mapped_column(String(200))
    tier: Mapped[str] = mapped_column(String(10))
    region: Mapped[str] = mapped_column(String(12))
    parent: Mapped[str | None] = mapped_column(String(63))
    parent_url: Mapped[str | None] = mapped_column(String(500))
    root_key: Mapped[bytes | None] = mapped_column(LargeBinary(32))  # the city's, pinned at enrolment
    log_id: Mapped[str] = mapped_column(String(32))
    inc: Mapped[int] = mapped_column(Big)
    recovering: Mapped[bool] = mapped_column(Boolean)
    confirmed: Mapped[bool] = mapped_column(Boolean)
    current: Mapped[bool] = mapped_column(Boolean)
    gc_floor: Mapped[int] = mapped_column(Big)
    proto: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SyncNode(Base):
    """Every node this one knows and trusts, derived from the node statements: whose child it is, and its key."""

    __tablename__ = "sync_node"

    node: Mapped[str] = mapped_column(String(63), primary_key=True)
    parent: Mapped[str | None] = mapped_column(String(63), index=True)
    name: Mapped[str] = mapped_column(String(200))
    tier: Mapped[str] = mapped_column(String(10))
    region: Mapped[str] = mapped_column(String(12))
    key_id: Mapped[str] = mapped_column(String(73))
    public_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    statement: Mapped[str] = mapped_column(String(36))  # rid of the statement it was read from
    revoked: Mapped[int] = mapped_column(Integer)  # keys numbered up to this one count no more on first receipt


class SyncKey(Base):
    """Every key that statements have named for a node, the present one included: what it signed stays believed."""

    __tablename__ = "sync_key"

    node: Mapped[str] = mapped_column(String(63), primary_key=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    key_id: Mapped[str] = mapped_column(String(73))
    statement: Mapped[str] = mapped_column(String(36))  # rid of the statement it was read from


class EnrolmentCode(Base):
    """A one-time code for a node that is to join below this one; of the code only its hash is kept."""

    __tablename__ = "enrolment_code"

    code_sha256: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    node: Mapped[str] = mapped_column(String(63))
    tier: Mapped[str] = mapped_column(String(10))
    region: Mapped[str] = mapped_column(String(12))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
