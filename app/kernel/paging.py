"""Pages: `{"items", "total", "next"}` with an opaque cursor over an order that does not move under the reader."""

import base64
import binascii
import json
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

from app.kernel.problems import Invalid, invalid
from app.kernel.text import clean_text
from app.kernel.types import MAX_INT

T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    """One page. `total` counts everything that matches, never just this page; `next` is null on the last page."""

    items: list[T]
    total: int = Field(examples=[1])
    next: str | None = Field(default=None, description="Give this back as `after` for the page that follows.")


Limit = Annotated[int, Query(ge=1, le=200, description="Items on a page.")]
After = Annotated[str | None, Query(max_length=400, description="`next` of the page before.")]


def encode_cursor(*parts: str | int) -> str:
    """An opaque cursor of the last row's sort key."""
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def decode_cursor(text: str, *types: type[str] | type[int]) -> list[str | int]:
    """The sort key in a cursor; Invalid (422) naming `after` unless it has just these `types`."""
    try:
        parts = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error):
        parts = None
    if (
        not isinstance(parts, list)
        or len(parts) != len(types)
        or not all(type(p) is t and _is_bindable(p) for p, t in zip(parts, types, strict=True))
    ):
        raise no_cursor()
    return parts


def no_cursor() -> Invalid:
    """The refusal of a cursor that this node did not make."""
    return invalid("after", "翻页标记无效，请从第一页重新开始", "this is no cursor of ours; start from the first page")


def _is_bindable(part: str | int) -> bool:
    # A forged cursor may hold what a database driver chokes on: NUL, lone surrogates, numbers beyond 64 bits.
    if isinstance(part, int):
        return abs(part) <= MAX_INT
    try:
        return clean_text(part) == part
    except ValueError:
        return False
