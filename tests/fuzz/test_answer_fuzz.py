"""Whatever a parent answers, its child reads or refuses it, keeps its place, and goes on once the parent is well."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import func, select

from app.exchange.models import SyncQuarantine
from app.sync.link import LinkDown, Refused
from app.sync.protocol import Batch, Cursor, Page, PushAnswer
from tests.fuzz.answers import Answer, make
from tests.fuzz.hearing import heard, outcome
from tests.fuzz.running import run
from tests.service.exchange_nodes import DirectLink, Network, Node, read_all


def test_a_child_reads_or_refuses_whatever_its_parent_answers() -> None:
    check_is_varied(run(outcome, 0, 1500))


@pytest.mark.slow
def test_a_child_reads_or_refuses_a_hundred_thousand_answers() -> None:
    check_is_varied(run(outcome, 1_000_000, 100_000))


def check_is_varied(seen: Counter[str]) -> None:
    """Every kind of answer comes through now and then: what is refused at the door tests nothing behind it."""
    read = ("Page", "Hello", "PushAnswer", "DigestAnswer", "VersionsAnswer", "line", "drop")
    assert min(seen[f"{one} read"] for one in read) > 0.02 * seen["answer not believed"] > 0, seen
    assert seen["line refused"] > 0


@dataclass
class Odd(DirectLink):
    """A way to a parent that answers a page and a push with what a seed says, once."""

    answer: Answer | None = None

    def push(self, stream: str, batch: Batch) -> PushAnswer:
        said = self._said()
        return said if isinstance(said, PushAnswer) else super().push(stream, batch)

    def feed(self, cursor: Cursor | None, wait_s: int, owned_head: int) -> Page:
        said = self._said()
        return said if isinstance(said, Page) else super().feed(cursor, wait_s, owned_head)

    def _said(self) -> object:
        answer, self.answer = self.answer, None
        return None if answer is None else heard(answer)


def asked_as(what: str, seeds: range) -> Iterator[Answer]:
    return (answer for answer in map(make, seeds) if answer.asked == what)


def unharmed(child: Node, link: Odd, do: Callable[[Odd], object]) -> bool:
    """Whether what the child heard was taken in; if not, it has to be as it was, and to know why."""
    before = child.backup()
    try:
        do(link)
    except (LinkDown, Refused):
        assert child.backup() == before
        return False
    return True


@pytest.fixture
def child(network: Network) -> Node:
    """A district whose city has something to say, and which has something to say itself."""
    city, district = network.grow("guangzhou", "yuexiu")
    for number in range(5):
        city.publish(f"of the city {number}")
    network.drain(district)
    network.feed(district)
    return district


def test_a_page_that_cannot_be_taken_in_changes_nothing_and_the_next_one_is(network: Network, child: Node) -> None:
    city = network.nodes["guangzhou"]
    taken = Counter(
        unharmed(child, Odd(city, child.name, answer=answer), child.reader.read)
        for answer in asked_as("page", range(200))
    )
    assert min(taken[True], taken[False]) > 10
    later = city.publish("later")
    read_all(child.reader, Odd(city, child.name))
    assert child.notes() == city.notes()
    assert ("guangzhou", later) in child.notes()
    with child.database.read() as session:
        assert session.scalar(select(func.count()).select_from(SyncQuarantine))


def test_an_answer_to_a_push_that_cannot_be_read_changes_nothing_and_the_batch_comes_again(
    network: Network, child: Node
) -> None:
    city = network.nodes["guangzhou"]
    for number, answer in enumerate(asked_as("push", range(300))):
        child.publish(f"of the district {number}")
        link = Odd(city, child.name, answer=answer)
        unharmed(child, link, child.carrier.drain)
    child.carrier.greet_again()
    network.drain(child)
    assert number > 20
    assert {rid for origin, rid in city.notes() if origin == "yuexiu"} == {
        rid for origin, rid in child.notes() if origin == "yuexiu"
    }
