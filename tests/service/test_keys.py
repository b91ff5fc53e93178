"""Another key for a node, and an end to the keys it had: what stays known, what is refused, what comes right again."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from app.exchange import publish, trust
from app.exchange.envelope import resigned
from app.exchange.keys import NodeKey
from app.exchange.models import SyncMeta, SyncNode
from app.exchange.sql_ledger import SqlLedger
from app.kernel.problems import Problem
from app.sync import enrolment, push, rekeying
from app.sync.callers import NotAChild, RevokedKey, SupersededKey
from app.sync.link import Refused
from app.sync.reissue import sign_anew
from app.sync.rotation import BadRotation, RotationRequest, following_key
from tests.service.exchange_nodes import DirectLink, Network, Node, NoteBody


@pytest.fixture
def tree(network: Network) -> dict[str, Node]:
    city, district, street = network.grow()
    network.drain(street, district)
    return {"city": city, "district": district, "street": street}


def begin(node: Node) -> NodeKey:
    """Make the key that is to follow, as `sanlian keys rotate` does."""
    key = following_key(node.exchange.local, node.new_rid)
    node.keys.prepare(key)
    return key


def ask(network: Network, node: Node, key: NodeKey) -> enrolment.EnrolAnswer:
    return network.link(node).rotate(RotationRequest.model_validate_json(key.handovers[-1]))


def rotate(network: Network, node: Node) -> NodeKey:
    """A rotation without mishaps, up to the records that are signed anew."""
    key = begin(node)
    with node.database.write() as session:
        if node.exchange.local.parent is None:
            rekeying.name_root_key(session, node.clock, key)
    if node.exchange.local.parent is not None:
        answer = ask(network, node, key)
        with node.database.write() as session:
            rekeying.take_statements(session, answer, key)
    node.keys.adopt()
    node.exchange.renew(replace(node.exchange.local, key=key))
    return key


def carry_on(node: Node) -> bool:
    return rekeying.carry_on(node.database, node.exchange, node.keys)


def enrol_anew(network: Network, node: Node, parent: Node) -> None:
    """With a code of the parent, as `sanlian keys rotate --code`."""
    local = node.exchange.local
    with parent.database.write() as session:
        code = enrolment.issue_code(session, node.clock, node=node.name, tier=local.tier, region=local.region)
    number = int(local.key.key_id.partition(":")[2]) + 1
    key = NodeKey(f"{node.name}:{number}", bytes([number]) * 32)
    node.keys.prepare(key)
    with node.database.read() as session:
        request = enrolment.request_to_join(session.get_one(SyncMeta, 1), key, code.secret)
    with parent.database.write() as session:
        answer = enrolment.admit(session, node.clock, request)
    with node.database.write() as session:
        enrolment.join(session, answer, code, "http://parent.invalid", key)
    node.keys.adopt()
    node.start()


def revoke(parent: Node, name: str, through: int | None = None) -> None:
    with parent.database.write() as session:
        rekeying.revoke(session, parent.clock, name, through)


@contextmanager
def refused(slug: str) -> Iterator[None]:
    with pytest.raises(Refused) as caught:
        yield
    assert caught.value.slug == slug


def settle(network: Network, tree: dict[str, Node]) -> None:
    for _ in range(2):
        network.drain(tree["street"], tree["district"])
        network.feed(tree["district"], tree["street"])


def test_live_records_are_signed_anew_and_the_ended_stay_as_they_were(network: Network, tree: dict[str, Node]) -> None:
    city, street = tree["city"], tree["street"]
    kept, ended = street.publish("open"), street.publish("to end")
    street.retract(ended)
    settle(network, tree)
    before = street.envelope(kept)
    key = rotate(network, street)
    assert carry_on(street)
    assert not street.keys.has_old()
    again = street.envelope(kept)
    assert (again.key_id, again.ver, again.body) == ("beijing:2", before.ver + 1, before.body)
    assert (street.envelope(ended).key_id, street.envelope(ended).op) == ("beijing:1", "D")
    settle(network, tree)
    for node in tree.values():
        assert node.envelope(kept, origin="beijing") == again
        assert node.envelope(ended, origin="beijing") == street.envelope(ended)
        assert node.quarantine() == []
    with city.database.read() as session:
        assert session.get_one(SyncNode, "beijing").public_key == key.public


def test_statements_stay_one_by_one_and_what_an_old_key_signed_is_believed(
    network: Network, tree: dict[str, Node]
) -> None:
    late = tree["street"].envelope(tree["street"].publish("signed before"))
    rotate(network, tree["street"])
    stated = [e for e in tree["district"].records().values() if '"beijing"' in (e.body or "")]
    assert len({e.rid for e in stated if e.kind == trust.KIND}) == 2
    network.drain(tree["district"])
    assert tree["city"].receive(late, via="yuexiu").applied == 1


def test_a_request_for_another_key_needs_both_signatures_and_the_present_key(
    network: Network, tree: dict[str, Node]
) -> None:
    street, district = tree["street"], tree["district"]
    key = begin(street)
    request = RotationRequest.model_validate_json(key.handovers[-1])
    other = RotationRequest.model_validate_json(
        following_key(tree["district"].exchange.local, street.new_rid).handovers[-1]
    )

    def refusal(**changes: str) -> type[Problem]:
        with pytest.raises(Problem) as caught, district.database.write() as session:
            rekeying.accept_rotation(session, street.clock, request.model_copy(update=changes))
        return type(caught.value)

    head = district.head()
    assert refusal(signature=other.signature) is BadRotation
    assert refusal(proof=other.proof) is BadRotation
    assert refusal(key_id="beijing:3") is BadRotation
    assert refusal(public_key=other.public_key) is BadRotation
    assert refusal(parent="guangzhou") is NotAChild
    assert refusal(node="yuexiu") is NotAChild
    assert district.head() == head
    rotate(network, street)
    second = following_key(replace(street.exchange.local, key=NodeKey("beijing:1", bytes(32))), street.new_rid)
    stale = RotationRequest.model_validate_json(second.handovers[-1])
    with pytest.raises(BadRotation), district.database.write() as session:
        rekeying.accept_rotation(session, street.clock, stale)


def test_the_same_request_is_answered_again_and_nothing_is_stated_twice(
    network: Network, tree: dict[str, Node]
) -> None:
    key = begin(tree["street"])
    first = ask(network, tree["street"], key)
    head = tree["district"].head()
    assert ask(network, tree["street"], key) == first
    assert tree["district"].head() == head


def test_whoever_has_the_old_key_only_is_refused(network: Network, tree: dict[str, Node]) -> None:
    old = tree["street"].key
    rotate(network, tree["street"])
    link = DirectLink(tree["district"], "beijing", key=lambda: old)
    with refused(SupersededKey.slug):
        link.hello()
    another = following_key(replace(tree["street"].exchange.local, key=old), tree["street"].new_rid)
    with refused(SupersededKey.slug):
        link.rotate(RotationRequest.model_validate_json(another.handovers[-1]))


@pytest.mark.parametrize("when", ["before asking", "answer lost", "not taken up", "not signed anew"])
def test_a_rotation_that_was_broken_off_is_finished(network: Network, tree: dict[str, Node], when: str) -> None:
    street = tree["street"]
    rid = street.publish("kept")
    settle(network, tree)
    key = begin(street)
    if when != "before asking":
        answer = ask(network, street, key)
        if when != "answer lost":
            with street.database.write() as session:
                rekeying.take_statements(session, answer, key)
        if when == "not signed anew":
            street.keys.adopt()
    street.start()
    if when == "before asking":
        street.publish("goes on with the old key")
        network.drain(street)
        rotate(network, street)
    settle(network, tree)
    assert carry_on(street)
    settle(network, tree)
    assert street.key.key_id == "beijing:2"
    assert tree["city"].envelope(rid, origin="beijing").key_id == "beijing:2"
    assert not street.keys.has_old()


def test_a_street_restored_to_a_time_before_has_its_new_key_and_comes_right(
    network: Network, tree: dict[str, Node]
) -> None:
    street = tree["street"]
    old = street.publish("old")
    settle(network, tree)
    backup = street.backup()
    rotate(network, street)
    carry_on(street)
    lost = street.publish("after the backup")
    settle(network, tree)
    street.restore(backup)
    settle(network, tree)
    assert carry_on(street)
    settle(network, tree)
    for rid in (old, lost):
        assert street.envelope(rid) == tree["city"].envelope(rid, origin="beijing")
        assert street.envelope(rid).key_id == "beijing:2"
    assert street.quarantine() == []


def test_a_district_restored_to_a_time_before_is_told_again(network: Network, tree: dict[str, Node]) -> None:
    street, district = tree["street"], tree["district"]
    settle(network, tree)
    backup = district.backup()
    rotate(network, street)
    rotate(network, street)
    carry_on(street)
    district.restore(backup)
    rid = street.publish("to a district that has forgotten both keys")
    street.carrier.greet_again()
    settle(network, tree)
    assert tree["city"].envelope(rid, origin="beijing").key_id == "beijing:3"


def test_nothing_is_signed_anew_before_the_parent_was_heard(network: Network, tree: dict[str, Node]) -> None:
    street = tree["street"]
    street.publish("maybe an old state")
    rotate(network, street)
    street.start()
    with street.database.write() as session:
        assert sign_anew(SqlLedger(session), 10) == 0
    network.drain(street)
    with street.database.write() as session:
        assert sign_anew(SqlLedger(session), 10) == 1


def test_a_city_changes_its_key_for_those_who_know_the_old_one_and_those_who_are_told_the_new(
    network: Network, tree: dict[str, Node]
) -> None:
    city = tree["city"]
    settle(network, tree)
    backup = city.backup()
    rotate(network, city)
    rid = city.publish("by the new key")
    settle(network, tree)
    for node in tree.values():
        assert node.envelope(rid, origin="guangzhou").key_id == "guangzhou:2"
        assert node.quarantine() == []
    joined = network.join(network.make("hongqiao", "street"), tree["district"])
    with joined.database.read() as session:
        assert session.get_one(SyncMeta, 1).root_key == city.key.public
        chain = trust.chain(SqlLedger(session), "hongqiao")
    assert [node.key_id for node in chain] == ["guangzhou:2", "yuexiu:1", "hongqiao:1"]
    city.restore(backup)
    assert carry_on(city)
    network.feed(tree["district"], joined)
    assert joined.quarantine() == []
    with city.database.read() as session:
        assert session.get_one(SyncNode, "guangzhou").public_key == city.key.public


def test_a_city_key_that_was_replaced_makes_no_other_city(network: Network, tree: dict[str, Node]) -> None:
    city, street = tree["city"], tree["street"]
    settle(network, tree)
    stolen = city.key
    [root] = [e for e in city.records().values() if '"parent":null' in (e.body or "")]
    rotate(network, city)
    settle(network, tree)
    own = trust.NodeStatement.model_validate_json(root.body or "")
    forged = own.model_copy(update={"key_id": "guangzhou:3", "public_key": "A" * 43 + "="}).model_dump_json()
    sent = resigned(replace(root, rid=city.new_rid(), body=forged), 1, stolen.key_id, stolen.sign)
    assert [r.code for r in street.receive(sent, via="yuexiu").rejected] == ["foreign_subtree"]


def test_a_revoked_key_verifies_nothing_new_at_any_tier_and_what_was_accepted_stays(
    network: Network, tree: dict[str, Node]
) -> None:
    street, district, city = tree["street"], tree["district"], tree["city"]
    kept = street.publish("accepted before")
    settle(network, tree)
    revoke(district, "beijing")
    network.drain(district)
    late = street.publish("signed with a key that counts no more")
    for node, via in ((district, "beijing"), (city, "yuexiu")):
        assert [r.code for r in node.receive(street.envelope(late), via=via).rejected] == ["revoked_key"]
        assert node.envelope(kept, origin="beijing")
    with refused(RevokedKey.slug):
        network.drain(street)
    with refused(RevokedKey.slug):
        ask(network, street, begin(street))
    enrol_anew(network, street, district)
    settle(network, tree)
    assert carry_on(street)
    settle(network, tree)
    for rid in (kept, late):
        assert city.envelope(rid, origin="beijing").key_id == street.key.key_id
        assert district.envelope(rid, origin="beijing") == city.envelope(rid, origin="beijing")


def test_after_a_revocation_the_ends_are_signed_anew_too(network: Network, tree: dict[str, Node]) -> None:
    street, district = tree["street"], tree["district"]
    ended = street.publish("to end")
    settle(network, tree)
    street.retract(ended)
    settle(network, tree)
    revoke(district, "beijing")
    enrol_anew(network, street, district)
    settle(network, tree)
    assert carry_on(street)
    settle(network, tree)
    again = tree["city"].envelope(ended, origin="beijing")
    assert (again.op, again.key_id) == ("D", street.key.key_id)
    newcomer = network.join(network.make("hongqiao", "street"), district)
    network.feed(newcomer)
    assert newcomer.envelope(ended, origin="beijing") == again
    assert newcomer.quarantine() == []


def test_a_known_node_joins_with_another_key_only_after_its_keys_were_revoked(
    network: Network, tree: dict[str, Node]
) -> None:
    with pytest.raises(enrolment.KeyTaken):
        enrol_anew(network, tree["street"], tree["district"])
    revoke(tree["district"], "beijing")
    enrol_anew(network, tree["street"], tree["district"])
    with pytest.raises(rekeying.AlreadyRevoked):
        revoke(tree["district"], "beijing", through=1)


def test_a_district_that_joins_again_signs_its_statements_anew(network: Network, tree: dict[str, Node]) -> None:
    city, district, street = tree["city"], tree["district"], tree["street"]
    settle(network, tree)
    revoke(city, "yuexiu")
    rid = street.publish("while the district is refused")
    network.drain(street)
    with refused(RevokedKey.slug):
        network.drain(district)
    enrol_anew(network, district, city)
    settle(network, tree)
    assert carry_on(district)
    settle(network, tree)
    assert city.envelope(rid, origin="beijing") == street.envelope(rid)
    newcomer = network.join(network.make("hongqiao", "street"), district)
    network.feed(newcomer)
    assert newcomer.envelope(rid, origin="beijing") == street.envelope(rid)
    assert newcomer.quarantine() == []


def test_nobody_revokes_another_ones_child(network: Network, tree: dict[str, Node]) -> None:
    with pytest.raises(Problem), tree["city"].database.write() as session:
        rekeying.revoke(session, tree["city"].clock, "beijing")
    panyu = network.join(network.make("panyu", "district", "440113"), tree["city"])
    with panyu.database.write() as session:
        body = trust.Revocation(node="yuexiu", through=1)
        publish(session, trust.REVOCATION, panyu.new_rid(), body, region="440113")
    said = next(e for e in panyu.records().values() if e.kind == trust.REVOCATION)
    assert [r.code for r in tree["city"].receive(said, via="panyu").rejected] == ["foreign_subtree"]
    with tree["city"].database.read() as session:
        assert session.get_one(SyncNode, "yuexiu").revoked == 0


def test_a_process_that_comes_back_after_a_later_one_suspends_its_node(network: Network, tree: dict[str, Node]) -> None:
    street, district = tree["street"], tree["district"]
    street.publish("by the first process")
    network.drain(street)
    header = network.link(street)
    first = street.exchange.local.inc
    with district.database.write() as session:
        assert push.highest_inc(SqlLedger(session), "beijing") == first
    with district.database.write() as session:
        ledger = SqlLedger(session)
        [peer] = [p for p in ledger.peers("beijing", "in") if p.stream == "live"]
        ledger.save_peer(replace(peer, inc_seen=first + 1))  # a copy of the street has pushed under a later one
    street.publish("by the first process again")
    with refused(push.Suspended.slug):
        network.drain(street)
    with refused(push.Suspended.slug):
        street.carrier.drain(header)
    with street.database.read() as session:
        assert push.is_suspended(SqlLedger(session), "yuexiu", "out")
    with district.database.write() as session:
        assert push.lift(SqlLedger(session), "beijing")
        assert not push.lift(SqlLedger(session), "beijing")
    network.drain(street)
    assert street.exchange.local.inc > first + 1
    with street.database.read() as session:
        assert not push.is_suspended(SqlLedger(session), "yuexiu", "out")


def test_a_clock_that_jumps_makes_a_new_incarnation_before_the_next_write(
    network: Network, tree: dict[str, Node]
) -> None:
    """As a machine does that was put back to an earlier state, memory and all."""
    street = tree["street"]
    before = street.exchange.local.inc
    slow = street.publish("a clock that is put right by half a minute")
    street.clock.advance(seconds=30)
    slow = street.publish("again", slow)
    assert street.envelope(slow).inc == before
    street.clock.advance(hours=1)
    with pytest.raises(RuntimeError), street.database.write() as session:
        publish(session, "note", street.new_rid(), NoteBody(text="taken back"))
        raise RuntimeError
    assert street.exchange.local.inc == before
    after = street.publish("written after the jump")
    assert street.envelope(after).inc == street.exchange.local.inc > before
    assert street.envelope(street.publish("and on")).inc == street.exchange.local.inc
    network.drain(street)
    with tree["district"].database.read() as session:
        assert push.highest_inc(SqlLedger(session), "beijing") == street.exchange.local.inc
