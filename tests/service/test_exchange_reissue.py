"""A key was revoked and a node put back at once: what the node has lost and others still hold comes right again."""

import base64
from dataclasses import replace

import pytest

from app.exchange import trust
from app.exchange.envelope import resigned
from app.exchange.receive import OVERRULED, REVOKED_KEY
from app.exchange.sql_ledger import SqlLedger
from tests.service.exchange_nodes import Network, Node
from tests.service.test_keys import carry_on, enrol_anew, revoke, rotate


@pytest.fixture
def nodes(network: Network) -> list[Node]:
    """A city, a district and two streets that agree."""
    grown = network.grow("guangzhou", "yuexiu", "beijing", "hongqiao")
    settle(network, grown)
    return grown


def settle(network: Network, nodes: list[Node]) -> None:
    """Let everybody talk until all has been said, and sign anew what has to be."""
    city, district, *streets = nodes
    for _ in range(3):
        network.drain(*streets, district)
        network.feed(district, *streets)
        for node in (city, district, *streets):
            carry_on(node)


def let_in_anew(network: Network, node: Node, parent: Node) -> None:
    revoke(parent, node.name)
    enrol_anew(network, node, parent)


@pytest.mark.parametrize("way", ["retract", "erase"])
def test_an_end_that_only_a_child_has_is_made_anew_under_the_present_key(
    network: Network, nodes: list[Node], way: str
) -> None:
    city, district, street, _ = nodes
    rid = district.publish("to end")
    settle(network, nodes)
    backup = district.backup()
    (district.retract if way == "retract" else district.erase)(rid)
    network.feed(street)
    district.restore(backup)
    let_in_anew(network, district, city)
    settle(network, nodes)
    ends = {node.envelope(rid, origin="yuexiu") for node in nodes}
    assert {(end.op, end.key_id) for end in ends} == {("D" if way == "retract" else "E", "yuexiu:2")}
    assert len(ends) == 1
    assert all(node.notes() == {} for node in nodes)
    assert district.quarantine() == []


def test_of_a_put_that_only_a_child_has_the_words_are_kept_and_the_present_ones_count(
    network: Network, nodes: list[Node]
) -> None:
    """A life whose clock ran ahead wrote what outranks everything that its node writes after it was put back."""
    city, district, street, _ = nodes
    rid = district.publish("before")
    settle(network, nodes)
    backup = district.backup()
    network.clock.advance(hours=1)
    district.start().publish("by a clock that ran ahead", rid)
    network.feed(street)
    network.clock.advance(hours=-1)
    district.restore(backup)
    let_in_anew(network, district, city)
    settle(network, nodes)
    assert {node.envelope(rid, origin="yuexiu") for node in nodes} == {district.envelope(rid)}
    assert all(node.notes() == {("yuexiu", rid): "before"} for node in nodes)
    [kept] = district.quarantine()
    assert (kept.peer, kept.reason, b"ran ahead" in kept.raw) == ("beijing", OVERRULED, True)


def test_a_revocation_that_only_another_child_has_is_stated_anew(network: Network, nodes: list[Node]) -> None:
    city, district, street, revoked = nodes
    backup = district.backup()
    revoke(district, "hongqiao")
    network.feed(street)
    district.restore(backup)
    let_in_anew(network, district, city)
    network.drain(district)
    network.feed(district, street)
    network.drain(street)
    carry_on(district)
    with district.database.read() as session:
        known = SqlLedger(session).node("hongqiao")
    assert known is not None
    assert known.revoked == 1
    enrol_anew(network, revoked, district)
    settle(network, nodes)
    stated = [{e for e in node.records().values() if e.kind == trust.REVOCATION} for node in nodes]
    assert stated == [stated[0]] * 4
    assert {e.key_id for e in stated[0] if e.origin == "yuexiu"} == {"yuexiu:2"}


def test_what_ended_under_a_key_that_nobody_can_name_any_more_is_signed_anew(
    network: Network, nodes: list[Node]
) -> None:
    city, district, street, _ = nodes
    backups = district.backup(), street.backup()
    rotate(network, street)
    district.restore(backups[0])
    street.restore(backups[1])
    assert street.key.key_id == "beijing:2"
    rid = street.publish("written and ended under it")
    street.retract(rid)
    let_in_anew(network, street, district)
    settle(network, nodes)
    for node in (city, district, street):
        end = node.envelope(rid, origin="beijing")
        assert (end.op, end.key_id) == ("D", "beijing:3")


def test_what_a_stolen_key_adds_or_only_seems_to_have_signed_is_not_taken_up(
    network: Network, nodes: list[Node]
) -> None:
    city, district, *_ = nodes
    stolen, rid = district.key, district.publish("stays")
    settle(network, nodes)
    let_in_anew(network, district, city)
    held = district.envelope(rid)
    forged_end = replace(held, op="D", body=None, ver=held.ver + 9, key_id=stolen.key_id)  # under the old signature
    [stated] = [e for e in district.records().values() if '"node":"beijing"' in (e.body or "")]
    body = trust.NodeStatement.model_validate_json(stated.body or "")
    another = body.model_copy(update={"key_id": "beijing:2", "public_key": base64.b64encode(bytes(32)).decode()})
    forged_key = replace(stated, rid=district.new_rid(), body=another.model_dump_json())
    forged_key = resigned(forged_key, stated.inc, stolen.key_id, stolen.sign)
    too_high = replace(held, op="D", body=None, inc=2**53 - 1, ver=2**53 - 1)
    too_high = resigned(too_high, too_high.inc, stolen.key_id, stolen.sign)
    taken = district.receive(forged_end, forged_key, via="beijing", allowed={"beijing"})
    taken_too = district.receive(too_high, via="beijing", allowed={"beijing"})
    assert [r.code for r in (*taken.rejected, *taken_too.rejected)] == [REVOKED_KEY] * 3
    settle(network, nodes)
    assert all(node.notes() == {("yuexiu", rid): "stays"} for node in nodes)
    with district.database.read() as session:
        assert SqlLedger(session).keys("beijing", "beijing:2") == []
