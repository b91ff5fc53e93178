"""What no exchange of records could pass on this machine: signatures checked by one core, and the same rows written."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from app.exchange.envelope import Envelope
from app.exchange.keys import verify
from app.exchange.models import SyncRecord
from app.exchange.rows import ENVELOPE, columns_of, envelope_of
from app.exchange.trust import KIND as STATEMENT
from app.kernel.bulk import upsert
from app.kernel.db import Base, Database
from tests.bench.sync_nodes import opened
from tests.network.processes import NodeProcess

_AT_ONCE = 1_000  # rows in one transaction: the most that a batch has
_ROUNDS = 3
RECORDS = Base.metadata.tables[SyncRecord.__tablename__]


def envelopes(node: NodeProcess, count: int) -> list[Envelope]:
    """So many listings of a node, as they are stored."""
    r = SyncRecord.__table__.c
    with opened(node) as database, database.read() as session:
        wanted = select(*ENVELOPE).where(r.kind != STATEMENT).order_by(r.seq).limit(count)
        return [envelope_of(row) for row in session.execute(wanted)]


def verified_per_s(signed: Sequence[Envelope], public: bytes) -> float:
    """Signatures that one thread checks in a second of its own processor time; the best of some rounds."""
    data = [(e.signed_bytes, e.sig) for e in signed[:2_000]]
    best = 0.0
    for _ in range(_ROUNDS):
        began = time.thread_time()
        if not all(verify(public, what, signature) for what, signature in data):
            raise AssertionError("a signature does not hold")
        best = max(best, len(data) / (time.thread_time() - began))
    return best


def written_per_s(database: Database, records: Sequence[Envelope]) -> float:
    """Rows that are upserted in a second into the empty table of records of a migrated database."""
    rows = [_row(envelope, number) for number, envelope in enumerate(records, 1)]
    began = time.perf_counter()
    for start in range(0, len(rows), _AT_ONCE):
        with database.write() as session:
            upsert(session, RECORDS, rows[start : start + _AT_ONCE])
    return len(rows) / (time.perf_counter() - began)


def _row(envelope: Envelope, number: int) -> dict[str, Any]:
    return {**columns_of(envelope), "seq": number, "via": "peer", "applied_at": datetime.now(UTC)}
