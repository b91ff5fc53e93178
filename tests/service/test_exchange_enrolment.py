"""Joining with a one-time code: what is let in, and everything that is not."""

from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from app.exchange import trust
from app.exchange.commit import take_numbers
from app.exchange.envelope import decode_line, encode_line, signing_bytes
from app.exchange.keys import NodeKey, fingerprint
from app.exchange.models import EnrolmentCode, SyncMeta, SyncNode
from app.exchange.sql_ledger import SqlLedger
from app.kernel.problems import Invalid, Malformed, Problem
from app.sync import enrolment
from app.sync.enrolment import Code, EnrolAnswer, EnrolRequest, KeyTaken, UntrustedParent, WrongCode, parse_code
from tests.service.exchange_nodes import Network, Node


@pytest.fixture
def district(network: Network) -> Node:
    """A district that has not joined."""
    return network.make("yuexiu", "district")


def issue(parent: Node, node: str = "yuexiu", tier: str = "district", region: str = "440104") -> Code:
    with parent.database.write() as session:
        return enrolment.issue_code(session, parent.clock, node=node, tier=tier, region=region)


def request(child: Node, code: Code | str) -> EnrolRequest:
    with child.database.read() as session:
        meta = session.get_one(SyncMeta, 1)
        return enrolment.request_to_join(meta, child.key, code if isinstance(code, str) else code.secret)


def admit(parent: Node, asked: EnrolRequest) -> EnrolAnswer:
    with parent.database.write() as session:
        return enrolment.admit(session, parent.clock, asked)


def join(child: Node, answer: EnrolAnswer, code: Code) -> None:
    with child.database.write() as session:
        enrolment.join(session, answer, code, "http://127.0.0.1:8000", child.key)


def test_a_code_lets_its_node_in_with_the_chain_up_to_the_city(city: Node, district: Node) -> None:
    code = issue(city)
    answer = admit(city, request(district, code))
    join(district, answer, code)
    local = district.start().exchange.local
    assert (answer.parent, local.parent) == ("guangzhou", "guangzhou")
    with district.database.read() as session:
        assert [n.node for n in trust.chain(SqlLedger(session), "yuexiu")] == ["guangzhou", "yuexiu"]
        assert session.get_one(SyncMeta, 1).root_key == city.key.public
    with city.database.read() as session:
        assert session.get_one(SyncNode, "yuexiu").public_key == district.key.public


def test_a_code_names_the_citys_key_and_only_its_hash_is_kept(city: Node) -> None:
    code = issue(city)
    assert code.root_fingerprint == fingerprint(city.key.public)
    assert parse_code(f"  {str(code).upper()} ") == code
    with city.database.read() as session:
        [kept] = session.scalars(select(EnrolmentCode))
    assert code.secret.encode() not in kept.code_sha256
    assert len(code.secret) == 16


def test_asking_again_with_the_same_key_is_answered_again(city: Node, district: Node) -> None:
    """The answer may be lost on the way; nothing is stated twice."""
    code = issue(city)
    first = admit(city, request(district, code))
    head = city.head()
    assert admit(city, request(district, code)) == first
    assert city.head() == head


def test_a_node_joins_while_a_batch_is_taken_in(city: Node, district: Node) -> None:
    """Each needs the turn and the numbers, and would wait for the other if they took them in another order."""
    asked = request(district, issue(city))
    with ThreadPoolExecutor(1) as pool:
        with city.database.write() as session:
            SqlLedger(session).take_turn()
            joining = pool.submit(admit, city, asked)
            wait([joining], 0.5)
            take_numbers(session, 1)
        assert joining.result().parent == "guangzhou"


def test_a_used_code_lets_nobody_else_in(network: Network, city: Node, district: Node) -> None:
    code = issue(city)
    admit(city, request(district, code))
    impostor = Node(district.database, district.clock, district.keys_dir, "yuexiu")
    impostor.exchange = replace(
        district.exchange, local=replace(district.exchange.local, key=NodeKey("yuexiu:1", bytes(32)))
    )
    with pytest.raises(KeyTaken):
        admit(city, request(impostor, code))
    with city.database.write() as session:  # the node left; its old code is no way back
        session.delete(session.get_one(SyncNode, "yuexiu"))
    with pytest.raises(WrongCode):
        admit(city, request(district, code))


def test_a_code_is_over_after_ten_minutes(city: Node, district: Node) -> None:
    code = issue(city)
    city.clock.advance(minutes=10, seconds=1)
    with pytest.raises(WrongCode):
        admit(city, request(district, code))
    fresh = issue(city)
    city.clock.advance(minutes=9, seconds=59)
    assert admit(city, request(district, fresh)).parent == "guangzhou"


def test_whatever_does_not_fit_the_code_is_refused_and_leaves_nothing(city: Node, district: Node) -> None:
    code = issue(city)
    sound = request(district, code)
    wrong: list[dict[str, Any]] = [
        {"code": "a" * 16},
        {"node": "liwan", "key_id": "liwan:1"},
        {"tier": "street"},
        {"region": "440103"},
        {"public_key": "A" * 43 + "="},
        {"proof": "A" * 86 + "=="},
    ]
    head = city.head()
    for changes in wrong:
        with pytest.raises(WrongCode):
            admit(city, sound.model_copy(update=changes))
    with pytest.raises(Problem, match=r"malformed|invalid"):
        admit(city, sound.model_copy(update={"key_id": "guangzhou:1"}))
    assert city.head() == head
    assert admit(city, sound).parent == "guangzhou"  # none of it used the code up


def test_a_code_is_issued_only_for_the_tier_and_the_divisions_below(city: Node, network: Network) -> None:
    for tier, region in (
        ("street", "440104003"),  # two tiers below
        ("city", "440100"),
        ("district", "440100"),  # the city itself
        ("district", "440304"),  # another city's
    ):
        with pytest.raises((Invalid, Malformed)):
            issue(city, "someone", tier, region)
    district = network.join(network.make("yuexiu", "district"), city)
    street = network.join(network.make("beijing", "street"), district)
    with pytest.raises((Invalid, Malformed)):
        issue(street, "someone", "street", "440104003001")


def test_a_node_that_has_not_joined_lets_nobody_in(district: Node) -> None:
    with pytest.raises((Invalid, Malformed)):
        issue(district, "beijing", "street", "440104003")


@pytest.mark.parametrize(
    "typed", ["", "abc", "a" * 16, f"{'a' * 16}-{'b' * 15}", f"{'a' * 16}-{'1' * 16}", "阿" * 33, "a" * 5000]
)
def test_a_code_without_the_shape_of_one_is_refused(typed: str) -> None:
    with pytest.raises((Invalid, Malformed)):
        parse_code(typed)


def test_a_child_trusts_only_the_city_that_its_code_names(network: Network, city: Node, district: Node) -> None:
    code = issue(city)
    answer = admit(city, request(district, code))
    elsewhere = network.make("foshan", "city", "440100")
    other = issue(elsewhere)
    forged = admit(elsewhere, request(district, other))
    with pytest.raises(UntrustedParent):
        join(district, forged, code)  # somebody answered in the parent's place
    with pytest.raises(UntrustedParent):
        join(district, EnrolAnswer(parent="guangzhou", chain=[]), code)
    for odd in ("no line", "\ud800"):
        with pytest.raises(UntrustedParent):
            join(district, EnrolAnswer(parent="guangzhou", chain=[odd]), code)
    with pytest.raises(UntrustedParent):
        join(district, EnrolAnswer(parent="guangzhou", chain=answer.chain[:1]), code)
    with pytest.raises(UntrustedParent):
        join(district, EnrolAnswer(parent="foshan", chain=answer.chain), code)
    statement = decode_line(answer.chain[1].encode())
    resigned = replace(statement, sig=elsewhere.key.sign(signing_bytes(statement)))
    with pytest.raises(UntrustedParent):
        join(district, EnrolAnswer(parent="guangzhou", chain=[answer.chain[0], encode_line(resigned).decode()]), code)
    with district.database.read() as session:
        assert session.get_one(SyncMeta, 1).parent is None
        assert list(session.scalars(select(SyncNode))) == []
    join(district, answer, code)


def test_a_child_refuses_a_statement_about_another_key_than_its_own(city: Node, district: Node) -> None:
    code = issue(city)
    answer = admit(city, request(district, code))
    with district.database.write() as session, pytest.raises(UntrustedParent):
        enrolment.join(session, answer, code, "http://127.0.0.1", NodeKey("yuexiu:1", bytes(32)))
