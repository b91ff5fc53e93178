"""Statements 对账单: what both sides sign, what is kept, and what a changed one looks like."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from app.exchange.models import SyncKey, SyncRecord
from app.exchange.sql_ledger import SqlLedger
from app.sync import proof, statements
from app.sync.link import LinkDown
from app.sync.models import SyncComparison, SyncStatement
from app.sync.protocol import DigestAnswer
from app.sync.statement import Document, DoesNotHold, as_csv, as_fields, check, read, said_in
from tests.service.exchange_nodes import DirectLink, Network, Node

SHOWN = {"origin": "yuexiu", "name": "yuexiu", "kind": "note", "waiting": 0, "rejected": 0, "differing": 0}


@pytest.fixture
def three(network: Network) -> list[Node]:
    """A city, a district and a street with some records each, everything pushed."""
    nodes = network.grow()
    for node in nodes[1:]:
        for number in range(3):
            node.publish(f"{node.name} {number}")
    network.drain(nodes[2], nodes[1])
    return nodes


def kept(row: SyncStatement | None) -> Document:
    assert row is not None
    return statements.document_of(row)


def drawn(network: Network, child: Node) -> Document:
    """A statement of `child` and its parent, drawn up and kept now."""
    local = child.exchange.local
    found = proof.verify(child.database, network.clock, local, network.link(child), again_after_s=0)
    with child.database.write() as session:
        return kept(statements.keep(session, network.clock, local, found))


def say_otherwise_above(city: Node, rid: str) -> None:
    """Let the city hold another version of a record than was pushed to it."""
    with city.database.writer.begin() as connection:
        connection.execute(update(SyncRecord).where(SyncRecord.rid == rid).values(ver=9))


def holds(at: Node, document: Document) -> bool:
    with at.database.read() as session:
        return bool(check(document, SqlLedger(session).keys))


def broken(at: Node, document: Document) -> str:
    """Why a statement does not hold."""
    with at.database.read() as session, pytest.raises(DoesNotHold) as found:
        check(document, SqlLedger(session).keys)
    return str(found.value)


def test_both_sides_sign_the_counts_and_the_digest_and_everybody_above_can_check_it(
    network: Network, three: list[Node]
) -> None:
    city, district, street = three
    document = drawn(network, district)
    assert all(holds(node, document) for node in (city, district, street))
    said, theirs = said_in(document), json.loads(document.parent.text)
    assert said["agrees"]
    assert said["differences"] == []
    assert {**SHOWN, "here": 3, "there": 3} in said["lines"]
    assert said["node"]["digest"] == said["parent"]["digest"] == theirs["digest"]
    assert theirs["checkpoints"]["live"]["log_id"] == district.exchange.local.log_id
    assert {"origin": "yuexiu", "kind": "note", "records": 3} in theirs["counts"]
    assert read(json.dumps(as_fields(document)).encode()) == (document, said)


def test_a_statement_has_these_fields_and_no_others(network: Network, three: list[Node]) -> None:
    """So nothing of a person can be in it: a field that is added has to be looked at here."""
    city, district, _ = three
    rid = district.publish("differs")
    network.drain(district)
    say_otherwise_above(city, rid)
    document = drawn(network, district)
    said, theirs = said_in(document), json.loads(document.parent.text)
    assert set(said) == {
        "day", "at", "agrees", "node", "parent", "lines", "differing", "differences", "parent_sha256",
    }  # fmt: skip
    assert set(said["node"]) == set(said["parent"]) == {"node", "name", "digest"}
    assert all(
        set(line) == {"origin", "name", "kind", "here", "there", "waiting", "rejected", "differing"}
        for line in said["lines"]
    )
    assert [set(one) for one in said["differences"]] == [
        {"origin", "kind", "id", "here", "there", "sha256_here", "sha256_there"}
    ]
    assert set(theirs) == {"parent", "node", "at", "checkpoints", "counts", "digest"}
    assert all(set(one) == {"origin", "kind", "records"} for one in theirs["counts"])


def test_what_differs_is_named(network: Network, three: list[Node]) -> None:
    city, district, _ = three
    rid = district.publish("differs")
    network.drain(district)
    say_otherwise_above(city, rid)
    document = drawn(network, district)
    said = said_in(document)
    assert (said["agrees"], said["differing"]) == (False, 1)
    [named] = said["differences"]
    assert (named["origin"], named["kind"], named["id"]) == ("yuexiu", "note", rid)
    assert named["there"].endswith(".9")
    assert holds(city, document)  # a statement that says so holds as well
    with district.database.read() as session:
        [row] = session.scalars(select(SyncStatement))
        assert (row.agrees, row.differing, row.parent) == (False, 1, "guangzhou")
        assert session.get_one(SyncComparison, "guangzhou").differing_records == 1


def test_no_part_of_a_statement_can_be_changed(network: Network, three: list[Node]) -> None:
    city, district, street = three
    document, other = drawn(network, district), drawn(network, street)
    district.publish("later")
    network.drain(district)
    later = drawn(network, district)
    text = document.node.text
    changed = document.node.model_copy(update={"text": text.replace('"here":3', '"here":4', 1)})
    assert changed.text != text
    assert broken(city, Document(node=changed, parent=document.parent)) == "the signature of yuexiu does not hold"
    raised = document.parent.model_copy(update={"text": document.parent.text.replace('"records":3', '"records":4', 1)})
    assert broken(city, Document(node=document.node, parent=raised)) == "the signature of guangzhou does not hold"
    assert "another statement" in broken(city, Document(node=document.node, parent=later.parent))
    assert broken(city, Document(node=document.parent, parent=document.node)) == "this is no statement"
    assert "not known" in broken(city, Document(node=other.node, parent=document.parent))
    stranger = document.node.model_copy(update={"key_id": "yuexiu:7"})
    assert (
        broken(city, Document(node=stranger, parent=document.parent)) == "the key yuexiu:7 of yuexiu is not known here"
    )
    with pytest.raises(DoesNotHold):
        read(b'{"signed": 1, "statement": {}}')


def test_a_child_that_makes_its_parents_numbers_up_is_found_out(network: Network, three: list[Node]) -> None:
    """It may sign what it likes; what its parent has signed stands beside it."""
    city, district, _ = three
    local = district.exchange.local
    found = proof.verify(district.database, network.clock, local, network.link(district), again_after_s=0)
    rosy = replace(found, lines=[replace(line, there=line.there + 1) for line in found.lines])
    with district.database.write() as session:
        document = kept(statements.keep(session, network.clock, local, rosy))
    assert broken(city, document) == "the parent has signed other numbers"


def test_of_two_keys_under_one_name_either_may_have_signed(network: Network, three: list[Node]) -> None:
    """A parent that was put back, and has a node in anew, states a second key under a number that it had stated."""
    city, district, _ = three
    document = drawn(network, district)
    for public in (bytes(32), b"\xff" * 32):  # one that is found before the node's own, and one behind it
        with city.database.write() as session:
            session.add(SyncKey(node="yuexiu", public_key=public, key_id="yuexiu:1", statement=city.new_rid()))
        assert holds(city, document)


def test_a_statement_of_something_that_is_no_node_does_not_hold(network: Network, three: list[Node]) -> None:
    document = drawn(network, three[1])
    said = {**said_in(document), "node": {"node": ["yuexiu"]}}
    odd = document.node.model_copy(update={"text": json.dumps(said)})
    assert "is not known here" in broken(three[0], Document(node=odd, parent=document.parent))


def test_a_statement_as_a_table_has_headings_in_both_languages_and_nothing_that_a_spreadsheet_calculates(
    network: Network, three: list[Node]
) -> None:
    said = said_in(drawn(network, three[1]))
    said["lines"][0]["name"] = "=1+1"
    head, first, *rest = as_csv(said).splitlines()
    assert head.startswith("日期 day,时间 at,一致 agrees,本节点 node")
    assert "上级条数 there" in head
    assert len(rest) + 1 == len(said["lines"])
    assert "'=1+1" in first


@pytest.mark.parametrize("is_at_work", [True, False])
def test_each_day_one_is_drawn_up_by_the_process_that_speaks_to_the_parent(
    network: Network, three: list[Node], *, is_at_work: bool
) -> None:
    _, district, _ = three
    job = statements.Daily(
        district.database, district.exchange, lambda: network.link(district), lambda: is_at_work, again_after_s=0
    )
    job()
    job()
    network.clock.advance(days=1)
    job()
    with district.database.read() as session:
        days = [row.day for row in session.scalars(statements.newest_first())]
        assert len(days) == (2 if is_at_work else 0)
        assert days == sorted(days, reverse=True)
        if is_at_work:
            assert statements.of_day(session, days[-1]) is not None


def test_a_day_without_a_line_is_tried_again_and_is_no_fault_of_the_job(network: Network, three: list[Node]) -> None:
    class Dead(DirectLink):
        def digest(self) -> DigestAnswer:
            raise LinkDown("ConnectError")

    city, district, _ = three
    ways: list[DirectLink] = [network.link(district), Dead(city, "yuexiu")]
    job = statements.Daily(district.database, district.exchange, ways.pop, lambda: True, again_after_s=0)
    for count in (0, 1):
        job()
        with district.database.read() as session:
            assert len(session.scalars(statements.newest_first()).all()) == count


def test_a_parent_that_signs_none_yet_is_compared_with_all_the_same(network: Network, three: list[Node]) -> None:
    class Older(DirectLink):
        def digest(self) -> DigestAnswer:
            return super().digest().model_copy(update={"statement": None})

    city, district, _ = three
    local = district.exchange.local
    found = proof.verify(district.database, network.clock, local, Older(city, "yuexiu"), again_after_s=0)
    assert found.agrees
    with district.database.write() as session:
        assert statements.keep(session, network.clock, local, found) is None
    with district.database.read() as session:
        assert session.scalar(select(SyncComparison.at)) == found.at
