"""Clerks at work all along: each opens, changes and ends posts of its own over HTTP, and keeps the book.

A clerk looks at a post before it does what comes next, since the node may have been restored meanwhile. A request that
is not answered is sent again, with the same key, until it is answered or the day is over.
"""

import random
import threading
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import httpx

from app.kernel.clock import SystemClock
from tests.chaos.book import ENDED, OPEN, PAUSED, Book, Post, Said
from tests.network.office import VERBS, Office, new_key

PATIENCE_S = 5.0
PAUSE_S = (0.02, 0.25)  # between two requests
AT_HAND = 10  # the latest posts, at which a clerk works
FIRST_DAYS, MOST_DAYS = 30, 150  # a post is valid for at most half a year
_Json = dict[str, Any]


class Clerk:
    """One clerk of one office."""

    def __init__(self, number: int, node: str, office: Office, book: Book, rnd: random.Random) -> None:
        self.node = node
        self._number, self._office, self._book, self._rnd = number, office, book, rnd
        self._posts: list[Post] = []
        self._days: dict[str, int] = {}  # the last day that was tried for each post, from `_today` on
        self._today = SystemClock().today()
        self._made = 0
        self.turn = threading.Lock()  # held from a request to its entry in the book; a restore waits for it
        self.stopping = threading.Event()
        self.statuses: Counter[int] = Counter()
        self.refused: Counter[int] | None = None  # where 5xx are counted, by status

    def work(self) -> None:
        """Write until the day is over."""
        office = self._office.client
        with httpx.Client(
            base_url=office.base_url, headers=office.headers, timeout=PATIENCE_S, trust_env=False
        ) as self._client:
            while not self.stopping.is_set():
                if not self._posts or self._rnd.random() < 0.35:
                    self._begin_post()
                else:
                    self._go_on(self._rnd.choice(self._posts[-AT_HAND:]))

    def _begin_post(self) -> None:
        self._made += 1
        title = f"保洁员 {self.node} {self._number}号柜台第{self._made}个"
        body = self._office.vacancy(title=title, valid_until=self._day(FIRST_DAYS).isoformat())
        made = self._send("POST", "/v1/vacancies", body)
        if made is None:
            return
        post = self._book.enter(self.node, made["id"], title)
        self._days[post.rid] = FIRST_DAYS
        self._posts.append(post)
        for _ in VERBS:
            self._go_on(post)

    def _go_on(self, post: Post) -> None:
        """Look at a post, and do what comes next with it."""
        seen = self._send("GET", f"/v1/vacancies/{post.rid}")
        if seen is None:  # not there: a restored node may get it back
            return
        verb = {"draft": "submit", "submitted": "approve", "approved": "open", "paused": "resume"}.get(seen["state"])
        if verb is not None:
            publishes = verb in ("open", "resume")
            self._do(post, verb, {}, Said(OPEN, seen["valid_until"]) if publishes else None)
        elif seen["state"] == "open":
            self._change(post, seen)
        # One that has ended is looked at again: after a restore it may be open, and is changed like any other.

    def _change(self, post: Post, seen: _Json) -> None:
        self._days[post.rid] += 1
        until = self._day(self._days[post.rid]).isoformat()
        choice = self._rnd.random()
        if choice < 0.35 or self._days[post.rid] >= MOST_DAYS:
            self._do(post, "close", {"reason": "单位来电要求"}, Said(ENDED))
        elif choice < 0.8:
            self._do(post, "renew", {"valid_until": until}, Said(OPEN, until))
        else:
            self._amend(post, seen, until)

    def _amend(self, post: Post, seen: _Json, until: str) -> None:
        """Change what is material: hidden with the words approved last, until it is reviewed and opened again."""
        step = self._book.try_step(post, Said(PAUSED, seen["valid_until"]))
        changes = {"duties": f"写字楼日常保洁，至{until}", "valid_until": until}
        with self.turn:
            answer = self._ask("PATCH", f"/v1/vacancies/{post.rid}", changes, {"If-Match": f'"{seen["version"]}"'})
            if answer is not None and answer.is_success:
                self._book.acknowledge(post, step, step.said)

    def _do(self, post: Post, verb: str, body: _Json, said: Said | None) -> None:
        if said is None:
            self._send("POST", f"/v1/vacancies/{post.rid}/{verb}", body)
            return
        step = self._book.try_step(post, said)

        def note(found: _Json) -> None:
            state = found["state"] if found["state"] in (OPEN, PAUSED) else ENDED
            self._book.acknowledge(post, step, Said(state, None if state == ENDED else found["valid_until"]))

        self._send("POST", f"/v1/vacancies/{post.rid}/{verb}", body, note)

    def _send(
        self, method: str, path: str, body: _Json | None = None, note: Callable[[_Json], None] = lambda _: None
    ) -> _Json | None:
        """The JSON of the answer, once `note` was told; None if the node refused or the day is over."""
        key = {"Idempotency-Key": new_key()} if method == "POST" else {}
        while not self.stopping.is_set():
            with self.turn:
                answer = self._ask(method, path, body, key)
                if answer is not None and answer.is_success:
                    found: _Json = answer.json()
                    note(found)
                    return found
            if answer is not None and answer.status_code < 500 and answer.status_code != 429:
                return None
        return None

    def _ask(self, method: str, path: str, body: _Json | None, headers: dict[str, str]) -> httpx.Response | None:
        """One request; None if no answer came."""
        self.stopping.wait(self._rnd.uniform(*PAUSE_S))
        try:
            answer = self._client.request(method, path, json=body, headers=headers)
        except httpx.TransportError:
            self.statuses[0] += 1
            return None
        self.statuses[answer.status_code] += 1
        if answer.status_code >= 500 and self.refused is not None:
            self.refused[answer.status_code] += 1
        return answer

    def _day(self, days: int) -> date:
        return self._today + timedelta(days=days)
