"""Sends rows to a node in batches. A batch that may have arrived is sent again under its key, and counts once."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import uuid4

import httpx

from app.cli.console import Refusal

BATCH_ROWS = 50
BATCH_BYTES = 1_000_000
_TRIES = 8
_TIMEOUT_S = 60
_LONGEST_WAIT_S = 8.0
_AGAIN = (429, 502, 503, 504)

Row = tuple[int, dict[str, str]]


class Office:
    """A node's API, as one of its staff or clients."""

    def __init__(
        self,
        url: str,
        token: str = "",
        *,
        sleep: Callable[[float], None] = time.sleep,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.Client(
            base_url=url, headers=headers, timeout=_TIMEOUT_S, trust_env=False, transport=transport
        )
        self._sleep = sleep

    def close(self) -> None:
        self._client.close()

    def sign_in(self, username: str, password: str) -> None:
        """Carry a session from here on; Refusal for a wrong name or password."""
        answer = self._post("/v1/sessions", {"username": username, "password": password})
        self._client.headers["Authorization"] = f"Bearer {answer['token']}"

    def sign_out(self) -> None:
        """End the session that `sign_in` began."""
        try:
            self._client.delete("/v1/sessions/current")
        except httpx.TransportError:
            return  # it ends by itself

    def import_rows(self, rows: Sequence[Row], options: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What became of each row, in order. Refusal when the node refuses the batch or cannot be reached."""
        body = {**options, "rows": [{"row": number, "cells": cells} for number, cells in rows]}
        found: list[dict[str, Any]] = self._post("/v1/vacancies/import", body)["rows"]
        return found

    def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        content = json.dumps(body, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid4())}
        answer = self._tried(path, content, headers)
        if not answer.is_success:
            raise _refused(answer)
        found: dict[str, Any] = answer.json()
        return found

    def _tried(self, path: str, content: bytes, headers: Mapping[str, str]) -> httpx.Response:
        failed = ""
        for attempt in range(_TRIES):
            if attempt:
                self._sleep(min(0.25 * 2**attempt, _LONGEST_WAIT_S))
            try:
                answer = self._client.post(path, content=content, headers=dict(headers))
            except httpx.TransportError as error:
                failed = type(error).__name__
                continue
            except httpx.InvalidURL:
                raise Refusal(
                    f"{self._client.base_url} is no address.", "Give one like http://127.0.0.1:8011"
                ) from None
            if answer.status_code not in _AGAIN:
                return answer
            failed = f"it answered {answer.status_code}"
        raise Refusal(f"{self._client.base_url} cannot be reached: {failed}.", "Is the node running? `sanlian serve`")


def _refused(answer: httpx.Response) -> Refusal:
    """A problem document in words: what was wrong, and the fields with the nearest valid values."""
    try:
        problem = answer.json()
        what = f"{problem['detail_zh']} / {problem['detail']}"
        lines = [f"{error['field']}: {error['message_zh']} / {error['message']}" for error in problem.get("errors", [])]
    except (ValueError, KeyError, TypeError):
        return Refusal(f"{answer.request.url} answered {answer.status_code}.")
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        lines.append("Give --token, --credentials FILE, --user NAME, or set SANLIAN_TOKEN.")
    return Refusal(what, "\n".join(lines))
