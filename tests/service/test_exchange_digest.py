"""A node and its parent compared over what they store: what has to agree, and what need not yet."""

from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from app.exchange import trust
from app.exchange.digest import Digest, bucket_of, differing, digest_of
from app.exchange.inventory import held, held_in
from app.exchange.models import SyncPeer, SyncRecord, SyncReject
from app.exchange.sql_ledger import SqlLedger
from app.sync import proof
from app.sync.protocol import VersionsAnswer
from app.sync.reconciliation import Statement
from tests.service.exchange_nodes import DirectLink, Network, Node


def digest(node: Node, *origins: str) -> Digest:
    with node.database.snapshot() as session:
        return digest_of(h.version for h in held(session, origins or {node.name}))


def verify(network: Network, child: Node, link: DirectLink | None = None) -> Statement:
    found = link or network.link(child)
    return proof.verify(child.database, child.clock, child.exchange.local, found, again_after_s=0)


def at_hand(node: Node, statement: Any) -> None:
    """Alter a database behind the program's back."""
    with node.database.writer.begin() as connection:
        connection.execute(statement)


def row(rid: str) -> Any:
    return SyncRecord.rid == rid


@pytest.fixture
def three(network: Network) -> list[Node]:
    """A city, a district and a street with some records each, everything pushed."""
    city, district, street = network.grow()
    for node in (district, street):
        for number in range(5):
            node.publish(f"{node.name} {number}")
        node.retract(node.publish("ends"))
    network.drain(street, district)
    return [city, district, street]


def test_the_same_records_taken_in_in_another_order_have_the_same_digest(network: Network) -> None:
    city, district = network.grow("guangzhou", "yuexiu")
    rids = [district.publish(str(number)) for number in range(20)]
    envelopes = [district.envelope(rid) for rid in rids]
    for envelope in reversed(envelopes):
        city.receive(envelope, via="yuexiu")
    with city.database.read() as session:
        notes = session.execute(select(SyncRecord.rid, SyncRecord.seq).where(SyncRecord.kind == "note"))
        numbers = dict(notes.all())
    assert sorted(rids, key=numbers.__getitem__) == rids[::-1]
    assert digest(city, "yuexiu") == digest(district)
    assert digest(district).counts == {("yuexiu", "note"): 20}


def test_one_changed_byte_of_a_body_changes_one_bucket(three: list[Node]) -> None:
    _, district, _ = three
    before = digest(district)
    rid = next(r for (o, k, r), e in district.records().items() if o == "yuexiu" and k == "note" and e.op == "P")
    body = district.envelope(rid).body or ""
    at_hand(district, update(SyncRecord).where(row(rid)).values(body=body.replace("y", "z", 1)))
    assert differing(before.packed, digest(district).packed) == [bucket_of(rid)]
    assert before.counts == digest(district).counts


def test_the_version_list_of_a_bucket_has_its_records_and_no_others(three: list[Node]) -> None:
    _, district, _ = three
    with district.database.snapshot() as session:
        every = [h.version for h in held(session, {"yuexiu", "beijing"})]
        some = {bucket_of(v.rid) for v in every[:3]}
        found = [h.version for h in held_in(session, {"yuexiu", "beijing"}, some)]
    assert sorted(v.line for v in found) == sorted(v.line for v in every if bucket_of(v.rid) in some)
    assert 3 <= len(found) < len(every)


def test_after_a_push_a_node_and_its_parent_agree_and_have_one_digest(network: Network, three: list[Node]) -> None:
    _, district, street = three
    for child in (street, district):
        found = verify(network, child)
        assert found.agrees
        assert found.here.digest == found.there.digest
        assert (found.here.node, found.there.node) == (child.name, child.exchange.local.parent)
    lines = {(line.origin, line.kind): line for line in verify(network, district).lines}
    assert lines.keys() == {("yuexiu", "trust.node"), ("yuexiu", "note"), ("beijing", "note")}
    assert {(line.here, line.there, line.waiting) for line in lines.values() if line.kind == "note"} == {
        (5, 5, 0)
    }  # the sixth has ended


def test_what_waits_is_no_difference_whether_the_parent_has_an_older_version_or_none(
    network: Network, three: list[Node]
) -> None:
    _, _, street = three
    rid = next(r for (o, _, r), e in street.records().items() if o == "beijing" and e.op == "P")
    street.publish("edited", rid)
    street.publish("new")
    found = verify(network, street)
    assert found.agrees
    assert found.here.digest != found.there.digest
    assert [(line.here, line.there, line.waiting) for line in found.lines] == [(6, 5, 2)]
    network.drain(street)
    assert [(line.here, line.there, line.waiting) for line in verify(network, street).lines] == [(6, 6, 0)]
    street.retract(rid)
    found = verify(network, street)
    assert found.agrees
    assert [(line.here, line.there, line.waiting) for line in found.lines] == [(5, 6, 1)]


def test_a_record_that_is_missing_older_or_other_at_the_parent_is_named(network: Network, three: list[Node]) -> None:
    _, district, street = three
    gone, older, other = [r for (o, _, r), e in street.records().items() if o == "beijing" and e.op == "P"][:3]
    at_hand(district, delete(SyncRecord).where(row(gone)))
    at_hand(district, update(SyncRecord).where(row(older)).values(ver=0))
    at_hand(district, update(SyncRecord).where(row(other)).values(body='{"text":"forged"}'))
    found = verify(network, street)
    assert not found.agrees
    inc = street.envelope(gone).inc
    shown = {d.key[2]: d.as_fields() for d in found.differences}
    assert shown.keys() == {gone, older, other}
    assert {rid: (d["here"], d["there"]) for rid, d in shown.items()} == {
        gone: (f"{inc}.1", None),
        older: (f"{inc}.1", f"{inc}.0"),
        other: (f"{inc}.1", f"{inc}.1"),
    }
    assert shown[other]["sha256_here"] != shown[other]["sha256_there"]
    assert [line.differing for line in found.lines] == [3]


def test_a_record_that_only_the_parent_holds_is_named(network: Network, three: list[Node]) -> None:
    _, _, street = three
    rid = next(r for (o, _, r), e in street.records().items() if o == "beijing" and e.op == "P")
    at_hand(street, delete(SyncRecord).where(row(rid)))
    [found] = verify(network, street).differences
    assert found.key == ("beijing", "note", rid)
    assert (found.here, found.there is None) == (None, False)


def test_a_version_that_the_parent_refused_is_excused_and_no_other(network: Network, three: list[Node]) -> None:
    _, district, street = three
    refused, lost = [r for (o, _, r), e in street.records().items() if o == "beijing" and e.op == "P"][:2]
    for rid, behind in ((refused, 0), (lost, 1)):
        e = street.envelope(rid)
        note = {"origin": e.origin, "kind": e.kind, "rid": rid, "inc": e.inc, "ver": e.ver - behind}
        at_hand(street, insert(SyncReject).values(peer="yuexiu", code="foreign_region", **note))
        at_hand(district, delete(SyncRecord).where(row(rid)))
    found = verify(network, street)
    assert [d.key[2] for d in found.differences] == [lost]
    assert [(line.rejected, line.differing) for line in found.lines] == [(1, 1)]


def test_what_was_only_on_its_way_is_no_difference(network: Network, three: list[Node]) -> None:
    """The parent has taken a record in, and the child hears of it only after it was first compared."""
    _, district, street = three
    rid = next(r for (o, _, r), e in street.records().items() if o == "beijing" and e.op == "P")
    at_district = district.envelope(rid, origin="beijing")
    at_hand(district, delete(SyncRecord).where(row(rid)))

    class Late(DirectLink):
        asked = 0

        def versions(self, buckets: Any) -> VersionsAnswer:
            self.asked += 1
            if self.asked == 2:
                district.receive(at_district, via="beijing")
            return super().versions(buckets)

    link = Late(district, street.name)
    assert verify(network, street, link).agrees
    assert link.asked == 2


def test_a_street_below_belongs_to_the_comparison_and_a_neighbour_does_not(network: Network, three: list[Node]) -> None:
    city, district, street = three
    hongqiao = network.join(network.make("hongqiao", "street"), district)
    hongqiao.publish("of the neighbour")
    network.drain(hongqiao, district)
    with district.database.read() as session:
        assert trust.subtree(SqlLedger(session), "beijing") == {"beijing"}
    assert {line.origin for line in verify(network, street).lines} == {"beijing"}
    assert {line.origin for line in verify(network, district).lines} == {"yuexiu", "beijing", "hongqiao"}
    rid = next(r for (o, _, r) in city.records() if o == "hongqiao")
    at_hand(city, delete(SyncRecord).where(row(rid)))
    assert [d.key for d in verify(network, district).differences] == [("hongqiao", "note", rid)]
    assert verify(network, street).agrees


def test_a_parent_with_another_history_is_not_compared_with(network: Network, three: list[Node]) -> None:
    _, district, street = three
    at_hand(district, update(SyncPeer).where(SyncPeer.peer == "beijing").values(mark="f" * 16))
    with pytest.raises(proof.OtherHistory):
        verify(network, street)


def test_a_child_of_which_nothing_was_taken_yet_only_waits(network: Network) -> None:
    _, district = network.grow("guangzhou", "yuexiu")
    district.publish("a")
    found = verify(network, district)
    assert found.agrees
    assert [(line.here, line.there, line.waiting) for line in found.lines] == [(1, 0, 1)]
    assert network.link(district).digest().checkpoints == {}


def test_the_statement_as_csv_has_a_line_for_each_office_and_kind(network: Network, three: list[Node]) -> None:
    _, district, _ = three
    found = verify(network, district)
    head, *lines = [line.split(",") for line in found.as_csv().splitlines()]
    assert len(lines) == len(found.lines) == 3
    assert all(len(line) == len(head) for line in lines)
    first = dict(zip(head, lines[0], strict=True))
    assert (first["node"], first["parent"], first["agrees"]) == ("yuexiu", "guangzhou", "true")
    assert (first["origin"], first["kind"], first["here"], first["there"]) == ("beijing", "note", "5", "5")
    assert first["node_digest"] == first["parent_digest"] == found.here.digest
