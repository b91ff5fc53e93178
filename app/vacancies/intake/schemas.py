"""What an import looks like in JSON."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.kernel.types import Count, Flag, Id, StrictModel
from app.lookup.understood import Understood
from app.vacancies.intake.fields import FIELDS

MAX_ROWS = 50
MAX_CELL = 20_000
MAX_BODY = 2 * 1024 * 1024

_NAMES = ", ".join(field.name for field in FIELDS)
Cell = Annotated[str, Field(max_length=MAX_CELL)]
Cells = Annotated[
    dict[Annotated[str, Field(max_length=40)], Cell],
    Field(max_length=2 * len(FIELDS), description=f"Text by field, just as it was written. The fields: {_NAMES}."),
]

_ROW: dict[str, Any] = {
    "row": 2,
    "cells": {
        "reference": "HR-2026-001",
        "title": "保洁员",
        "employer": "虚构示例·晨光物业服务有限公司",
        "area": "越秀区北京街道",
        "pay": "3800-4200元/月",
        "experience": "不限",
        "education": "不限",
    },
}
_DEFAULTS: dict[str, Any] = {"seats": "1", "valid_days": "30", "duties": "见岗位名称"}
_ID = "019aae6c-5a00-7000-8000-000000000011"


class ImportRow(StrictModel):
    """One row of a file."""

    row: Annotated[
        Count | None, Field(description="What the answer calls this row; else its place in the request, from 1.")
    ] = None
    cells: Cells


class ImportIn(StrictModel):
    """Up to 50 rows, stored together or not at all."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"rows": [_ROW], "defaults": _DEFAULTS, "dry_run": True, "open": False}]}
    )

    rows: Annotated[list[ImportRow], Field(min_length=1, max_length=MAX_ROWS)]
    defaults: Annotated[Cells, Field(description="What holds for every row that says nothing itself, by field.")] = (
        Field(default_factory=dict)
    )
    dry_run: Annotated[Flag, Field(description="Read and compare, store nothing.")] = False
    open: Annotated[Flag, Field(description="Approve and open at once; needs the permission to review.")] = False


class NearestOut(BaseModel):
    """A valid value near the one that was refused."""

    code: str
    name: str


class CellFault(BaseModel):
    """Why a row was rejected: the field and the reason."""

    field: str = Field(description="A field, or `row` for the row as a whole.")
    zh: str
    en: str
    nearest: list[NearestOut]


class CellNote(BaseModel):
    """What was understood by a convention, or only kept as words."""

    field: str
    zh: str
    en: str


class RowOut(BaseModel):
    """What became of one row."""

    row: int
    outcome: Literal["created", "unchanged", "rejected"]
    id: Id | None = Field(description="The vacancy; null if rejected, and for a new one in a dry run.")
    state: str | None = Field(description="The state of the vacancy.")
    reference: str = Field(description="Its own number, else the identity made from what the row says.")
    faults: list[CellFault]
    notes: list[CellNote]
    understood: list[Understood] = Field(
        description="The words of occupation, skills and place with what was understood; empty if rejected."
    )


_OUT: dict[str, Any] = {
    "dry_run": False,
    "created": 1,
    "unchanged": 0,
    "rejected": 1,
    "rows": [
        {
            "row": 2,
            "outcome": "created",
            "id": _ID,
            "state": "submitted",
            "reference": "HR-2026-001",
            "faults": [],
            "notes": [],
            "understood": [
                {
                    "field": "occupation",
                    "words": "保洁员",
                    "kind": "occupation",
                    "code": "cleaner",
                    "name": "保洁员",
                    "how": "exact",
                    "choices": [],
                }
            ],
        },
        {
            "row": 3,
            "outcome": "rejected",
            "id": None,
            "state": None,
            "reference": "HR-2026-001",
            "faults": [{"field": "row", "zh": "与第2行相同", "en": "same as row 2", "nearest": []}],
            "notes": [],
            "understood": [],
        },
    ],
}


class ImportOut(BaseModel):
    """What became of every row, in the order of the request; the three counts add up to the rows."""

    model_config = ConfigDict(json_schema_extra={"examples": [_OUT]})

    dry_run: bool
    created: int
    unchanged: int
    rejected: int
    rows: list[RowOut]
