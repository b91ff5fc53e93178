"""`GET /metrics`: this node for Prometheus (docs/metrics.md). Labels are names of nodes and codes of our own."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from fastapi import Request
from fastapi.responses import PlainTextResponse
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app import __version__
from app.exchange import trust
from app.exchange.models import SyncRecord
from app.exchange.node import LocalNode
from app.exchange.sql_ledger import SqlLedger
from app.exchange.streams import stream_of
from app.kernel.access import here_or
from app.kernel.actor import Permission
from app.kernel.clock import Clock
from app.kernel.db import Database
from app.kernel.deps import CurrentClock, SnapshotSession
from app.kernel.http import router
from app.kernel.metrics import CONTENT_TYPE, Counter, Family, Histogram, Sample, render
from app.kernel.request_metrics import DURATIONS, REQUESTS, RequestMetrics
from app.sync.authentication import CurrentExchange
from app.sync.figures import Figures, figures
from app.sync.protocol import Batch

routes = router("", "node")

INFO = Family("sanlian_node_info", "gauge", "Always 1; which node and version this is.", ("node", "tier", "version"))
BACKLOG = Family("sanlian_backlog_records", "gauge", "Records that wait for the parent.", ("stream",))
OLDEST = Family("sanlian_backlog_oldest_seconds", "gauge", "How long the oldest of them has waited.", ("stream",))
PUSHED = Family("sanlian_last_push_age_seconds", "gauge", "Since the parent last took something in; absent if never.")
REJECTED = Family("sanlian_rejected_records", "gauge", "Records that the parent did not accept.", ("code",))
QUARANTINED = Family("sanlian_quarantined_records", "gauge", "Received records not accepted here.", ("reason",))
LISTINGS = Family("sanlian_listings", "gauge", "Open listings: `own`, of this node; `known`, all of them.", ("of",))
AS_OF = Family("sanlian_data_as_of_timestamp_seconds", "gauge", "When the parent's feed was last read to its end.")
RECOVERING = Family("sanlian_recovering", "gauge", "1 while a restored node is not yet reconciled with its parent.")
BUCKETS = Family("sanlian_differing_buckets", "gauge", "Of 1,024, at the last `sanlian sync verify`.", ("peer",))
RECORDS = Family("sanlian_differing_records", "gauge", "Records, at the last `sanlian sync verify`.", ("peer",))
COMPARED = Family("sanlian_compared_timestamp_seconds", "gauge", "When that was, Unix time.", ("peer",))
AGREED = Family("sanlian_agreed_timestamp_seconds", "gauge", "When the two last agreed; absent if never.", ("peer",))
SUSPENDED = Family("sanlian_suspended", "gauge", "1: a child that is refused, or the parent that refuses.", ("peer",))
EQUIVOCATIONS = Family("sanlian_equivocations", "gauge", "Records that came in two forms, by origin.", ("node",))
INCARNATION = Family("sanlian_incarnation", "gauge", "The incarnation of this process.")
DRAWN = Family("sanlian_incarnations_drawn_total", "counter", "Drawn by this process; more than one: it was fenced.")
HOP = Family("sanlian_hop_seconds", "histogram", "From a record's commit here to its commit at the parent.", ("op",))
FLOOR = Family("sanlian_forgotten_floor", "gauge", "Below this number of the sequence, ends may have been forgotten.")
FORGOTTEN = Family("sanlian_forgotten_records_total", "counter", "What ended long ago and this process has forgotten.")
FAMILIES = (
    INFO, BACKLOG, OLDEST, PUSHED, REJECTED, QUARANTINED, LISTINGS, AS_OF, RECOVERING, BUCKETS, RECORDS, COMPARED,
    AGREED, SUSPENDED, EQUIVOCATIONS, INCARNATION, FLOOR, DRAWN, HOP, FORGOTTEN, REQUESTS, DURATIONS,
)  # fmt: skip
_HOP_BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 900, 3600, 14400, 86400)
_OPS = {"P": "put", "D": "ended", "E": "erased"}


@dataclass
class Measured:
    """What one process counts."""

    requests: RequestMetrics = field(default_factory=RequestMetrics)
    drawn: Counter = field(default_factory=lambda: Counter(DRAWN))
    forgotten: Counter = field(default_factory=lambda: Counter(FORGOTTEN))
    hops: Histogram = field(default_factory=lambda: Histogram(HOP, _HOP_BOUNDS))

    def note_hop(self, database: Database, clock: Clock, local: LocalNode, stream: str, batch: Batch) -> None:
        """The parent has committed `batch`: how long its records took from their own commit here.

        Both ends are read on this machine's clock. One that was changed meanwhile has another number by now and is
        counted when that comes through.
        """
        between = (SyncRecord.seq > batch.header.from_.seq, SyncRecord.seq <= batch.header.to.seq)
        now = clock.now()
        try:
            with database.read() as session:
                mine = SyncRecord.origin.in_(sorted(trust.subtree(SqlLedger(session), local.node)))
                of = (SyncRecord.kind, SyncRecord.op, SyncRecord.applied_at)  # the same for all of a commit
                wanted = select(*of, func.count()).where(*between, mine, SyncRecord.op.in_(_OPS)).group_by(*of)
                found = session.execute(wanted).all()
        except SQLAlchemyError:
            return  # a figure less: the batch has been taken, and its answer has to be
        for kind, op, applied_at, count in found:
            if stream_of(kind) == stream:
                self.hops.observe(max(0.0, (now - applied_at).total_seconds()), _OPS[op], times=count)


_EXAMPLE = '# TYPE sanlian_listings gauge\nsanlian_listings{of="own"} 200\nsanlian_listings{of="known"} 200\n'


@routes.get(
    "/metrics",
    dependencies=[here_or(Permission.METRICS_READ)],
    summary="This node for Prometheus",
    response_class=PlainTextResponse,
    responses={200: {"content": {"text/plain": {"example": _EXAMPLE}}}},
)
def get_metrics(
    request: Request, session: SnapshotSession, clock: CurrentClock, exchange: CurrentExchange
) -> PlainTextResponse:
    """Prometheus' text format, version 0.0.4: how records travel, and how requests are answered."""
    measured: Measured = request.app.state.measured
    return PlainTextResponse(page(session, exchange.local, clock.now(), measured), media_type=CONTENT_TYPE)


def page(session: Session, local: LocalNode, now: datetime, measured: Measured) -> str:
    """Every figure of the node and its process."""
    found = figures(session, local, now)
    texts = [render(family, samples) for family, samples in _read(found, local)]
    counted = (measured.drawn.text(), measured.hops.text(), measured.forgotten.text(), measured.requests.text())
    return "".join((*texts, *counted))


def _read(found: Figures, local: LocalNode) -> Iterable[tuple[Family, list[Sample]]]:
    streams, compared = found.streams.items(), found.comparisons
    yield INFO, [((local.node, local.tier, __version__), 1)]
    yield BACKLOG, [((stream,), waiting.records) for stream, waiting in streams]
    yield OLDEST, [((stream,), waiting.oldest_s) for stream, waiting in streams]
    yield PUSHED, [] if found.last_push_age_s is None else [((), found.last_push_age_s)]
    yield REJECTED, [((code,), count) for code, count in sorted(found.rejected.items())]
    yield QUARANTINED, [((reason,), count) for reason, count in sorted(found.quarantined.items())]
    yield LISTINGS, [(("own",), found.own_listings), (("known",), found.known_listings)]
    yield AS_OF, [] if found.data_as_of is None else [((), found.data_as_of.timestamp())]
    yield RECOVERING, [((), int(found.is_recovering))]
    yield BUCKETS, [((one.peer,), one.differing_buckets) for one in compared]
    yield RECORDS, [((one.peer,), one.differing_records) for one in compared]
    yield COMPARED, [((one.peer,), one.at.timestamp()) for one in compared]
    yield AGREED, [((one.peer,), one.agreed_at.timestamp()) for one in compared if one.agreed_at]
    yield SUSPENDED, [((peer,), 1) for peer in sorted(found.suspended)]
    yield EQUIVOCATIONS, [((node,), count) for node, count in sorted(found.equivocations.items())]
    yield INCARNATION, [((), local.inc)]
    yield FLOOR, [((), found.forgotten_floor)]
