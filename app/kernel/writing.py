"""The writer's turn and the memory of what was already done: what stands between a write route and its session.

Two mechanisms. `WriteTurn` lets one writer at a time in (SQLite has one anyway) and refuses with 503 when too many
wait: a blocking lock inside sync dependencies would starve the thread pool (60 concurrent writes deadlock). The
idempotency table keeps the answer to a POST that carried `Idempotency-Key`, in the same transaction as its effect.
"""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import anyio
from fastapi import Request, Response
from sqlalchemy import Integer, LargeBinary, String, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.kernel.clock import Clock
from app.kernel.columns import JsonText, UtcDateTime
from app.kernel.db import Base
from app.kernel.problems import Busy, KeyReused, invalid

KEPT_FOR = timedelta(days=2)
_KEPT_HEADERS = ("cache-control", "content-type", "etag", "location")


class WriteTurn:
    """At most `width` writers at once; at most `queue` more wait, at most `wait_s` seconds."""

    def __init__(self, width: int, queue: int, wait_s: float) -> None:
        self._limiter = anyio.CapacityLimiter(width)
        self.queue = queue
        self._wait_s = wait_s

    @asynccontextmanager
    async def take(self) -> AsyncIterator[None]:
        """Hold a turn for the length of the block; Busy (503) when it is not to be had in time."""
        if self._limiter.statistics().tasks_waiting >= self.queue:
            raise Busy()
        try:
            self._limiter.acquire_nowait()  # refused where somebody waits already
        except anyio.WouldBlock:
            await self._wait()
        try:
            yield
        finally:
            self._limiter.release()

    async def _wait(self) -> None:
        try:
            with anyio.fail_after(self._wait_s):
                await self._limiter.acquire()
        except TimeoutError:
            raise Busy() from None


class IdempotentAnswer(Base):
    """The answer once given to (actor, key). `status` is null while the first request is still at work."""

    __tablename__ = "idempotent_answer"

    actor_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    request_sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    status: Mapped[int | None] = mapped_column(Integer)
    headers: Mapped[dict[str, str] | None] = mapped_column(JsonText)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Replay(Exception):
    """Raised instead of doing again what was already done; carries the answer given then."""

    def __init__(self, response: Response) -> None:
        self.response = response


@dataclass(frozen=True)
class OnceOnly:
    """A write that carries a key: who asks, with what key, for what."""

    actor_id: str
    key: str
    request_sha256: bytes

    def begin(self, session: Session, clock: Clock) -> None:
        """Claim the key in this transaction; Replay if it was used for this request, KeyReused if for another."""
        make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        claim = (
            make(IdempotentAnswer)
            .values(actor_id=self.actor_id, key=self.key, request_sha256=self.request_sha256, created_at=clock.now())
            .on_conflict_do_nothing()
            .returning(IdempotentAnswer.key)
        )
        if session.execute(claim).first() is not None:
            return
        row = session.execute(
            select(IdempotentAnswer).where(IdempotentAnswer.actor_id == self.actor_id, IdempotentAnswer.key == self.key)
        ).scalar_one()
        if row.request_sha256 != self.request_sha256 or row.status is None:
            raise KeyReused()
        headers = {**(row.headers or {}), "Idempotent-Replayed": "true"}
        raise Replay(Response(row.body, status_code=row.status, headers=headers))

    def remember(self, session: Session, response: Response) -> None:
        """Keep the answer, in the transaction that does the work."""
        kept = {k: v for k, v in response.headers.items() if k in _KEPT_HEADERS}
        session.execute(
            update(IdempotentAnswer)
            .where(IdempotentAnswer.actor_id == self.actor_id, IdempotentAnswer.key == self.key)
            .values(status=response.status_code, headers=kept, body=bytes(response.body))
        )


def once_only(request: Request, actor_id: str, body: bytes) -> OnceOnly | None:
    """What `Idempotency-Key` asks for, if the request is a POST that carries it."""
    key = request.headers.get("idempotency-key")
    if key is None or request.method != "POST":
        return None
    if not 8 <= len(key) <= 100 or not key.isascii() or not key.isprintable():
        raise invalid("Idempotency-Key", "幂等键须为 8–100 个可见字符", "must be 8 to 100 printable ASCII characters")
    digest = hashlib.sha256(f"{request.method} {request.url.path}?{request.url.query}\n".encode() + body).digest()
    return OnceOnly(actor_id, key, digest)


def forget_answers_about(session: Session, id_: str) -> int:
    """Drop the kept answers in which `id_` occurs: what they said of it is not to be said again; how many.

    Looks through all that was kept, two days of answers.
    """
    kept = select(IdempotentAnswer.actor_id, IdempotentAnswer.key, IdempotentAnswer.body, IdempotentAnswer.headers)
    found = session.execute(kept.where(IdempotentAnswer.status.is_not(None)), execution_options={"yield_per": 500})
    about = [
        row for row in found if id_.encode() in (row.body or b"") or id_ in (row.headers or {}).get("location", "")
    ]
    for row in about:
        answer = (IdempotentAnswer.actor_id == row.actor_id, IdempotentAnswer.key == row.key)
        session.execute(delete(IdempotentAnswer).where(*answer))
    return len(about)


def forget_old_answers(session: Session, clock: Clock) -> int:
    """Drop the answers older than two days; how many."""
    old = delete(IdempotentAnswer).where(IdempotentAnswer.created_at < clock.now() - KEPT_FOR)
    return int(session.execute(old).rowcount)  # type: ignore[attr-defined]
