"""Signing in and out over HTTP: sessions that end, tokens that only narrow, and nothing told to a guesser."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from app.auth import passwords, service
from app.auth.models import Credential, Staff
from app.auth.roles import ROLE_PERMISSIONS, Role
from app.auth.service import add_staff, create_token
from app.kernel.actor import Permission
from app.kernel.problems import Conflict, Invalid, NotFound
from app.kernel.writing import IdempotentAnswer
from app.regions.queries import own_office
from tests.fakes import FakeClock
from tests.routes.import_node import PASSWORD, ImportNode
from tests.routes.seeding import answer_of, fields, refused

WHO = {"username": "wang", "password": PASSWORD}


@pytest.fixture
def wang(node: ImportNode) -> Staff:
    """A clerk with a password."""
    with node.app.state.database.write() as session:
        office = own_office(session).id
        return add_staff(
            session, node.clock, username="wang", name="王示例", role=Role.CLERK, office_id=office, password=PASSWORD
        )


def sign_in(client: TestClient, **values: Any) -> Any:
    return client.post("/v1/sessions", json={**WHO, **values})


@pytest.mark.usefixtures("wang")
def test_a_session_says_who_one_is_and_ends_with_signing_out(node: ImportNode, anybody: TestClient) -> None:
    answer = sign_in(anybody)
    session = answer_of(answer, 201)
    assert answer.headers["Cache-Control"] == "no-store"
    assert session["expires_at"] == "2026-11-23T11:00:00Z"
    client = node.client(session["token"])
    me = answer_of(client.get("/v1/me"))
    assert (me["name"], me["role"]) == ("王示例", "clerk")
    assert me["permissions"] == sorted(ROLE_PERMISSIONS[Role.CLERK])
    assert me["office_id"] in {office["id"] for office in answer_of(anybody.get("/v1/offices"))}
    assert client.get("/v1/employers").status_code == 200
    ended = client.delete("/v1/sessions/current")
    assert (ended.status_code, ended.content) == (204, b"")
    for path in ("/v1/me", "/v1/employers", "/v1/listings"):
        assert "expired" in refused(client.get(path), 401, "unauthenticated")["detail"]


@pytest.mark.usefixtures("wang")
def test_a_session_ends_after_ten_hours(node: ImportNode, anybody: TestClient, clock: FakeClock) -> None:
    client = node.client(answer_of(sign_in(anybody), 201)["token"])
    clock.advance(hours=9, minutes=59)
    assert client.get("/v1/me").status_code == 200
    clock.advance(minutes=1)
    refused(client.get("/v1/me"), 401, "unauthenticated")


def test_a_wrong_name_a_wrong_password_and_a_closed_account_look_alike(
    node: ImportNode, anybody: TestClient, wang: Staff
) -> None:
    open_session = node.client(answer_of(sign_in(anybody), 201)["token"])
    answers = [sign_in(anybody, username="nobody"), sign_in(anybody, password=PASSWORD + "x")]
    with node.app.state.database.write() as session:
        session.execute(update(Staff).where(Staff.id == wang.id).values(active=False))
    answers.append(sign_in(anybody))
    for answer in answers:
        refused(answer, 401, "wrong-credentials")
        assert answer.json() == answers[0].json()
        assert PASSWORD not in answer.text
    refused(open_session.get("/v1/me"), 401, "unauthenticated")


@pytest.mark.usefixtures("wang")
def test_no_secret_is_kept_not_even_for_a_client_that_asks_to_repeat(node: ImportNode, anybody: TestClient) -> None:
    answers = [anybody.post("/v1/sessions", json=WHO, headers={"Idempotency-Key": "repeat-me-1"}) for _ in range(2)]
    secrets = {answer_of(answer, 201)["token"] for answer in answers}
    assert len(secrets) == 2
    with node.app.state.database.read() as session:
        assert session.scalars(select(IdempotentAnswer)).all() == []
        kept = set(session.scalars(select(Credential.secret_sha256)))
    assert kept == {hashlib.sha256(secret.encode()).digest() for secret in secrets}


def test_a_token_lasts_a_year_and_only_narrows_the_role(node: ImportNode, wang: Staff, clock: FakeClock) -> None:
    with node.app.state.database.write() as session:
        asked = [Permission.VACANCY_READ, Permission.VACANCY_REVIEW]  # a clerk may not review
        secret, _ = create_token(session, clock, wang.username, "import", permissions=asked)
    client = node.client(secret)
    assert answer_of(client.get("/v1/me"))["permissions"] == ["vacancy:read"]
    assert client.get("/v1/vacancies").status_code == 200
    refused(client.get("/v1/seekers"), 403, "forbidden")
    clock.advance(days=364)
    assert client.get("/v1/me").status_code == 200
    clock.advance(days=1)
    refused(client.get("/v1/me"), 401, "unauthenticated")


def test_a_short_lived_token_ends_by_itself_and_signing_out_ends_any(node: ImportNode, wang: Staff) -> None:
    with node.app.state.database.write() as session:
        short, _ = create_token(session, node.clock, wang.username, "a", lasts=timedelta(minutes=1))
        other, _ = create_token(session, node.clock, wang.username, "b")
    assert node.client(other).delete("/v1/sessions/current").status_code == 204
    assert node.client(other).get("/v1/me").status_code == 401
    assert node.client(short).get("/v1/me").status_code == 200
    node.clock.advance(minutes=1)
    assert node.client(short).get("/v1/me").status_code == 401


def test_accounts_need_a_long_password_an_office_and_a_name_of_their_own(node: ImportNode, wang: Staff) -> None:
    def add(**values: Any) -> None:
        entered: dict[str, Any] = {
            "username": "li",
            "name": "李示例",
            "office_id": wang.office_id,
            "password": PASSWORD,
        }
        with node.app.state.database.write() as session:
            add_staff(session, node.clock, role=Role.CLERK, **{**entered, **values})

    for values, refusal in (
        ({"password": "short"}, Invalid),
        ({"password": "a long pass\u200bphrase"}, Invalid),
        ({"password": "long " * 41}, Invalid),
        ({"username": "l" * 65}, Invalid),
        ({"username": "\u3164"}, Invalid),
        ({"name": "李\u202e示例"}, Invalid),
        ({"office_id": "none"}, Invalid),
        ({"username": "wang"}, Conflict),
    ):
        with pytest.raises(refusal):
            add(**values)
    with node.app.state.database.write() as session, pytest.raises(NotFound):
        create_token(session, node.clock, "li", "x")
    add()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"username": "wang"}, "password"),
        ({**WHO, "password": ""}, "password"),
        ({**WHO, "password": "x" * 201}, "password"),
        ({**WHO, "username": 5}, "username"),
        ({**WHO, "remember": True}, "remember"),
    ],
)
def test_a_form_that_does_not_hold_is_named_and_not_repeated(
    module_node: ImportNode, body: dict[str, Any], field: str
) -> None:
    answer = TestClient(module_node.app).post("/v1/sessions", json=body)
    assert fields(answer) == [field]
    assert PASSWORD not in answer.text


@pytest.mark.parametrize("header", ["Basic d2FuZzpwYXNz", "Bearer", "Bearer ", "sl_secret", "bearer\t", "Bearerx sl_x"])
def test_what_is_no_bearer_token_is_nobody(module_node: ImportNode, header: str) -> None:
    client = TestClient(module_node.app, headers={"Authorization": header})
    assert client.get("/v1/listings").status_code == 200
    refused(client.get("/v1/me"), 401, "unauthenticated")


@pytest.mark.parametrize("secret", ["x" * 5000, "\u00e9\u00ff".encode("latin-1").decode("latin-1"), "sl_ a b", "'--"])
def test_an_odd_token_is_unknown_not_an_error(module_node: ImportNode, secret: str) -> None:
    header = b"Bearer " + secret.encode("latin-1")
    client = TestClient(module_node.app, raise_server_exceptions=False)
    refused(client.get("/v1/me", headers=[(b"authorization", header)]), 401, "unauthenticated")


@pytest.mark.usefixtures("wang")
def test_a_node_too_busy_to_look_a_token_up_says_so(node: ImportNode) -> None:
    client = node.client(node.token(Role.CLERK))
    reader = node.app.state.database.reader
    reader.pool._timeout = 0.05
    held = [reader.connect() for _ in range(reader.pool.size())]
    answer = client.get("/v1/me")
    for connection in held:
        connection.close()
    refused(answer, 503, "busy")
    assert int(answer.headers["Retry-After"]) >= 1
    assert client.get("/v1/me").status_code == 200


@pytest.mark.usefixtures("wang")
def test_others_write_while_a_password_is_checked(
    node: ImportNode, anybody: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = node.app.state.write_turn
    seen = []

    def verify(stored: str | None, password: str) -> bool:
        seen.append(turns._limiter.borrowed_tokens)
        with node.app.state.database.write() as session:
            session.execute(update(Staff).values(name="王某"))
        return passwords.verify_password(stored, password)

    monkeypatch.setattr(service, "verify_password", verify)
    assert sign_in(anybody).status_code == 201
    assert seen == [0]


def test_who_was_shut_out_while_the_password_was_checked_gets_no_session(
    node: ImportNode, anybody: TestClient, wang: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes: list[dict[str, Any]] = [{"password_hash": "another"}, {"active": False}]

    def verify(stored: str | None, password: str) -> bool:
        with node.app.state.database.write() as session:
            session.execute(update(Staff).where(Staff.id == wang.id).values(changes.pop()))
        return passwords.verify_password(stored, password)

    monkeypatch.setattr(service, "verify_password", verify)
    while changes:
        refused(sign_in(anybody), 401, "wrong-credentials")
        with node.app.state.database.write() as session:
            assert session.scalars(select(Credential)).all() == []
            session.execute(update(Staff).values(password_hash=wang.password_hash, active=True))


@pytest.mark.usefixtures("wang")
def test_a_burst_of_sign_ins_is_told_to_come_back(anybody: TestClient) -> None:
    for _ in range(4):
        assert passwords._let_in.acquire(blocking=False)
    try:
        answer = sign_in(anybody)
        refused(answer, 503, "busy")
        assert int(answer.headers["Retry-After"]) >= 1
    finally:
        for _ in range(4):
            passwords._let_in.release()
    for password in ("wrong", PASSWORD) * 3:
        assert sign_in(anybody, password=password).status_code in (401, 201)


def test_whoever_is_added_can_sign_in_however_the_terminal_wrote_the_letters(
    node: ImportNode, anybody: TestClient, wang: Staff
) -> None:
    with node.app.state.database.write() as session:
        account: dict[str, Any] = {
            "username": " re\u0301mi ",
            "name": "示例",
            "role": Role.CLERK,
            "office_id": wang.office_id,
        }
        add_staff(session, node.clock, password="un tre\u0300s long mot", **account)
    answer_of(sign_in(anybody, username="r\u00e9mi", password="un tr\u00e8s long mot"), 201)


def test_a_permission_that_is_no_more_narrows_a_token_and_breaks_nothing(node: ImportNode, wang: Staff) -> None:
    with node.app.state.database.write() as session:
        secret, credential = create_token(session, node.clock, wang.username, "old")
        credential.permissions = ["vacancy:read", "fax:send"]
    assert answer_of(node.client(secret).get("/v1/me"))["permissions"] == ["vacancy:read"]
