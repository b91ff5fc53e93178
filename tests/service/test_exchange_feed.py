"""The way down: each node learns what the rest of the market said, keeps it, and drops what has gone."""

import json
from dataclasses import replace

from app.exchange import trust
from app.exchange.envelope import Envelope, encode_line
from app.exchange.ledger import Key
from app.exchange.sql_ledger import SqlLedger, SqlLedgers
from app.sync import feed
from app.sync.protocol import Cursor, Page
from app.sync.subscriber import Reader
from tests.service.exchange_nodes import DirectLink, Market, Network, Node, read_all


def spread(network: Network, market: Market) -> None:
    """Everything up, and everything down again."""
    _, district, *streets = market
    network.drain(*streets, district)
    network.feed(district, *streets)


def texts(node: Node) -> list[str]:
    return sorted(node.notes().values())


def is_sweeping(node: Node) -> bool:
    with node.database.read() as session:
        return SqlLedger(session).peer(node.exchange.local.parent or "", "sweep", feed.DOWN) is not None


def statements(node: Node) -> dict[Key, Envelope]:
    return {key: e for key, e in node.records().items() if e.kind == trust.KIND}


def test_what_one_street_publishes_is_known_at_the_other_as_it_was_signed(network: Network, market: Market) -> None:
    city, district, beijing, hongqiao = market
    rid = beijing.publish("of beijing")
    city.publish("of the city")
    district.publish("of the district")
    spread(network, market)
    everything = ["of beijing", "of the city", "of the district"]
    assert [texts(node) for node in market] == [everything] * 4
    assert hongqiao.envelope(rid, origin="beijing") == beijing.envelope(rid)
    beijing.publish("changed", rid)
    spread(network, market)
    assert hongqiao.notes()["beijing", rid] == "changed"
    beijing.retract(rid)
    spread(network, market)
    assert [texts(node) for node in market] == [everything[1:]] * 4
    assert [node.quarantine() for node in market] == [[]] * 4


def test_nobody_gets_its_own_subtree_back_nor_what_only_goes_up(network: Network, market: Market) -> None:
    city, district, beijing, _ = market
    beijing.publish("a")
    beijing.publish("a message", kind="msg.note")
    network.drain(beijing, district)
    with city.database.snapshot() as session:
        offered = city.exchange.kinds.going_down
        page = feed.cut_page(SqlLedger(session), "yuexiu", offered, None, 100)
        elsewhere = feed.cut_page(SqlLedger(session), "panyu", offered, None, 100)
    assert {line.split(b'"o":"')[1].split(b'"')[0] for line in page.lines} == {b"guangzhou"}
    assert any(b'"o":"beijing"' in line for line in elsewhere.lines)
    assert not any(b"a message" in line for line in elsewhere.lines)
    head = beijing.head()
    network.feed(beijing)
    network.feed(beijing)
    assert beijing.head() == head + 1  # the statement about hongqiao, once


def test_the_feed_is_read_page_by_page_and_goes_on_where_it_was(network: Network, market: Market) -> None:
    city, district, beijing, _ = market
    for n in range(7):
        city.publish(str(n))
    link = network.link(district)
    link.page = 3
    network.feed(district)
    first = read_all(district.reader, link)
    assert (first, texts(district)) == (0, [str(n) for n in range(7)])
    for n in range(7, 11):
        city.publish(str(n))
    pages = link.pages
    district.start()  # the cursor is kept in the database
    assert read_all(district.reader, link) == 4
    assert link.pages - pages == 2
    network.feed(beijing)
    assert len(texts(beijing)) == 11


def test_a_parent_put_back_to_a_backup_is_read_anew_and_what_it_lost_is_dropped_everywhere(
    network: Network, market: Market
) -> None:
    city, district, beijing, hongqiao = market
    city.publish("kept")
    spread(network, market)
    backup = city.backup()
    lost = city.publish("lost")
    own = hongqiao.publish("of hongqiao")
    spread(network, market)
    assert texts(beijing) == ["kept", "lost", "of hongqiao"]
    city.restore(backup)
    city.publish("since")
    assert district.reader.read(network.link(district)).begins_anew
    district.carrier.greet_again()
    spread(network, market)
    assert [texts(node) for node in market] == [["kept", "of hongqiao", "since"]] * 4
    assert ("guangzhou", lost) not in beijing.notes()
    assert beijing.envelope(own, origin="hongqiao") == hongqiao.envelope(own)
    assert not is_sweeping(district)
    assert beijing.envelope(lost, origin="guangzhou").op == "X"


def test_a_version_that_the_parent_has_lost_goes_back_up_to_it(network: Network, market: Market) -> None:
    city, district, _, _ = market
    rid = city.publish("old")
    spread(network, market)
    backup = city.backup()
    city.publish("new", rid)
    new = city.envelope(rid)
    spread(network, market)
    city.restore(backup)
    assert city.notes() == {("guangzhou", rid): "old"}
    network.feed(district)
    network.drain(district)
    assert city.envelope(rid) == new
    city.publish("newest", rid)
    spread(network, market)
    assert [texts(node) for node in market] == [["newest"]] * 4


def test_a_sweep_does_not_end_while_the_parent_is_itself_behind(network: Network, market: Market) -> None:
    """A restarted district that has not reached the city yet does not vouch for what its feed lacks."""
    city, district, beijing, _ = market
    spread(network, market)
    backup = district.backup()
    city.publish("of the city")
    spread(network, market)
    assert texts(beijing) == ["of the city"]
    district.restore(backup)
    network.feed(beijing)
    assert is_sweeping(beijing)
    assert texts(beijing) == ["of the city"]  # not there, but the district is not current
    spread(network, market)
    network.feed(beijing)
    assert not is_sweeping(beijing)
    assert [texts(node) for node in market] == [["of the city"]] * 4


def test_a_node_waits_for_news_only_once_it_has_asked_how_its_parent_is(network: Network, market: Market) -> None:
    """A long poll of 20 s at the start would leave those below without anybody who vouches for the market."""
    _, district, beijing, _ = market
    waits: list[int] = []

    class Watching(DirectLink):
        def feed(self, cursor: Cursor | None, wait_s: int, owned_head: int) -> Page:
            waits.append(wait_s)
            return super().feed(cursor, wait_s, owned_head)

    spread(network, market)
    district.start()
    link = Watching(district, "beijing")
    reader = Reader(SqlLedgers(beijing.database), "yuexiu")
    assert reader.read(link, 20).is_end is False  # the district has begun anew, and has not yet asked the city
    assert reader.read(link, 20).is_end is False
    network.drain(district)
    network.feed(district)
    assert reader.read(link, 20).is_end
    assert reader.read(link, 20).is_end
    beijing.start()
    assert Reader(SqlLedgers(beijing.database), "yuexiu").read(link, 20).is_end
    assert waits == [20, 1, 1, 20, 0]


def test_a_dropped_record_that_is_said_again_comes_back(network: Network, market: Market) -> None:
    _, district, beijing, hongqiao = market
    spread(network, market)
    backup = district.backup()
    rid = hongqiao.publish("of hongqiao")
    spread(network, market)
    assert texts(beijing) == ["of hongqiao"]
    district.restore(backup)
    network.drain(district)  # recovers hongqiao's record, which the city has
    spread(network, market)
    network.feed(beijing)
    assert texts(beijing) == texts(district) == ["of hongqiao"]
    hongqiao.publish("again", rid)
    spread(network, market)
    assert texts(beijing) == ["again"]


def test_other_kinds_offered_are_read_from_the_start(network: Network, market: Market) -> None:
    city, district, _, _ = market
    city.publish("before")
    network.feed(district)
    kind = city.exchange.kinds.get("note")
    assert kind is not None
    city.exchange.kinds.register("later", kind.body_type, apply=kind.apply, remove=kind.remove, goes_down=True)
    city.publish("of the new kind", kind="later")
    network.feed(district)
    assert [e.kind for e in district.records().values() if "new kind" in (e.body or "")] == ["later"]
    assert texts(district) == ["before"]
    assert not is_sweeping(district)


def test_a_page_that_was_asked_for_at_another_place_is_not_taken(network: Network, market: Market) -> None:
    city, district, _, _ = market
    city.publish("a")
    link = network.link(district)
    late = link.feed(None, 0, 0)
    city.publish("b")
    network.feed(district)
    head = district.head()
    with district.database.write() as session:
        assert feed.take_page(SqlLedger(session), "guangzhou", late, None) == 0
    assert district.head() == head
    with district.database.read() as session:
        cursor = feed.cursor_of(SqlLedger(session), "guangzhou")
    assert cursor is not None
    assert cursor.seq == city.head()


def test_a_parent_cannot_make_its_child_forget_who_is_trusted(network: Network, market: Market) -> None:
    city, district, *_ = market
    rid = city.publish("a note")
    network.feed(district)
    known = statements(district)

    class Dropping(DirectLink):
        def feed(self, cursor: Cursor | None, wait_s: int, owned_head: int) -> Page:
            page = super().feed(cursor, wait_s, owned_head)
            keys = [*known, ("guangzhou", "note", rid)]
            lines = [*page.lines, *(json.dumps({"drop": key}).encode() + b"\n" for key in keys)]
            return Page(header=page.header.model_copy(update={"n": len(lines)}), lines=lines)

    read_all(district.reader, Dropping(city, "yuexiu"))
    assert texts(district) == []
    assert statements(district) == known


def test_a_forged_or_unreadable_line_is_set_aside_and_the_page_goes_on(network: Network, market: Market) -> None:
    city, district, _, _ = market
    city.publish("good")
    rid = city.publish("to be forged")

    class Spoilt(DirectLink):
        def feed(self, cursor: Cursor | None, wait_s: int, owned_head: int) -> Page:
            page = super().feed(cursor, wait_s, owned_head)
            forged = encode_line(replace(city.envelope(rid), body='{"text":"forged"}'))
            lines = [forged if rid.encode() in line else line for line in page.lines]
            lines += [b"no JSON\n", b'{"drop":1}\n']
            return Page(header=page.header.model_copy(update={"n": len(lines)}), lines=lines)

    read_all(district.reader, Spoilt(city, "yuexiu"))
    assert texts(district) == ["good"]
    assert sorted(row.reason for row in district.quarantine()) == ["bad_signature", "malformed", "malformed"]
