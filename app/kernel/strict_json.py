"""JSON as it must be to be believed: one reading, no NaN, no key twice, bounded in depth and in numbers. Pure."""

import json
import re
from typing import Any, NoReturn

MAX_DEPTH = 32


def decode_json(body: bytes) -> Any:
    """`body` as JSON; json.JSONDecodeError for NaN, Infinity, duplicate keys, broken UTF-8 or too deep a nesting."""

    def refuse(message: str) -> NoReturn:
        raise json.JSONDecodeError(message, "", 0)

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) != len(items):
            refuse("duplicate key")
        return found

    def number(text: str) -> float:
        value = float(text)
        if value in (float("inf"), float("-inf")):
            refuse("number out of range")
        return value

    def whole(text: str) -> int:
        if len(text) > 20:
            refuse("number out of range")
        return int(text)

    if _too_deep(body):
        refuse("nested too deeply")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        refuse("not UTF-8")
    return json.loads(text, object_pairs_hook=pairs, parse_constant=refuse, parse_float=number, parse_int=whole)


_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?')  # possessive: a body made of quotes costs no more than its length


def _too_deep(body: bytes) -> bool:
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return False
    depth = 0
    for byte in _STRING.sub(b"", body):
        depth += (byte in b"[{") - (byte in b"]}")
        if depth > MAX_DEPTH:
            return True
    return False
