"""Values as they come in: one strict base model and the annotated types every schema is made of. Pure.

Text is brought to NFC here, once, at the origin; characters that no honest text has (`text`) are refused, so that no
later floor has to ask. Numbers are bounded, and neither `true` nor `"1"` is a number.
"""

import re
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from app.kernel.problems import Unfit
from app.kernel.text import clean_text, is_blank

MAX_INT = 2**53 - 1  # what JSON can carry exactly everywhere
_LINE_BREAKS = frozenset("\t\n\r")


class Personal:
    """Marks a field as personal data (class C): `Annotated[str, Personal()]`. Such a field never enters a record."""


class _Clean(dict[Any, Any]):
    """A body whose text has been cleaned as part of the body around it: a model inside does not do it again."""


def _clean_deep(value: Any, *path: str) -> Any:
    if isinstance(value, str):
        return _clean_at(value, path)
    if isinstance(value, list):
        return [_clean_deep(item, *path, str(position)) for position, item in enumerate(value)]
    if isinstance(value, dict) and not isinstance(value, _Clean):
        return _Clean(
            (_clean_at(key, path) if isinstance(key, str) else key, _clean_deep(item, *path, str(key)))
            for key, item in value.items()
        )
    return value


def _clean_at(value: str, path: tuple[str, ...]) -> str:
    try:
        return clean_text(value)
    except Unfit as error:
        # A validator of the whole has no place of its own: `path` says which field it was.
        context = {"what": str(error), "zh": error.zh, "path": path}
        raise PydanticCustomError("forbidden_character", "{what}", context) from None


class StrictModel(BaseModel):
    """The base of every body: unknown fields are refused, all text is clean, errors never repeat the input."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _clean(cls, data: Any) -> Any:
        return _clean_deep(data)


def not_blank(value: str) -> str:
    """`value`; Unfit where nothing of it can be seen."""
    if is_blank(value):
        raise Unfit("不能为空白", "must not be blank")
    return value


def _single_line(value: str) -> str:
    value = not_blank(value.strip())
    if not _LINE_BREAKS.isdisjoint(value):
        raise Unfit("须写成一行", "must be a single line")
    return value


def _whole(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unfit("须为整数", "must be a whole number")
    if isinstance(value, float):
        if not value.is_integer():
            raise Unfit("须为整数", "must be a whole number")
        return int(value)
    return value


def _boolean(value: Any) -> Any:
    if not isinstance(value, bool):
        raise Unfit("须为 true 或 false", "must be true or false")
    return value


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unfit("须为数字", "must be a number")
    return value


def _iso_text(value: Any) -> Any:
    if not isinstance(value, str | date | datetime):
        raise Unfit("须为 ISO 8601 格式的文字", "must be text in ISO 8601 form")
    return value


def _iso_day(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise Unfit("日期须写成 2026-11-23 的形式", "must be a day like 2026-11-23")
    return _iso_text(value)


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise Unfit("须带时区，如 2026-11-23T08:00:00Z", "must carry a time zone, like 2026-11-23T08:00:00Z")
    return value


def _telephone(value: str) -> str:
    """The digits alone, with a + if it was there: one number has one spelling, or it would not be found again."""
    digits = value.replace(" ", "").replace("-", "")
    if len(digits.lstrip("+")) < 5:
        raise Unfit("电话号码至少 5 位数字", "a telephone number has at least 5 digits")
    return digits.removeprefix("+86") if re.fullmatch(r"\+861\d{10}", digits) else digits


Telephone = Annotated[str, Field(max_length=20, pattern=r"^[+]?[0-9][0-9 -]{4,18}$"), AfterValidator(_telephone)]
Query = Annotated[str, Field(max_length=100), AfterValidator(clean_text)]
Asked = Annotated[Query, AfterValidator(not_blank)]  # a query that must say something where it stands
Line = Annotated[str, Field(max_length=200), AfterValidator(_single_line)]
Words = Annotated[str, Field(max_length=200)]  # stated words that may be empty
Prose = Annotated[str, Field(max_length=4000)]
Id = Annotated[str, Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")]
Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
RegionCode = Annotated[str, Field(pattern=r"^[0-9]{6}([0-9]{3}([0-9]{3})?)?$")]
# A division by its code or in words, perhaps empty; what is all digits has to be a code.
RegionSaid = Annotated[str, Field(max_length=200, pattern=r"^([0-9]{6}([0-9]{3}([0-9]{3})?)?|.*[^0-9].*)?$")]
NodeId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,62}$")]
KeyId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,62}:[0-9]{1,9}$")]  # a node's key, by its number
PublicKey = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{43}=$")]  # of Ed25519, in base64
Signature = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{86}==$")]
Fen = Annotated[int, Field(ge=0, le=10_000_000_00), BeforeValidator(_whole)]
Count = Annotated[int, Field(ge=0, le=1_000_000), BeforeValidator(_whole)]
Whole = Annotated[int, Field(ge=0, le=MAX_INT), BeforeValidator(_whole)]
Years = Annotated[float, Field(ge=0, le=60), BeforeValidator(_number)]
Flag = Annotated[bool, BeforeValidator(_boolean)]
Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2200, 12, 31)), BeforeValidator(_iso_day)]
Moment = Annotated[datetime, AfterValidator(_aware), BeforeValidator(_iso_text)]
