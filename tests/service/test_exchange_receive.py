"""What becomes of a record that arrives: kept if it is newer and genuine, else refused, and it never stops the rest."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from app.exchange.commit import take_numbers
from app.exchange.envelope import Envelope, decode_line, signing_bytes
from app.exchange.keys import NodeKey
from app.exchange.ledger import Rejection
from app.exchange.models import SyncHead, SyncQuarantine
from app.exchange.receive import Verdicts, receive, retry_quarantine
from app.exchange.records import PublishedInSavepoint
from app.exchange.sql_ledger import SqlLedger
from tests.service.exchange_nodes import Network, Node

FAR_FUTURE = 4_000_000_000_000  # milliseconds: the year 2096


@pytest.fixture
def district(network: Network, city: Node) -> Node:
    """A district that has joined the city, so that the city knows its key."""
    return network.join(network.make("yuexiu", "district"), city)


def signed(node: Node, envelope: Envelope, key: NodeKey | None = None, **changes: object) -> Envelope:
    """`envelope` with other fields, genuinely signed: what a faulty or hostile origin could send."""
    changed = replace(envelope, **changes)  # type: ignore[arg-type]
    return replace(changed, sig=(key or node.key).sign(signing_bytes(changed)))


def codes(verdicts: Verdicts) -> list[str]:
    return [r.code for r in verdicts.rejected]


def test_a_genuine_record_is_kept_as_it_came_and_shown(city: Node, district: Node) -> None:
    sent = district.envelope(district.publish("你好", region="440104"))
    assert city.receive(sent, via="yuexiu").applied == 1
    assert city.envelope(sent.rid, origin="yuexiu") == sent
    assert city.notes() == {("yuexiu", sent.rid): "你好"}


def test_a_record_that_comes_again_is_no_news(city: Node, district: Node) -> None:
    sent = district.envelope(district.publish("a"))
    city.receive(sent, via="yuexiu")
    head = city.head()
    assert city.receive(sent, sent, via="yuexiu") == Verdicts()
    assert city.head() == head


def test_an_older_version_is_stale_and_answered_with_the_one_that_is_held(city: Node, district: Node) -> None:
    old = district.envelope(district.publish("old"))
    district.publish("new", old.rid)
    new = district.envelope(old.rid)
    city.receive(new, via="yuexiu")
    assert city.receive(old, via="yuexiu") == Verdicts(newer=[new])
    assert city.notes() == {("yuexiu", old.rid): "new"}


def test_a_tombstone_is_never_undone_by_an_older_version(city: Node, district: Node) -> None:
    put = district.envelope(district.publish("a"))
    city.receive(put, via="yuexiu")
    district.retract(put.rid)
    end = district.envelope(put.rid)
    assert city.receive(end, via="yuexiu").applied == 1
    assert city.notes() == {}
    assert city.receive(put, via="yuexiu") == Verdicts(newer=[end])
    assert (city.notes(), city.envelope(put.rid, origin="yuexiu")) == ({}, end)


def test_a_tombstone_that_comes_first_keeps_the_record_away(city: Node, district: Node) -> None:
    put = district.envelope(district.publish("a"))
    district.retract(put.rid)
    city.receive(district.envelope(put.rid), via="yuexiu")
    city.receive(put, via="yuexiu")
    assert city.notes() == {}


def test_a_higher_incarnation_beats_any_count_of_changes_before_it(city: Node, district: Node) -> None:
    rid = district.publish("a")
    for _ in range(3):
        district.publish("b", rid)
    many = district.envelope(rid)
    restored = signed(district, many, inc=many.inc + 1, ver=1, body='{"text":"after the restore"}')
    city.receive(many, via="yuexiu")
    assert city.receive(restored, via="yuexiu").applied == 1
    assert city.receive(many, via="yuexiu").newer == [restored]


CHANGES: list[dict[str, object]] = [
    {"body": '{"text":"b","number":0}'},
    {"body": '{"text":"a","number":0} '},
    {"ver": 2},
    {"inc": 5},
    {"schema": 2},
    {"scope": "440104"},
    {"dst": "beijing"},
    {"expires": 1},
    {"op": "D", "body": None},
    {"rid": "019aae6c-5a00-7000-8000-00000000000f"},
    {"kind": "msg.note"},
    {"sig": bytes(64)},
]


def test_a_record_of_which_one_byte_was_changed_is_refused(city: Node, district: Node) -> None:
    sent = district.envelope(district.publish("a"))
    head = city.head()
    for change in CHANGES:
        verdicts = city.receive(replace(sent, **change), via="yuexiu")  # type: ignore[arg-type]
        assert (codes(verdicts), verdicts.applied) == (["bad_signature"], 0), change
        assert "bad_signature" in {row.reason for row in city.quarantine()}
    assert (city.notes(), city.head()) == ({}, head)
    first = replace(sent, sig=bytes(64))  # the last of one identity and version is what is kept
    assert first in [decode_line(row.raw) for row in city.quarantine()]
    assert city.receive(sent, via="yuexiu").applied == 1  # none of it stands in the way of the genuine one


def test_a_record_signed_by_another_than_its_origin_is_refused(city: Node, district: Node) -> None:
    sent = district.envelope(district.publish("a"))
    in_the_citys_name = signed(district, sent, origin="guangzhou")
    other_key = signed(district, sent, NodeKey("yuexiu:1", bytes(32)))
    unknown_key = signed(district, sent, key_id="yuexiu:2", rid=district.new_rid())
    unknown_origin = signed(district, sent, origin="nobody", key_id="nobody:1")
    verdicts = city.receive(in_the_citys_name, other_key, unknown_key, unknown_origin, via="yuexiu")
    assert codes(verdicts) == ["unknown_key", "bad_signature", "unknown_key", "unknown_key"]


def test_one_bad_record_holds_nobody_up(city: Node, district: Node) -> None:
    good = [district.envelope(district.publish(str(n))) for n in range(4)]
    bad = replace(good[1], sig=bytes(64))
    foreign = signed(district, good[2], origin="panyu", key_id="panyu:1")
    verdicts = city.receive(good[0], bad, foreign, good[3], via="yuexiu", allowed={"yuexiu"})
    assert (verdicts.applied, codes(verdicts)) == (2, ["bad_signature", "foreign_subtree"])
    assert verdicts.rejected[0] == Rejection("yuexiu", "note", good[1].rid, good[1].inc, 1, "bad_signature")
    assert {rid for _, rid in city.notes()} == {good[0].rid, good[3].rid}
    assert city.numbers() == list(range(1, city.head() + 1))


def test_a_bad_record_does_not_take_a_good_version_of_the_same_batch_with_it(city: Node, district: Node) -> None:
    good = district.envelope(district.publish("good"))
    forged = replace(good, ver=9)
    verdicts = city.receive(good, forged, via="yuexiu")
    assert (verdicts.applied, codes(verdicts)) == (1, ["bad_signature"])
    assert city.notes() == {("yuexiu", good.rid): "good"}


def test_of_two_versions_in_one_batch_the_greater_is_kept_and_the_other_reported(city: Node, district: Node) -> None:
    old = district.envelope(district.publish("old"))
    district.publish("new", old.rid)
    new = district.envelope(old.rid)
    for batch in ((old, new), (new, old)):
        verdicts = city.receive(*batch, via="yuexiu")
        assert verdicts.rejected == [Rejection("yuexiu", "note", old.rid, old.inc, 1, "superseded")] or verdicts.newer
        assert city.notes() == {("yuexiu", old.rid): "new"}
    assert city.quarantine() == []  # nothing is wrong with it


def test_of_two_records_with_one_version_the_same_one_wins_everywhere(city: Node, district: Node) -> None:
    one = district.envelope(district.publish("one"))
    other = signed(district, one, body='{"text":"other"}')
    loser, winner = sorted((one, other), key=lambda e: e.sha256)
    rid = district.new_rid()
    pairs = [(loser, winner), tuple(signed(district, e, rid=rid) for e in (one, other))]
    for pair in pairs:
        low, high = sorted(pair, key=lambda e: e.sha256)
        order = (low, high) if pair is pairs[0] else (high, low)
        for envelope in order:
            verdicts = city.receive(envelope, via="yuexiu")
        assert codes(verdicts) == ["equivocation"]
        assert verdicts.newer == ([] if order[1] is high else [high])
        assert city.envelope(low.rid, origin="yuexiu") == high
    kept = {row.rid: decode_line(row.raw) for row in city.quarantine()}
    assert kept[loser.rid] == loser
    assert {row.reason for row in city.quarantine()} == {"equivocation"}


def test_no_clock_orders_anything(city: Node, district: Node) -> None:
    """A process whose clock ran ahead is believed: only incarnation and version count."""
    sent = district.envelope(district.publish("a"))
    future = signed(district, sent, inc=FAR_FUTURE)
    assert city.receive(future, via="yuexiu").applied == 1
    assert city.receive(sent, via="yuexiu").newer == [future]


def test_an_unknown_kind_is_kept_and_relayed_unread(city: Node, district: Node) -> None:
    sent = district.envelope(district.publish("a"))
    unheard = signed(district, sent, kind="later.kind", body="no JSON at all")
    assert city.receive(unheard, via="yuexiu") == Verdicts(applied=1)
    assert city.envelope(sent.rid, "later.kind", "yuexiu") == unheard
    assert (city.notes(), city.quarantine()) == ({}, [])


BODIES = [
    "not JSON",
    '{"text":1}',
    "{}",
    '{"text":"a","number":NaN}',
    '{"text":"a\\u0000b"}',
    '{"text":"\\ud800"}',
    "[" * 5000,
]


def test_a_genuine_record_with_a_body_not_understood_is_kept_and_relayed(city: Node, district: Node) -> None:
    sent = district.envelope(district.publish("a"))
    after = district.envelope(district.publish("after"))
    odd = [signed(district, sent, body=body, rid=district.new_rid()) for body in BODIES]
    assert city.receive(*odd, after, via="yuexiu") == Verdicts(applied=len(odd) + 1)
    records = city.records()
    assert [records[e.key] for e in odd] == odd
    assert city.notes() == {("yuexiu", after.rid): "after"}


def test_a_record_on_which_the_tables_above_choke_is_kept_and_the_rest_goes_on(city: Node, district: Node) -> None:
    sent = district.envelope(district.publish("a"))
    poison = signed(district, sent, body='{"text":"poison"}')
    bug = signed(district, sent, body='{"text":"bug"}', rid=district.new_rid())
    others = [district.envelope(district.publish(t)) for t in "bc"]
    assert city.receive(others[0], poison, bug, others[1], via="yuexiu") == Verdicts(applied=4)
    assert set(city.notes().values()) == {"b", "c"}
    assert city.envelope(sent.rid, origin="yuexiu") == poison
    assert city.numbers() == list(range(1, city.head() + 1))


def test_a_later_schema_is_kept_unread_but_its_end_is_understood(city: Node, district: Node) -> None:
    sent = district.envelope(district.publish("a"))
    city.receive(sent, via="yuexiu")
    later = signed(district, sent, ver=2, schema=2, body='{"words":"a"}')
    assert city.receive(later, via="yuexiu") == Verdicts(applied=1)
    end = signed(district, later, ver=3, op="D", body=None)
    assert city.receive(end, via="yuexiu") == Verdicts(applied=1)
    assert city.notes() == {}


def test_an_erased_record_is_taken_out_and_keeps_its_signature(city: Node, district: Node) -> None:
    sent = district.envelope(district.publish("a"))
    city.receive(sent, via="yuexiu")
    erased = signed(district, sent, ver=2, op="E", body=None)
    assert city.receive(erased, via="yuexiu").applied == 1
    assert (city.notes(), city.envelope(sent.rid, origin="yuexiu")) == ({}, erased)


def test_an_unreadable_line_is_kept_byte_for_byte(city: Node) -> None:
    raw = b'{"o":"x\x00\xff'
    with city.database.write() as session:
        rid = SqlLedger(session).quarantine_raw("yuexiu", raw, 3, "malformed")
    [kept] = city.quarantine()
    assert (kept.peer, kept.rid, kept.reason, kept.raw) == ("yuexiu", rid, "malformed", raw)


def test_a_refused_record_that_comes_again_is_counted_not_kept_twice(city: Node, district: Node) -> None:
    bad = replace(district.envelope(district.publish("a")), sig=bytes(64))
    for _ in range(3):
        city.receive(bad, via="yuexiu")
    [kept] = city.quarantine()
    assert kept.tries == 3


def test_what_waits_for_a_key_is_taken_when_its_statement_arrives(network: Network, city: Node, district: Node) -> None:
    street = network.join(network.make("beijing", "street"), district)
    early = street.envelope(street.publish("early"))
    assert codes(city.receive(early, via="yuexiu", allowed={"yuexiu"})) == ["foreign_subtree"]
    statement = next(e for e in district.records().values() if e.origin == "yuexiu" and e.kind == "trust.node")
    verdicts = city.receive(statement, via="yuexiu", allowed={"yuexiu"})
    assert (verdicts.applied, verdicts.rejected) == (2, [])
    assert city.quarantine() == []
    assert city.notes() == {("beijing", early.rid): "early"}


def test_a_statement_and_records_under_it_can_come_in_one_batch(network: Network, city: Node, district: Node) -> None:
    street = network.join(network.make("beijing", "street"), district)
    rid = street.publish("older")
    older = street.envelope(rid)
    street.publish("newer", rid)
    newer = street.envelope(rid)
    city.receive(newer, via="yuexiu", allowed={"yuexiu"})  # waits for the key
    statement = next(e for e in district.records().values() if e.origin == "yuexiu" and e.kind == "trust.node")
    verdicts = city.receive(statement, older, via="yuexiu", allowed={"yuexiu"})
    assert verdicts.newer == [newer]  # what came out of the quarantine counts as held
    assert city.notes() == {("beijing", rid): "newer"}


def test_a_waiting_record_that_came_another_way_leaves_the_quarantine(
    network: Network, city: Node, district: Node
) -> None:
    street = network.join(network.make("beijing", "street"), district)
    sent = street.envelope(street.publish("a"))
    city.receive(sent, via="yuexiu", allowed={"yuexiu"})
    network.drain(district)
    with city.database.write() as session:
        session.add(_waiting(sent, city))
    with city.database.write() as session:
        assert retry_quarantine(SqlLedger(session), "beijing") == Verdicts()
    assert city.quarantine() == []


def _waiting(sent: Envelope, city: Node) -> SyncQuarantine:
    from app.exchange.envelope import encode_line

    return SyncQuarantine(
        peer="yuexiu", origin=sent.origin, kind=sent.kind, rid=sent.rid, inc=sent.inc, ver=sent.ver,
        reason="unknown_key", raw=encode_line(sent), first_seen=city.clock.now(), tries=1,
    )  # fmt: skip


def test_a_forgery_stays_in_the_quarantine_when_the_key_arrives(network: Network, city: Node, district: Node) -> None:
    street = network.join(network.make("beijing", "street"), district)
    forged = replace(street.envelope(street.publish("a")), body='{"text":"forged"}')
    city.receive(forged, via="yuexiu", allowed={"yuexiu"})
    network.drain(district)
    assert [row.reason for row in city.quarantine()] == ["bad_signature"]
    assert city.notes() == {}


def test_a_batch_that_is_rolled_back_leaves_neither_records_nor_quarantine(city: Node, district: Node) -> None:
    good = district.envelope(district.publish("a"))
    bad = replace(good, rid=district.new_rid())
    head = city.head()
    with pytest.raises(RuntimeError), city.database.write() as session:
        receive(SqlLedger(session), [good, bad], "yuexiu")
        raise RuntimeError
    assert (city.head(), city.notes(), city.quarantine()) == (head, {}, [])


def test_receiving_inside_a_savepoint_is_refused(city: Node, district: Node) -> None:
    sent = district.envelope(district.publish("a"))
    with city.database.write() as session, session.begin_nested(), pytest.raises(PublishedInSavepoint):
        receive(SqlLedger(session), [sent], "yuexiu")


def test_numbers_are_taken_only_from_the_counter_row(city: Node) -> None:
    with city.database.write() as session:
        assert (take_numbers(session, 3), take_numbers(session, 2)) == (4, 6)
        assert session.scalar(select(SyncHead.head)) == 6


@pytest.mark.parametrize(
    ("region", "code"),
    [("440104", None), ("440104003", None), ("440104003001", None), (None, None)]
    + [(other, "foreign_region") for other in ("440100", "440105", "440105001", "440114")],
)
def test_a_node_speaks_for_its_own_division_and_what_lies_in_it(
    city: Node, district: Node, region: str | None, code: str | None
) -> None:
    """What the parent stated of it decides, not what the node says of itself."""
    sent = district.envelope(district.publish("a", region=region))
    verdicts = city.receive(sent, via="yuexiu", allowed={"yuexiu"})
    assert [r.code for r in verdicts.rejected] == ([] if code is None else [code])
    assert [row.reason for row in city.quarantine()] == ([] if code is None else [code])
    assert len(city.notes()) == (code is None)
