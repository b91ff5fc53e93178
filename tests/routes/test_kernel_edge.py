"""The HTTP edge on a small application of its own: strict bodies, access, once-only writes, problems, overload."""

import resource
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import pytest
from fastapi import FastAPI, Response
from fastapi.testclient import TestClient
from sqlalchemy import text

from app.kernel import responses
from app.kernel.access import UndeclaredAccess, declared_access, public, requires
from app.kernel.actor import Actor, Permission
from app.kernel.db import Database
from app.kernel.deps import ReadSession, WriteSession
from app.kernel.http import MAX_BODY, router
from app.kernel.types import Line, StrictModel
from app.kernel.writing import WriteTurn, forget_old_answers
from tests.fakes import FakeClock


class Note(StrictModel):
    line: Line


def small_app(database: Database, clock: FakeClock, turn: WriteTurn) -> FastAPI:
    app = FastAPI(openapi_url=None)
    app.state.database, app.state.clock, app.state.write_turn = database, clock, turn
    responses.install(app)
    routes = router("/notes", "notes")

    @routes.post("", status_code=201, dependencies=[public()])
    def add(note: Note, session: WriteSession, response: Response) -> dict[str, int]:
        session.execute(text("INSERT INTO note VALUES (:line)"), {"line": note.line})
        count = session.execute(text("SELECT count(*) FROM note")).scalar_one()
        response.headers["ETag"] = f'"{count}"'
        if note.line == "fail at commit":
            session.execute(text("INSERT INTO child VALUES (99)"))
        if note.line == "fail":
            raise ZeroDivisionError("13800000000")
        return {"count": count}

    @routes.get("", dependencies=[public()])
    def count(session: ReadSession) -> dict[str, int]:
        return {"count": session.execute(text("SELECT count(*) FROM note")).scalar_one()}

    @routes.get("/secret", dependencies=[requires(Permission.VACANCY_REVIEW)])
    def secret() -> dict[str, int]:
        return {}

    app.include_router(routes)
    return app


@pytest.fixture
def client(database: Database, clock: FakeClock) -> Iterator[TestClient]:
    with database.writer.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE note (line TEXT)")
        connection.exec_driver_sql("CREATE TABLE parent (n INTEGER PRIMARY KEY)")
        connection.exec_driver_sql("CREATE TABLE child (n INTEGER REFERENCES parent (n) DEFERRABLE INITIALLY DEFERRED)")
    app = small_app(database, clock, WriteTurn(1, queue=64, wait_s=10))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def total(client: TestClient) -> Any:
    return client.get("/notes").json()["count"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"line":"a","line":"b"}', 422),
        (b'{"line":NaN}', 422),
        (b'{"line":"\\ud800"}', 422),
        (b'{"line":"a\\u0000"}', 422),
        (b'{"line":"' + b"9" * (MAX_BODY + 1) + b'"}', 413),
        (b'{"line":"\xff"}', 422),
        (b"[" * 100, 422),
        (b'{"line":' + b"9" * 5000 + b"}", 422),
        (b"{", 422),
        (b"", 422),
        (b'{"line":"a","more":1}', 422),
    ],
)
def test_bad_bodies_get_a_problem_and_write_nothing(client: TestClient, body: bytes, status: int) -> None:
    answer = client.post("/notes", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert total(client) == 0


def test_a_failing_commit_is_no_success(client: TestClient) -> None:
    answer = client.post("/notes", json={"line": "fail at commit"})
    assert answer.status_code == 500
    assert total(client) == 0


def test_a_disk_that_takes_no_more_is_said_so_and_reading_goes_on(sqlite_url: str, clock: FakeClock) -> None:
    database = Database(sqlite_url)
    with database.writer.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE note (line TEXT)")
    with TestClient(small_app(database, clock, WriteTurn(1, queue=1, wait_s=1))) as client:
        assert client.post("/notes", json={"line": "before"}).status_code == 201
        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1024, most))
        try:
            answer, seen = client.post("/notes", json={"line": "too much"}), total(client)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
        assert "nothing was written" in answer.text
        assert seen == 1
        assert client.post("/notes", json={"line": "after"}).json() == {"count": 2}
    database.dispose()


def test_an_error_inside_tells_no_internals(client: TestClient) -> None:
    answer = client.post("/notes", json={"line": "fail"})
    assert answer.status_code == 500
    assert "13800000000" not in answer.text
    assert "ZeroDivision" not in answer.text
    assert total(client) == 0


def test_the_same_key_does_it_once_and_answers_alike(client: TestClient, database: Database, clock: FakeClock) -> None:
    headers = {"Idempotency-Key": "a-key-of-mine"}
    first = client.post("/notes", json={"line": "x"}, headers=headers)
    second = client.post("/notes", json={"line": "x"}, headers=headers)
    assert (first.status_code, first.json(), first.headers["etag"]) == (201, {"count": 1}, '"1"')
    assert (second.status_code, second.json(), second.headers["etag"]) == (201, {"count": 1}, '"1"')
    assert second.headers["idempotent-replayed"] == "true"
    assert total(client) == 1
    other = client.post("/notes", json={"line": "y"}, headers=headers)
    assert other.status_code == 409
    clock.advance(days=3)
    with database.write() as session:
        assert forget_old_answers(session, clock) == 1


def test_a_key_is_free_again_after_a_failure(client: TestClient) -> None:
    headers = {"Idempotency-Key": "a-key-of-mine"}
    assert client.post("/notes", json={"line": "fail"}, headers=headers).status_code == 500
    assert client.post("/notes", json={"line": "fail"}, headers=headers).status_code == 500
    assert client.post("/notes", json={"line": ""}, headers=headers).status_code == 422


def test_a_double_click_writes_one_row(client: TestClient) -> None:
    barrier = threading.Barrier(10)

    def click(key: str) -> int:
        barrier.wait()
        return client.post("/notes", json={"line": "x"}, headers={"Idempotency-Key": key}).status_code

    for round_ in range(5):
        with ThreadPoolExecutor(10) as pool:
            assert set(pool.map(click, [f"double-click-{round_}"] * 10)) == {201}
    assert total(client) == 5


def test_sixty_writers_at_once_all_get_their_turn(client: TestClient) -> None:
    with ThreadPoolExecutor(60) as pool:
        answers = list(pool.map(lambda n: client.post("/notes", json={"line": str(n)}).status_code, range(60)))
    assert answers == [201] * 60
    assert total(client) == 60


def test_too_many_waiting_writers_are_told_to_come_back(
    database: Database, clock: FakeClock, client: TestClient
) -> None:
    with TestClient(small_app(database, clock, WriteTurn(1, queue=1, wait_s=0.2))) as busy:
        with database.write() as session:  # somebody else, such as the CLI, holds the writer
            session.execute(text("INSERT INTO note VALUES ('held')"))
            if not database.is_sqlite:
                session.execute(text("LOCK TABLE note IN ACCESS EXCLUSIVE MODE"))
            with ThreadPoolExecutor(6) as pool:
                answers = list(pool.map(lambda _: busy.post("/notes", json={"line": "x"}), range(6)))
    refused = [a for a in answers if a.status_code == 503]
    assert refused
    assert all(int(a.headers["retry-after"]) >= 1 for a in refused)


def test_a_protected_route_asks_who_you_are(client: TestClient) -> None:
    assert client.get("/notes/secret").status_code == 401
    app: Any = client.app

    def with_actor(permissions: frozenset[Permission]) -> int:
        async def wrapped(scope: Any, receive: Any, send: Any) -> None:
            scope.setdefault("state", {})["actor"] = Actor("1", "a", "clerk", "o", permissions)
            await app(scope, receive, send)

        return TestClient(wrapped).get("/notes/secret").status_code

    assert with_actor(frozenset()) == 403
    assert with_actor(frozenset({Permission.VACANCY_REVIEW})) == 200


def test_a_route_that_does_not_say_who_may_call_it_stops_start_up(client: TestClient) -> None:
    app: Any = client.app
    assert declared_access(app.routes)["GET", "/notes/secret"] == "vacancy:review"
    app.add_api_route("/open", lambda: None)
    with pytest.raises(UndeclaredAccess, match="/open"):
        declared_access(app.routes)


@pytest.mark.parametrize("length", ["9" * 16, "9" * 5000])
def test_a_length_that_no_body_has_is_too_large(client: TestClient, length: str) -> None:
    answer = client.post("/notes", content=b"{}", headers={"Content-Length": length})
    assert answer.status_code == 413


def test_a_body_that_breaks_off_is_no_failure_of_the_node(client: TestClient) -> None:
    app: Any = client.app
    sent: list[Any] = []

    async def break_off() -> None:
        messages = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])
        scope = {"type": "http", "method": "POST", "path": "/notes", "query_string": b"", "headers": []}

        async def receive() -> Any:
            return next(messages)

        async def send(message: Any) -> None:
            sent.append(message)

        await app(scope, receive, send)

    anyio.run(break_off)
    assert sent[0]["status"] == 408
    assert total(client) == 0
