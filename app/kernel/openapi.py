"""The document of the API, and the routes every node has: is it alive, is it ready, what can it do."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy import text

from app.kernel.access import public
from app.kernel.deps import ReadSession
from app.kernel.http import router

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

    field: str = Field(description="A dotted path, like `skills.0.skill`.")
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
        for schema in schemas.values():
            if "examples" in schema:
                schema["examples"] = [_with_nulls(example, schema, schemas) for example in schema["examples"]]
        app.openapi_schema = document
    return app.openapi_schema


def _with_nulls(example: Any, schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    """`example` with the nulls of required properties, which FastAPI drops wherever they stand in a document."""
    named = next((s for s in (schema, *schema.get("anyOf", ())) if "$ref" in s), None)
    if named is not None:
        schema = schemas[named["$ref"].rpartition("/")[2]]
    if isinstance(example, list):
        return [_with_nulls(item, schema.get("items", {}), schemas) for item in example]
    if not isinstance(example, dict):
        return example
    kinds = schema.get("properties", {})
    dropped = dict.fromkeys(name for name in schema.get("required", ()) if name not in example)
    return {name: _with_nulls(value, kinds.get(name, {}), schemas) for name, value in example.items()} | dropped


@routes.get("/openapi.json", dependencies=[public()], summary="This document", response_model=None)
def get_document(request: Request) -> JSONResponse:
    """The OpenAPI document of this node."""
    return JSONResponse(describe(request.app))


@routes.get("/livez", dependencies=[public()], summary="Is the process alive")
def is_alive() -> dict[str, str]:
    """Answers as long as the process does."""
    return {"status": "alive"}


@routes.get("/readyz", dependencies=[public()], summary="Can this node do its work")
def is_ready(session: ReadSession) -> dict[str, str]:
    """Answers 200 once the database answers."""
    session.execute(text("SELECT 1"))
    return {"status": "ready"}
