"""The HTTP edge: strict JSON, preconditions, and the route class and router that every slice's routes use."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Depends, Header, Request, Response, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from app.kernel.problems import PreconditionFailed, PreconditionRequired, TooLarge, TooSlow, invalid
from app.kernel.query_names import check_query_names
from app.kernel.strict_json import decode_json
from app.kernel.writing import OnceOnly, Replay

MAX_BODY = 256 * 1024
BODY_WITHIN_S = 20
PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {
        "description": "A problem document (RFC 9457) that names the field and, for codes, the nearest valid values.",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    },
    "503": {
        "description": "Busy: nothing was written; try again after `Retry-After` seconds.",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    },
}


class StrictRequest(Request):
    """A request whose body is bounded in size and time, and whose JSON is read strictly."""

    max_body = MAX_BODY

    async def body(self) -> bytes:
        """The whole body; TooLarge (413) beyond `max_body`, TooSlow (408) after 20 seconds or broken off."""
        if not hasattr(self, "_body"):
            declared = self.headers.get("content-length", "")
            if declared.isascii() and declared.isdigit() and (len(declared) > 15 or int(declared) > self.max_body):
                raise TooLarge()
            try:
                with anyio.fail_after(BODY_WITHIN_S):
                    self._body = await self._read()
            except TimeoutError:
                raise TooSlow() from None
            except ClientDisconnect:
                raise TooSlow("请求没有发完就断开了", "the request broke off before its end") from None
        return self._body

    async def _read(self) -> bytes:
        body = bytearray()
        async for chunk in self.stream():
            body += chunk
            if len(body) > self.max_body:
                raise TooLarge()
        return bytes(body)

    async def json(self) -> Any:
        return decode_json(await self.body())


class StrictRoute(APIRoute):
    """A route that reads strictly, and keeps the answer to a once-only write in the write's own transaction.

    The dependencies of scope "function" end after this handler returns, so what it adds to the session is committed
    with the rest, and the answer leaves only after that commit.
    """

    request_class: type[StrictRequest] = StrictRequest

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        asked = get_flat_params(self.dependant)
        names = frozenset(found.alias for found in asked if isinstance(found.field_info, params.Query))

        async def handler(request: Request) -> Response:
            check_query_names((name for name, _ in request.query_params.multi_items()), names)
            strict = self.request_class(request.scope, request.receive)
            # Read here: what fails inside FastAPI's own reading becomes a bare 400. The session's dependency, which
            # cannot await, finds it in the state.
            strict.state.body = await strict.body()
            try:
                response = await handle(strict)
            except Replay as replay:
                return replay.response
            once: OnceOnly | None = getattr(strict.state, "once_only", None)
            if once is not None:
                await run_in_threadpool(once.remember, strict.state.write_session, response)
            return response

        return handler


def router(prefix: str, tag: str, *, max_body: int = MAX_BODY, **options: Any) -> APIRouter:
    """The router of one slice: strict routes under `prefix` that read at most `max_body` bytes, problems documented."""

    class Bounded(StrictRequest):
        pass

    class Route(StrictRoute):
        request_class = Bounded

    Bounded.max_body = max_body
    return APIRouter(prefix=prefix, tags=[tag], route_class=Route, responses=PROBLEM_RESPONSES, **options)


def never_cached(response: Response) -> None:
    """For answers with something about a person: no browser keeps them. A dependency of routes and routers."""
    response.headers["Cache-Control"] = "no-store"


def etag(version: int) -> str:
    """The entity tag of a row's version."""
    return f'"{version}"'


def expected_version_if_any(
    if_match: Annotated[str | None, Header(description='The `ETag` of what you read, like `"3"`.')] = None,
) -> int | None:
    """The version in `If-Match`, None without it; 422 for what is no tag of ours."""
    if if_match is None:
        return None
    text = if_match.strip().removeprefix("W/").strip('"')
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise invalid("If-Match", "If-Match 须为读取时得到的 ETag", "must be the ETag that came with what you read")
    return int(text)


def expected_version(version: Annotated[int | None, Depends(expected_version_if_any)]) -> int:
    """The version in `If-Match`; 428 without it, 422 for what is no tag of ours."""
    if version is None:
        raise PreconditionRequired()
    return version


def check_version(stored: int, expected: int | None) -> None:
    """PreconditionFailed (412) unless the row is still as it was read; None expects nothing."""
    if expected is not None and stored != expected:
        raise PreconditionFailed()
