"""Statements 对账单 over HTTP, for officers: which there are, and each as JSON or as a table."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select

from app.kernel.access import requires
from app.kernel.actor import Permission
from app.kernel.deps import ReadSession
from app.kernel.http import router
from app.kernel.paging import After, Limit, Page, decode_cursor, encode_cursor
from app.kernel.problems import NotFound
from app.kernel.types import Id
from app.sync import statements
from app.sync.models import SyncStatement
from app.sync.statement import as_csv, as_fields, said_in

routes = router("/v1/statements", "node")

_ID = "01990000-0000-7000-8000-000000000001"
_LINE = {"origin": "beijing", "name": "北京街道", "kind": "listing", "here": 200, "there": 200}
_SIGNED = {"text": "{}", "key_id": "beijing:1", "signature": "A" * 86 + "=="}
_EXAMPLE = {
    "statement": {"day": "2026-11-24", "agrees": True, "lines": [_LINE], "differences": []},
    "signed": {"node": _SIGNED, "parent": {**_SIGNED, "key_id": "yuexiu:1"}},
}


class StatementLine(BaseModel):
    """One statement in the list."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": _ID,
                    "day": "2026-11-24",
                    "at": "2026-11-24T02:30:05Z",
                    "parent": "yuexiu",
                    "agrees": True,
                    "differing": 0,
                }
            ]
        }
    )

    id: str
    day: date = Field(description="The office's day.")
    at: datetime
    parent: str
    agrees: bool
    differing: int = Field(description="Records on which the two did not agree.")


@routes.get("", dependencies=[requires(Permission.STATEMENT_READ)], summary="List the reconciliation statements")
def list_statements(session: ReadSession, limit: Limit = 50, after: After = None) -> Page[StatementLine]:
    """The statements 对账单 of this node and its parent, the newest first."""
    found = statements.newest_first()
    total = session.scalar(select(func.count()).select_from(SyncStatement)) or 0
    if after is not None:
        found = found.where(SyncStatement.id < decode_cursor(after, str)[0])
    rows = session.scalars(found.limit(limit + 1)).all()
    page = rows[:limit]
    cursor = encode_cursor(page[-1].id) if len(rows) > limit else None
    return Page(items=[_shown(row) for row in page], total=total, next=cursor)


_BODIES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "application/json": {"schema": {"type": "object"}, "example": _EXAMPLE},
            "text/csv": {"schema": {"type": "string"}, "example": "日期 day,时间 at\n"},
        }
    }
}


@routes.get(
    "/{statement_id}",
    dependencies=[requires(Permission.STATEMENT_READ)],
    summary="One reconciliation statement",
    response_class=Response,
    responses=_BODIES,
)
def get_statement(
    session: ReadSession,
    statement_id: Annotated[Id, Path(description="The id that the list shows.")],
    wanted: Annotated[
        Literal["json", "csv"], Query(alias="format", description="`csv` is a table without the signatures.")
    ] = "json",
) -> Response:
    """What it says, and what both sides have signed (docs/reconciliation.md), or its lines as a table."""
    row = session.get(SyncStatement, statement_id)
    if row is None:
        raise NotFound()
    document = statements.document_of(row)
    if wanted == "csv":
        name = f'attachment; filename="statement-{row.day}.csv"'
        # With the mark: spreadsheets take a file without it for GBK.
        return Response(
            "\ufeff" + as_csv(said_in(document)), media_type="text/csv", headers={"content-disposition": name}
        )
    return JSONResponse(as_fields(document))


def _shown(row: SyncStatement) -> StatementLine:
    return StatementLine(
        id=row.id, day=row.day, at=row.at, parent=row.parent, agrees=row.agrees, differing=row.differing
    )
