"""Both ends of a batch: cut after the parent's checkpoint, accepted only where it continues, never twice."""

from dataclasses import replace

import pytest
from sqlalchemy import event, func, select, update

from app.exchange import changes, publish
from app.exchange.envelope import encode_line
from app.exchange.models import SyncIncarnation, SyncMark, SyncPeer, SyncReject
from app.exchange.sql_ledger import SqlLedger
from app.sync import push
from app.sync.link import Refused
from app.sync.protocol import START, Batch, Checkpoint, Place, PushAnswer
from tests.service.exchange_nodes import Network, Node, accept
from tests.service.test_exchange_receive import signed


@pytest.fixture
def pair(network: Network) -> tuple[Node, Node]:
    """A city, and a district below it."""
    city, district = network.grow("guangzhou", "yuexiu")
    return city, district


def cut(node: Node, at: Place = START, limit: int = 100, stream: str = "live") -> Batch | None:
    with node.database.snapshot() as session:
        return push.cut_batch(SqlLedger(session), stream, at, node.exchange.local.inc, limit)


def must_cut(node: Node, at: Place = START, limit: int = 100) -> Batch:
    batch = cut(node, at, limit)
    assert batch is not None
    return batch


def send(parent: Node, batch: Batch, child: str = "yuexiu", stream: str = "live") -> PushAnswer:
    return accept(parent, child, stream, batch)


def refusal(parent: Node, batch: Batch) -> Refused:
    with pytest.raises(Refused) as found:
        send(parent, batch)
    return found.value


def checkpoint(parent: Node, stream: str = "live") -> Place | None:
    with parent.database.read() as session:
        found = push.checkpoints(SqlLedger(session), "yuexiu").get(stream)
    return None if found is None else Place(seq=found.seq, mark=found.mark)


def test_nothing_to_say_makes_no_batch(pair: tuple[Node, Node]) -> None:
    _, district = pair
    assert cut(district) is None
    assert cut(district, stream="trust") is None  # the chain came from the parent and is never pushed back
    district.publish("a")
    batch = must_cut(district)
    assert cut(district, batch.header.to) is None


def test_a_batch_is_cut_in_order_up_to_its_limit_and_continues_where_it_ended(pair: tuple[Node, Node]) -> None:
    _, district = pair
    rids = [district.publish(str(n)) for n in range(5)]
    sent: list[str] = []
    at = START
    for expected in (2, 2, 1):
        batch = must_cut(district, at, 2)
        assert (batch.header.n, len(batch.lines), batch.header.from_) == (expected, expected, at)
        sent += [line.decode().split('"r":"')[1][:36] for line in batch.lines]
        at = batch.header.to
    assert sent == rids
    assert at.seq == district.head()


def test_a_batch_never_grows_beyond_a_mebibyte(pair: tuple[Node, Node]) -> None:
    _, district = pair
    from app.exchange.bodies import PublicBody

    class Long(PublicBody):
        text: str

    district.exchange.kinds.register("long", Long, apply=lambda *_: None, remove=lambda *_: None)
    with district.database.write() as session:
        for _ in range(40):
            publish(session, "long", district.new_rid(), Long(text="汉" * 21_000))
    at, sizes, count = START, [], 0
    while (batch := cut(district, at)) is not None:
        sizes.append(sum(map(len, batch.lines)))
        count += batch.header.n
        at = batch.header.to
    assert count == 40
    assert max(sizes) <= 1024 * 1024 - 4096 < sizes[0] + 64 * 1024


def test_a_batch_names_the_history_it_was_cut_from(pair: tuple[Node, Node]) -> None:
    """The mark is that of the head of the snapshot, wherever the batch itself ends."""
    _, district = pair
    for n in range(3):
        district.publish(str(n))
    batch = must_cut(district, limit=1)
    with district.database.read() as session:
        assert batch.header.to.mark == changes.mark_at(session, district.head())
    assert batch.header.to.seq < district.head()


def test_a_batch_says_nothing_of_numbers_beyond_the_head_its_mark_speaks_for(pair: tuple[Node, Node]) -> None:
    """A record committed while the batch is cut waits for the next one: its number is not covered by the mark."""
    _, district = pair
    for n in range(3):
        district.publish(str(n))
    more = ["meanwhile"]

    @event.listens_for(district.database.reader, "after_cursor_execute")
    def commit_meanwhile(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "FROM sync_head" in statement and more:
            district.publish(more.pop())

    batch = must_cut(district, limit=4)
    assert more == []
    with district.database.read() as session:
        covered = session.execute(select(SyncMark.seq).where(SyncMark.mark == batch.header.to.mark)).scalar_one()
    assert (batch.header.n, batch.header.to.seq) == (3, covered)


def test_an_accepted_batch_moves_the_checkpoint_and_the_records_in_one_step(pair: tuple[Node, Node]) -> None:
    city, district = pair
    district.publish("a")
    batch = must_cut(district)
    answer = send(city, batch)
    assert Place(seq=answer.checkpoint.seq, mark=answer.checkpoint.mark) == batch.header.to == checkpoint(city)
    assert (answer.rejected, answer.newer) == ([], [])
    assert list(city.notes().values()) == ["a"]


def test_a_batch_that_comes_again_is_accepted_once(pair: tuple[Node, Node]) -> None:
    city, district = pair
    district.publish("a")
    batch = must_cut(district)
    send(city, batch)
    head = city.head()
    again = refusal(city, batch)
    assert (again.status, again.slug, again.checkpoint) == (409, "checkpoint", send_checkpoint(city))
    assert (city.head(), len(city.notes())) == (head, 1)


def send_checkpoint(parent: Node) -> object:
    with parent.database.read() as session:
        return push.checkpoints(SqlLedger(session), "yuexiu")["live"]


def test_a_gap_a_late_batch_and_a_foreign_mark_are_refused_without_any_effect(pair: tuple[Node, Node]) -> None:
    city, district = pair
    district.publish("a")
    first = must_cut(district)
    district.publish("b")
    second = must_cut(district, first.header.to)
    gap = refusal(city, second)
    assert (gap.status, gap.checkpoint and gap.checkpoint.seq) == (409, 0)
    assert checkpoint(city) is None
    send(city, first)
    send(city, second)
    assert refusal(city, first).slug == "checkpoint"
    district.publish("c")
    third = must_cut(district, second.header.to)
    header = third.header
    for wrong in (
        header.model_copy(update={"from_": Place(seq=header.from_.seq, mark="0" * 16)}),
        header.model_copy(update={"from_": Place(seq=header.from_.seq - 1, mark=header.from_.mark)}),
        header.model_copy(update={"log_id": "0" * 32}),
    ):
        assert refusal(city, Batch(header=wrong, lines=third.lines)).slug == "checkpoint"
    assert sorted(city.notes().values()) == ["a", "b"]
    assert checkpoint(city) == second.header.to


def test_of_two_batches_cut_at_one_place_only_one_is_accepted(pair: tuple[Node, Node]) -> None:
    city, district = pair
    district.publish("a")
    one = must_cut(district)
    district.publish("b")
    other = must_cut(district)
    send(city, other)
    assert refusal(city, one).slug == "checkpoint"
    assert sorted(city.notes().values()) == ["a", "b"]


def test_a_start_from_nothing_counts_only_for_a_new_incarnation_and_an_empty_batch(pair: tuple[Node, Node]) -> None:
    city, district = pair
    district.publish("a")
    first = must_cut(district)
    send(city, first)
    assert refusal(city, first).slug == "checkpoint"  # the same process: a repeated first batch
    district.start()
    again = must_cut(district)
    assert refusal(city, again).slug == "checkpoint"  # a copy of the node may have pushed what this one never saw
    empty = Batch(header=again.header.model_copy(update={"to": START, "n": 0}), lines=[])
    old = Batch(header=empty.header.model_copy(update={"inc": first.header.inc}), lines=[])
    assert refusal(city, old).slug == "checkpoint"
    assert send(city, empty).checkpoint.seq == 0
    assert send(city, again).checkpoint.seq == district.head()
    assert list(city.notes().values()) == ["a"]


def test_a_process_that_has_a_successor_is_fenced(pair: tuple[Node, Node]) -> None:
    city, district = pair
    district.publish("a")
    old = must_cut(district)
    district.start()
    send(city, must_cut(district))  # to a parent that has nothing yet, a first batch is a first batch
    district.publish("b")
    late = must_cut(district, old.header.to)
    stale = Batch(header=late.header.model_copy(update={"inc": old.header.inc}), lines=late.lines)
    fenced = refusal(city, stale)
    assert (fenced.status, fenced.slug) == (409, "fenced")
    assert fenced.extra == {"inc_seen": district.exchange.local.inc, "inc": stale.header.inc}


def test_lives_of_a_child_are_forgotten_that_were_overtaken_longer_ago_than_anybody_brings_a_state_back(
    network: Network, pair: tuple[Node, Node]
) -> None:
    city, district = pair
    lives: list[int] = []
    for n in range(10):
        network.clock.advance(days=40)
        lives.append(district.start().exchange.local.inc)
        district.publish(str(n))
        network.drain(district)
    with city.database.read() as session:
        kept = sorted(session.scalars(select(SyncIncarnation.inc)))
    assert kept == lives[5:]  # the sixth was heard 160 days ago, and the fifth overtaken then
    with city.database.write() as session:
        assert push.note_fencing(SqlLedger(session), "yuexiu", lives[5])  # it had been heard: two are at work


def test_a_suspended_child_is_refused(pair: tuple[Node, Node]) -> None:
    city, district = pair
    district.publish("a")
    first = must_cut(district)
    send(city, first)
    with city.database.writer.begin() as connection:
        connection.execute(update(SyncPeer).values(suspended=True))
    district.publish("b")
    refused = refusal(city, must_cut(district, first.header.to))
    assert (refused.status, refused.slug) == (403, "suspended")
    assert list(city.notes().values()) == ["a"]


def test_bad_lines_go_to_the_quarantine_and_the_checkpoint_moves_on(pair: tuple[Node, Node]) -> None:
    city, district = pair
    good = district.publish("good")
    forged = replace(district.envelope(district.publish("forged")), body='{"text":"else"}')
    batch = must_cut(district)
    lines = [
        b"no JSON\n",
        b'{"o":"yuexiu","o":"yuexiu"}\n',
        batch.lines[0].replace(b'"v":1', b'"v":NaN'),
        batch.lines[0].replace(b'"v":1', b'"v":1,"v":2'),
        batch.lines[0].replace(b'"sc":1', b'"sc":4294967296'),
        batch.lines[0].replace(b'"x":null', b'"x":9007199254740991'),
        batch.lines[0].replace(b"good", b"go\\u0000od"),
        encode_line(forged),
        batch.lines[0],
    ]
    header = batch.header.model_copy(update={"n": len(lines)})
    answer = send(city, Batch(header=header, lines=lines))
    assert [r.code for r in answer.rejected] == ["malformed"] * 7 + ["bad_signature"]
    assert checkpoint(city) == header.to
    assert city.notes() == {("yuexiu", good): "good"}
    assert sorted(row.raw for row in city.quarantine()) == sorted(lines[:-1])


def test_the_child_keeps_what_was_refused_until_it_is_accepted(pair: tuple[Node, Node]) -> None:
    city, district = pair
    rid = district.publish("a")
    batch = must_cut(district)
    spoilt = [line.replace(b'\\"a\\"', b'\\"b\\"') for line in batch.lines]
    answer = send(city, Batch(header=batch.header, lines=spoilt))
    take(district, batch, answer)
    with district.database.read() as session:
        assert [(r.rid, r.code) for r in session.scalars(select(SyncReject))] == [(rid, "bad_signature")]
    district.publish("c", rid)
    again = must_cut(district, batch.header.to)
    take(district, again, send(city, again))
    with district.database.read() as session:
        assert session.execute(select(func.count()).select_from(SyncReject)).scalar() == 0


def test_a_refusal_is_not_kept_where_the_answer_brings_what_the_parent_holds_instead(pair: tuple[Node, Node]) -> None:
    """Two records under one version: the greater digest counts, and then both hold the same."""
    city, district = pair
    own = district.envelope(district.publish("a"))
    others = (signed(district, own, body=f'{{"text":"{n}"}}') for n in range(100))
    other = next(e for e in others if e.sha256 > own.sha256)
    city.receive(other, via="yuexiu")
    batch = must_cut(district)
    answer = send(city, batch)
    assert [r.code for r in answer.rejected] == ["equivocation"]
    take(district, batch, answer)
    assert district.envelope(own.rid) == other
    with district.database.read() as session:
        assert not SqlLedger(session).has_rejects("guangzhou")


def take(child: Node, batch: Batch, answer: PushAnswer) -> None:
    with child.database.write() as session:
        push.take_answer(SqlLedger(session), "guangzhou", "live", batch, answer, child.exchange.local.inc)


def test_everything_waits_while_the_parent_holds_another_history(pair: tuple[Node, Node]) -> None:
    """A database made anew beside the old key: the number the parent stands at is that of the old one."""
    _, district = pair
    for n in range(3):
        district.publish(str(n))
    other = Checkpoint(log_id="f" * 32, seq=1_000, mark="0" * 16)
    with district.database.write() as session:
        push.note_checkpoint(SqlLedger(session), "guangzhou", "live", other, 1)
    with district.database.read() as session:
        assert push.backlog(SqlLedger(session)) == 3
