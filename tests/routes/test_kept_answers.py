"""What is kept of answers for clients that repeat a request holds no personal field."""

from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import select

from app.audit.models import PersonAccess
from app.kernel.writing import IdempotentAnswer
from tests.routes import seeding
from tests.routes.import_node import ImportNode
from tests.routes.seeding import EMPLOYER, PERSON, answer_of

CONTACT = {"contact_name": "司徒植入", "contact_phone": "15400889911"}
PLANTED = [*PERSON.values(), *CONTACT.values()]


def kept(node: ImportNode) -> list[IdempotentAnswer]:
    with node.app.state.database.read() as session:
        return list(session.scalars(select(IdempotentAnswer).order_by(IdempotentAnswer.key)))


def test_no_kept_answer_holds_what_names_or_reaches_a_person(node: ImportNode, officer: TestClient) -> None:
    answers: list[Any] = []

    def send(method: str, path: str, body: Any, **headers: str) -> Any:
        headers["Idempotency-Key"] = f"planted-{len(answers):02}"
        answers.append(officer.request(method, path, json=body, headers=headers))
        return answer_of(answers[-1], 201 if path in ("/v1/seekers", "/v1/employers", "/v1/vacancies") else 200)

    seeker = "/v1/seekers/" + send("POST", "/v1/seekers", PERSON)["id"]
    send("PATCH", seeker, PERSON, **{"If-Match": '"1"'})
    send("POST", "/v1/seekers/find", {"name": PERSON["name"]})
    assert send("POST", seeker + "/reveal", {"purpose": "contact"})["citizen_id"] == PERSON["citizen_id"]
    for verb in ("renew", "lapse", "reactivate", "employ", "register", "cancel"):
        send("POST", f"{seeker}/{verb}", None)
    employer = send("POST", "/v1/employers", {**EMPLOYER, **CONTACT})
    send("PATCH", f"/v1/employers/{employer['id']}", CONTACT, **{"If-Match": '"1"'})
    vacancy = send("POST", "/v1/vacancies", {**seeding.VACANCY, "employer_id": employer["id"]})
    send("POST", f"/v1/vacancies/{vacancy['id']}/submit", None)

    rows = kept(node)
    assert len(rows) >= 9
    for row in rows:
        text = (row.body or b"").decode() + str(row.headers)
        assert not [personal for personal in PLANTED if personal in text], row.key


def test_revealing_again_with_the_same_key_is_one_more_row_in_the_trail(node: ImportNode, officer: TestClient) -> None:
    address = f"/v1/seekers/{seeding.seeker(officer)['id']}/reveal"
    for _ in range(2):
        answer = officer.post(address, json={"purpose": "contact"}, headers={"Idempotency-Key": "reveal-twice-1"})
        assert answer_of(answer)["name"] == PERSON["name"]
        assert "Idempotent-Replayed" not in answer.headers
    assert kept(node) == []
    with node.app.state.database.read() as session:
        assert sorted(session.scalars(select(PersonAccess.action))) == [
            "create",
            "read",
            "read",
        ]
