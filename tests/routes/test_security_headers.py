"""The headers that keep browsers from guessing, on whatever is answered, also on refusals and failures."""

import pytest
from fastapi.testclient import TestClient

from app.auth.roles import Role
from tests.routes.import_node import ImportNode

WANTED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def check(answer: object, status: int) -> None:
    assert answer.status_code == status  # type: ignore[attr-defined]
    for name, value in WANTED.items():
        assert answer.headers.get_list(name) == [value]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/v1/listings", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/v1/employers", 401),
        ("GET", "/nowhere", 404),
        ("PUT", "/v1/listings", 405),
        ("GET", "/v1/listings?limit=0", 422),
    ],
)
def test_every_answer_carries_them_once(module_node: ImportNode, method: str, path: str, status: int) -> None:
    check(TestClient(module_node.app).request(method, path), status)


def test_so_do_a_refused_token_and_a_failure_inside(sqlite_node: ImportNode) -> None:
    client = sqlite_node.client(sqlite_node.token(Role.CLERK))
    check(sqlite_node.client("sl_unknown").get("/v1/me"), 401)
    del sqlite_node.app.state.regions
    check(client.post("/v1/employers", json={"name": "甲"}), 500)


def test_an_address_with_a_stroke_too_many_leads_nowhere(module_node: ImportNode) -> None:
    client = TestClient(module_node.app, follow_redirects=False)
    answer = client.get("/v1/listings/", headers={"Host": "elsewhere.invalid"})
    check(answer, 404)
    assert "location" not in answer.headers


@pytest.mark.parametrize("path", ["/v1/me", "/v1/employers", "/v1/seekers"])
def test_what_names_a_person_is_kept_by_no_browser(module_node: ImportNode, path: str) -> None:
    answer = module_node.client(module_node.token(Role.CLERK)).get(path)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
