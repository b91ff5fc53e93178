"""Enters the sample at a street office through its API, as a clerk and an officer would.

Everything has a key of its own that the office knows it by (credit code, reference, citizen id), so entering again
finds what is there: a load that was cut short is simply begun anew.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from app.cli.sample.build import OfficeSample, SampleVacancy

_NEXT_VERB = {"draft": "submit", "submitted": "approve", "approved": "open"}
_TRIES = 8
_TIMEOUT_S = 30


class Unloadable(RuntimeError):
    """The office did not take what it should take; says what it answered."""


@dataclass(frozen=True)
class OfficeAccess:
    """Where a street office listens, and the tokens of its clerk and its officer."""

    url: str
    clerk: str
    officer: str


class OfficeLoader:
    """Enters one office's part. `advance` is called after each thing entered, `stopped` ends it early."""

    def __init__(self, access: OfficeAccess, *, advance: Callable[[], None], stopped: Callable[[], bool]) -> None:
        self._access = access
        self._advance = advance
        self._stopped = stopped
        self._client = httpx.Client(base_url=access.url, timeout=_TIMEOUT_S, trust_env=False)

    def load(self, sample: OfficeSample) -> None:
        """Enter everything; Unloadable naming the first answer that is no success. Safe to repeat."""
        with self._client:
            ids = {body["uscc"]: self._employer(body) for body in self._each(sample.employers)}
            for vacancy in self._each(sample.vacancies):
                self._vacancy(vacancy, ids[vacancy.employer])
            for body in self._each(sample.seekers):
                self._seeker(body)

    def _each(self, items: "tuple[Any, ...]") -> Any:
        for item in items:
            if self._stopped():
                return
            yield item
            self._advance()

    def _employer(self, body: dict[str, Any]) -> str:
        answer = self._post("/v1/employers", body, self._access.clerk)
        found: dict[str, Any] = answer.json()
        if answer.status_code == httpx.codes.CONFLICT and "employer_id" in found:
            return str(found["employer_id"])
        return str(_success(answer)["id"])

    def _vacancy(self, vacancy: SampleVacancy, employer_id: str) -> None:
        clerk, officer = self._access.clerk, self._access.officer
        answer = self._post("/v1/vacancies", {**vacancy.body, "employer_id": employer_id}, clerk)
        if answer.status_code == httpx.codes.CONFLICT and "vacancy_id" in answer.json():
            # Entered on another day: its last day differs, and nothing else.
            answer = self._send("GET", f"/v1/vacancies/{answer.json()['vacancy_id']}", clerk)
        entered = _success(answer)
        state = entered["state"]
        while verb := _NEXT_VERB.get(state):
            token = clerk if verb == "submit" else officer
            state = _success(self._post(f"/v1/vacancies/{entered['id']}/{verb}", {}, token))["state"]

    def _seeker(self, body: dict[str, Any]) -> None:
        answer = self._post("/v1/seekers", body, self._access.clerk)
        if answer.status_code != httpx.codes.CONFLICT:  # registered by an earlier, interrupted load
            _success(answer)

    def _post(self, path: str, body: dict[str, Any], token: str) -> httpx.Response:
        return self._send("POST", path, token, json=body, headers={"Idempotency-Key": str(uuid4())})

    def _send(self, method: str, path: str, token: str, **parts: Any) -> httpx.Response:
        """The answer; 503 and a broken connection are tried again with the same key."""
        headers = {"Authorization": f"Bearer {token}", **parts.pop("headers", {})}
        for attempt in range(_TRIES):
            try:
                answer = self._client.request(method, path, headers=headers, **parts)
            except httpx.TransportError as error:
                broken: str = type(error).__name__
            else:
                if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                    return answer
                broken = "503"
            if self._stopped():
                break
            time.sleep(0.2 * 2 ** min(attempt, 4))
        raise Unloadable(f"{method} {self._access.url}{path}: {broken}")


def _success(answer: httpx.Response) -> dict[str, Any]:
    if not answer.is_success:
        request = answer.request
        raise Unloadable(f"{request.method} {request.url} answered {answer.status_code}: {answer.text[:500]}")
    found: dict[str, Any] = answer.json()
    return found
