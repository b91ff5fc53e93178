"""Reading JSON of which it is seen at a glance that its text is clean: the models' own cleaning is left out.

Every model looks at each text of what it is made of (`types.StrictModel`), with which it spends two thirds of its time.
For a received record one look at the whole document does: text without a character that is refused, in NFC, has no part
that is otherwise. Where that look says nothing, the model reads as always.
"""

import re
import unicodedata
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel
from pydantic_core import SchemaValidator

from app.kernel.types import StrictModel

_M = TypeVar("_M", bound=BaseModel)
_HIDING_ESCAPE = re.compile(r"\\[ubf]")  # what it stands for is not seen in the document


def read_json(model: type[_M], text: str) -> _M:
    """The `model` that a JSON document holds, fields it does not know passed over; ValidationError if it holds none."""
    if is_plainly_clean(text):
        found: _M = without_cleaning(model).validate_json(text, extra="ignore")
        return found
    return model.model_validate_json(text, extra="ignore")


def is_plainly_clean(document: str) -> bool:
    """Whether `clean_text` would leave every text in this JSON document as it is. False is no verdict."""
    return document.isprintable() and unicodedata.is_normalized("NFC", document) and not _HIDING_ESCAPE.search(document)


@cache
def without_cleaning(model: type[BaseModel]) -> SchemaValidator:
    """The validator of a model in which neither it nor a model inside cleans text; all else is checked as always."""
    return SchemaValidator(_stripped(model.__pydantic_core_schema__), _use_prebuilt=False)


def _stripped(schema: Any) -> Any:
    if isinstance(schema, list | tuple):
        return type(schema)(_stripped(one) for one in schema)
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") == "function-before" and _is_cleaning(schema["function"]["function"]):
        return _stripped(schema["schema"])
    return {name: _stripped(value) for name, value in schema.items()}


def _is_cleaning(function: Any) -> bool:
    return getattr(function, "__func__", None) is StrictModel._clean.__func__  # noqa: SLF001
