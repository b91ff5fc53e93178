"""A node whose database was put back: it gets back what it had pushed, ranks it against its own, and goes on."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from app.exchange.ledger import Meta, Rejection
from app.exchange.receive import OVERRULED
from app.exchange.sql_ledger import SqlLedger
from app.sync.link import LinkDown, Refused
from app.sync.obstacles import NotConfirmed
from app.sync.push import highest_inc
from tests.service.exchange_nodes import Network, Node, accept, bodies_in


@pytest.fixture
def three(network: Network) -> list[Node]:
    """A city, a district and a street that agree."""
    city, district, street = network.grow()
    network.drain(street, district)
    return [city, district, street]


def meta(node: Node) -> Meta:
    with node.database.read() as session:
        return SqlLedger(session).meta()


def own(node: Node, origin: str) -> dict[tuple[str, str, str], object]:
    return {key: e for key, e in node.records().items() if key[0] == origin}


def test_an_edit_of_either_life_that_lost_is_kept_for_a_person_to_see(network: Network, three: list[Node]) -> None:
    _, district, street = three
    rid = street.publish("first")
    network.drain(street)
    backup = street.backup()
    street.publish("before the restore", rid)
    network.drain(street)
    street.restore(backup)
    street.publish("after the restore", rid)
    network.drain(street)
    assert street.notes() == district.notes() == {("beijing", rid): "after the restore"}
    [kept] = street.quarantine()
    assert (kept.rid, kept.reason, bodies_in([kept.raw])) == (rid, OVERRULED, ["before the restore"])
    assert district.quarantine() == []


def test_an_end_of_an_earlier_life_is_final_however_it_was_edited_since(network: Network, three: list[Node]) -> None:
    city, district, street = three
    rid = street.publish("first")
    network.drain(street)
    backup = street.backup()
    street.retract(rid)
    network.drain(street)
    street.restore(backup)
    street.publish("edited, not knowing", rid)
    network.drain(street, district)
    assert street.notes() == district.notes() == city.notes() == {}
    assert street.envelope(rid).op == "D"
    assert own(street, "beijing") == own(city, "beijing")
    [kept] = street.quarantine()
    assert (kept.reason, bodies_in([kept.raw])) == (OVERRULED, ["edited, not knowing"])


def test_an_end_of_the_restored_life_is_final_too(network: Network, three: list[Node]) -> None:
    city, district, street = three
    rid = street.publish("first")
    network.drain(street)
    backup = street.backup()
    street.publish("edited before the restore", rid)
    network.drain(street, district)
    street.restore(backup)
    street.retract(rid)
    network.drain(street, district)
    assert street.notes() == district.notes() == city.notes() == {}
    assert own(street, "beijing") == own(city, "beijing")


def test_no_batch_of_the_earlier_life_counts_any_more(network: Network, three: list[Node]) -> None:
    _, district, street = three
    backup = street.backup()
    link = network.link(street)
    street.publish("a")
    street.carrier.drain(link)
    street.publish("b")
    link.mishap = late_at("before")
    with pytest.raises(LinkDown):
        street.carrier.drain(link)
    street.restore(backup)
    network.drain(street)
    before = district.records()
    for stream, batch in link.pushes:
        with pytest.raises(Refused) as found:
            accept(district, "beijing", stream, batch)
        assert found.value.slug == "suspended"  # it had been heard before: perhaps it still runs
    assert district.records() == before


def late_at(where: str) -> Callable[[str], None]:
    """Fails once, at `where`."""
    left = [where]

    def mishap(at: str) -> None:
        if at in left:
            left.remove(at)
            raise LinkDown("test")

    return mishap


@pytest.mark.parametrize("where", ["hello", "before", "after", "owned"])
def test_a_recovery_that_is_cut_off_goes_on_in_the_same_process_and_in_the_next(
    network: Network, three: list[Node], where: str
) -> None:
    _, district, street = three
    street.publish("a")
    network.drain(street)
    backup = street.backup()
    for n in range(5):
        street.publish(f"lost {n}")
    network.drain(street)
    street.restore(backup)
    link = network.link(street)
    link.page = 2
    for is_new_process in (False, True):
        link.mishap = late_at(where)
        with pytest.raises(LinkDown):
            street.carrier.drain(link)
        street.publish(f"meanwhile {is_new_process}")  # the office works on
        if is_new_process:
            street.start()
    street.carrier.drain(link)
    assert not meta(street).recovering
    assert len(street.notes()) == 8
    assert street.notes() == district.notes()
    assert own(street, "beijing") == own(district, "beijing")


def test_what_parent_and_child_have_both_lost_comes_back_from_above(network: Network, three: list[Node]) -> None:
    city, district, street = three
    street.publish("kept")
    network.drain(street, district)
    backups = district.backup(), street.backup()
    lost = street.publish("lost below the city")
    network.drain(street, district)
    district.restore(backups[0])
    street.restore(backups[1])
    street.publish("new")
    network.drain(street)  # the district holds the checkpoint that the street remembers: nothing seems wrong
    assert ("beijing", lost) not in street.notes()
    network.drain(district)
    assert ("beijing", lost) in district.notes()
    network.feed(street)  # tells that something of its own reached the district another way
    assert street.carrier.has_owned_to_read
    network.drain(street, district)
    assert street.notes() == district.notes() == city.notes()
    assert street.envelope(lost) == city.envelope(lost, origin="beijing")
    assert sorted(street.notes().values()) == ["kept", "lost below the city", "new"]


def test_a_street_does_not_call_itself_whole_while_its_district_is_recovering(
    network: Network, three: list[Node]
) -> None:
    _, district, street = three
    backup = street.backup()
    lost = street.publish("lost")
    network.drain(street, district)
    street.restore(backup)
    district.start()  # a new process that has not reached the city yet
    assert not meta(district).confirmed
    with pytest.raises(NotConfirmed):
        network.drain(street)
    assert meta(street).recovering
    assert ("beijing", lost) in street.notes()  # what was there is taken all the same
    network.drain(district, street)
    assert not meta(street).recovering


def test_a_recovery_goes_on_past_what_it_cannot_take_in(network: Network, three: list[Node]) -> None:
    """Also where the parent had refused something of this node before: what that was, it compares with what comes."""
    _, district, street = three
    refused = street.envelope(street.publish("refused"))
    backup = street.backup()
    lost = street.publish("lost")
    spoilt = street.publish("spoilt")
    network.drain(street)
    with district.database.write() as session:
        ledger = SqlLedger(session)
        ledger.stage(replace(street.envelope(spoilt), sig=bytes(64)), "beijing")  # somebody was at the database
    street.restore(backup)
    with street.database.write() as session:
        said = Rejection("beijing", "note", refused.rid, refused.inc, refused.ver, "unknown_key")
        SqlLedger(session).note_reject("yuexiu", said)
    network.drain(street)
    assert {rid for _, rid in street.notes()} == {refused.rid, lost}
    with street.database.read() as session:
        assert not SqlLedger(session).has_rejects("yuexiu")


def test_a_recovery_that_waits_for_its_parent_fences_once_and_reads_on(network: Network, three: list[Node]) -> None:
    """The parent may wait for its own for days, and is asked every minute."""
    _, district, street = three
    backup = street.backup()
    for n in range(4):
        street.publish(str(n))
    network.drain(street)
    street.restore(backup)
    district.start()  # a new process that has not reached the city yet
    link = network.link(street)
    link.page = 1
    with pytest.raises(NotConfirmed):
        street.carrier.drain(link)
    before = meta(street).inc, len(link.pushes), link.pages
    for _ in range(3):
        street.publish("meanwhile")
        with pytest.raises(NotConfirmed):
            street.carrier.drain(link)
    assert (meta(street).inc, len(link.pushes)) == before[:2]
    assert link.pages == before[2] + 3
    network.drain(district)
    street.carrier.drain(link)
    assert not meta(street).recovering
    assert len(street.notes()) == 7
    assert own(street, "beijing") == own(district, "beijing")


def test_another_process_of_a_recovering_node_fences_anew(network: Network, three: list[Node]) -> None:
    _, district, street = three
    backup = street.backup()
    street.publish("lost")
    network.drain(street)
    street.restore(backup)
    district.start()
    for _ in range(2):
        with pytest.raises(NotConfirmed):
            network.drain(street)
        fenced = meta(street).inc
        with district.database.read() as session:
            assert highest_inc(SqlLedger(session), "beijing") == fenced
        street.start()


def test_a_node_made_anew_with_the_old_key_gets_everything_back(network: Network, three: list[Node]) -> None:
    """Nothing is left of the database but its first state; the key is the old one."""
    city, district, street = three
    rids = [street.publish(str(n)) for n in range(3)]
    street.retract(rids[0])
    network.drain(street, district)
    before = own(street, "beijing")
    street.restore({**street.backup(), "sync_record": [], "sync_mark": [], "sync_peer": [], "test_note": []})
    with street.database.writer.begin() as connection:
        connection.exec_driver_sql("UPDATE sync_head SET head = 0")
    network.drain(street)
    assert own(street, "beijing") == before
    assert street.notes() == city.notes()
    street.publish("new", rids[1])
    network.drain(street, district)
    assert city.notes()["beijing", rids[1]] == "new"
