"""What a node tells Prometheus, and whom it tells."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.auth.roles import Role
from app.main import create_app
from app.settings import Settings
from app.sync.metrics import FAMILIES
from tests.prometheus import read
from tests.routes import seeding
from tests.routes.import_node import ImportNode
from tests.routes.seeding import NOBODY, OPEN, PERSON, VACANCY, refused


def here(node: ImportNode, host: str = "http://127.0.0.1", client: str = "127.0.0.1") -> TestClient:
    """Somebody on the node's own machine."""
    return TestClient(node.app, base_url=host, client=(client, 50000), raise_server_exceptions=False)


def test_every_figure_is_there_and_can_be_read(node: ImportNode) -> None:
    admin = node.client(node.token(Role.ADMIN))
    vacancy = seeding.vacancy(admin, *OPEN)
    seeding.seeker(admin)
    admin.get(f"/v1/vacancies/{vacancy['id']}")
    admin.get(f"/v1/vacancies/{NOBODY}")
    admin.get("/nothing/here?name=张示例")
    answer = admin.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = read(answer.text)
    assert [line.split()[2] for line in answer.text.splitlines() if line.startswith("# TYPE")] == [
        family.name for family in FAMILIES
    ]
    assert found["sanlian_listings", (("of", "own"),)] == 1
    assert found["sanlian_incarnations_drawn_total", ()] == 1
    by_route = {labels: value for (name, labels), value in found.items() if name == "sanlian_requests_total"}
    template = (("method", "GET"), ("route", "/v1/vacancies/{vacancy_id}"))
    assert by_route[*template, ("status", "200")] == 1
    assert by_route[*template, ("status", "404")] == 1
    assert by_route[("method", "GET"), ("route", "none"), ("status", "404")] == 1
    assert found["sanlian_request_seconds_count", template] == 2


def test_nothing_that_was_typed_or_is_about_a_person_is_among_them(node: ImportNode) -> None:
    admin = node.client(node.token(Role.ADMIN))
    seeding.vacancy(admin, *OPEN)
    person = seeding.seeker(admin)
    admin.get(f"/v1/seekers/{person['id']}")
    admin.request("张示例".encode().decode("latin-1"), "/v1/seekers")
    text = admin.get("/metrics").text
    for typed in (*PERSON.values(), VACANCY["title"], person["id"], "保洁", "seekers/0"):
        assert str(typed) not in text


def test_it_is_read_from_the_machine_itself_or_with_a_token_that_may(node: ImportNode) -> None:
    assert here(node).get("/metrics").status_code == 200
    assert here(node, "http://[::1]:8000", "::1").get("/metrics").status_code == 200
    assert here(node, "http://localhost").get("/metrics").status_code == 200
    elsewhere = here(node, client="10.0.0.7")
    refused(elsewhere.get("/metrics"), 401, "unauthenticated")
    clerk = node.token(Role.CLERK)
    refused(elsewhere.get("/metrics", headers={"Authorization": f"Bearer {clerk}"}), 403, "forbidden")
    admin = node.token(Role.ADMIN)
    assert elsewhere.get("/metrics", headers={"Authorization": f"Bearer {admin}"}).status_code == 200


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"])
def test_what_comes_through_a_proxy_on_the_machine_needs_a_token(sqlite_node: ImportNode, header: str) -> None:
    refused(here(sqlite_node).get("/metrics", headers={header: "127.0.0.1"}), 401, "unauthenticated")


def test_a_page_of_another_name_that_leads_here_needs_a_token(sqlite_node: ImportNode) -> None:
    refused(here(sqlite_node, "http://attacker.example").get("/metrics"), 401, "unauthenticated")


def test_the_machine_itself_needs_a_token_where_it_is_set_so(
    sqlite_node: ImportNode, sqlite_url: str, tmp_path: Path
) -> None:
    said = {"dir": tmp_path / "node", "DATABASE_URL": sqlite_url, "metrics_on_loopback": False}
    strict = ImportNode(create_app(Settings.model_validate(said), sqlite_node.clock), sqlite_node.clock)
    refused(here(strict).get("/metrics"), 401, "unauthenticated")
    strict.app.state.database.dispose()
