"""Reading the sequence: what changed after a number, in commit order. Every reader of the network is such a cursor."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, not_, or_, select
from sqlalchemy.orm import Session

from app.exchange.envelope import Envelope
from app.exchange.models import SyncHead, SyncMark, SyncMeta, SyncRecord
from app.exchange.receive import envelope_of

_HEAD = select(SyncHead.__table__.c.head)  # asked for by every match


@dataclass(frozen=True)
class Change:
    """One record with its number in this node's sequence."""

    seq: int
    envelope: Envelope


def changes_after(
    session: Session,
    seq: int,
    limit: int,
    *,
    stream: str | None = None,
    kind: str | None = None,
    origins: Collection[str] | None = None,
) -> list[Change]:
    """At most `limit` records numbered above `seq`, in order, of one stream, kind or set of origins if given.

    A record changed many times appears once, at its last number. Local drops (X) are left out: they never travel.
    """
    r = SyncRecord.__table__.c
    wanted = select(SyncRecord.__table__).where(r.seq > seq, r.op != "X").order_by(r.seq).limit(limit)
    if stream is not None:
        wanted = wanted.where(_in_stream(stream))
    if kind is not None:
        wanted = wanted.where(r.kind == kind)
    if origins is not None:
        wanted = wanted.where(r.origin.in_(sorted(origins)))
    return [Change(row.seq, envelope_of(row)) for row in session.execute(wanted)]


def keys_after(session: Session, seq: int, limit: int, *, kind: str) -> list[tuple[int, str, str]]:
    """(number, origin, rid) of at most `limit` records of a kind numbered above `seq`, in order, local drops included.

    For what is kept in memory beside the tables: a key says that something changed, the tables say what is so now.
    """
    r = SyncRecord.__table__.c
    wanted = select(r.seq, r.origin, r.rid).where(r.kind == kind, r.seq > seq).order_by(r.seq).limit(limit)
    return [(number, origin, rid) for number, origin, rid in session.execute(wanted)]


def count_after(session: Session, seq: int, *, stream: str, origins: Collection[str]) -> int:
    """How many records of a stream and of these origins are numbered above `seq`."""
    r = SyncRecord.__table__.c
    wanted = select(func.count()).where(r.seq > seq, r.op != "X", r.origin.in_(sorted(origins)), _in_stream(stream))
    return session.execute(wanted).scalar_one()


def _in_stream(stream: str) -> ColumnElement[bool]:
    kind = SyncRecord.__table__.c.kind
    named = or_(kind.like("trust.%"), kind.like("msg.%"))
    return not_(named) if stream == "live" else kind.like(f"{stream}.%")


def head(session: Session) -> int:
    """The highest number given out."""
    found: int = session.execute(_HEAD).scalar_one()
    return found


def log_id(session: Session) -> str:
    """The name of this node's history."""
    return session.execute(select(SyncMeta.log_id)).scalar_one()


def mark_at(session: Session, seq: int) -> str:
    """The mark of the last commit at or below `seq`; empty before the first."""
    found = session.execute(
        select(SyncMark.mark).where(SyncMark.seq <= seq).order_by(SyncMark.seq.desc()).limit(1)
    ).scalar()
    return found or ""


def mark_of(session: Session, seq: int) -> str:
    """The mark of the commit that gave `seq` out; empty for 0, which none did.

    Who holds everything up to a number within a commit holds part of it: only this mark proves that part.
    """
    if seq == 0:
        return ""
    found = select(SyncMark.mark).where(SyncMark.seq >= seq).order_by(SyncMark.seq).limit(1)
    return session.execute(found).scalar_one()


def swept_to(session: Session) -> int:
    """The number below which tombstones may have been collected: a reader from there cannot be told every end."""
    return session.execute(select(SyncMeta.gc_floor)).scalar_one()


def has_mark(session: Session, mark: str) -> bool:
    """Whether this node's own history knows the mark: the proof that a checkpoint speaks of this history."""
    return session.get(SyncMark, mark) is not None
