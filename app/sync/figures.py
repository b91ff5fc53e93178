"""How this node's records travel, in figures: read from the tables whenever somebody asks (`sync status`, /metrics)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.exchange import receive
from app.exchange.digest import bucket_of
from app.exchange.ledger import NEVER
from app.exchange.models import SyncPeer, SyncQuarantine, SyncRecord, SyncReject
from app.exchange.node import LocalNode
from app.exchange.sql_ledger import SqlLedger
from app.exchange.streams import STREAMS
from app.sync import feed, push
from app.sync.models import SyncComparison
from app.sync.reconciliation import Statement
from app.vacancies.listings import counts

OTHER = "other"


@dataclass(frozen=True)
class Waiting:
    """What waits for the parent in one stream: how many records, and since when the oldest does (seconds)."""

    records: int
    oldest_s: float


@dataclass(frozen=True)
class Figures:
    """One node at one moment. A node without a parent has no streams."""

    streams: dict[str, Waiting]
    last_push_age_s: float | None
    rejected: dict[str, int]  # by the parent, by its code
    quarantined: dict[str, int]  # here, by reason
    own_listings: int
    known_listings: int
    data_as_of: datetime | None  # when the parent's feed was last taken in to its end
    is_recovering: bool  # restored from a backup, and not yet reconciled with the parent
    comparisons: list[SyncComparison]
    suspended: list[str]  # children from which nothing is taken; the parent, if it takes nothing from here
    equivocations: dict[str, int]  # by origin: versions of which two different ones came
    forgotten_floor: int


def figures(session: Session, local: LocalNode, now: datetime) -> Figures:
    """The figures of `local`, as `session` sees them."""
    own, known = counts(session, local.node, now)
    ledger = SqlLedger(session)
    return Figures(
        streams={stream: _waiting(session, ledger, stream, now) for stream in STREAMS} if local.parent else {},
        last_push_age_s=last_push_age_s(session, local, now),
        rejected=_counted(session, SyncReject.code),
        quarantined=_counted(session, SyncQuarantine.reason),
        own_listings=own,
        known_listings=known,
        data_as_of=feed.data_as_of(ledger, local.parent or ""),
        is_recovering=ledger.meta().recovering,
        comparisons=list(session.scalars(select(SyncComparison).order_by(SyncComparison.peer))),
        suspended=suspended(session),
        equivocations=equivocations(session),
        forgotten_floor=ledger.meta().gc_floor,
    )


def suspended(session: Session) -> list[str]:
    """The children from which nothing is taken, and the parent, if it takes nothing from here."""
    return list(session.scalars(select(SyncPeer.peer).where(SyncPeer.suspended).distinct()))


def equivocations(session: Session) -> dict[str, int]:
    """By origin, how many records came in two forms under one version: its key is in two hands, or it was copied."""
    q = SyncQuarantine
    found = select(q.origin, func.count()).where(q.reason == receive.EQUIVOCATION).group_by(q.origin)
    return dict(session.execute(found).all())


def note_comparison(session: Session, statement: Statement) -> None:
    """Remember what a comparison with the parent found."""
    peer = statement.there.node
    before = session.get(SyncComparison, peer)
    found = SyncComparison(
        peer=peer,
        at=statement.at,
        differing_buckets=len({bucket_of(one.key[2]) for one in statement.differences}),
        differing_records=len(statement.differences),
        agreed_at=statement.at if statement.agrees else before.agreed_at if before else None,
    )
    session.merge(found)


def known_codes(found: Iterable[tuple[str, int]]) -> dict[str, int]:
    """The counts by code; what is no code of this version counts as `other`, a batch refused as a whole as `batch`."""
    sums: dict[str, int] = {}
    for code, count in found:
        name = code if code in receive.CODES else "batch" if code.startswith("batch-") else OTHER
        sums[name] = sums.get(name, 0) + count
    return sums


def _counted(session: Session, column: Any) -> dict[str, int]:
    return known_codes(tuple(row) for row in session.execute(select(column, func.count()).group_by(column)))


def _waiting(session: Session, ledger: SqlLedger, stream: str, now: datetime) -> Waiting:
    reached, first = push.waiting_after(ledger, stream)
    if first is None:
        return Waiting(0, 0.0)
    since = session.execute(select(SyncRecord.applied_at).where(SyncRecord.seq == first)).scalar_one()
    return Waiting(push.count_waiting(ledger, stream, reached), max(0.0, (now - since).total_seconds()))


def last_push_age_s(session: Session, local: LocalNode, now: datetime) -> float | None:
    """Seconds since the parent last took something in; None if it never did."""
    newest = select(func.max(SyncPeer.updated_at)).where(
        SyncPeer.dir == "out", SyncPeer.peer == (local.parent or ""), SyncPeer.updated_at > NEVER
    )
    at = session.execute(newest).scalar()
    return None if at is None else max(0.0, (now - at).total_seconds())
