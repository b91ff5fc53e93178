"""What routes ask for: sessions, the actor, the clock. Sessions end before the answer leaves (scope "function"),
so a commit that fails is an error to the caller, never a success that did not happen (docs/adr/0003)."""

from collections.abc import AsyncIterator, Iterator
from typing import Annotated

from anyio import CancelScope, CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import Depends, Request
from sqlalchemy.orm import Session

from app.kernel.access import current_actor
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.db import Database
from app.kernel.http import expected_version, expected_version_if_any
from app.kernel.writing import WriteTurn, once_only


async def _clock(request: Request) -> Clock:
    clock: Clock = request.app.state.clock
    return clock


async def _read_session(request: Request) -> AsyncIterator[Session]:
    database: Database = request.app.state.database
    session = database.read_sessions()
    try:
        yield session
    finally:
        await _closed(session, database)


async def _snapshot(request: Request) -> AsyncIterator[Session]:
    database: Database = request.app.state.database
    session = database.snapshot_sessions()
    try:
        yield session
    finally:
        await _closed(session, database)


async def _closed(session: Session, database: Database) -> None:
    """End a session that only read.

    To make one says nothing to the database, and neither does to end one on SQLite or one that read nothing: a thread
    would cost more. PostgreSQL is told, in a thread of its own count: those of the pool may all wait for a connection.
    """
    if database.is_sqlite or not session.in_transaction():
        session.close()
        return
    with CancelScope(shield=True):
        await run_sync(session.close, limiter=CapacityLimiter(1))


async def _writers_turn(request: Request) -> AsyncIterator[None]:
    turn: WriteTurn = request.app.state.write_turn
    async with turn.take():
        yield


CurrentActor = Annotated[Actor, Depends(current_actor)]
CurrentClock = Annotated[Clock, Depends(_clock)]
ReadSession = Annotated[Session, Depends(_read_session, scope="function")]
WritersTurn = Annotated[None, Depends(_writers_turn, scope="function")]
# For answers put together from several statements that have to see the same state.
SnapshotSession = Annotated[Session, Depends(_snapshot, scope="function")]
IfMatch = Annotated[int, Depends(expected_version)]
# For verbs: honoured when it is sent, not asked for. `check_version` takes the None.
IfMatchIfAny = Annotated[int | None, Depends(expected_version_if_any)]


def _write_session(request: Request, clock: CurrentClock, _: WritersTurn) -> Iterator[Session]:
    database: Database = request.app.state.database
    actor: Actor | None = getattr(request.state, "actor", None)
    once = once_only(request, actor.id if actor else "", getattr(request.state, "body", b""))
    with database.write() as session:
        if once is not None:
            once.begin(session, clock)
            request.state.once_only = once
            request.state.write_session = session
        yield session


def _secret_write_session(request: Request, _: WritersTurn) -> Iterator[Session]:
    database: Database = request.app.state.database
    with database.write() as session:
        yield session


WriteSession = Annotated[Session, Depends(_write_session, scope="function")]
# For answers that carry a secret: they are never kept, whatever `Idempotency-Key` asks for.
SecretWriteSession = Annotated[Session, Depends(_secret_write_session, scope="function")]
