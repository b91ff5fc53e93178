"""An office at work: what a clerk and an officer do over HTTP, and what a node's database holds, read beside it."""

import itertools
import sqlite3
import uuid
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select

from app.exchange.envelope import Envelope
from app.exchange.rows import ENVELOPE, envelope_of
from app.kernel.clock import SystemClock
from app.kernel.db import Database
from app.people.citizen_id import check_character

SEEN = {"licence_seen_on": "2026-11-20", "agent_identity_seen_on": "2026-11-20"}
VERBS = ("submit", "approve", "open")
_numbers = itertools.count(1)


def citizen_id(number: int) -> str:
    """A citizen id with a valid check character that nobody has: 99 is no province."""
    first = f"990104{19500101 + number // 1000 % 50 * 10000}{number % 1000:03d}"
    return first + check_character(first)


class Office:
    """The staff of one node at work, over one connection."""

    def __init__(self, url: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self.client = httpx.Client(base_url=url, headers=headers, timeout=20, trust_env=False)
        self._employer: str | None = None

    def post(self, path: str, body: Any = None, key: str | None = None) -> httpx.Response:
        """A POST with an Idempotency-Key."""
        return self.client.post(path, json={} if body is None else body, headers={"Idempotency-Key": key or new_key()})

    def done(self, path: str, body: Any = None) -> dict[str, Any]:
        """The JSON of a POST that must succeed."""
        answer = self.post(path, body)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def employer(self) -> str:
        """The id of the office's one employer, without a credit code."""
        if self._employer is None:
            name = f"虚构示例·{new_key()[:8]}有限公司"
            self._employer = str(self.done("/v1/employers", {"name": name, **SEEN})["id"])
        return self._employer

    def vacancy(self, **changes: Any) -> dict[str, Any]:
        """The body of a vacancy that has all the law asks for."""
        until = SystemClock().today() + timedelta(days=30)
        return {
            "employer_id": self.employer(),
            "title": f"保洁员 {next(_numbers)}",
            "occupation": "cleaner",
            "place": {"region": "440104", "stated": ""},
            "duties": "写字楼日常保洁",
            "requirements": "不限",
            "pay": {"basis": "range", "period": "month", "min_fen": 380000, "max_fen": 420000},
            "seats": 2,
            "valid_until": until.isoformat(),
            **changes,
        }

    def approved(self, **changes: Any) -> str:
        """A vacancy that waits to be opened; its id."""
        found = str(self.done("/v1/vacancies", self.vacancy(**changes))["id"])
        for verb in VERBS[:-1]:
            self.done(f"/v1/vacancies/{found}/{verb}")
        return found

    def open_vacancy(self, **changes: Any) -> str:
        """An open vacancy; its id, which is that of its listing, too."""
        found = self.approved(**changes)
        self.done(f"/v1/vacancies/{found}/open")
        return found

    def close(self) -> None:
        self.client.close()


def new_key() -> str:
    return uuid.uuid4().hex


def records(database_url: str) -> dict[tuple[str, str, str], Envelope]:
    """Every record in a node's database, read beside the running node."""
    database = Database(database_url)
    try:
        with database.read() as session:
            found = [envelope_of(row) for row in session.execute(select(*ENVELOPE))]
    finally:
        database.dispose()
    return {e.key: e for e in found}


def look(folder: Path, question: str, *values: Any) -> list[tuple[Any, ...]]:
    """The answer of a node's SQLite file to a question, read beside the running node."""
    with closing(sqlite3.connect(f"file:{folder / 'sanlian.db'}?mode=ro", uri=True, timeout=10)) as connection:
        return connection.execute(question, values).fetchall()
