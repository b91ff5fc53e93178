"""A batch that the parent refuses as a whole stops nobody: halved down to the record at fault, which is set aside."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from app.exchange import PublicBody, publish
from app.exchange.models import SyncReject
from app.exchange.sql_ledger import SqlLedger
from app.sync import push
from app.sync.link import LinkDown, Refused, TooSlow
from app.sync.protocol import Batch, PushAnswer
from tests.service.exchange_nodes import DirectLink, Network, Node


class Long(PublicBody):
    """A body with room for a long text."""

    text: str


def publish_long(node: Node, texts: list[str]) -> None:
    if node.exchange.kinds.get("long") is None:
        node.exchange.kinds.register("long", Long, apply=lambda *_: None, remove=lambda *_: None)
    with node.database.write() as session:
        for text in texts:
            publish(session, "long", node.new_rid(), Long(text=text))


def refused(node: Node) -> list[tuple[str, str]]:
    """What the node knows that its parent refused: rid and code."""
    with node.database.read() as session:
        return [(row.rid, row.code) for row in session.scalars(select(SyncReject))]


def waiting(node: Node) -> int:
    with node.database.read() as session:
        return push.backlog(SqlLedger(session))


@dataclass
class Picky(DirectLink):
    """A way to a parent that refuses a whole batch for what it holds."""

    status: int = 422
    refuses: Callable[[Batch], bool] = lambda batch: any(b"poison" in line for line in batch.lines)

    def push(self, stream: str, batch: Batch) -> PushAnswer:
        if self.refuses(batch):
            self.pushes.append((stream, batch))
            raise Refused(self.status, "malformed", {})
        return super().push(stream, batch)


@pytest.mark.parametrize("encoding", ["zstd", "gzip"])
def test_much_repeated_text_is_carried(network: Network, encoding: str) -> None:
    """It shrinks more than a hundredfold, which a receiver takes for a bomb."""
    city, district = network.grow("guangzhou", "yuexiu")
    publish_long(district, ["日" * 8_000] * 60)
    behind = district.publish("behind")
    link = network.link(district)
    link.encoding = encoding
    district.carrier.drain(link)
    assert city.notes() == {("yuexiu", behind): "behind"}
    assert len(city.records()) == len(district.records())
    assert (waiting(district), refused(district)) == (0, [])


@pytest.mark.parametrize("status", [400, 413, 415, 422])
def test_a_record_that_the_parent_refuses_as_a_batch_is_set_aside_and_the_rest_goes_on(
    network: Network, status: int
) -> None:
    city, district = network.grow("guangzhou", "yuexiu")
    before = [district.publish(f"before {n}") for n in range(7)]
    poison = district.publish("poison for the city")
    behind = [district.publish(f"behind {n}") for n in range(5)]
    link = Picky(city, "yuexiu", status=status)
    district.carrier.drain(link)
    assert {rid for _, rid in city.notes()} == {*before, *behind}
    assert refused(district) == [(poison, "batch-malformed")]
    assert waiting(district) == 0
    assert len(link.pushes) < 20
    pushed = len(link.pushes)
    district.carrier.drain(link)
    assert len(link.pushes) == pushed, "what was set aside is not sent again"

    district.publish("mended", poison)
    district.carrier.drain(link)
    assert city.notes()["yuexiu", poison] == "mended"
    assert refused(district) == []


def test_nothing_is_set_aside_where_the_way_is_at_fault(network: Network) -> None:
    """A parent that takes no batch at all, not even an empty one: the records are good, a person has to look."""
    city, district = network.grow("guangzhou", "yuexiu")
    for n in range(3):
        district.publish(str(n))
    with pytest.raises(Refused, match="malformed"):
        district.carrier.drain(Picky(city, "yuexiu", status=415, refuses=lambda _: True))
    assert (refused(district), waiting(district)) == ([], 3)
    network.drain(district)
    assert len(city.notes()) == 3


def test_a_record_set_aside_before_the_line_broke_is_tried_again(network: Network) -> None:
    city, district = network.grow("guangzhou", "yuexiu")
    poison = district.publish("poison all")
    link = Picky(city, "yuexiu")

    def break_off(_: str) -> None:
        raise ConnectionError

    link.mishap = lambda when: break_off(when) if when == "before" else None
    with pytest.raises(ConnectionError):
        district.carrier.drain(link)
    assert refused(district) == [(poison, "batch-malformed")]
    assert waiting(district) == 1
    network.drain(district)
    assert list(city.notes().values()) == ["poison all"]
    assert refused(district) == []


@dataclass
class Failing(DirectLink):
    """A way to a parent that does not get through with some batches."""

    error: Callable[[], Exception] = lambda: LinkDown("status 500", status=500)
    fails: Callable[[Batch], bool] = lambda batch: any(b"poison" in line for line in batch.lines)

    def push(self, stream: str, batch: Batch) -> PushAnswer:
        if self.fails(batch):
            self.pushes.append((stream, batch))
            raise self.error()
        return super().push(stream, batch)


def tried(node: Node, link: Failing, rounds: int) -> int:
    """Let the courier try until nothing waits, greeting anew after each failure as it does; how often it failed."""
    for failures in range(rounds):
        node.carrier.greet_again()
        try:
            node.carrier.drain(link)
        except (LinkDown, Refused):
            continue
        return failures
    return rounds


@pytest.mark.parametrize(
    "error",
    [TooSlow("TooSlow"), LinkDown("status 503", 1.0, 503), Refused(408, "too-slow", {})],
    ids=["own deadline", "503", "408"],
)
def test_a_batch_that_takes_too_long_is_halved_until_it_is_in_time(network: Network, error: Exception) -> None:
    city, district = network.grow("guangzhou", "yuexiu")
    for number in range(40):
        district.publish(f"{number}")
    link = Failing(city, "yuexiu", error=lambda: error, fails=lambda batch: batch.header.n > 6)
    assert tried(district, link, 20) < 15
    assert [batch.header.n for _, batch in link.pushes][:4] == [40, 20, 10, 5]
    assert len(city.notes()) == 40
    assert (waiting(district), refused(district)) == (0, [])


def test_a_record_at_which_the_parent_fails_again_and_again_is_set_aside_and_the_rest_goes_on(
    network: Network,
) -> None:
    city, district = network.grow("guangzhou", "yuexiu")
    texts = [f"{number}" for number in range(40)]
    for text in texts[:27]:
        district.publish(text)
    poison = district.publish("poison for the city")
    for text in texts[27:]:
        district.publish(text)
    link = Failing(city, "yuexiu")
    assert tried(district, link, 20) == 4  # the fifth time it begins to search, and finds it without waiting again
    assert [batch.header.n for _, batch in link.pushes][:7] == [41, 41, 41, 41, 41, 20, 21]
    assert sorted(city.notes().values()) == sorted(texts)
    assert (waiting(district), refused(district)) == (0, [(poison, "batch-500")])
    district.publish("later")
    assert tried(district, link, 1) == 0
    assert len(city.notes()) == 41


def test_a_parent_that_fails_at_everything_is_waited_for_and_nothing_is_set_aside(network: Network) -> None:
    city, district = network.grow("guangzhou", "yuexiu")
    for number in range(10):
        district.publish(f"{number}")
    ill = Failing(city, "yuexiu", fails=lambda _: True)
    assert tried(district, ill, 12) == 12
    assert (waiting(district), refused(district)) == (10, [])
    assert tried(district, Failing(city, "yuexiu"), 1) == 0
    assert len(city.notes()) == 10


def test_errors_now_and_then_are_no_record_s_fault(network: Network) -> None:
    city, district = network.grow("guangzhou", "yuexiu")
    statuses = [500, 502, 500, 502, 500, 502, 500]
    link = Failing(
        city,
        "yuexiu",
        error=lambda: LinkDown("status", status=statuses.pop()),
        fails=lambda _: bool(statuses),
    )
    district.publish("poison for nobody")
    assert tried(district, link, 20) == 7
    assert {batch.header.n for _, batch in link.pushes} == {1}
    assert refused(district) == []
