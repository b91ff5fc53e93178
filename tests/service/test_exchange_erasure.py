"""An erased record: nothing of what it ever said is kept anywhere, and nothing brings it back."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from app.exchange.records import FinalRecord
from tests.service.exchange_nodes import Network, Node

WORDS = "words that should never have been written"


@pytest.fixture
def tree(network: Network) -> tuple[Node, Node, Node]:
    """A city, a district and a street that know each other."""
    city, district, street = network.grow()
    network.drain(street, district)
    return city, district, street


def ops(rid: str, *nodes: Node) -> list[str]:
    return [node.envelope(rid, origin="beijing").op for node in nodes]


def keeps_words(node: Node) -> bool:
    """Whether anything in any table holds them; on SQLite, anything in the file."""
    if not node.database.is_sqlite:
        return WORDS in repr(node.backup())
    path = Path(node.database.url.database or "")
    with closing(sqlite3.connect(path, timeout=10)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return WORDS.encode() in path.read_bytes()


def test_nobody_keeps_what_an_erased_record_said(network: Network, tree: tuple[Node, Node, Node]) -> None:
    city, district, street = tree
    rid = street.publish(WORDS)
    network.drain(street, district)
    assert all(keeps_words(node) for node in tree)
    street.erase(rid)
    network.drain(street, district)
    assert ops(rid, *tree) == ["E"] * 3
    assert not any(keeps_words(node) for node in tree)
    assert city.envelope(rid, origin="beijing").sig == street.envelope(rid).sig


def test_what_has_ended_can_still_be_erased_once_and_is_never_published_again(
    network: Network, tree: tuple[Node, Node, Node]
) -> None:
    _, district, street = tree
    rid = street.publish(WORDS)
    street.retract(rid)
    network.drain(street, district)
    street.erase(rid)
    erased = street.envelope(rid)
    street.erase(rid)
    street.retract(rid)
    assert street.envelope(rid) == erased
    with pytest.raises(FinalRecord):
        street.publish("again", rid)
    network.drain(street, district)
    assert ops(rid, *tree) == ["E"] * 3


def test_what_was_never_published_is_erased_without_a_trace(tree: tuple[Node, Node, Node]) -> None:
    street = tree[2]
    head = street.head()
    street.erase(street.new_rid())
    assert street.head() == head


def test_refused_versions_are_forgotten_and_later_ones_not_kept(
    network: Network, tree: tuple[Node, Node, Node]
) -> None:
    _, district, street = tree
    rid = street.publish("harmless")
    network.drain(street, district)
    forged = replace(street.envelope(rid), ver=9, body=f'{{"text":"{WORDS}"}}')
    district.receive(forged, via="beijing")
    assert [row.reason for row in district.quarantine()] == ["bad_signature"]
    street.erase(rid)
    network.drain(street, district)
    assert district.quarantine() == []
    district.receive(forged, via="beijing")
    street.receive(forged, via="yuexiu")
    assert (district.quarantine(), street.quarantine()) == ([], [])
    assert not any(keeps_words(node) for node in tree)


def test_a_restored_node_erases_again(network: Network, tree: tuple[Node, Node, Node]) -> None:
    _, district, street = tree
    rid = street.publish(WORDS)
    network.drain(street, district)
    backups = [(node, node.backup()) for node in (street, district)]
    street.erase(rid)
    network.drain(street, district)
    for node, backup in backups:
        node.restore(backup)
    assert keeps_words(street)
    network.drain(district, street, district)
    assert ops(rid, *tree) == ["E"] * 3
    assert not any(keeps_words(node) for node in tree)
