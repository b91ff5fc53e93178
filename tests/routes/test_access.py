"""Who may call what, for every operation that the application declares: the trio, and each missing permission."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.auth.roles import ROLE_PERMISSIONS, Role
from app.kernel import openapi
from app.kernel.access import declared_access
from app.kernel.actor import Permission
from tests.fakes import FakeClock
from tests.routes import seeding
from tests.routes.described import example_of
from tests.routes.import_node import ImportNode, make_node
from tests.routes.seeding import refused

PUBLIC = {
    ("GET", "/"),
    ("GET", "/openapi.json"),
    ("GET", "/livez"),
    ("GET", "/readyz"),
    ("GET", "/v1/node"),
    ("POST", "/v1/sessions"),
    ("GET", "/v1/regions"),
    ("GET", "/v1/regions/{code}"),
    ("GET", "/v1/offices"),
    ("GET", "/v1/occupations"),
    ("GET", "/v1/occupations/{occupation_id}"),
    ("GET", "/v1/skills"),
    ("GET", "/v1/certificates"),
    ("GET", "/v1/find/occupations"),
    ("GET", "/v1/find/skills"),
    ("GET", "/v1/find/certificates"),
    ("GET", "/v1/find/places"),
    ("GET", "/v1/listings"),
    ("GET", "/v1/listings/{origin}/{rid}"),
    ("GET", "/v1/listings/stream"),
    ("GET", "/v1/listings/snapshot"),
    ("POST", "/v1/match"),
    ("GET", "/v1/match/score-table"),
    ("POST", "/sync/v1/enrol"),
    ("POST", "/sync/v1/rotate"),
}
NODES = {
    ("GET", "/sync/v1/hello"),
    ("GET", "/sync/v1/digest"),
    ("GET", "/sync/v1/versions"),
    ("GET", "/sync/v1/owned"),
    ("GET", "/sync/v1/feed"),
    ("POST", "/sync/v1/push/{stream}"),
}
# These make a row at the office of whoever calls: there is no other office's row to keep from anybody.
MAKES = {"/v1/employers", "/v1/vacancies", "/v1/vacancies/import", "/v1/seekers", "/v1/synonyms"}
# What concerns the node as a whole and holds no office's rows.
WHOLE = {"/metrics", "/v1/statements", "/v1/statements/{statement_id}"}


@dataclass
class World:
    """One node with a row of everything at one office."""

    node: ImportNode
    access: dict[tuple[str, str], str]
    ids: dict[str, str]
    examples: dict[tuple[str, str], Any]

    def call(self, client: TestClient, method: str, path: str) -> Any:
        """Call an operation on the seeded rows, with the body that the document shows."""
        return client.request(
            method, path.format(**self.ids), json=self.examples.get((method, path)), headers={"If-Match": '"1"'}
        )

    def protected(self) -> Iterator[tuple[str, str, str]]:
        for (method, path), access in self.access.items():
            if access not in ("public", "node"):
                yield method, path, access


@pytest.fixture(scope="module")
def world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("access")
    (folder / "sanlian.db").write_bytes(sqlite_template.read_bytes())
    node, end = make_node(folder / "node", f"sqlite:///{folder / 'sanlian.db'}", FakeClock())
    own = node.client(node.token(Role.ADMIN))
    employer = seeding.employer(own, **seeding.EMPLOYER)
    vacancy = seeding.vacancy(own, employer_id=employer["id"])
    ids = {"employer_id": employer["id"], "vacancy_id": vacancy["id"], "seeker_id": seeding.seeker(own)["id"]}
    ids |= {"synonym_id": seeding.synonym(own)["id"], "statement_id": seeding.NOBODY}
    document = openapi.describe(node.app)
    examples = {
        (method.upper(), path): example_of(document, operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    }
    yield World(node, declared_access(node.app.routes), ids, examples)
    end()


def failures(world: World, holds: Callable[[str, str, str], bool]) -> list[str]:
    """The protected operations for which something does not hold."""
    return [f"{method} {path}" for method, path, access in world.protected() if not holds(method, path, access)]


def test_what_is_open_to_everybody_and_to_nodes_is_just_this(world: World) -> None:
    assert {key for key, access in world.access.items() if access == "public"} == PUBLIC
    assert {key for key, access in world.access.items() if access == "node"} == NODES
    wanted = {"public", "node", "signed in", *(permission.value for permission in Permission)}
    assert set(world.access.values()) <= wanted


def test_the_document_has_every_operation_and_no_other(world: World) -> None:
    document = openapi.describe(world.node.app)
    described = {(m.upper(), path) for path, operations in document["paths"].items() for m in operations}
    assert described == set(world.access)


def test_the_document_says_which_operations_need_a_token(world: World) -> None:
    paths = openapi.describe(world.node.app)["paths"]
    secured = {(m.upper(), path) for path in paths for m, one in paths[path].items() if one.get("security")}
    assert secured == {(method, path) for method, path, _ in world.protected()}


def test_nobody_without_a_token_is_let_in_anywhere_protected(world: World) -> None:
    anybody = TestClient(world.node.app, raise_server_exceptions=False)

    def is_refused(method: str, path: str, _: str) -> bool:
        answer = world.call(anybody, method, path)
        refused(answer, 401, "unauthenticated")
        return bool(answer.headers["www-authenticate"] == "Bearer")

    assert failures(world, is_refused) == []


def test_a_token_that_opens_nothing_is_refused_even_where_none_is_needed(world: World) -> None:
    client = world.node.client("sl_nonsense")
    for method, path in world.access:
        if path != "/v1/listings/{origin}/{rid}":
            assert client.request(method, path).status_code == 401, path


def test_each_permission_that_is_missing_is_named(world: World) -> None:
    for permission in Permission:
        others = [one for one in Permission if one is not permission]
        client = world.node.client(world.node.token(Role.ADMIN, permissions=others))

        def is_refused(
            method: str,
            path: str,
            access: str,
            client: TestClient = client,
            permission: Permission = permission,
        ) -> bool:
            if access != permission.value:
                return True
            problem = refused(world.call(client, method, path), 403, "forbidden")
            return permission.value in problem["detail"]

        assert failures(world, is_refused) == []


def test_without_any_permission_only_the_own_session_is_left(world: World) -> None:
    client = world.node.client(world.node.token(Role.ADMIN, permissions=[]))
    left = failures(world, lambda m, path, _: m == "DELETE" or world.call(client, m, path).status_code == 403)
    assert left == ["GET /v1/me"]


def test_another_office_finds_nothing_anywhere(world: World) -> None:
    stranger = world.node.client(world.node.token(Role.ADMIN, "440104001"))

    def finds_nothing(method: str, path: str, access: str) -> bool:
        if access == "signed in" or path in WHOLE or (method == "POST" and path in MAKES):
            return True
        answer = world.call(stranger, method, path)
        if "{" in path:
            return bool(refused(answer, 404, "not-found")["detail"] == "Not found")
        page = answer.json()
        return bool(answer.status_code == 200 and (page["items"], page["total"], page["next"]) == ([], 0, None))

    assert failures(world, finds_nothing) == []


def test_the_own_office_finds_its_rows_everywhere(world: World) -> None:
    own = world.node.client(world.node.token(Role.ADMIN))

    def finds(method: str, path: str, access: str) -> bool:
        if method != "GET" or access == "signed in" or path in WHOLE:
            return True
        answer = world.call(own, method, path)
        if path == "/v1/vacancies/{vacancy_id}/matches":
            return bool(refused(answer, 409, "vacancy-not-published")["status"] == 409)  # the seeded one is a draft
        if path.endswith(("/log", "/matches")):
            return bool(answer.status_code == 200)
        return bool(answer.status_code == 200) and any(one in answer.text for one in world.ids.values())

    assert failures(world, finds) == []


def test_what_makes_a_row_makes_it_at_the_office_of_the_caller(world: World) -> None:
    stranger = world.node.client(world.node.token(Role.ADMIN, "440104001"))
    body = {**seeding.VACANCY, "employer_id": world.ids["employer_id"]}
    assert seeding.fields(stranger.post("/v1/vacancies", json=body)) == ["employer_id"]
    made = seeding.vacancy(stranger)
    own = world.node.client(world.node.token(Role.ADMIN))
    assert own.get(f"/v1/vacancies/{made['id']}").status_code == 404
    assert own.get(f"/v1/employers/{made['employer_id']}").status_code == 404


def test_a_street_officer_reviews_only_at_the_own_office_and_a_clerk_not_at_all(world: World) -> None:
    clerk = world.node.client(world.node.token(Role.CLERK))
    review = {path for _, path, access in world.protected() if access == Permission.VACANCY_REVIEW}
    assert {path.rpartition("/")[2] for path in review} == {"approve", "erase", "return", "take_down"}
    for path in review:
        refused(world.call(clerk, "POST", path), 403, "forbidden")
    assert Permission.VACANCY_REVIEW not in ROLE_PERMISSIONS[Role.CLERK]
