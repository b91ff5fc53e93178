"""What has ended is forgotten once nobody is left who could bring it back, and never comes back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.backup.restoring import empty_exchange
from app.exchange.ledger import Rejection
from app.exchange.sql_ledger import SqlLedger, SqlLedgers
from app.sync import collection, proof
from app.sync.link import LinkDown, Refused
from app.sync.obstacles import TooOld
from tests.service.exchange_nodes import Backup, Market, Network, Node, read_all
from tests.service.test_keys import revoke

KEPT = timedelta(days=180)


def two_days(network: Network, market: Market, *silent: Node) -> None:
    """What happens in two days: everybody but `silent` says what is new, asks how the parent stands, and reads."""
    talking = [node for node in (*market[2:], market[1]) if node not in silent]
    for _ in range(2):  # on the second, the parents are asked and have what was said on the first
        network.clock.advance(days=1.1)
        for node in talking:
            node.carrier.greet_again()
        network.drain(*talking)
        network.feed(*reversed(talking))


def days_pass(network: Network, market: Market, days: int, *silent: Node) -> None:
    for _ in range(4):
        network.clock.advance(days=days / 4 - 2.2)
        two_days(network, market, *silent)


def forget(*nodes: Node) -> list[int]:
    return [collection.tidy(SqlLedgers(node.database), KEPT) for node in nodes]


def floor(node: Node) -> int:
    with node.database.read() as session:
        return SqlLedger(session).meta().gc_floor


def ended(network: Network, market: Market) -> str:
    """A post that everybody has known, and knows to have ended."""
    rid = market[2].publish("ended")
    two_days(network, market)
    assert all(node.notes() for node in market)
    market[2].retract(rid)
    two_days(network, market)
    forget(*market)
    return rid


def rebuild(network: Network, node: Node) -> None:
    """What `sanlian restore --rebuild-from-parent` does with a backup of the present database."""
    with node.database.write() as session:
        empty_exchange(session, network.clock)
    node.start()


def agree(network: Network, market: Market) -> bool:
    """Whether each child finds that it and its parent hold the same."""
    compared = [
        proof.verify(node.database, network.clock, node.exchange.local, network.link(node), again_after_s=0)
        for node in market[1:]
    ]
    return all(one.agrees and one.here.digest == one.there.digest for one in compared)


def test_an_end_is_forgotten_at_every_tier_after_half_a_year_and_a_statement_never(
    network: Network, market: Market
) -> None:
    rid = ended(network, market)
    before = [len(node.records()) for node in market]
    days_pass(network, market, 160)
    assert forget(*market) == [0, 0, 0, 0]
    days_pass(network, market, 40)
    assert forget(*market[:2]) == [1, 1]
    assert agree(network, market)  # while one side has it, and the other not any more
    assert forget(*market[2:]) == [1, 1]
    assert [len(node.records()) for node in market] == [count - 1 for count in before]
    assert all(("beijing", "note", rid) not in node.records() for node in market)
    assert all(0 < floor(node) <= node.head() for node in market)
    two_days(network, market)
    assert [node.notes() for node in market] == [{}] * 4
    assert agree(network, market)


def test_an_end_that_the_parent_has_not_had_for_long_enough_stays(network: Network, market: Market) -> None:
    _, _, beijing, hongqiao = market
    rid = beijing.publish("ended")
    two_days(network, market)
    beijing.retract(rid)
    days_pass(network, market, 400, beijing)  # the line is cut all the while
    assert forget(beijing) == [0]
    two_days(network, market)
    assert forget(beijing) == [0]
    assert hongqiao.notes() == {}
    days_pass(network, market, 190)
    assert forget(beijing) == [1]


def test_a_child_that_was_away_for_longer_reads_anew_and_drops_what_has_ended_meanwhile(
    network: Network, market: Market
) -> None:
    city, district, beijing, hongqiao = market
    kept = [beijing.publish(f"kept {number}") for number in range(5)]
    rid = beijing.publish("ended")
    two_days(network, market)
    assert ("beijing", rid) in hongqiao.notes()
    beijing.retract(rid)
    days_pass(network, market, 400, hongqiao)
    forget(city, district, beijing)
    later = beijing.publish("later")
    network.drain(beijing, district)
    link = network.link(hongqiao)
    link.page = 2  # its reading goes on below the floor, page after page, without beginning again
    assert hongqiao.reader.read(link).begins_anew
    read_all(hongqiao.reader, link)
    assert link.pages < 12
    assert {key[1] for key in hongqiao.notes()} == {*kept, later}
    two_days(network, market)
    assert [node.notes() for node in market] == [beijing.notes()] * 4


def test_a_floor_that_rises_while_a_child_reads_from_the_start_makes_it_begin_again(
    network: Network, market: Market
) -> None:
    _, district, beijing, hongqiao = market
    ended(network, market)
    link = network.link(hongqiao)
    link.page = 1
    page = link.feed(None, 0, 0)
    rid = beijing.publish("since")
    two_days(network, market)
    beijing.retract(rid)
    days_pass(network, market, 390)
    forget(district)
    with pytest.raises(Refused) as refused:
        link.feed(page.header.end, 0, 0)
    assert refused.value.status == 410
    assert link.feed(None, 0, 0).header.more


def test_an_end_of_which_another_version_waits_in_a_quarantine_stays(network: Network, market: Market) -> None:
    city, district, beijing, _ = market
    rid = ended(network, market)
    old = beijing.envelope(rid)
    with district.database.write() as session:
        SqlLedger(session).quarantine("beijing", old, "unknown_key")
    days_pass(network, market, 200)
    assert forget(city, district) == [1, 0]
    with district.database.write() as session:
        SqlLedger(session).release("beijing", old)
    assert forget(district) == [1]


def found_too_late(network: Network, market: Market, rid: str, disk: Backup) -> None:
    """A disk of the first street is found half a year after a post that is open on it has ended and been forgotten:
    `sanlian restore` would have refused it, and whoever starts it all the same is told so."""
    beijing = market[2]
    beijing.retract(rid)
    two_days(network, market)
    forget(*market)
    days_pass(network, market, 200)
    assert sum(forget(*market)) == 4
    beijing.restore(disk)
    with pytest.raises(TooOld):
        network.drain(beijing)


def test_a_node_put_back_by_more_than_its_parent_remembers_does_not_bring_back_what_ended(
    network: Network, market: Market
) -> None:
    _, district, beijing, _ = market
    rid = beijing.publish("ended")
    kept = beijing.publish("kept")
    two_days(network, market)
    found_too_late(network, market, rid, beijing.backup())
    assert district.notes() == {("beijing", kept): "kept"}
    rebuild(network, beijing)
    two_days(network, market)
    assert set(beijing.records()) >= {("beijing", "note", kept)}
    assert ("beijing", "note", rid) not in beijing.records()
    assert [node.notes() for node in market[:2]] == [{("beijing", kept): "kept"}] * 2


@pytest.fixture
def silent_market(network: Network) -> Market:
    """A market whose streets have never spoken to their district."""
    city, district, beijing, hongqiao = network.grow("guangzhou", "yuexiu", "beijing", "hongqiao")
    network.drain(district)
    return city, district, beijing, hongqiao


def test_a_copy_of_a_node_that_had_never_agreed_with_its_parent_is_dated_by_its_first_start(
    network: Network, silent_market: Market
) -> None:
    beijing = silent_market[2]
    rid = beijing.publish("ended")
    found_too_late(network, silent_market, rid, beijing.backup())
    assert silent_market[1].notes() == {}


def test_a_copy_of_a_node_that_had_just_recovered_is_dated_by_that(network: Network, silent_market: Market) -> None:
    beijing = silent_market[2]
    before = beijing.backup()
    rid = beijing.publish("ended")
    network.drain(beijing)
    beijing.restore(before)
    cut_off_after_recovering(network, beijing)
    assert ("beijing", rid) in beijing.notes()
    found_too_late(network, silent_market, rid, beijing.backup())
    assert silent_market[1].notes() == {}


def cut_off_after_recovering(network: Network, node: Node) -> None:
    """Let a node that was put back recover, and lose the line before it has asked its parent how it stands."""
    link = network.link(node)
    said: list[str] = []

    def mishap(at: str) -> None:
        said.append(at)
        if at == "hello" and "owned" in said:
            raise LinkDown("test")

    link.mishap = mishap
    with pytest.raises(LinkDown):
        node.carrier.drain(link)
    with node.database.read() as session:
        assert not SqlLedger(session).meta().recovering


def test_an_end_that_the_streets_have_forgotten_and_the_city_never_heard_of_outlives_a_rebuild_of_the_district(
    network: Network, market: Market
) -> None:
    city, district, beijing, hongqiao = market
    rid = beijing.publish("ended")
    two_days(network, market)
    assert city.notes() == {("beijing", rid): "ended"}
    beijing.retract(rid)
    days_pass(network, market, 400, district)  # it has no line to the city all the while
    assert forget(beijing, hongqiao) == [1, 1]
    assert city.notes() == {("beijing", rid): "ended"}
    rebuild(network, district)
    two_days(network, market)
    two_days(network, market)
    assert [node.notes() for node in (city, beijing, hongqiao)] == [{}] * 3
    assert {node.envelope(rid, origin="beijing").op for node in (city, district)} == {"D"}


@pytest.mark.parametrize("way", ["retract", "erase"])
def test_what_a_node_has_ended_and_told_nobody_outlives_its_rebuild(network: Network, market: Market, way: str) -> None:
    city, _, beijing, hongqiao = market
    rid = beijing.publish("ended")
    two_days(network, market)
    (beijing.retract if way == "retract" else beijing.erase)(rid)
    rebuild(network, beijing)
    two_days(network, market)
    assert [node.notes() for node in (city, beijing, hongqiao)] == [{}] * 3
    assert [node.envelope(rid, origin="beijing").op for node in market] == ["E" if way == "erase" else "D"] * 4


def test_a_statement_that_only_a_rebuilt_node_had_made_stays_and_is_told(network: Network, market: Market) -> None:
    city, district, _, hongqiao = market
    revoke(district, "beijing")
    rebuild(network, district)
    network.drain(district)
    network.feed(hongqiao)
    assert [revoked_of(node, "beijing") for node in (city, district, hongqiao)] == [1] * 3


def revoked_of(node: Node, name: str) -> int:
    with node.database.read() as session:
        known = SqlLedger(session).node(name)
    return 0 if known is None else known.revoked


def test_an_end_that_the_parent_sends_is_forgotten_though_it_had_refused_the_record_before(
    network: Network, market: Market
) -> None:
    _, _, beijing, hongqiao = market
    rid = beijing.publish("ended")
    two_days(network, market)
    refused = hongqiao.envelope(rid, origin="beijing")
    with hongqiao.database.write() as session:  # it gave this version back, once, and the parent did not want it
        said = Rejection("beijing", "note", rid, refused.inc, refused.ver, "revoked_key")
        SqlLedger(session).note_reject("yuexiu", said)
    beijing.retract(rid)
    two_days(network, market)
    forget(*market)
    days_pass(network, market, 200)
    assert forget(beijing, hongqiao) == [1, 1]


def test_a_parent_that_was_put_back_has_to_have_had_an_end_for_half_a_year_once_more(
    network: Network, market: Market
) -> None:
    _, district, beijing, _ = market
    rid = beijing.publish("ended")
    two_days(network, market)
    backup = district.backup()
    beijing.retract(rid)
    two_days(network, market)
    days_pass(network, market, 140)
    district.restore(backup)
    two_days(network, market)
    assert district.notes() == {}
    days_pass(network, market, 100)
    assert forget(beijing) == [0]
    days_pass(network, market, 100)
    assert forget(beijing) == [1]


def test_a_clock_that_was_ahead_for_a_while_does_not_make_an_end_look_old(network: Network, market: Market) -> None:
    beijing = market[2]
    ended(network, market)
    network.clock.advance(days=3000)
    two_days(network, market)
    network.clock.advance(days=-2999)
    two_days(network, market)
    with beijing.database.read() as session:
        noted = SqlLedger(session).horizons()
    assert [one for one in noted if one.at > network.clock.now()] == []
    assert forget(beijing) == [0]


def test_what_was_erased_is_kept_for_good(network: Network, market: Market) -> None:
    _, _, beijing, _ = market
    rid = ended(network, market)
    end = replace(beijing.envelope(rid), op="E", ver=9)
    erased = replace(end, sig=beijing.key.sign(end.signed_bytes))
    assert beijing.receive(erased, via="beijing").applied == 1
    days_pass(network, market, 400)
    assert forget(*market) == [0, 0, 0, 0]
    assert [node.envelope(rid, origin="beijing").op for node in market] == ["E"] * 4
