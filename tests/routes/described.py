"""A node with rows in every state, and for each operation of its document a request that must succeed."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from fastapi.testclient import TestClient

from app.auth.roles import Role
from app.cli.sample.numbers import citizen_id
from app.exchange.keys import NodeKey, number_of
from app.exchange.models import SyncMeta
from app.exchange.node import LocalNode
from app.kernel import openapi
from app.sync import enrolment
from app.sync.protocol import NDJSON, Batch, Place, PushHeader, pack
from app.sync.rotation import request_rotation
from app.sync.signatures import Message, sign
from tests.routes import seeding
from tests.routes.import_node import PASSWORD, ImportNode
from tests.routes.kept_statements import keep_statement
from tests.routes.seeding import OPEN, answer_of

WAYS: dict[str, tuple[str, ...]] = {
    "submit": (),
    "return": ("submit",),
    "approve": ("submit",),
    "open": ("submit", "approve"),
    "resume": (*OPEN, "pause"),
}
SEEKER_WAYS: dict[str, tuple[str, ...]] = {"reactivate": ("lapse",), "register": ("employ",)}


def example_of(document: dict[str, Any], operation: dict[str, Any]) -> Any:
    """The example of an operation's request body, wherever the document keeps it; None without one."""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        if "example" in content:
            return content["example"]
        schema = content["schema"]
        for candidate in [schema, *schema.get("anyOf", [])]:
            name = candidate.get("$ref", "").rpartition("/")[2]
            found = document["components"]["schemas"][name] if name else candidate
            if found.get("examples"):
                return found["examples"][0]
    return None


@dataclass
class Request:
    """What an operation is called with."""

    path_parameters: dict[str, str] = field(default_factory=dict)
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class Described:
    """The node, its document, and an administrator who calls its operations."""

    def __init__(self, node: ImportNode) -> None:
        self.node = node
        self.document = openapi.describe(node.app)
        self._people = (citizen_id(number, date(1998, 3, 12)) for number in range(900))
        self._child: NodeKey | None = None
        self.token = node.token(Role.ADMIN)
        self.admin = node.client(self.token)
        self.employer = seeding.employer(self.admin, **seeding.EMPLOYER)["id"]
        self.listing = self.vacancy(*OPEN)
        self.seeker = self.person()
        self.seeds: dict[str, list[str]] = {
            "employer_id": [self.employer],
            "vacancy_id": [self.vacancy(*way) for way in ((), *WAYS.values(), OPEN, (*OPEN, "close"))],
            "seeker_id": [self.seeker, self.person("employ"), self.person("lapse")],
            "origin": ["gz"],
            "rid": [self.listing, self.vacancy(*OPEN, "close")],
            "code": ["440104", "440100", "440104003"],
            "occupation_id": ["cleaner", "electrician"],
            "stream": ["live"],
            "synonym_id": [seeding.synonym(self.admin)["id"]],
            "statement_id": [keep_statement(node, date(2026, 11, 20))],
        }

    def vacancy(self, *verbs: str) -> str:
        found: str = seeding.vacancy(self.admin, *verbs, employer_id=self.employer)["id"]
        return found

    def person(self, *verbs: str, draft: bool = False) -> str:
        found: str = seeding.seeker(self.admin, citizen_id=next(self._people), draft=draft)["id"]
        for verb in verbs:
            answer_of(self.admin.post(f"/v1/seekers/{found}/{verb}"))
        return found

    def request(self, method: str, path: str) -> Request:
        """A request that must succeed: the document's own example on a row in the right state."""
        operation = self.document["paths"][path][method.lower()]
        found = Request(
            {name: values[0] for name, values in self.seeds.items() if f"{{{name}}}" in path},
            example_of(self.document, operation),
            {"Authorization": f"Bearer {self.token}"},
        )
        special = self._special().get((method, path))
        verb = path.rpartition("}/")[2]
        if special is not None:
            special(found)
        elif "{vacancy_id}" in path and method == "POST":
            found.path_parameters["vacancy_id"] = self.vacancy(*WAYS.get(verb, OPEN))
        elif "{seeker_id}" in path and method == "POST":
            found.path_parameters["seeker_id"] = self.person(*SEEKER_WAYS.get(verb, ()), draft=verb == "activate")
        elif method == "PATCH":
            found.headers["If-Match"] = self.admin.get(path.format(**found.path_parameters)).headers["ETag"]
        return found

    def _special(self) -> dict[tuple[str, str], Callable[[Request], None]]:
        return {
            ("POST", "/v1/sessions"): self._sign_in,
            ("DELETE", "/v1/sessions/current"): self._sign_out,
            ("POST", "/v1/employers"): lambda r: r.body.update(uscc="91990104MA0000002D"),
            ("POST", "/v1/vacancies"): lambda r: r.body.update(employer_id=self.employer),
            ("PATCH", "/v1/vacancies/{vacancy_id}"): self._change_a_draft,
            ("GET", "/v1/vacancies/{vacancy_id}/matches"): lambda r: r.path_parameters.update(vacancy_id=self.listing),
            ("POST", "/v1/seekers"): lambda r: r.body.update(citizen_id=next(self._people)),
            ("POST", "/v1/seekers/find"): lambda r: None,
            ("POST", "/v1/seekers/{seeker_id}/reveal"): lambda r: None,
            ("POST", "/sync/v1/enrol"): self._join,
            ("POST", "/sync/v1/rotate"): self._rotate,
            ("GET", "/sync/v1/hello"): lambda r: self._sign_as_child(r, "hello"),
            ("GET", "/sync/v1/digest"): lambda r: self._sign_as_child(r, "digest"),
            ("GET", "/sync/v1/versions"): lambda r: self._sign_as_child(r, "versions?bucket=7"),
            ("GET", "/sync/v1/owned"): lambda r: self._sign_as_child(r, "owned"),
            ("GET", "/sync/v1/feed"): lambda r: self._sign_as_child(r, "feed"),
            ("POST", "/sync/v1/push/{stream}"): self._push_nothing,
        }

    def _sign_in(self, request: Request) -> None:
        me = answer_of(self.admin.get("/v1/me"))
        request.body = {"username": me["name"], "password": PASSWORD}

    def _sign_out(self, request: Request) -> None:
        request.headers["Authorization"] = f"Bearer {self.node.token(Role.CLERK)}"

    def _change_a_draft(self, request: Request) -> None:
        request.path_parameters["vacancy_id"] = self.vacancy()
        request.headers["If-Match"] = '"1"'

    def _join(self, request: Request) -> None:
        clock = self.node.clock
        with self.node.app.state.database.write() as session:
            code = enrolment.issue_code(session, clock, node="yuexiu", tier="district", region="440104")
        self._child = self._child or NodeKey("yuexiu:1", os.urandom(32))  # the same key may join again
        meta = SyncMeta(node="yuexiu", name="越秀区", tier="district", region="440104")
        request.body = enrolment.request_to_join(meta, self._child, code.secret).model_dump()
        request.headers.clear()

    def _rotate(self, request: Request) -> None:
        """One that was answered before: it is answered again, and the child has its new key whatever becomes of it."""
        key = self.child()
        local = LocalNode("yuexiu", "越秀区", "district", "440104", "gz", None, "0" * 32, 1, key, 1)
        following = NodeKey(f"yuexiu:{number_of(key.key_id) + 1}", os.urandom(32))
        request.body = request_rotation(local, following).model_dump()
        answer_of(TestClient(self.node.app).post("/sync/v1/rotate", json=request.body))
        self._child = following
        request.headers.clear()

    def child(self) -> NodeKey:
        """The key of a district that has joined this node."""
        if self._child is None:
            joining = Request()
            self._join(joining)
            answer_of(TestClient(self.node.app).post("/sync/v1/enrol", json=joining.body))
        assert self._child is not None
        return self._child

    def _sign_as_child(self, request: Request, what: str) -> None:
        message = Message("GET", f"http://gz.invalid/sync/v1/{what}", {})
        sign(message, b"", self.child(), "gz", self.node.clock.now())
        request.headers = message.headers

    def _push_nothing(self, request: Request) -> None:
        here = Place(seq=0, mark="")
        header = PushHeader(node="yuexiu", log_id="0" * 32, inc=1, from_=here, to=here, n=0)
        request.body = pack(Batch(header=header, lines=[]), "identity")
        message = Message("POST", "http://gz.invalid/sync/v1/push/live", {"content-type": NDJSON})
        sign(message, request.body, self.child(), "gz", self.node.clock.now())
        request.headers = message.headers

    def spare_token(self) -> str:
        """A token that may be signed out."""
        return self.node.token(Role.CLERK)
