"""Publishing: `publish` stages, the commit numbers, and whatever is undone leaves no trace."""

from typing import Annotated

import pytest
from sqlalchemy import insert, select

from app.exchange import publish, retract
from app.exchange.commit import write_now
from app.exchange.envelope import MalformedEnvelope
from app.exchange.keys import verify
from app.exchange.node import NoExchange
from app.exchange.records import FinalRecord, PublishedInSavepoint, ScopeMoved
from app.exchange.trust import NodeStatement
from app.kernel.clock import end_of_day
from app.kernel.db import Database
from app.kernel.types import Personal
from app.kernel.writing import IdempotentAnswer
from tests.service.exchange_nodes import Network, Node, NoteBody


def domain_row(node: Node, key: str) -> IdempotentAnswer:
    """A row of the domain: any table will do."""
    return IdempotentAnswer(actor_id="a", key=key, request_sha256=bytes(32), created_at=node.clock.now())


def domain_keys(node: Node) -> list[str]:
    with node.database.read() as session:
        return list(session.scalars(select(IdempotentAnswer.key).order_by(IdempotentAnswer.key)))


def test_a_published_record_is_signed_numbered_and_shown(city: Node) -> None:
    rid = city.publish("第一条", region="440104003", expires_at=end_of_day(city.clock.today()))
    found = city.envelope(rid)
    assert (found.origin, found.op, found.ver, found.inc) == ("guangzhou", "P", 1, city.exchange.local.inc)
    assert (found.scope, found.expires, found.body) == ("440104003", 1795449599, '{"text":"第一条","number":0}')
    assert verify(city.key.public, found.signed_bytes, found.sig)
    assert city.numbers() == [1, 2]  # the city's own statement came first
    assert city.notes() == {("guangzhou", rid): "第一条"}


def test_the_next_version_takes_a_new_number_and_leaves_the_old_one_behind(city: Node) -> None:
    rid = city.publish("a")
    first = city.envelope(rid)
    city.publish("b", rid)
    second = city.envelope(rid)
    assert (second.inc, second.ver) == (first.inc, first.ver + 1)
    assert city.numbers() == [1, 3]
    assert city.notes() == {("guangzhou", rid): "b"}


def test_publishing_twice_in_one_transaction_makes_one_version_with_the_last_text(city: Node) -> None:
    rid = city.new_rid()
    with city.database.write() as session:
        publish(session, "note", rid, NoteBody(text="a"))
        publish(session, "note", rid, NoteBody(text="b"))
    assert city.envelope(rid).ver == 1
    assert city.notes() == {("guangzhou", rid): "b"}
    assert city.head() == 2


def test_a_rolled_back_transaction_takes_its_record_with_it(city: Node) -> None:
    rid = city.new_rid()
    with pytest.raises(RuntimeError), city.database.write() as session:
        session.add(domain_row(city, "first-key"))
        publish(session, "note", rid, NoteBody(text="never"))
        raise RuntimeError
    kept = city.new_rid()
    with city.database.write() as session:
        session.add(domain_row(city, "second-key"))
        publish(session, "note", kept, NoteBody(text="kept"))
    assert domain_keys(city) == ["second-key"]
    assert city.notes() == {("guangzhou", kept): "kept"}
    assert city.numbers() == [1, 2]


@pytest.mark.parametrize("end", ["rollback", "close"])
def test_a_session_that_goes_on_after_it_was_undone_sends_nothing_of_before(city: Node, end: str) -> None:
    session = city.database.write_sessions()
    publish(session, "note", city.new_rid(), NoteBody(text="never"))
    getattr(session, end)()
    session.add(domain_row(city, "later-key"))
    session.commit()
    session.close()
    assert city.notes() == {}
    assert city.numbers() == [1]


def test_a_commit_that_fails_gives_no_number_away(city: Node) -> None:
    with city.database.write() as session:
        session.add(domain_row(city, "same-key"))
    before = city.head()
    with pytest.raises(Exception, match=r"UNIQUE|unique"), city.database.write() as session:
        session.add(domain_row(city, "same-key"))  # found at the flush inside the commit
        publish(session, "note", city.new_rid(), NoteBody(text="never"))
    assert city.head() == before
    assert city.notes() == {}


def test_a_savepoint_that_is_rolled_back_does_not_lose_the_records_around_it(city: Node) -> None:
    rid = city.new_rid()
    with city.database.write() as session:
        publish(session, "note", rid, NoteBody(text="kept"))
        with pytest.raises(RuntimeError), session.begin_nested():
            session.add(domain_row(city, "undone-key"))
            raise RuntimeError
        session.add(domain_row(city, "kept-key"))
    assert domain_keys(city) == ["kept-key"]
    assert city.notes() == {("guangzhou", rid): "kept"}


def test_publishing_inside_a_savepoint_is_refused(city: Node) -> None:
    rid = city.publish("a")
    with city.database.write() as session, session.begin_nested():
        with pytest.raises(PublishedInSavepoint):
            publish(session, "note", rid, NoteBody(text="b"))
        with pytest.raises(PublishedInSavepoint):
            retract(session, "note", rid)
    assert city.envelope(rid).ver == 1


def test_retracting_leaves_a_tombstone_that_keeps_the_records_place(city: Node) -> None:
    rid = city.publish("a", region="440104003")
    city.retract(rid)
    found = city.envelope(rid)
    assert (found.op, found.ver, found.body, found.scope) == ("D", 2, None, "440104003")
    assert verify(city.key.public, found.signed_bytes, found.sig)
    assert city.notes() == {}
    assert city.numbers() == [1, 3]


def test_retracting_again_changes_nothing(city: Node) -> None:
    rid = city.publish("a")
    city.retract(rid)
    head = city.head()
    city.retract(rid)
    assert (city.head(), city.envelope(rid).ver) == (head, 2)


def test_retracting_what_was_never_published_leaves_no_trace(city: Node) -> None:
    rid = city.new_rid()
    city.retract(rid)
    with city.database.write() as session:
        publish(session, "note", rid, NoteBody(text="thought better of it"))
        retract(session, "note", rid)
    assert city.head() == 1
    assert list(city.records()) == [key for key in city.records() if key[1] == "trust.node"]


def test_publishing_and_retracting_in_one_transaction_sends_the_end_only(city: Node) -> None:
    rid = city.publish("a")
    with city.database.write() as session:
        publish(session, "note", rid, NoteBody(text="b"))
        retract(session, "note", rid)
        with pytest.raises(FinalRecord):
            publish(session, "note", rid, NoteBody(text="c"))
    assert (city.envelope(rid).op, city.envelope(rid).ver) == ("D", 2)


def test_an_ended_record_never_returns(city: Node) -> None:
    rid = city.publish("a")
    city.retract(rid)
    with pytest.raises(FinalRecord):
        city.publish("again", rid)
    assert city.envelope(rid).op == "D"


def test_a_record_does_not_move_to_another_region(city: Node) -> None:
    rid = city.publish("a", region="440104003")
    with pytest.raises(ScopeMoved):
        city.publish("b", rid, region="440104004")
    city.publish("b", rid, region="440104003")
    assert city.envelope(rid).ver == 2


def test_one_commit_numbers_all_its_records_without_a_gap(city: Node) -> None:
    with city.database.write() as session:
        for number in range(5):
            publish(session, "note", city.new_rid(), NoteBody(text=str(number)))
    assert city.numbers() == [1, 2, 3, 4, 5, 6]
    assert city.head() == 6


def test_the_record_can_be_written_before_the_commit_and_still_vanish_with_it(city: Node) -> None:
    rid = city.new_rid()
    with pytest.raises(RuntimeError), city.database.write() as session:
        publish(session, "note", rid, NoteBody(text="a"))
        write_now(session)
        raise RuntimeError
    assert (city.head(), city.notes()) == (1, {})
    with city.database.write() as session:
        publish(session, "note", rid, NoteBody(text="a"))
        write_now(session)
        publish(session, "note", rid, NoteBody(text="b"))
    assert (city.envelope(rid).ver, city.numbers(), city.head()) == (2, [1, 3], 3)


def test_listeners_hear_of_commits_with_records_and_of_nothing_else(city: Node) -> None:
    heard: list[int] = []
    city.exchange.on_commit(lambda: heard.append(city.head()))
    with city.database.write() as session:
        session.add(domain_row(city, "no-record"))
    with pytest.raises(RuntimeError), city.database.write() as session:
        publish(session, "note", city.new_rid(), NoteBody(text="never"))
        write_now(session)
        raise RuntimeError
    assert heard == []
    city.publish("a")
    assert heard == [2]


def test_a_savepoint_after_the_record_was_written_does_not_wake_anybody_too_early(city: Node) -> None:
    heard: list[int] = []
    city.exchange.on_commit(lambda: heard.append(city.head()))
    with city.database.write() as session:
        publish(session, "note", city.new_rid(), NoteBody(text="a"))
        write_now(session)
        with session.begin_nested():
            session.add(domain_row(city, "some-key"))
        assert heard == []
    assert heard == [2]


def test_a_failure_to_write_a_record_is_not_forgotten_by_the_next_commit(city: Node) -> None:
    session = city.database.write_sessions()
    session.add(domain_row(city, "some-key"))
    publish(session, "note", city.new_rid(), NoteBody(text="bug"))
    for _ in range(2):  # whoever swallows the error and commits again must not leave the record behind
        with pytest.raises(LookupError):
            session.commit()
    session.close()
    assert (domain_keys(city), city.head()) == ([], 1)


@pytest.mark.parametrize("rid", ["1", "019aae6c-5a00-4000-8000-000000000001", "019AAE6C-5A00-7000-8000-000000000001"])
def test_a_record_that_every_receiver_would_refuse_gets_no_number(city: Node, rid: str) -> None:
    with pytest.raises(MalformedEnvelope):
        city.publish("a", rid)
    with pytest.raises(MalformedEnvelope):
        city.publish("a", region="Guangzhou")
    assert city.head() == 1


def test_a_body_beyond_64_kib_is_refused_at_its_origin(city: Node) -> None:
    from app.exchange.bodies import PublicBody

    class Long(PublicBody):
        text: str

    city.exchange.kinds.register("long", Long, apply=lambda *_: None, remove=lambda *_: None)
    longest = 64 * 1024 - len('{"text":""}')
    with city.database.write() as session:
        publish(session, "long", city.new_rid(), Long(text="x" * longest))
    with pytest.raises(MalformedEnvelope, match="64 KiB"), city.database.write() as session:
        publish(session, "long", city.new_rid(), Long(text="x" * (longest + 1)))
    assert city.head() == 2


def test_a_kind_that_is_not_registered_and_a_body_of_another_kind_are_refused(city: Node) -> None:
    with pytest.raises(LookupError):
        city.publish("a", kind="unheard.of")
    with pytest.raises(LookupError), city.database.write() as session:
        publish(session, "trust.node", city.new_rid(), NoteBody(text="a"))
    assert city.head() == 1


class NoteWithPhone(NoteBody):
    """A body that passes for a note and carries what was never checked."""

    phone: Annotated[str, Personal()]


def test_a_body_that_only_derives_from_the_registered_one_is_refused(city: Node) -> None:
    with pytest.raises(LookupError), city.database.write() as session:
        publish(session, "note", city.new_rid(), NoteWithPhone(text="a", phone="15400000001"))
    assert city.head() == 1


def test_a_session_of_no_node_cannot_publish(network: Network, city: Node) -> None:
    plain = Database(city.database.url.render_as_string(hide_password=False))
    with pytest.raises(NoExchange), plain.write() as session:
        publish(session, "note", city.new_rid(), NoteBody(text="a"))
    plain.dispose()


def test_an_edit_after_a_restart_is_newer_than_any_before_it(city: Node) -> None:
    rid = city.publish("a")
    for _ in range(3):
        city.publish("b", rid)
    before = city.envelope(rid)
    city.start()  # the clock stands still: the incarnation grows all the same
    city.publish("c", rid)
    after = city.envelope(rid)
    assert (after.inc, after.ver) == (before.inc + 1, before.ver + 1)


def test_the_citys_own_statement_is_its_first_record(city: Node) -> None:
    [statement] = city.records().values()
    body = NodeStatement.model_validate_json(statement.body or "")
    assert (body.node, body.parent, body.public_key_bytes) == ("guangzhou", None, city.key.public)


def test_a_session_flushes_the_domain_before_the_counter_is_taken(city: Node) -> None:
    """The counter row is what others wait for: everything that can fail or wait comes before it."""
    seen: list[str] = []
    from sqlalchemy import event

    @event.listens_for(city.database.writer, "before_cursor_execute")
    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement.split(maxsplit=1)[0] + " " + next((w for w in statement.split() if "_" in w), ""))

    with city.database.write() as session:
        session.execute(insert(IdempotentAnswer).values(_values(city, "core-key")))
        publish(session, "note", city.new_rid(), NoteBody(text="a"))
        session.add(domain_row(city, "late-key"))
    counter = next(i for i, s in enumerate(seen) if s == "UPDATE sync_head")
    later = seen[counter + 1 :]
    assert all("sync_" in s for s in later), later
    assert any("test_note" in s for s in seen[:counter])


def _values(node: Node, key: str) -> dict[str, object]:
    return {"actor_id": "a", "key": key, "request_sha256": bytes(32), "created_at": node.clock.now()}
