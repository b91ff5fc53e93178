"""Finds out who is asking: reads `Authorization: Bearer`, looks the secret up, and leaves an `Actor` for the routes.

A request without the header goes on without an actor (public routes answer it); one with a secret that opens nothing
is refused here, so that a client with an expired token hears of it even where it would not have needed one; so is one
whose calls of the day are used up.
"""

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.auth.quotas import Left, Quotas, QuotaUsed
from app.auth.service import Presented, find_presented
from app.kernel.clock import Clock
from app.kernel.db import Database, is_overload
from app.kernel.problems import Busy, Unauthenticated
from app.kernel.responses import problem_response


class Authentication:
    """Pure ASGI middleware; `scope["state"]["actor"]` is what `kernel.access` reads."""

    def __init__(self, app: ASGIApp, database: Database, clock: Clock, quotas: Quotas) -> None:
        self.app = app
        self.database = database
        self.clock = clock
        self.quotas = quotas

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        secret = bearer_secret(Request(scope)) if scope["type"] == "http" else None
        if secret is None:
            await self.app(scope, receive, send)
            return
        try:
            presented, left = await run_in_threadpool(self._find, secret)
        except SQLAlchemyError as error:
            if not is_overload(error):
                raise
            # No handler of the application stands around a middleware.
            await problem_response(Busy())(scope, receive, send)
            return
        if presented is None:
            refusal = Unauthenticated("令牌无效或已过期", "the token is unknown or has expired")
            await problem_response(refusal)(scope, receive, send)
            return
        scope.setdefault("state", {})["actor"] = presented.actor
        if left is None:
            await self.app(scope, receive, send)
        elif left.is_refused:
            await problem_response(QuotaUsed(retry_after_s=left.seconds))(scope, receive, _telling(send, left))
        else:
            await self.app(scope, receive, _telling(send, left))

    def _find(self, secret: str) -> tuple[Presented | None, Left | None]:
        with self.database.read() as session:
            presented = find_presented(session, self.clock.now(), secret)
            if presented is None or presented.per_day is None:
                return presented, None
            return presented, self.quotas.take(session, presented.credential_id, presented.per_day)


def _telling(send: Send, left: Left) -> Send:
    """`send`, with what is left of the day in the headers."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(left.headers)
        await send(message)

    return send_with_headers


def bearer_secret(request: Request) -> str | None:
    """The secret of an `Authorization: Bearer …` header, or None."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" and secret.strip() else None
