"""The import over HTTP: every row answered, a batch whole or not at all, and a repeat changes nothing."""

from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import func, select, update

from app.auth.roles import Role
from app.employers.models import Employer
from app.exchange.models import SyncRecord
from app.kernel.actor import Permission
from app.vacancies.models import Vacancy, VacancyLog
from tests.fakes import FakeClock
from tests.routes.import_node import ImportNode

CELLS = {
    "title": "保洁员",
    "employer": "虚构示例·晨光物业",
    "area": "越秀区北京街道",
    "pay": "3800-4200元/月",
    "experience": "不限",
}
DEFAULTS = {"seats": "1", "valid_days": "30", "duties": "见岗位名称"}


def send(client: TestClient, *rows: dict[str, str], **options: Any) -> Any:
    body = {"rows": [{"cells": {**CELLS, **row}} for row in rows], "defaults": DEFAULTS, **options}
    answer = client.post("/v1/vacancies/import", json=body)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["created"] + found["unchanged"] + found["rejected"] == len(found["rows"]) == len(rows)
    return found


def stored(node: ImportNode) -> int:
    with node.app.state.database.read() as session:
        return session.scalar(select(func.count()).select_from(Vacancy)) or 0


def test_rows_land_as_submitted_and_can_be_read(node: ImportNode, clerk: TestClient) -> None:
    found = send(clerk, {}, {"title": "电工", "reference": "T-2", "pay": "200元/天"})
    assert [row["outcome"] for row in found["rows"]] == ["created", "created"]
    one = clerk.get(f"/v1/vacancies/{found['rows'][1]['id']}").json()
    assert (one["state"], one["title"], one["reference"]) == ("submitted", "电工", "T-2")
    assert one["pay"] == {"basis": "range", "period": "day", "min_fen": 20000, "max_fen": 20000, "stated": "200元/天"}
    assert (one["place"]["region"], one["seats"], one["valid_until"]) == ("440104003", 1, "2026-12-23")
    with node.app.state.database.read() as session:
        verbs = session.scalars(select(VacancyLog.verb).where(VacancyLog.vacancy_id == one["id"])).all()
    assert sorted(verbs) == ["create", "submit"]


def test_open_rows_become_listings_at_once(node: ImportNode, officer: TestClient) -> None:
    found = send(officer, {}, {"title": "电工"}, open=True)
    assert {row["state"] for row in found["rows"]} == {"open"}
    assert officer.get("/v1/listings").json()["total"] == 2
    with node.app.state.database.read() as session:
        records = session.scalars(select(SyncRecord.rid).where(SyncRecord.kind == "listing")).all()
    assert sorted(records) == sorted(row["id"] for row in found["rows"])


def test_a_second_run_changes_nothing_on_another_day_and_with_other_defaults(
    node: ImportNode, officer: TestClient, clock: FakeClock
) -> None:
    first = send(officer, {}, {"reference": "T-2"}, open=True)
    clock.advance(days=3)
    second = send(officer, {}, {"reference": "T-2"}, open=True, defaults={**DEFAULTS, "seats": "9"})
    assert (second["unchanged"], stored(node)) == (2, 2)
    assert [row["id"] for row in second["rows"]] == [row["id"] for row in first["rows"]]
    assert officer.get("/v1/listings").json()["total"] == 2


def test_a_repeat_in_the_batch_is_rejected_as_the_same_row(clerk: TestClient) -> None:
    body = {"rows": [{"row": n, "cells": CELLS} for n in (7, 9)], "defaults": DEFAULTS}
    rows = clerk.post("/v1/vacancies/import", json=body).json()["rows"]
    assert [row["outcome"] for row in rows] == ["created", "rejected"]
    assert rows[1]["faults"] == [{"field": "row", "zh": "与第7行相同", "en": "same as row 7", "nearest": []}]


def test_a_reference_that_stands_for_other_content_is_rejected(clerk: TestClient) -> None:
    found = send(clerk, {"reference": "T-1"}, {"reference": "T-1", "title": "电工"})
    assert [fault["field"] for fault in found["rows"][1]["faults"]] == ["reference"]
    again = send(clerk, {"reference": "T-1", "title": "电工"})
    assert "保洁员" in again["rows"][0]["faults"][0]["en"]
    assert found["rows"][0]["id"] in again["rows"][0]["faults"][0]["en"]


def test_a_rejected_row_names_every_fault_with_the_nearest_and_leaves_nothing(
    node: ImportNode, clerk: TestClient
) -> None:
    found = send(clerk, {"employer": "虚构示例·从未登记", "area": "越透区", "pay": "3元/月", "education": "博士后"})
    (row,) = found["rows"]
    assert sorted(fault["field"] for fault in row["faults"]) == ["area", "education", "pay"]
    area = next(fault for fault in row["faults"] if fault["field"] == "area")
    assert area["nearest"][0]["code"] == "440104"
    with node.app.state.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Employer)) == 0
    assert stored(node) == 0


def test_a_rejected_row_does_not_hold_the_others_back(officer: TestClient) -> None:
    found = send(officer, {"title": "甲"}, {"title": "乙", "pay": "0"}, {"title": "丙"}, open=True)
    assert [row["outcome"] for row in found["rows"]] == ["created", "rejected", "created"]
    assert officer.get("/v1/listings").json()["total"] == 2


def test_a_dry_run_stores_nothing_and_says_what_would_be(node: ImportNode, clerk: TestClient) -> None:
    found = send(clerk, {}, {"title": "电工", "area": "珠江新城"}, {"pay": "0"}, dry_run=True)
    assert (found["dry_run"], found["created"], found["rejected"], stored(node)) == (True, 2, 1, 0)
    assert found["rows"][0]["id"] is None
    assert [note["field"] for note in found["rows"][1]["notes"]] == ["area"]


def test_employers_are_found_again_by_code_or_by_name(node: ImportNode, clerk: TestClient) -> None:
    code = "91990104MA0000001A"
    found = send(clerk, {}, {"title": "电工"}, {"title": "焊工", "uscc": code}, {"title": "厨工", "uscc": code.lower()})
    employers = [clerk.get(f"/v1/vacancies/{row['id']}").json()["employer_id"] for row in found["rows"]]
    assert employers[0] == employers[1] != employers[2] == employers[3]
    verified = [clerk.get(f"/v1/employers/{one}").json()["verified"] for one in (employers[0], employers[2])]
    assert verified == [False, True]
    other = send(clerk, {"title": "司机", "uscc": code, "employer": "别名"})
    assert [note["field"] for note in other["rows"][0]["notes"]] == ["employer"]
    wrong = send(clerk, {"title": "文员", "uscc": "91990104MA0000001B"})
    assert [fault["field"] for fault in wrong["rows"][0]["faults"]] == ["uscc"]


def test_another_offices_employer_is_not_taken_and_its_rows_are_its_own(node: ImportNode, clerk: TestClient) -> None:
    send(clerk, {"uscc": "91990104MA0000001A"})
    stranger = node.client(node.token(Role.CLERK, "440104003"))
    refused = send(stranger, {"uscc": "91990104MA0000001A"})
    assert [fault["field"] for fault in refused["rows"][0]["faults"]] == ["uscc"]
    own = send(stranger, {}, {"reference": "T-1"})
    assert own["created"] == 2
    assert send(clerk, {"reference": "T-1"})["created"] == 1


def test_who_may_import(node: ImportNode, clerk: TestClient) -> None:
    body = {"rows": [{"cells": CELLS}], "defaults": DEFAULTS}
    assert node.client("nonsense").post("/v1/vacancies/import", json=body).status_code == 401
    assert clerk.post("/v1/vacancies/import", json={**body, "open": True}).status_code == 403
    narrow = node.client(node.token(Role.OFFICER, permissions=[Permission.VACANCY_READ]))
    assert narrow.post("/v1/vacancies/import", json=body).status_code == 403
    without_employers = node.client(
        node.token(Role.OFFICER, permissions=[Permission.VACANCY_WRITE, Permission.VACANCY_READ])
    )
    assert without_employers.post("/v1/vacancies/import", json=body).status_code == 403
    assert stored(node) == 0


def test_bad_requests_are_named_and_store_nothing(node: ImportNode, clerk: TestClient) -> None:
    def refused(body: dict[str, Any]) -> Any:
        answer = clerk.post("/v1/vacancies/import", json=body)
        assert answer.status_code == 422, answer.text
        return answer.json()["errors"]

    (fault,) = refused({"rows": [{"cells": {**CELLS, "titel": "x"}}]})
    assert (fault["field"], fault["nearest"][0]["code"]) == ("rows.0.cells.titel", "title")
    (fault,) = refused({"rows": [{"cells": CELLS}], "defaults": {"seat": "1"}})
    assert (fault["field"], fault["nearest"][0]["code"]) == ("defaults.seat", "seats")
    assert refused({"rows": []})[0]["field"] == "rows"
    assert refused({"rows": [{"cells": CELLS}] * 51})[0]["field"] == "rows"
    assert refused({"rows": [{"cells": {"seats": 1}}]})[0]["field"] == "rows.0.cells.seats"
    assert refused({"rows": [{"cells": {"title": "\x00"}}]})
    assert stored(node) == 0


def test_an_idempotency_key_gives_the_first_answer_again(clerk: TestClient) -> None:
    body = {"rows": [{"cells": CELLS}], "defaults": DEFAULTS}
    answers = [
        clerk.post("/v1/vacancies/import", json=body, headers={"Idempotency-Key": "import-0001"}) for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["created"] == 1
    assert answers[1].headers["Idempotent-Replayed"] == "true"


def test_open_rows_say_in_the_log_why_no_papers_were_asked_for(node: ImportNode, officer: TestClient) -> None:
    (row,) = send(officer, {}, open=True)["rows"]
    log = officer.get(f"/v1/vacancies/{row['id']}/log").json()
    assert [line["reason"] for line in log if line["verb"] == "approve"] == ["import"]


def test_a_row_with_a_telephone_number_is_rejected_by_name(node: ImportNode, clerk: TestClient) -> None:
    found = send(clerk, {"duties": "日常保洁，电话15400000003"}, {"title": "电工"})
    assert [row["outcome"] for row in found["rows"]] == ["rejected", "created"]
    assert [fault["field"] for fault in found["rows"][0]["faults"]] == ["duties"]
    assert stored(node) == 1


def test_a_row_whose_employer_is_named_with_a_number_is_rejected_by_name(node: ImportNode, clerk: TestClient) -> None:
    named = "虚构王小明 154.0000.0003"
    rows = ({"employer": named}, {"employer": named, "uscc": "91990104MA0000001A"})
    found = send(clerk, *({"title": f"保洁员{n}", **row} for n, row in enumerate(rows)))
    assert [[fault["field"] for fault in row["faults"]] for row in found["rows"]] == [["employer"], ["employer"]]
    assert stored(node) == 0
    with node.app.state.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Employer)) == 0


def test_a_known_employer_named_with_a_number_holds_its_rows_back_and_no_others(
    node: ImportNode, clerk: TestClient
) -> None:
    uscc = "91990104MA0000001A"
    send(clerk, {"uscc": uscc})
    with node.app.state.database.write() as session:  # from before names were searched
        session.execute(update(Employer).values(name="虚构王小明15400000003"))
    found = send(clerk, {"uscc": uscc, "title": "电工"}, {"title": "厨师"})
    assert [row["outcome"] for row in found["rows"]] == ["rejected", "created"]
    assert [fault["field"] for fault in found["rows"][0]["faults"]] == ["employer"]
