"""The batch that is cut while another is under way: sent after a plain success, and after nothing else."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from app.sync.protocol import Batch, PushAnswer
from app.sync.push import UnknownHistory
from tests.service.exchange_nodes import DirectLink, Network, Node, put_back

MANY = 130  # notes: batches of 50, 50 and 30


@dataclass
class Meanwhile(DirectLink):
    """A way on which something happens once, while the parent works on the first batch."""

    happens: Callable[[], object] = lambda: None
    prepared: list[Batch] = field(default_factory=list)
    _has_happened: bool = False

    def prepare(self, batch: Batch) -> None:
        self.prepared.append(batch)

    def push(self, stream: str, batch: Batch) -> PushAnswer:
        answer = super().push(stream, batch)
        if not self._has_happened and batch.header.n == 50:
            self._has_happened = True
            self.happens()
        return answer

    @property
    def sent(self) -> list[int]:
        return [id(batch) for _, batch in self.pushes if batch.header.n]


def full(district: Node) -> None:
    """Notes that take three batches, and nothing else that waits."""
    for number in range(MANY):
        district.publish(f"{number}")


def test_what_was_cut_ahead_is_what_is_sent_next(network: Network) -> None:
    city, district = network.grow("guangzhou", "yuexiu")
    full(district)
    link = Meanwhile(city, "yuexiu")
    district.carrier.drain(link)
    assert len(city.notes()) == MANY
    assert len(link.prepared) == 2
    assert [id(batch) for batch in link.prepared] == link.sent[1:]


def test_what_is_changed_meanwhile_is_sent_behind_it(network: Network) -> None:
    city, district = network.grow("guangzhou", "yuexiu")
    full(district)
    link = Meanwhile(city, "yuexiu", happens=lambda: district.publish("later"))
    district.carrier.drain(link)
    assert len(city.notes()) == MANY + 1
    assert "later" in city.notes().values()
    assert id(link.prepared[0]) in link.sent


def test_after_a_new_incarnation_it_is_cut_anew(network: Network) -> None:
    city, district = network.grow("guangzhou", "yuexiu")
    full(district)
    link = Meanwhile(city, "yuexiu", happens=district.carrier.draw_again)
    district.carrier.drain(link)
    assert id(link.prepared[0]) not in link.sent
    assert len(city.notes()) == MANY


def test_what_another_stream_says_meanwhile_goes_first(network: Network) -> None:
    """A statement is not kept waiting by listings that were cut before it was made."""
    city, district = network.grow("guangzhou", "yuexiu")
    street = network.make("beijing", "street")
    full(district)
    link = Meanwhile(city, "yuexiu", happens=lambda: network.join(street, district))
    district.carrier.drain(link)
    assert [stream for stream, batch in link.pushes if batch.header.n][1] == "trust"
    assert id(link.prepared[0]) not in link.sent
    assert len(city.notes()) == MANY


def test_of_a_history_that_was_put_back_meanwhile_nothing_is_sent(network: Network) -> None:
    """The disk is exchanged for an earlier copy while a batch is under way, and as much is written again: what was cut
    ahead is gone with the history that it came from, though no number tells."""
    city, district = network.grow("guangzhou", "yuexiu")
    for number in range(60):
        district.publish(f"{number}")
        if not number:
            district.carrier.drain(network.link(district))
    backup = district.backup()
    for number in range(60, MANY):
        district.publish(f"{number}")

    def put_back_and_write_on() -> None:
        put_back(district.database, backup)
        for number in range(60, MANY + 10):
            district.publish(f"again {number}")

    link = Meanwhile(city, "yuexiu", happens=put_back_and_write_on)
    with pytest.raises(UnknownHistory):
        district.carrier.drain(link)
    assert id(link.prepared[0]) not in link.sent
    district.carrier.greet_again()
    district.carrier.drain(link)
    assert city.notes() == district.notes()
    assert len(city.notes()) == MANY + 10
