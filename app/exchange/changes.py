"""Reading the sequence: what changed after a number, in commit order. Every reader of the network is such a cursor."""

from sqlalchemy import ColumnElement, and_, not_, or_, select
from sqlalchemy.orm import Session

from app.exchange.models import SyncHead, SyncMark, SyncMeta, SyncRecord

_HEAD = select(SyncHead.__table__.c.head)  # asked for by every match


def keys_after(session: Session, seq: int, limit: int, *, kind: str) -> list[tuple[int, str, str]]:
    """(number, origin, rid) of at most `limit` records of a kind numbered above `seq`, in order, local drops included.

    For what is kept in memory beside the tables: a key says that something changed, the tables say what is so now.
    """
    r = SyncRecord.__table__.c
    wanted = select(r.seq, r.origin, r.rid).where(r.kind == kind, r.seq > seq).order_by(r.seq).limit(limit)
    return [(number, origin, rid) for number, origin, rid in session.execute(wanted)]


def in_stream(stream: str) -> ColumnElement[bool]:
    """The records whose kind travels in `stream`."""
    kind = SyncRecord.__table__.c.kind
    named = or_(kind.like("trust.%"), kind.like("msg.%"))
    return not_(named) if stream == "live" else kind.like(f"{stream}.%")


def signed_otherwise(node: str, key_id: str) -> ColumnElement[bool]:
    """The puts of `node` outside the stream `trust` that are not signed with `key_id`."""
    r = SyncRecord.__table__.c
    return and_(r.origin == node, r.op == "P", r.key_id != key_id, not_(in_stream("trust")))


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
