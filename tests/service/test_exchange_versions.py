"""Two versions of the program beside each other: what a later one adds is passed over, and what is not understood
is kept, relayed, and takes what it replaces off the show."""

import json
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import BaseModel
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.exchange.applying import reread
from app.exchange.envelope import Envelope, decode_line, encode_line
from app.exchange.kinds import Kinds
from app.exchange.models import SyncNode, SyncReject
from app.exchange.receive import Verdicts
from app.exchange.sql_ledger import SqlLedger
from app.exchange.trust import KIND
from app.sync import push
from app.sync.authentication import calling_child
from app.sync.protocol import START, Batch, PushHeader
from app.sync.signatures import Message, sign
from app.sync.status import NodeStatus, node_status
from tests.service.exchange_nodes import Network, Node, NoteBody, accept, drop_note, kinds, take_note
from tests.service.test_exchange_receive import signed


def test_a_field_that_a_later_version_adds_to_a_body_is_passed_over(network: Network) -> None:
    city, district = network.grow("guangzhou", "yuexiu")
    sent = district.envelope(district.publish("a"))
    later = signed(district, sent, ver=2, body='{"text":"b","number":0,"colour":"red"}')
    assert city.receive(later, via="yuexiu") == Verdicts(applied=1)
    assert city.notes() == {("yuexiu", sent.rid): "b"}
    assert city.envelope(sent.rid, origin="yuexiu") == later


def test_a_field_that_a_later_version_adds_to_a_statement_is_passed_over(network: Network) -> None:
    city = network.grow("guangzhou")[0]
    district = network.join(network.make("yuexiu", "district"), city)
    street = network.join(network.make("beijing", "street"), district)
    [statement] = [e for e in district.records().values() if e.kind == KIND and e.origin == "yuexiu"]
    body = json.dumps({**json.loads(statement.body or ""), "colour": "red"})
    assert city.receive(signed(district, statement, body=body), via="yuexiu", allowed={"yuexiu"}).applied == 1
    with city.database.read() as session:
        known = session.get_one(SyncNode, "beijing")
    assert known.public_key == street.key.public


def test_a_field_that_a_later_version_adds_to_the_envelope_or_the_header_is_passed_over(network: Network) -> None:
    city, district = network.grow("guangzhou", "yuexiu")
    rid = district.publish("a")
    with district.database.snapshot() as session:
        batch = push.cut_batch(SqlLedger(session), "live", START, district.exchange.local.inc, 10)
    assert batch is not None
    header = PushHeader.model_validate({**batch.header.model_dump(by_alias=True), "later": 1})
    lines = [json.dumps({**json.loads(line), "z": {"a": 1}}).encode() + b"\n" for line in batch.lines]
    assert accept(city, "yuexiu", "live", Batch(header=header, lines=lines)).rejected == []
    assert encode_line(city.envelope(rid, origin="yuexiu")) == batch.lines[0]
    assert decode_line(lines[0]) == decode_line(batch.lines[0])


def test_a_version_that_is_not_understood_leaves_nothing_outdated_on_show(network: Network) -> None:
    city, district = network.grow("guangzhou", "yuexiu")
    for change in ({"schema": 2}, {"body": '{"words":"b"}'}, {"body": '{"text":"bug"}'}, {"body": '{"text":"poison"}'}):
        sent = district.envelope(district.publish("old"))
        city.receive(sent, via="yuexiu")
        later = signed(district, sent, ver=2, **change)
        assert city.receive(later, via="yuexiu") == Verdicts(applied=1)
        assert city.notes() == {}, change
        assert city.envelope(sent.rid, origin="yuexiu") == later


class WiderBody(NoteBody):
    """The body of a note in the next version."""


def take_wider(session: Session, envelope: Envelope, body: BaseModel) -> None:
    assert isinstance(body, NoteBody)
    take_note(session, envelope, NoteBody(text=body.text))


def test_after_an_upgrade_what_was_not_understood_is_read_again(network: Network) -> None:
    city, district = network.grow("guangzhou", "yuexiu")
    old = district.envelope(district.publish("old"))
    later = signed(district, old, ver=2, schema=2, body='{"text":"later"}')
    end = district.publish("ended")
    district.retract(end)
    unheard = signed(district, old, rid=district.new_rid(), kind="later.kind")
    city.receive(old, later, unheard, district.envelope(end), via="yuexiu")
    assert city.notes() == {}
    head, came = city.head(), city.clock.now()
    city.clock.advance(days=1)

    upgraded = Kinds()
    for kind in kinds():
        if kind.name == "note":
            upgraded.register("note", WiderBody, apply=take_wider, remove=drop_note, schema=2)
        else:
            upgraded.register(kind.name, kind.body_type, apply=kind.apply, remove=kind.remove, schema=kind.schema)
    upgraded.register("later.kind", NoteBody, apply=take_note, remove=drop_note)
    times: list[datetime] = []
    with city.database.write() as session:
        assert reread(session, upgraded, times.append) == len(city.records())
    assert city.notes() == {("yuexiu", old.rid): "later", ("yuexiu", unheard.rid): "old"}
    assert set(times) == {came}
    assert city.head() == head


def test_a_record_in_another_stream_than_its_own_is_refused_alone(network: Network) -> None:
    city, district = network.grow("guangzhou", "yuexiu")
    rid = district.publish("live")
    message = district.publish("msg", kind="msg.note")
    lines = [encode_line(district.envelope(rid)), encode_line(district.envelope(message, "msg.note"))]
    with district.database.snapshot() as session:
        batch = push.cut_batch(SqlLedger(session), "live", START, district.exchange.local.inc, 10)
    assert batch is not None
    header = batch.header.model_copy(update={"n": 2})
    answer = accept(city, "yuexiu", "live", Batch(header=header, lines=lines))
    assert [(r.r, r.code) for r in answer.rejected] == [(message, "wrong_stream")]
    assert city.notes() == {("yuexiu", rid): "live"}
    assert [row.reason for row in city.quarantine()] == ["wrong_stream"]
    network.drain(district)
    assert set(city.notes().values()) == {"live", "msg"}  # it comes in its own stream as if nothing had been


def test_a_hello_is_no_push(network: Network) -> None:
    def status(node: Node) -> NodeStatus:
        with node.database.read() as session:
            return node_status(session, node.exchange.local, node.clock.now(), None)

    _, district = network.grow("guangzhou", "yuexiu")
    network.drain(district)
    assert status(district).last_push_age_s is None  # it was asked how it is, and took nothing in
    district.publish("a")
    network.drain(district)
    district.clock.advance(seconds=60)
    district.start()
    network.drain(district)
    assert status(district).last_push_age_s == 60


def test_what_the_parent_refused_is_counted(network: Network) -> None:
    district = network.grow("guangzhou", "yuexiu")[1]
    with district.database.write() as session:
        session.add(
            SyncReject(
                peer="guangzhou", origin="yuexiu", kind="note", rid=district.new_rid(), inc=1, ver=1, code="unknown_key"
            )
        )
    with district.database.read() as session:
        assert node_status(session, district.exchange.local, district.clock.now(), None).rejected == 1


def test_who_calls_is_known_before_a_connection_is_taken_for_writing(network: Network) -> None:
    city, district = network.grow("guangzhou", "yuexiu")
    message = Message("GET", "http://guangzhou.invalid/sync/v1/hello")
    sign(message, b"", district.key, "guangzhou", city.clock.now())
    headers = {name.lower(): value for name, value in message.headers.items()}

    def request(database: Any) -> Any:
        return SimpleNamespace(
            method="GET",
            url=SimpleNamespace(query=""),
            scope={"raw_path": b"/sync/v1/hello"},
            headers=headers,
            state=SimpleNamespace(body=b""),
            app=SimpleNamespace(state=SimpleNamespace(database=database)),
        )

    assert calling_child(request(city.database), city.clock, city.exchange) == "yuexiu"
    assert city.database.reader.pool.checkedout() == 0  # type: ignore[attr-defined]

    class Busy:
        def read(self) -> Any:
            raise OperationalError("SELECT", {}, Exception("database is locked"))

    with pytest.raises(OperationalError):  # too busy, which is no word on the signature
        calling_child(request(Busy()), city.clock, city.exchange)
