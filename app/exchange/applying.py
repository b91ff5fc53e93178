"""Letting the tables above take in the records that were accepted, now or, after an upgrade, once more."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from itertools import groupby

import structlog
from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.orm import Session

from app.exchange.envelope import Envelope
from app.exchange.kinds import Bodies, Kinds
from app.exchange.models import SyncRecord
from app.exchange.rows import ENVELOPE, envelope_of

log = structlog.get_logger(__name__)


def bring_in(session: Session, kinds: Kinds, envelopes: Sequence[Envelope], bodies: Bodies | None = None) -> None:
    """Let the tables above take in what was accepted; a record they choke on is kept and relayed all the same.

    All in one savepoint, and by halves only if that fails: the good ones must not suffer for the bad one.
    """
    if not envelopes or _fits(session, partial(kinds.bring_in, session, envelopes, bodies)):
        return
    if len(envelopes) > 1:
        half = len(envelopes) // 2
        bring_in(session, kinds, envelopes[:half], bodies)
        bring_in(session, kinds, envelopes[half:], bodies)
        return
    [envelope] = envelopes
    log.error("record not understood", node=envelope.origin, kind=envelope.kind)
    _fits(session, partial(kinds.take_off, session, envelope))  # the version before it is outdated


def take_back(session: Session, kinds: Kinds, envelopes: Sequence[Envelope]) -> None:
    """Let the registers follow own records that came back from elsewhere, after the tables above took them in.

    A register that cannot follow one of them stays as it is, and the record all the same: `sanlian doctor` names both.
    """
    for envelope in envelopes:
        if not _fits(session, partial(kinds.take_back, session, envelope)):
            log.error("register cannot follow", kind=envelope.kind)


def _fits(session: Session, do: Callable[[], object]) -> bool:
    try:
        with session.begin_nested():
            do()
    except (OperationalError, InternalError, InterfaceError):
        raise  # the database's trouble, not the record's: the whole batch comes again
    except Exception as error:
        log.warning("records not taken in", reason=type(error).__name__)
        return False
    return True


def reread(session: Session, kinds: Kinds, arrived: Callable[[datetime], object] = lambda _: None) -> int:
    """Let the tables above read every stored record of a registered kind again; how many there were.

    `sanlian migrate` calls this each time: it is how a kind, a schema or a field that the version before did not
    understand comes to be shown after an upgrade. `arrived` is told beforehand when records came. It takes no
    numbers: nothing changes for those who follow this node.
    """
    r = SyncRecord.__table__.c
    names = sorted((kind.name for kind in kinds), key=lambda name: (not name.startswith("trust."), name))
    count = 0
    for name in names:
        last = 0
        while rows := session.execute(
            select(*ENVELOPE, r.seq, r.applied_at)
            .where(r.kind == name, r.op != "X", r.seq > last)
            .order_by(r.seq)
            .limit(500)
        ).all():
            for applied_at, together in groupby(rows, lambda row: row.applied_at):
                arrived(applied_at)
                bring_in(session, kinds, [envelope_of(row) for row in together])
            count, last = count + len(rows), rows[-1].seq
            session.expunge_all()
    return count
