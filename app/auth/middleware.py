"""Finds out who is asking: reads `Authorization: Bearer`, looks the secret up, and leaves an `Actor` for the routes.

A request without the header goes on without an actor (public routes answer it); one with a secret that opens nothing
is refused here, so that a client with an expired token hears of it even where it would not have needed one.
"""

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.auth.service import find_actor
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.db import Database, is_overload
from app.kernel.problems import Busy, Unauthenticated
from app.kernel.responses import problem_response


class Authentication:
    """Pure ASGI middleware; `scope["state"]["actor"]` is what `kernel.access` reads."""

    def __init__(self, app: ASGIApp, database: Database, clock: Clock) -> None:
        self.app = app
        self.database = database
        self.clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            secret = bearer_secret(Request(scope))
            if secret is not None:
                try:
                    actor = await run_in_threadpool(self._find, secret)
                except SQLAlchemyError as error:
                    if not is_overload(error):
                        raise
                    # No handler of the application stands around a middleware.
                    await problem_response(Busy())(scope, receive, send)
                    return
                if actor is None:
                    refusal = Unauthenticated("令牌无效或已过期", "the token is unknown or has expired")
                    await problem_response(refusal)(scope, receive, send)
                    return
                scope.setdefault("state", {})["actor"] = actor
        await self.app(scope, receive, send)

    def _find(self, secret: str) -> Actor | None:
        with self.database.read() as session:
            return find_actor(session, self.clock.now(), secret)


def bearer_secret(request: Request) -> str | None:
    """The secret of an `Authorization: Bearer …` header, or None."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" and secret.strip() else None
