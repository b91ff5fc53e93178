"""Statements 对账单 of this node: drawn up with the parent, each day by itself, kept, and found again."""

from collections.abc import Callable
from datetime import date
from typing import Protocol

import structlog
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.exchange.node import Exchange, LocalNode
from app.kernel.clock import Clock
from app.kernel.db import Database
from app.kernel.ids import new_id
from app.sync.figures import note_comparison
from app.sync.link import LinkDown, Refused
from app.sync.models import SyncStatement
from app.sync.proof import ON_ITS_WAY_S, Asked, OtherHistory, verify
from app.sync.reconciliation import Statement
from app.sync.statement import Document, draw

log = structlog.get_logger(__name__)


def keep(session: Session, clock: Clock, local: LocalNode, found: Statement) -> SyncStatement | None:
    """Sign and keep what a comparison with the parent found, and its figures; only these, and None, if the parent is of
    a version that signs no statements."""
    note_comparison(session, found)
    if found.signed is None:
        return None
    document = draw(local.key, clock.today(), found, found.signed)
    row = SyncStatement(
        id=new_id(clock),
        day=clock.today(),
        at=found.at,
        parent=found.there.node,
        agrees=found.agrees,
        differing=len(found.differences),
        document=document.model_dump_json(),
    )
    session.add(row)
    session.flush()
    return row


def newest_first() -> Select[SyncStatement]:
    """Every statement, the newest first: ids sort by the time at which they were made."""
    return select(SyncStatement).order_by(SyncStatement.id.desc())


def of_day(session: Session, day: date) -> SyncStatement | None:
    """The last statement of a day at the office."""
    return session.scalar(newest_first().where(SyncStatement.day == day).limit(1))


def document_of(row: SyncStatement) -> Document:
    return Document.model_validate_json(row.document)


class Way(Asked, Protocol):
    """What a comparison needs of a way to the parent, and its end."""

    def close(self) -> None: ...


class Daily:
    """The job that draws up a statement on each day on which there is none yet; the comparison's figures with it."""

    def __init__(
        self,
        database: Database,
        exchange: Exchange,
        link: Callable[[], Way],
        is_at_work: Callable[[], bool],
        again_after_s: float = ON_ITS_WAY_S,
    ) -> None:
        self._database, self._exchange, self._link, self._is_at_work = database, exchange, link, is_at_work
        self._again_after_s = again_after_s

    def __call__(self) -> None:
        """If the parent cannot be compared with now, it is tried again next time."""
        clock, local = self._exchange.clock, self._exchange.local
        if local.parent is None or not self._is_at_work():
            return
        with self._database.read() as session:
            if of_day(session, clock.today()) is not None:
                return
        link = self._link()
        try:
            found = verify(self._database, clock, local, link, self._again_after_s)
        except (LinkDown, Refused, OtherHistory) as error:
            # No fault of the job: the line may be down for days, and the courier says it to people.
            log.warning("not compared with the parent", peer=local.parent, reason=type(error).__name__)
            return
        finally:
            link.close()
        with self._database.write() as session:
            keep(session, clock, local, found)
