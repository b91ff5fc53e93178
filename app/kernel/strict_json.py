"""JSON as it must be to be believed: one reading, no NaN, no key twice, bounded in depth and in numbers. Pure.

What is read well is read once, by the C parser. Only a body that it refuses is looked at again, to say what and where.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, NoReturn

from app.kernel.text import clean_text

MAX_DEPTH = 32
_MAX_DIGITS = 20
_MAX_KEY_SHOWN = 64

# What Python's parser says, for who reads Chinese.
_ZH = {
    "Expecting value": "此处应为一个值",
    "Expecting ',' delimiter": "此处缺少逗号",
    "Expecting ':' delimiter": "此处缺少冒号",
    "Expecting property name enclosed in double quotes": "键须写在双引号内",
    "Unterminated string starting at": "文字缺少右引号",
    "Invalid control character at": "文字中的控制字符须转义",
    "Invalid \\escape": "转义无效",
    "Invalid \\uXXXX escape": "转义无效",
    "Extra data": "JSON 结束后还有内容",
    "Illegal trailing comma before end of object": "最后一项之后不能有逗号",
    "Illegal trailing comma before end of array": "最后一项之后不能有逗号",
}


class BadJson(json.JSONDecodeError):
    """JSON that is refused: why in Chinese and English, the dotted path of the field if it is in one, line and column.

    It does not keep the body: an error may be logged.
    """

    def __init__(self, zh: str, en: str, text: str, at: int, path: str = "") -> None:
        super().__init__(en, text, at)
        self.doc = ""
        self.zh = f"{zh}（第{self.lineno}行第{self.colno}列）"
        self.en = f"{en} (line {self.lineno}, column {self.colno})"
        self.path = path


def decode_json(body: bytes, deepest: int = MAX_DEPTH) -> Any:
    """`body` as JSON; BadJson for NaN, Infinity, duplicate keys, broken UTF-8, too deep a nesting or no JSON."""
    too_deep = _too_deep_at(body, deepest)
    if too_deep is not None:
        before = body[:too_deep].decode("utf-8", "replace")
        raise BadJson(f"嵌套超过 {deepest} 层", f"nested deeper than {deepest} levels", before, len(before))
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        before = body[: error.start].decode("utf-8")
        raise BadJson("不是 UTF-8 编码", "not UTF-8", before, len(before)) from None
    try:
        return json.loads(text, object_pairs_hook=_pairs, parse_constant=_refuse, parse_float=_float, parse_int=_whole)
    except _LooseError:
        raise _loose(text) from None
    except json.JSONDecodeError as error:
        what = error.msg.partition(" (char")[0].rstrip(":")
        raise BadJson(_ZH.get(what, "不是有效的 JSON"), f"no JSON: {what}", text, error.pos) from None


class _LooseError(Exception):
    """What Python would read and we do not."""


def _refuse(_: str = "") -> NoReturn:
    raise _LooseError


def _pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(items)
    if len(found) != len(items):
        _refuse()
    return found


def _float(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        _refuse()
    return value


def _whole(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        _refuse()
    return int(text)


@dataclass
class _Open:
    """An object or array that is not closed yet: the keys it had (None in an array), and where in it we are."""

    keys: set[str] | None
    at: str | int = 0
    awaits_key: bool = False


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)


def _loose(text: str) -> BadJson:
    """The first thing in `text` that is JSON to Python and not to us. There is one: the parser came upon it."""
    opened: list[_Open] = []
    for token in _TOKEN.finditer(text):
        what, here = token.group(), opened[-1] if opened else _Open(None)
        if what == "{":
            opened.append(_Open(set(), awaits_key=True))
        elif what == "[":
            opened.append(_Open(None))
        elif what in "}]":
            opened.pop()
        elif what == ",":
            here.awaits_key = here.keys is not None
            here.at = here.at + 1 if isinstance(here.at, int) else here.at
        elif what == ":":
            here.awaits_key = False
        elif here.awaits_key and here.keys is not None:
            key = json.loads(what)
            if key in here.keys:
                return _twice(key, text, token.start(), opened)
            here.keys.add(key)
            here.at = key
        elif (fault := _fault_of(what)) is not None:
            return BadJson(*fault, text, token.start(), _path(opened))
    raise AssertionError("the parser refused what is not there")


def _twice(key: str, text: str, at: int, opened: list[_Open]) -> BadJson:
    opened[-1].at = key
    shown = key if _can_be_shown(key) else "…"
    return BadJson(f"键“{shown}”出现了两次", f"the key '{shown}' stands twice", text, at, _path(opened))


def _fault_of(token: str) -> tuple[str, str] | None:
    try:
        json.loads(token, parse_constant=_refuse, parse_float=_float, parse_int=_whole)
    except _LooseError:
        if token.lstrip("-").isalpha():
            return f"{token} 不是 JSON 数字", f"{token} is no number of JSON"
        return "数字超出范围", "the number is out of range"
    return None


def _path(opened: list[_Open]) -> str:
    return ".".join(str(one.at) if _can_be_shown(str(one.at)) else "…" for one in opened)


def _can_be_shown(key: str) -> bool:
    try:
        return clean_text(key) == key and len(key) <= _MAX_KEY_SHOWN
    except ValueError:
        return False


_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)  # possessive: costs no more than the length


def _too_deep_at(body: bytes, deepest: int) -> int | None:
    """Where in `body` the nesting becomes too deep."""
    if body.count(b"[") + body.count(b"{") <= deepest:
        return None
    depth = 0
    for found in _BRACKET.finditer(body):
        depth += (found[0] in b"[{") - (found[0] in b"]}")
        if depth > deepest:
            return found.start()
    return None
