"""Occupations, skills and certificates over HTTP: open to everybody, complete, unknown ids named."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.taxonomy.shipped import load_shipped
from tests.routes.import_node import ImportNode
from tests.routes.seeding import answer_of, refused

TABLES = ("occupations", "skills", "certificates")


@pytest.fixture(scope="module")
def visitor(module_node: ImportNode) -> TestClient:
    return TestClient(module_node.app, raise_server_exceptions=False)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("limit", [7, 50, 200])
def test_turning_the_pages_gives_every_row_once_in_order(visitor: TestClient, table: str, limit: int) -> None:
    known = sorted(getattr(load_shipped(), table))
    found: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = answer_of(visitor.get(f"/v1/{table}", params={"limit": limit, **after}))
        assert page["total"] == len(known)
        found += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert found == known


def test_there_are_everyday_occupations_enough(visitor: TestClient) -> None:
    assert answer_of(visitor.get("/v1/occupations"))["total"] >= 80


def test_every_occupation_has_an_address_and_its_references_hold(visitor: TestClient) -> None:
    taxonomy = load_shipped()
    for occupation in taxonomy.occupations:
        one = answer_of(visitor.get(f"/v1/occupations/{occupation}"))
        assert one["id"] == occupation
        assert set(one["skills"]) <= set(taxonomy.skills)
        assert set(one["certificates"]) <= set(taxonomy.certificates)
        assert all(taxonomy.occupations[child].parent == occupation for child in one["children"])


@pytest.mark.parametrize(
    ("query", "expected"),
    [("CLEANER", "cleaner"), ("保洁", "cleaner"), (" electrician ", "electrician"), ("", "abrasive-maker")],
)
def test_occupations_are_found_by_part_of_a_name_or_alias(visitor: TestClient, query: str, expected: str) -> None:
    page = answer_of(visitor.get("/v1/occupations", params={"q": query, "limit": 200}))
    assert expected in [item["id"] for item in page["items"]]
    assert min(page["total"], 200) == len(page["items"])


@pytest.mark.parametrize("table", TABLES)
def test_what_is_in_no_name_finds_nothing_and_says_so(visitor: TestClient, table: str) -> None:
    page = answer_of(visitor.get(f"/v1/{table}", params={"q": "不存在的"}))
    assert page == {"items": [], "total": 0, "next": None}


@pytest.mark.parametrize(
    ("asked", "nearest"),
    [("cleanr", "cleaner"), ("保洁员", "cleaner"), ("Electrician", "electrician"), ("电焊工", "welder")],
)
def test_an_unknown_occupation_names_the_nearest(visitor: TestClient, asked: str, nearest: str) -> None:
    (error,) = refused(visitor.get(f"/v1/occupations/{asked}"), 422, "unknown-code")["errors"]
    assert (error["field"], error["nearest"][0]["code"]) == ("occupation_id", nearest)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"limit": 201}, {"after": "x"}, {"after": "WzFd"}, {"q": "a\x00"}, {"q": "a" * 101}]
)
def test_a_bad_query_is_refused(visitor: TestClient, table: str, query: dict[str, Any]) -> None:
    assert visitor.get(f"/v1/{table}", params=query).status_code == 422


@pytest.mark.parametrize(
    ("typed", "first"), [("dian", "electrician"), ("dhg", "welder"), ("电h", "welder"), ("保j", "cleaner")]
)
def test_a_beginning_offers_what_it_may_become_in_the_order_of_scores(
    visitor: TestClient, typed: str, first: str
) -> None:
    found = answer_of(visitor.get("/v1/find/occupations", params={"q": typed, "prefix": True}))
    scores = [item["score"] for item in found["items"]]
    assert found["items"][0]["id"] == first
    assert scores == sorted(scores, reverse=True)
    assert found["meant"] is None


def test_a_whole_name_among_beginnings_is_meant(visitor: TestClient) -> None:
    found = answer_of(visitor.get("/v1/find/occupations", params={"q": "电工", "prefix": True}))
    assert (found["meant"], found["items"][0]["id"]) == ("electrician", "electrician")


@pytest.mark.parametrize("prefix", [False, True])
def test_a_gendered_name_is_never_shown(visitor: TestClient, *, prefix: bool) -> None:
    found = answer_of(visitor.get("/v1/find/occupations", params={"q": "保洁阿姨", "prefix": prefix}))
    assert (found["items"][0]["id"], found["items"][0]["matched"]) == ("cleaner", "保洁员")
    assert "保洁阿姨" not in str(found)


def test_several_occupations_in_one_text_are_asked(visitor: TestClient) -> None:
    found = answer_of(visitor.get("/v1/find/occupations", params={"q": "司机、保安"}))
    assert found["meant"] is None
    assert {"driver", "security-guard"} <= {item["id"] for item in found["items"][:2]}


def test_the_table_cannot_be_written_over_http(visitor: TestClient) -> None:
    for path in ("/v1/occupations", "/v1/occupations/cleaner", "/v1/skills", "/v1/certificates"):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            answer = visitor.request(method, path, json={})
            refused(answer, 405, "wrong-method")
            assert answer.headers["Allow"] == "GET"
