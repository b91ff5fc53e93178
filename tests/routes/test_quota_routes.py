"""A token's calls of a day: counted to the last one, told with every answer, begun anew at the office's midnight."""

import threading
from datetime import datetime
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import event, func, select

from app.auth.models import TokenUse
from app.auth.quotas import Quotas, forget_old_use, used_today
from app.auth.roles import Role
from app.auth.service import add_staff, create_token
from app.kernel.clock import OFFICE_ZONE
from app.kernel.db import Database
from app.regions.queries import own_office
from tests.fakes import FakeClock
from tests.routes.import_node import PASSWORD, ImportNode
from tests.routes.seeding import refused


def token(node: ImportNode, per_day: int | None, name: str = "kiosk") -> tuple[TestClient, str]:
    """A client that bears a new token with a quota, and the token's id."""
    with node.app.state.database.write() as session:
        office = own_office(session).id
        add_staff(session, node.clock, username=name, name=name, role=Role.CLERK, office_id=office, password=PASSWORD)
        secret, credential = create_token(session, node.clock, name, "test", per_day=per_day)
    return node.client(secret), credential.id


def written(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.sum(TokenUse.count))) or 0


def quotas(node: ImportNode) -> Quotas:
    """The counts of the node's process."""
    found: Any = next(one for one in node.app.user_middleware if "quotas" in one.kwargs)
    counts: Quotas = found.kwargs["quotas"]
    return counts


def test_each_answer_tells_what_is_left_and_the_last_call_is_followed_by_a_refusal(node: ImportNode) -> None:
    client, _ = token(node, 3)
    told = [client.get("/v1/me").headers for _ in range(3)]
    assert [one["RateLimit"].split(";")[1] for one in told] == ["r=2", "r=1", "r=0"]
    assert {one["RateLimit-Policy"] for one in told} == {'"day";q=3;w=86400'}
    answer = client.get("/v1/me")
    refused(answer, 429, "quota-used")
    midnight = datetime(2026, 11, 24, tzinfo=OFFICE_ZONE)
    assert answer.headers["Retry-After"] == str(int((midnight - node.clock.now()).total_seconds()))
    assert answer.headers["RateLimit"] == f'"day";r=0;t={answer.headers["Retry-After"]}'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    refused(client.get("/v1/listings"), 429, "quota-used")


def test_a_refusal_of_the_route_counts_and_carries_what_is_left(node: ImportNode) -> None:
    client, _ = token(node, 5)
    assert refused(client.get("/v1/nowhere"), 404, "not-found")
    assert client.get("/v1/me").headers["RateLimit"].startswith('"day";r=3')


def test_the_count_begins_anew_at_the_offices_midnight_and_not_before(node: ImportNode) -> None:
    client, _ = token(node, 1)
    assert client.get("/v1/me").status_code == 200
    wait = int(client.get("/v1/me").headers["Retry-After"])
    node.clock.advance(seconds=wait - 1)
    assert client.get("/v1/me").headers["Retry-After"] == "1"
    node.clock.advance(seconds=1)
    assert client.get("/v1/me").status_code == 200
    refused(client.get("/v1/me"), 429, "quota-used")


def test_tokens_without_a_quota_and_sessions_are_neither_counted_nor_told(node: ImportNode) -> None:
    client, _ = token(node, None)
    assert "RateLimit" not in client.get("/v1/me").headers
    quotas(node).write_down()
    assert written(node.app.state.database) == 0


def test_a_request_writes_nothing_and_a_restart_forgets_nothing(node: ImportNode) -> None:
    client, credential = token(node, 4)
    database: Database = node.app.state.database
    for _ in range(3):
        client.get("/v1/me")
    assert written(database) == 0
    quotas(node).stop()
    assert written(database) == 3
    after = Quotas(database, node.clock)
    with database.read() as session:
        assert used_today(session, node.clock) == {credential: 3}
        assert not after.take(session, credential, 4).is_refused
        assert after.take(session, credential, 4).is_refused


def test_several_processes_let_through_no_more_than_the_others_answered_since_they_wrote(node: ImportNode) -> None:
    _, credential = token(node, 10)
    database: Database = node.app.state.database
    one, other = Quotas(database, node.clock), Quotas(database, node.clock)

    def let_through(process: Quotas, requests: int) -> int:
        with database.read() as session:
            return sum(not process.take(session, credential, 10).is_refused for _ in range(requests))

    assert let_through(one, 4) + let_through(other, 3) == 7
    one.write_down()
    other.write_down()
    one.write_down()  # nothing new: what it knows of the other it learns with its own next count
    assert let_through(other, 9) == 3, "the other had seen the count of the one"
    assert let_through(one, 9) == 6, "the one had not seen the other's 3 and 3"
    one.write_down()
    other.write_down()
    assert (let_through(one, 1), let_through(other, 1)) == (0, 0)
    assert written(database) == 16


def test_threads_share_a_quota_to_the_last_call(node: ImportNode) -> None:
    _, credential = token(node, 100)
    database: Database = node.app.state.database
    counts, let_through = Quotas(database, node.clock), []

    def ask() -> None:
        with database.read() as session:
            for _ in range(40):
                if not counts.take(session, credential, 100).is_refused:
                    let_through.append(1)
                counts.write_down()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counts.write_down()
    assert (len(let_through), written(database)) == (100, 100)


def test_processes_that_count_the_same_tokens_in_another_order_do_not_wait_for_each_other_in_a_ring(
    node: ImportNode,
) -> None:
    """Each takes the rows in the order of the tokens' ids, whichever was used first."""
    database: Database = node.app.state.database
    earlier, later = sorted(token(node, 9, name)[1] for name in ("one", "other"))
    taken: list[str] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, ___: Any, ____: Any) -> None:
        if statement.startswith("INSERT INTO token_use"):
            values = parameters.values() if isinstance(parameters, dict) else parameters
            taken.extend(value for value in values if value in {earlier, later})

    event.listen(database.writer, "before_cursor_execute", note)
    for used in ((earlier, later), (later, earlier)):
        process = Quotas(database, node.clock)
        with database.read() as session:
            for credential in used:
                process.take(session, credential, 9)
        process.write_down()
    event.remove(database.writer, "before_cursor_execute", note)
    assert taken == [earlier, later] * 2


def test_counts_of_a_month_ago_are_dropped(node: ImportNode, clock: FakeClock) -> None:
    client, _ = token(node, 4)
    client.get("/v1/me")
    quotas(node).write_down()
    database: Database = node.app.state.database
    for days, dropped in ((30, 0), (1, 1)):
        clock.advance(days=days)
        with database.write() as session:
            assert forget_old_use(session, clock) == dropped
