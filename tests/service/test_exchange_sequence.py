"""The sequence that every reader follows: gapless, in commit order, also under writers that race and fail."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.exchange import changes, publish
from app.exchange.envelope import Envelope
from app.exchange.ledger import Which
from app.exchange.models import SyncMark, SyncRecord
from app.exchange.receive import receive
from app.exchange.sql_ledger import SqlLedger
from app.exchange.streams import STREAMS, stream_of
from tests.service.exchange_nodes import Network, Node, NoteBody

WRITERS = 4
ROUNDS = 9


class Undone(Exception):
    """What a writer raises to have its transaction rolled back."""


def test_racing_writers_of_which_some_fail_leave_a_gapless_sequence(city: Node) -> None:
    started = city.head()

    def write(writer: int) -> list[str]:
        kept = []
        for n in range(ROUNDS):
            rid = city.new_rid()
            try:
                with city.database.write() as session:
                    publish(session, "note", rid, NoteBody(text=f"{writer}"))
                    if n % 3 == 1:
                        session.flush()
                        raise Undone
                kept.append(rid)
            except Undone:
                continue
        return kept

    with ThreadPoolExecutor(WRITERS) as pool:
        kept = [rid for rids in pool.map(write, range(WRITERS)) for rid in rids]
    assert len(kept) == WRITERS * ROUNDS * 2 // 3
    assert city.numbers() == list(range(1, started + len(kept) + 1))
    assert {rid for _, rid in city.notes()} == set(kept)


def test_a_reader_that_follows_the_sequence_while_others_write_misses_nothing(city: Node) -> None:
    """Numbers become visible in commit order: at no moment is n + 1 there and n still to come."""
    done, pause = threading.Event(), threading.Event()

    def write(writer: int) -> None:
        for _ in range(ROUNDS):
            with city.database.write() as session:
                for _ in range(2):
                    publish(session, "note", city.new_rid(), NoteBody(text=f"{writer}"))

    def follow() -> list[int]:
        seen: list[int] = []
        cursor = 0
        while True:
            was_done = done.is_set()
            with city.database.read() as session:
                found = SqlLedger(session).changes(cursor, 3, Which())
            seen += [c.seq for c in found]
            cursor = seen[-1] if seen else 0
            pause.wait(0.002)
            if was_done and not found:
                return seen

    with ThreadPoolExecutor(WRITERS + 1) as pool:
        reader = pool.submit(follow)
        for writer in [pool.submit(write, n) for n in range(WRITERS)]:
            writer.result()
        done.set()
        seen = reader.result()
    assert seen == list(range(1, 2 + 2 * WRITERS * ROUNDS))


def test_racing_versions_of_one_record_are_counted_one_by_one(city: Node) -> None:
    rid = city.publish("start")

    def write(_: int) -> None:
        for _ in range(ROUNDS):
            city.publish("again", rid)

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    assert city.envelope(rid).ver == 1 + WRITERS * ROUNDS
    assert city.head() == 2 + WRITERS * ROUNDS


def test_the_older_of_two_versions_that_arrive_at_once_never_wins(network: Network) -> None:
    city, district = network.grow("guangzhou", "yuexiu")
    rid = district.publish("old")
    old = district.envelope(rid)
    district.publish("new", rid)
    new = district.envelope(rid)
    is_taken, may_commit = threading.Event(), threading.Event()

    def first() -> None:
        with city.database.write() as session:
            receive(SqlLedger(session), [new], "yuexiu")
            is_taken.set()
            assert may_commit.wait(5)

    with ThreadPoolExecutor(2) as pool:
        winner = pool.submit(first)
        assert is_taken.wait(5)
        late = pool.submit(city.receive, old, via="yuexiu")
        threading.Event().wait(0.15)  # long enough for the late one to have compared, were it let in
        may_commit.set()
        winner.result()
        verdicts = late.result()
    assert (verdicts.applied, verdicts.newer) == (0, [new])
    assert city.envelope(rid, origin="yuexiu") == new
    assert city.notes() == {("yuexiu", rid): "new"}


def texts(session: Session, seq: int, limit: int = 100, **options: str | set[str]) -> list[str]:
    found = SqlLedger(session).changes(seq, limit, Which(**options))  # type: ignore[arg-type]
    return [NoteBody.model_validate_json(c.envelope.body or "").text for c in found if c.envelope.kind != "trust.node"]


def test_changes_come_in_order_from_just_behind_the_number_and_no_more_than_asked(city: Node) -> None:
    first = city.publish("a")
    for word in "bcd":
        city.publish(word)
    city.publish("a2", first)
    with city.database.read() as session:
        assert texts(session, 0) == ["b", "c", "d", "a2"]  # a record changed twice appears once, at its last number
        assert [c.seq for c in SqlLedger(session).changes(0, 100, Which())] == [1, 3, 4, 5, 6]
        assert [c.seq for c in SqlLedger(session).changes(3, 2, Which())] == [4, 5]
        assert [c.seq for c in SqlLedger(session).changes(5, 100, Which())] == [6]
        assert SqlLedger(session).changes(6, 100, Which()) == []
        assert SqlLedger(session).changes(0, 0, Which()) == []
        assert changes.head(session) == 6


def test_changes_can_be_read_by_stream_kind_and_origin(network: Network) -> None:
    city, district = network.grow("guangzhou", "yuexiu")
    city.publish("live")
    city.publish("message", kind="msg.note")
    foreign = district.publish("foreign")
    city.receive(district.envelope(foreign), via="yuexiu")
    with city.database.read() as session:
        assert texts(session, 0, stream="live") == ["live", "foreign"]
        assert texts(session, 0, stream="msg") == ["message"]
        assert {c.envelope.kind for c in SqlLedger(session).changes(0, 9, Which(stream="trust"))} == {"trust.node"}
        assert texts(session, 0, kinds={"msg.note"}) == ["message"]
        assert texts(session, 0, origins={"yuexiu"}) == ["foreign"]
        assert texts(session, 0, origins=set()) == []
        assert SqlLedger(session).count(0, Which(stream="live", origins={"guangzhou", "yuexiu"}, or_via="nobody")) == 2
        assert SqlLedger(session).count(0, Which(stream="trust", origins={"guangzhou"}, or_via="nobody")) == 2
        assert SqlLedger(session).count(0, Which(stream="live", origins={"guangzhou"}, or_via="yuexiu")) == 2
        assert SqlLedger(session).count(city.head(), Which(stream="live", origins={"yuexiu"}, or_via="")) == 0


@pytest.mark.parametrize("kind", ["note", "msg.note", "trust.node", "trust", "msg", "trustee.note", "msgs"])
def test_a_kind_travels_in_the_stream_that_its_name_says_in_sql_too(city: Node, kind: str) -> None:
    if city.exchange.kinds.get(kind) is None:
        city.exchange.kinds.register(kind, NoteBody, apply=lambda *_: None, remove=lambda *_: None)
    if kind != "trust.node":
        city.publish("a", kind=kind)
    with city.database.read() as session:
        holding = [
            s
            for s in STREAMS
            if any(c.envelope.kind == kind for c in SqlLedger(session).changes(0, 9, Which(stream=s)))
        ]
    assert holding == [stream_of(kind)]


def test_a_local_drop_never_travels(city: Node) -> None:
    city.publish("a")
    with city.database.writer.begin() as connection:
        connection.execute(text("UPDATE sync_record SET op = 'X', body = NULL WHERE kind = 'note'"))
    with city.database.read() as session:
        assert [c.envelope.kind for c in SqlLedger(session).changes(0, 9, Which())] == ["trust.node"]
        assert SqlLedger(session).count(0, Which(stream="live", origins={"guangzhou"}, or_via="nobody")) == 0


def test_every_commit_that_moves_the_head_leaves_a_mark_of_its_own(city: Node) -> None:
    with city.database.write() as session:
        publish(session, "note", city.new_rid(), NoteBody(text="a"))
        publish(session, "note", city.new_rid(), NoteBody(text="b"))
    city.publish("c")
    with city.database.write():
        pass  # nothing was published: no mark
    with city.database.read() as session:
        marks = {m.seq: m.mark for m in session.scalars(select(SyncMark))}
        assert sorted(marks) == [1, 3, 4]
        assert len(set(marks.values())) == 3
        assert all(changes.has_mark(session, mark) for mark in marks.values())
        # The mark of the last commit at or below a number: 2 lies inside the commit that ended at 3.
        assert [changes.mark_at(session, n) for n in range(6)] == ["", marks[1], marks[1], marks[3], marks[4], marks[4]]
        assert not changes.has_mark(session, "")
        assert not changes.has_mark(session, "0" * 16)


def test_what_is_received_is_numbered_and_marked_as_what_is_published(network: Network) -> None:
    city, district = network.grow("guangzhou", "yuexiu")
    envelopes: list[Envelope] = [district.envelope(district.publish(t)) for t in "ab"]
    before = city.head()
    assert city.receive(*envelopes, via="yuexiu").applied == 2
    assert city.head() == before + 2
    with city.database.read() as session:
        rows = session.execute(select(SyncRecord.seq, SyncRecord.via).where(SyncRecord.origin == "yuexiu")).all()
        assert sorted(rows) == [(before + 1, "yuexiu"), (before + 2, "yuexiu")]
        assert changes.has_mark(session, changes.mark_at(session, before + 2))
