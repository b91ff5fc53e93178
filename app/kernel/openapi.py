"""The document of the API, and the routes every node has: is it alive, is it ready, what can it do."""

from typing import Any, Literal

from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import text

from app.kernel.access import public
from app.kernel.deps import ReadSession
from app.kernel.http import router
from app.kernel.openapi_examples import complete_examples

routes = router("", "node")

_DESCRIPTION = """The labour market of one node: its registers, its listings and those of the whole network it knows,
matching, and the exchange with its parent and children.

Refusals are problem documents (RFC 9457) in Chinese and English that name the field and the nearest valid values.
Lists come in pages: give `next` back as `after`. A change needs `If-Match` with the `ETag` of what was read. A POST
may carry `Idempotency-Key`: repeated with the same key and body it answers what it answered first. Money is in fen,
days are those of the office (Asia/Shanghai), instants are UTC."""


class NearestValue(BaseModel):
    """A valid value near the one that was refused."""

    code: str
    name: str


class ProblemField(BaseModel):
    """A field that does not hold."""

    field: str = Field(description="As it was sent: `skills.0.skill` in the body, `limit`, `vacancy_id`, `If-Match`.")
    message: str
    message_zh: str
    nearest: list[NearestValue]


class ProblemDocument(BaseModel):
    """A refusal (RFC 9457); some kinds carry further members, docs/problems.md names them."""

    type: str = Field(examples=["urn:sanlian:problem:unknown-code"])
    title: str
    title_zh: str
    status: int
    detail: str
    detail_zh: str
    errors: list[ProblemField] = []


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of `app`, built once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title="Sanlian 三联",
            version=app.version,
            description=_DESCRIPTION,
            routes=app.routes,
            tags=app.openapi_tags,
        )
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        definition = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(definition.pop("$defs"))
        schemas["Problem"] = definition
        for path in document["paths"].values():
            for operation in path.values():
                # Every refusal is a problem document and is declared as such; FastAPI's own 422 would be untrue.
                operation["responses"].pop("422", None)
        for untrue in ("HTTPValidationError", "ValidationError"):
            schemas.pop(untrue, None)
        complete_examples(document)
        app.openapi_schema = document
    return app.openapi_schema


_OUTLINE = {"openapi": "3.1.0", "info": {"title": "Sanlian 三联", "version": "0.1.0"}, "paths": {}}


class Alive(BaseModel):
    """The process answers."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "alive"}]})

    status: Literal["alive"] = "alive"


class Ready(BaseModel):
    """The database answers too."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "ready"}]})

    status: Literal["ready"] = "ready"


@routes.get(
    "/openapi.json",
    dependencies=[public()],
    summary="This document",
    response_model=None,
    responses={200: {"content": {"application/json": {"schema": {"type": "object"}, "example": _OUTLINE}}}},
)
def get_document(request: Request) -> JSONResponse:
    """The OpenAPI document of this node."""
    return JSONResponse(describe(request.app))


@routes.get("/livez", dependencies=[public()], summary="Is the process alive")
def is_alive() -> Alive:
    """Answers as long as the process does."""
    return Alive()


@routes.get("/readyz", dependencies=[public()], summary="Can this node do its work")
def is_ready(session: ReadSession) -> Ready:
    """Answers 200 once the database answers."""
    session.execute(text("SELECT 1"))
    return Ready()
