"""Records on their way up, over lost answers, restored databases and a parent that takes only so much at once."""

import pytest

from app.exchange.ledger import Meta
from app.exchange.sql_ledger import SqlLedger
from app.sync import push
from app.sync.link import LinkDown, Refused
from app.sync.protocol import Batch, PushAnswer
from tests.service.exchange_nodes import DirectLink, Network, Node


@pytest.fixture
def pair(network: Network) -> tuple[Node, Node]:
    """A city, and a district below it."""
    city, district = network.grow("guangzhou", "yuexiu")
    return city, district


def test_a_child_takes_in_a_newer_version_that_its_parent_holds(network: Network, pair: tuple[Node, Node]) -> None:
    city, district = pair
    rid = district.publish("old")
    backup = district.backup()
    district.publish("new", rid)
    new = district.envelope(rid)
    city.receive(new, via="yuexiu")  # it got there before the restore
    district.restore(backup)
    network.drain(district)
    assert district.envelope(rid) == new
    assert district.envelope(rid) == city.envelope(rid, origin="yuexiu")
    assert district.notes() == {("yuexiu", rid): "new"}


def test_a_lost_answer_costs_one_round_trip_and_no_record(network: Network, pair: tuple[Node, Node]) -> None:
    city, district = pair
    link = network.link(district)
    district.publish("a")
    link.mishap = Once("after")
    with pytest.raises(LinkDown):
        district.carrier.drain(link)
    assert list(city.notes().values()) == ["a"]
    district.publish("b")
    assert district.carrier.drain(link) == 1  # after the 409 that tells the true place
    assert [batch.header.n for _, batch in link.pushes] == [1, 2, 1]
    assert sorted(city.notes().values()) == ["a", "b"]


class Once:
    """Fails once, at `where`."""

    def __init__(self, where: str) -> None:
        self._left = {where}

    def __call__(self, where: str) -> None:
        if where in self._left:
            self._left.remove(where)
            raise LinkDown("test")


def test_records_climb_from_street_to_city_with_their_keys_before_them(network: Network) -> None:
    city, district, street = network.grow()
    own, street_rid = district.publish("of the district"), street.publish("of the street")
    message = street.publish("a message", kind="msg.note")
    link = network.link(district)
    network.drain(street)
    district.carrier.drain(link)
    assert city.notes() == {
        ("yuexiu", own): "of the district",
        ("beijing", street_rid): "of the street",
        ("beijing", message): "a message",
    }
    assert city.quarantine() == []
    assert [stream for stream, _ in link.pushes] == ["trust", "msg", "live"]
    assert city.envelope(street_rid, origin="beijing") == street.envelope(street_rid)
    street.retract(street_rid)
    network.drain(street, district)
    assert ("beijing", street_rid) not in city.notes()


def test_a_parent_restored_from_a_backup_gets_everything_again(network: Network, pair: tuple[Node, Node]) -> None:
    city, district = pair
    district.publish("before")
    network.drain(district)
    backup = city.backup()
    changed = district.publish("after")
    ended = district.publish("ends")
    network.drain(district)
    district.retract(ended)
    network.drain(district)
    city.restore(backup)
    assert list(city.notes().values()) == ["before"]
    district.publish("changed", changed)
    network.drain(district)
    assert city.notes() == district.notes()
    assert {k: v for k, v in city.records().items() if k[0] == "yuexiu"} == {
        k: v for k, v in district.records().items() if k[0] == "yuexiu"
    }


def test_a_child_restored_from_a_backup_gets_back_what_it_had_pushed_and_goes_on(
    network: Network, pair: tuple[Node, Node]
) -> None:
    city, district = pair
    district.publish("a")
    network.drain(district)
    backup = district.backup()
    lost = district.publish("b")
    network.drain(district)
    district.restore(backup)
    log_id = district.exchange.local.log_id
    # The numbers alone would fit: as many records again as were lost.
    district.publish("c")
    district.publish("d")
    network.drain(district)
    assert sorted(city.notes().values()) == ["a", "b", "c", "d"]
    assert district.notes() == city.notes()
    assert district.envelope(lost) == city.envelope(lost, origin="yuexiu")
    assert district.exchange.local.log_id != log_id  # no batch of the life before can continue this history
    assert not meta(district).recovering
    district.publish("e", lost)
    network.drain(district)
    assert city.notes()["yuexiu", lost] == "e"


def meta(node: Node) -> Meta:
    with node.database.read() as session:
        return SqlLedger(session).meta()


def test_a_child_with_another_log_recovers_what_its_parent_holds_of_it(
    network: Network, pair: tuple[Node, Node]
) -> None:
    city, district = pair
    district.publish("a")
    network.drain(district)
    with district.database.writer.begin() as connection:
        connection.exec_driver_sql("UPDATE sync_meta SET log_id = '" + "ab" * 16 + "'")
    district.start()
    district.publish("b")
    network.drain(district)
    assert sorted(city.notes().values()) == ["a", "b"]
    assert district.notes() == city.notes()
    assert meta(district).log_id not in ("", "ab" * 16)


def test_a_clock_that_went_back_does_not_fence_a_process_for_ever(network: Network, pair: tuple[Node, Node]) -> None:
    """The parent tells what incarnation it has seen; a restored process goes on above it."""
    city, district = pair
    backup = district.backup()
    district.clock.advance(days=1)
    district.start()
    district.publish("a")
    network.drain(district)
    seen = district.exchange.local.inc
    district.clock.advance(days=-1)
    district.restore(backup)
    assert district.exchange.local.inc < seen
    district.publish("b")
    network.drain(district)
    drawn = district.exchange.local.inc
    assert drawn > seen
    assert district.start().exchange.local.inc == drawn + 1
    assert sorted(city.notes().values()) == sorted(district.notes().values()) == ["a", "b"]


def test_the_backlog_counts_what_waits_and_nothing_else(network: Network) -> None:
    city, district, street = network.grow()

    def backlog(node: Node) -> int:
        with node.database.read() as session:
            return push.backlog(SqlLedger(session))

    network.drain(street, district)
    assert [backlog(n) for n in (city, district, street)] == [0, 0, 0]
    city.publish("the city has nobody to tell")
    rid = street.publish("a")
    street.publish("b", rid)
    district.publish("c")
    assert [backlog(n) for n in (city, district, street)] == [0, 1, 1]
    network.drain(street)
    assert [backlog(n) for n in (city, district, street)] == [0, 2, 0]
    network.drain(district)
    assert backlog(district) == 0


def test_batches_shrink_when_the_parent_finds_them_too_large(network: Network, pair: tuple[Node, Node]) -> None:
    city, district = pair

    class Narrow(DirectLink):
        """A parent behind something that takes no more than three records at once."""

        def push(self, stream: str, batch: Batch) -> PushAnswer:
            if batch.header.n > 3:
                raise Refused(413, "too-large", {})
            return super().push(stream, batch)

    for n in range(10):
        district.publish(str(n))
    link = Narrow(city, district.name)
    district.carrier.drain(link)
    assert len(city.notes()) == 10
    assert max(batch.header.n for _, batch in link.pushes) <= 3
