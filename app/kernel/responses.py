"""Problems as answers: RFC 9457 `application/problem+json`, never with internals or with what was sent."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from app.kernel.db import is_collision, is_full, is_overload
from app.kernel.problems import Busy, FieldError, Malformed, NotFound, Problem, TooLarge, Unauthenticated, WrongMethod
from app.kernel.security_headers import SECURITY_HEADERS
from app.kernel.strict_json import BadJson

PROBLEM_JSON = "application/problem+json"
PROBLEM_BASE = "urn:sanlian:problem:"
log = structlog.get_logger(__name__)

# What Pydantic says, in words a clerk can use; anything else keeps Pydantic's own English.
_ZH = {
    "missing": "此项必填",
    "extra_forbidden": "没有这个字段",
    "string_too_long": "文字过长",
    "string_too_short": "文字过短",
    "string_type": "应为文字",
    "string_pattern_mismatch": "格式不对",
    "enum": "不在可选值之内",
    "literal_error": "不在可选值之内",
    "greater_than_equal": "数值过小",
    "less_than_equal": "数值过大",
    "too_long": "项数过多",
    "too_short": "项数过少",
    "date_from_datetime_parsing": "日期无效",
    "date_parsing": "日期无效",
    "datetime_from_date_parsing": "时间无效",
}


class ProblemResponse(JSONResponse):
    media_type = PROBLEM_JSON


def problem_response(problem: Problem) -> ProblemResponse:
    """The RFC 9457 answer for `problem`."""
    body: dict[str, Any] = {
        "type": PROBLEM_BASE + problem.slug,
        "title": problem.en,
        "title_zh": problem.zh,
        "status": problem.status,
        "detail": problem.detail_en or problem.en,
        "detail_zh": problem.detail_zh or problem.zh,
    }
    if problem.errors:
        body["errors"] = [
            {
                "field": e.field,
                "message": e.en,
                "message_zh": e.zh,
                "nearest": [{"code": n.code, "name": n.name} for n in e.nearest],
            }
            for e in problem.errors
        ]
    return ProblemResponse({**problem.extra, **body}, status_code=problem.status, headers=problem.headers)


# Where a value stood in the request. Fields are called by their own names, wherever they stand.
_PARTS = frozenset({"body", "query", "path", "header", "cookie"})


def malformed(errors: Sequence[Mapping[str, Any]]) -> Malformed:
    """Pydantic's findings as one refusal: the fields and what is wrong, never the input."""
    found = [_found(error) for error in errors]
    names = list(dict.fromkeys(e.field for e in found))
    zh, en = f"以下各项有误：{'、'.join(names)}", f"these fields do not hold: {', '.join(names)}"
    return Malformed(zh, en, errors=found)


def _found(error: Mapping[str, Any]) -> FieldError:
    context = error.get("ctx", {})
    part, *within = (str(step) for step in (*error["loc"], *context.get("path", ())))
    name = ".".join(within) if within and part in _PARTS else ".".join((part, *within))
    expected = f"：{context['expected']}" if "expected" in context else ""
    said = context.get("zh") or getattr(context.get("error"), "zh", None)
    text = str(error["msg"]).removeprefix("Value error, ")
    return FieldError(name, said or _ZH.get(error["type"], "内容不符合要求") + expected, text)


def _unreadable(error: RequestValidationError) -> Malformed:
    bad = error.__cause__
    if isinstance(bad, BadJson):
        return Malformed(bad.zh, bad.en, errors=[FieldError(bad.path or "body", bad.zh, bad.en)])
    return malformed(error.errors())


def install(app: FastAPI) -> None:
    """Register the handlers that turn every error into a problem document."""

    async def on_problem(_: Request, error: Exception) -> JSONResponse:
        return problem_response(cast(Problem, error))

    async def on_validation(_: Request, error: Exception) -> JSONResponse:
        return problem_response(_unreadable(cast(RequestValidationError, error)))

    async def on_http(request: Request, error: Exception) -> JSONResponse:
        http = cast(HTTPException, error)
        problem = _http_problem(http)
        problem.headers = {**problem.headers, **(http.headers or {})}
        if http.status_code == 405:
            problem.headers["Allow"] = ", ".join(_methods_at(request))
        return problem_response(problem)

    async def on_database(request: Request, error: Exception) -> JSONResponse:
        if is_overload(cast(SQLAlchemyError, error)):
            return problem_response(Busy())
        if is_collision(cast(SQLAlchemyError, error)):
            log.warning("collision", path=request.url.path, error=type(error).__name__)
            return problem_response(
                Busy("与另一操作同时进行，未写入任何内容", "it met another write; nothing was written")
            )
        if is_full(cast(SQLAlchemyError, error)):
            return problem_response(
                Busy(
                    "磁盘或配额已满，未写入任何内容",
                    "the disk or a quota is full; nothing was written",
                    retry_after_s=60,
                )
            )
        return on_anything(request, error)

    def on_anything(request: Request, error: Exception) -> JSONResponse:
        log.error("unhandled", path=request.url.path, error=type(error).__name__, exc_info=error)
        response = problem_response(Problem("服务内部出错，已记录", "an internal error; it was logged"))
        # Starlette sends this one from outside of every middleware.
        response.headers.update(SECURITY_HEADERS)
        return response

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(SQLAlchemyError, on_database)
    app.add_exception_handler(Exception, on_anything)


def _methods_at(request: Request) -> list[str]:
    """Every method that the path of `request` answers; Starlette names only those of the first route there."""
    return sorted(
        {
            method
            for context in iter_route_contexts(request.app.routes)
            if context.path is not None and compile_path(context.path)[0].match(request.scope["path"])
            for method in context.methods or ()
        }
    )


def _http_problem(error: HTTPException) -> Problem:
    if error.status_code == 404:
        return NotFound("没有这个地址", "there is nothing at this address")
    if error.status_code == 401:
        return Unauthenticated()
    if error.status_code == 413:
        return TooLarge()
    if error.status_code == 405:
        return WrongMethod()
    return Malformed("请求无法受理", str(error.detail)) if error.status_code < 500 else Problem()
