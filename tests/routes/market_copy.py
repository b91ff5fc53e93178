"""A consumer that knows nothing of a node but the two calls of docs/stream.md, and keeps a copy with them."""

import json
from datetime import datetime
from typing import Any

from fastapi.testclient import TestClient

SNAPSHOT, STREAM = "/v1/listings/snapshot", "/v1/listings/stream"
Key = tuple[str, str]


def lines_of(answer: Any) -> list[dict[str, Any]]:
    """The lines of an answer that must succeed."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].partition(";")[0] == "application/x-ndjson"
    assert answer.text.endswith("\n")
    return [json.loads(line) for line in answer.text.splitlines()]


class Copy:
    """What the consumer holds, by (origin, id)."""

    def __init__(self, client: TestClient, **conditions: str) -> None:
        self.client, self.conditions = client, conditions
        self.cursor: str | None = None
        self._lines: dict[Key, dict[str, Any]] = {}

    def begin(self) -> "Copy":
        """Take a snapshot in place of what is held."""
        first, *lines = lines_of(self.client.get(SNAPSHOT, params=self.conditions))
        assert first["listings"] == len(lines)
        self.cursor, self._lines = first["cursor"], {}
        self._take(lines)
        return self

    def page(self, **query: Any) -> tuple[list[dict[str, Any]], bool]:
        """Take one page; its lines, and whether there is more."""
        known = {} if self.cursor is None else {"after": self.cursor}
        *lines, last = lines_of(self.client.get(STREAM, params={**self.conditions, **known, **query}))
        self._take(lines)
        self.cursor = last["cursor"]
        return lines, last["more"]

    def follow(self, limit: int = 500) -> "Copy":
        """Take what changed, page by page, until there is no more."""
        while self.page(limit=limit)[1]:
            pass
        return self

    def held(self, now: datetime) -> dict[Key, Any]:
        """The listings that the copy shows at an instant."""
        return {
            key: line["listing"]
            for key, line in self._lines.items()
            if datetime.fromisoformat(line["expires_at"]) >= now
        }

    def _take(self, lines: list[dict[str, Any]]) -> None:
        numbers = [line["seq"] for line in lines]
        assert self.cursor is None or len(set(numbers)) == len(numbers)
        for line in lines:
            key = (line["origin"], line["id"])
            if line["op"] == "put":
                self._lines[key] = line
            else:
                assert (line["op"], line["listing"], line["expires_at"]) == ("remove", None, None)
                self._lines.pop(key, None)
