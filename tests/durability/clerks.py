"""Clerks that go on writing while their node is killed: each keeps its own book of what was acknowledged."""

import threading
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.network.office import VERBS, citizen_id, new_key

Answer = tuple[str, int, str]  # the id that was answered, the row's version, its state


@dataclass
class Write:
    """One POST with its key, and what was answered, if anything was."""

    path: str
    body: dict[str, Any]
    key: str = field(default_factory=new_key)
    answer: Answer | None = None


class Clerk:
    """Registers people and opens vacancies, one request after the other, until a connection breaks."""

    def __init__(self, number: int, url: str, token: str, vacancy: dict[str, Any]) -> None:
        self.number, self.url, self.vacancy = number, url, vacancy
        self.headers = {"Authorization": f"Bearer {token}"}
        self.writes: list[Write] = []
        self._people = 0

    def work(self, stopping: threading.Event) -> None:
        """Write until the node is gone."""
        with httpx.Client(base_url=self.url, headers=self.headers, timeout=10, trust_env=False) as client:
            try:
                while not stopping.is_set():
                    self._person(client)
                    self._vacancy(client)
            except httpx.TransportError:
                return

    def finish(self) -> int:
        """Once the node is back: send what was not answered again, with the same key; how many that were."""
        open_ends = [write for write in self.writes if write.answer is None]
        with httpx.Client(base_url=self.url, headers=self.headers, timeout=10, trust_env=False) as client:
            for write in open_ends:
                self._send(client, write)
            for write in [w for w in open_ends if w.path.startswith("/v1/vacancies")]:
                self._go_on(client, write)
        return len(open_ends)

    def repeat(self, latest: int) -> None:
        """Send acknowledged writes once more: the answer must be the one that was given then."""
        with httpx.Client(base_url=self.url, headers=self.headers, timeout=10, trust_env=False) as client:
            for write in self.writes[-latest:]:
                given = write.answer
                assert given is not None
                assert self._send(client, write).headers["idempotent-replayed"] == "true"
                assert write.answer == given

    def _person(self, client: httpx.Client) -> None:
        self._people += 1
        number = self.number * 10_000 + self._people
        person = {"citizen_id": citizen_id(number), "name": "张示例", "phone": "15400000001"}
        self._do(client, Write("/v1/seekers", person))

    def _vacancy(self, client: httpx.Client) -> None:
        write = Write("/v1/vacancies", self.vacancy)
        self._do(client, write)
        self._go_on(client, write)

    def _go_on(self, client: httpx.Client, write: Write) -> None:
        """Take the vacancy that a write was about to where it is open."""
        assert write.answer is not None
        rid, _, state = write.answer
        done = ("draft", "submitted", "approved", "open").index(state)
        for verb in VERBS[done:]:
            self._do(client, Write(f"/v1/vacancies/{rid}/{verb}", {}))

    def _do(self, client: httpx.Client, write: Write) -> None:
        self.writes.append(write)
        self._send(client, write)

    def _send(self, client: httpx.Client, write: Write) -> httpx.Response:
        answer = client.post(write.path, json=write.body, headers={"Idempotency-Key": write.key})
        assert answer.is_success, answer.text
        found = answer.json()
        write.answer = (found["id"], found["version"], found.get("state", ""))
        return answer
