"""The commit hook: how staged records get their version, signature and number, in the domain's own transaction.

Order matters. The domain's rows are flushed first, the tables above take the records in, and the counter row is
taken last, so that it is held for the shortest time and numbers appear in commit order: whoever reads `seq` up to n
has everything up to n (docs/wire.md §2). A rollback clears the stage; otherwise a record of a transaction that never
happened would leave with the next one.
"""

import secrets

from sqlalchemy import event, insert, update
from sqlalchemy.orm import Session, SessionTransaction, sessionmaker

from app.exchange.envelope import Envelope
from app.exchange.models import SyncHead, SyncMark, SyncRecord
from app.exchange.node import Exchange, exchange_of
from app.exchange.records import STAGE, Draft, Staged, next_version, stage_of, stored_versions
from app.exchange.rows import columns_of
from app.kernel.bulk import upsert
from app.kernel.db import Base

_NUMBERED = "exchange_numbered"
_RECORDS = Base.metadata.tables[SyncRecord.__tablename__]


def install(sessions: sessionmaker[Session], exchange: Exchange) -> None:
    """Make every session of `sessions` able to publish and apply for `exchange`."""
    sessions.configure(info={"exchange": exchange})
    event.listen(sessions, "before_commit", _number_staged)
    event.listen(sessions, "after_commit", _tell_listeners)
    event.listen(sessions, "after_transaction_end", _clear)


def write_now(session: Session) -> None:
    """Write what is staged at once, still inside the transaction: where the answer has to carry the signed record."""
    _number_staged(session)


def _number_staged(session: Session) -> None:
    if session.in_nested_transaction() or not session.info.get(STAGE):
        return
    exchange = exchange_of(session)
    staged: Staged = dict(stage_of(session))
    session.flush()
    drafts = [draft for draft in staged.values() if isinstance(draft, Draft)]
    before = stored_versions(session, exchange.local.node, drafts)
    records: list[tuple[Envelope, str | None]] = [
        (next_version(exchange.local, s, before.get((s.kind, s.rid))), None)
        if isinstance(s, Draft)
        else (s.envelope, s.via)
        for s in staged.values()
    ]
    exchange.kinds.bring_in(session, [envelope for envelope, via in records if via is None])
    session.flush()
    _write(session, exchange, records)
    stage_of(session).clear()  # only now: what failed before must fail again, not be committed without its records
    session.info[_NUMBERED] = True


def _write(session: Session, exchange: Exchange, records: list[tuple[Envelope, str | None]]) -> None:
    now = exchange.clock.now()
    head = take_numbers(session, len(records))
    rows = (
        {**columns_of(envelope), "via": via, "applied_at": now, "seq": head - len(records) + position}
        for position, (envelope, via) in enumerate(records, 1)
    )
    upsert(session, _RECORDS, rows)
    session.execute(insert(SyncMark).values(mark=secrets.token_hex(8), seq=head, created_at=now))


def take_numbers(session: Session, count: int) -> int:
    """Take the next `count` numbers; the last of them. The counter's row stays locked until this transaction ends."""
    taken = update(SyncHead).where(SyncHead.id == 1).values(head=SyncHead.head + count).returning(SyncHead.head)
    return session.execute(taken.execution_options(synchronize_session=False)).scalar_one()


def _tell_listeners(session: Session) -> None:
    if session.in_nested_transaction():  # a savepoint was released: nothing is committed yet
        return
    if session.info.pop(_NUMBERED, False):
        for listener in exchange_of(session).listeners:
            listener()


def _clear(session: Session, ended: SessionTransaction) -> None:
    if ended.parent is None:  # committed, rolled back or closed; a savepoint's end leaves the stage as it is
        session.info.pop(STAGE, None)
        session.info.pop(_NUMBERED, None)
