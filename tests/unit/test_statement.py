"""The statement that docs/reconciliation.md shows holds, and nothing of it can be changed."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from app.sync.statement import Document, DoesNotHold, check, signed_bytes

PAGE = Path(__file__).parents[2] / "docs" / "reconciliation.md"


@pytest.fixture(scope="module")
def vector() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(PAGE.read_text("utf-8").partition("```json\n")[2].partition("```")[0])
    return found


def keys_of(vector: dict[str, Any], key_id: str) -> list[bytes]:
    return [base64.b64decode(text) for name, text in vector["keys"].items() if name == key_id]


def test_the_documented_statement_holds(vector: dict[str, Any]) -> None:
    document = Document.model_validate(vector["signed"])
    assert check(document, lambda _, key_id: keys_of(vector, key_id)) == vector["statement"]
    assert signed_bytes("node", "{}") == b"SANLIAN-STATEMENT-1\nnode\n{}"


@pytest.mark.parametrize("part", ["node", "parent"])
def test_a_statement_with_one_byte_changed_does_not_hold(vector: dict[str, Any], part: str) -> None:
    text = vector["signed"][part]["text"]
    for at in range(0, len(text), 7):
        changed = text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :]
        signed = {**vector["signed"], part: {**vector["signed"][part], "text": changed}}
        with pytest.raises(DoesNotHold):
            check(Document.model_validate(signed), lambda _, key_id: keys_of(vector, key_id))


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", '{"node":1}', "[" * 100_000, '{"node":{"node":[]}}'])
def test_what_is_no_statement_is_said_to_be_none(vector: dict[str, Any], text: str) -> None:
    signed = {**vector["signed"], "node": {**vector["signed"]["node"], "text": text}}
    with pytest.raises(DoesNotHold):
        check(Document.model_validate(signed), lambda _, key_id: keys_of(vector, key_id))
