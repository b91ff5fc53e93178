"""Statements 对账单 over HTTP: for officers, the newest first, as JSON with what was signed and as a table."""

import csv
import io
from datetime import date

from fastapi.testclient import TestClient

from app.auth.roles import Role
from tests.routes.import_node import ImportNode
from tests.routes.kept_statements import keep_statement
from tests.routes.seeding import NOBODY, answer_of, refused


def test_statements_are_listed_page_by_page_the_newest_first(node: ImportNode, officer: TestClient) -> None:
    made = [keep_statement(node, date(2026, 11, day)) for day in (20, 21, 22)]
    first = answer_of(officer.get("/v1/statements", params={"limit": 2}))
    assert [one["day"] for one in first["items"]] == ["2026-11-22", "2026-11-21"]
    assert first["total"] == 3
    last = answer_of(officer.get("/v1/statements", params={"after": first["next"]}))
    assert [one["id"] for one in (*first["items"], *last["items"])] == made[::-1]
    assert last["next"] is None
    assert first["items"][0]["agrees"] is True


def test_a_statement_is_shown_with_what_was_signed_and_as_a_table(node: ImportNode, officer: TestClient) -> None:
    made = keep_statement(node, date(2026, 11, 20), here=5)
    found = answer_of(officer.get(f"/v1/statements/{made}"))
    assert found["statement"]["lines"][0]["here"] == 5
    assert set(found["signed"]) == {"node", "parent"}
    answer = officer.get(f"/v1/statements/{made}", params={"format": "csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert "statement-2026-11-20.csv" in answer.headers["content-disposition"]
    [row] = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert (row["日期 day"], row["本节点条数 here"], row["上级条数 there"]) == ("2026-11-20", "5", "3")
    assert row["名称 name"] == "'=虚构"
    assert officer.get(f"/v1/statements/{made}", params={"format": "pdf"}).status_code == 422


def test_only_who_may_read_statements_does(node: ImportNode, officer: TestClient) -> None:
    made = keep_statement(node, date(2026, 11, 20))
    clerk = node.client(node.token(Role.CLERK))
    for path in ("/v1/statements", f"/v1/statements/{made}"):
        assert clerk.get(path).status_code == 403
        assert node.client("").get(path).status_code == 401
    refused(officer.get(f"/v1/statements/{NOBODY}"), 404, "not-found")
