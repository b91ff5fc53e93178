"""Whose signature counts: the chain from the city down, each statement signed by the parent of whom it speaks."""

import base64
from dataclasses import replace
from typing import Any

import pytest

from app.exchange import publish, trust
from app.exchange.envelope import Envelope, signing_bytes
from app.exchange.keys import NodeKey
from app.exchange.models import SyncNode
from app.exchange.receive import Verdicts, retry_quarantine
from app.exchange.sql_ledger import SqlLedger
from tests.service.exchange_nodes import Network, Node

STRANGER = NodeKey("liwan:1", bytes(range(32)))


@pytest.fixture
def tree(network: Network) -> dict[str, Node]:
    """City, district and street, whose statements have reached the city."""
    city, district, beijing = network.grow()
    network.drain(district)
    return {"city": city, "district": district, "beijing": beijing}


def known(node: Node) -> dict[str, str | None]:
    """The nodes that `node` trusts, with their parents."""
    with node.database.read() as session:
        return {n.node: n.parent for n in session.query(SyncNode)}


def statement(by: Node, **changes: Any) -> Envelope:
    """A node statement signed by `by`: lawful for a street of Yuexiu unless changed."""
    body = {
        "node": "liwan",
        "name": "荔湾",
        "tier": "street",
        "region": "440104005",
        "parent": by.name,
        "key_id": f"{changes.get('node', 'liwan')}:1",
        "public_key": base64.b64encode(STRANGER.public).decode(),
        **changes,
    }
    unsigned = Envelope(
        by.name, trust.KIND, by.new_rid(), by.exchange.local.inc, 1, "P", 1, body["region"], None, None,
        trust.NodeStatement.model_validate(body).model_dump_json(), by.key.key_id, bytes(64),
    )  # fmt: skip
    return replace(unsigned, sig=by.key.sign(signing_bytes(unsigned)))


def test_every_tier_knows_the_chain_from_the_city_down_to_itself(tree: dict[str, Node]) -> None:
    with tree["beijing"].database.read() as session:
        assert [n.node for n in trust.chain(SqlLedger(session), "beijing")] == ["guangzhou", "yuexiu", "beijing"]
    assert known(tree["beijing"]) == {"guangzhou": None, "yuexiu": "guangzhou", "beijing": "yuexiu"}


def test_the_city_learns_the_streets_from_their_district(tree: dict[str, Node]) -> None:
    assert known(tree["city"]) == {"guangzhou": None, "yuexiu": "guangzhou", "beijing": "yuexiu"}
    with tree["city"].database.read() as session:
        assert trust.subtree(SqlLedger(session), "yuexiu") == {"yuexiu", "beijing"}
        assert trust.subtree(SqlLedger(session), "beijing") == {"beijing"}
        assert trust.subtree(SqlLedger(session), "guangzhou") == set(known(tree["city"]))
        assert trust.chain(SqlLedger(session), "nobody") == []


def test_a_lawful_statement_makes_its_node_trusted(tree: dict[str, Node]) -> None:
    assert tree["city"].receive(statement(tree["district"]), via="yuexiu", allowed={"yuexiu"}).applied == 1
    assert known(tree["city"])["liwan"] == "yuexiu"


def test_an_unlawful_statement_of_a_known_node_is_refused(tree: dict[str, Node]) -> None:
    before = known(tree["city"])
    own_key = base64.b64encode(tree["district"].key.public).decode()
    second_root = {"node": "yuexiu", "parent": None, "tier": "city", "region": "440100", "public_key": own_key}
    unlawful: list[dict[str, Any]] = [
        {"parent": "guangzhou"},  # in another's name
        {"tier": "district"},  # not one tier below
        {"tier": "city"},
        {"region": "440105001"},  # outside the district
        {"region": "440104"},  # the district itself
        {"region": "440100"},
        {"key_id": "beijing:1"},  # another's key name
        {"node": "guangzhou"},  # nobody's child
        {"node": "yuexiu"},  # somebody else's
        second_root,
    ]
    for changes in unlawful:
        verdicts = tree["city"].receive(statement(tree["district"], **changes), via="yuexiu")
        assert [r.code for r in verdicts.rejected] == ["foreign_subtree"], changes
    assert known(tree["city"]) == before


def test_a_street_cannot_state_anybody(tree: dict[str, Node]) -> None:
    verdicts = tree["city"].receive(statement(tree["beijing"]), via="yuexiu")
    assert [r.code for r in verdicts.rejected] == ["foreign_subtree"]


def test_a_statement_signed_by_the_wrong_parent_is_refused(tree: dict[str, Node]) -> None:
    """The district's statement, but signed with a street's key, under either name of the key."""
    sound = statement(tree["district"])
    by_street = replace(sound, sig=tree["beijing"].key.sign(signing_bytes(sound)))
    verdicts = tree["city"].receive(by_street, via="yuexiu")
    assert [r.code for r in verdicts.rejected] == ["bad_signature"]
    verdicts = tree["city"].receive(replace(by_street, key_id="beijing:1"), via="yuexiu")
    assert [r.code for r in verdicts.rejected] == ["unknown_key"]
    assert "liwan" not in known(tree["city"])


def test_another_root_than_the_pinned_one_is_refused(tree: dict[str, Node], network: Network) -> None:
    impostor = network.make("shenzhen", "city", "440300")
    [root] = impostor.records().values()
    verdicts = tree["beijing"].receive(root, via="yuexiu")
    assert [r.code for r in verdicts.rejected] == ["foreign_subtree"]
    assert "shenzhen" not in known(tree["beijing"])


def test_records_from_outside_the_childs_subtree_are_refused(tree: dict[str, Node], network: Network) -> None:
    panyu = network.join(network.make("panyu", "district", "440113"), tree["city"])
    sent = panyu.envelope(panyu.publish("genuine"))
    with tree["city"].database.read() as session:
        allowed = trust.subtree(SqlLedger(session), "yuexiu")
    verdicts = tree["city"].receive(sent, via="yuexiu", allowed=sorted(allowed))
    assert [r.code for r in verdicts.rejected] == ["foreign_subtree"]
    assert tree["city"].receive(sent, via="panyu", allowed=["panyu"]).applied == 1


def test_a_parent_takes_its_statement_back(tree: dict[str, Node], network: Network) -> None:
    rid = next(
        e.rid for e in tree["district"].records().values() if e.origin == "yuexiu" and '"beijing"' in (e.body or "")
    )
    tree["district"].retract(rid, trust.KIND)
    network.drain(tree["district"])
    assert "beijing" not in known(tree["city"])
    sent = tree["beijing"].envelope(tree["beijing"].publish("too late"))
    assert [r.code for r in tree["city"].receive(sent, via="yuexiu").rejected] == ["unknown_key"]


def test_nobody_takes_back_a_statement_that_another_made(tree: dict[str, Node], network: Network) -> None:
    """A street signs an end under the id of another's statement: a record of its own, and no end of that trust."""
    network.join(network.make("hongqiao", "street"), tree["district"])
    network.drain(tree["district"])
    before = known(tree["city"])
    sound = statement(tree["beijing"])
    for of in ("guangzhou", "yuexiu", "hongqiao"):
        with tree["city"].database.read() as session:
            rid = session.get_one(SyncNode, of).statement
        end = replace(sound, rid=rid, op="D", body=None, scope="440104003")
        end = replace(end, sig=tree["beijing"].key.sign(signing_bytes(end)))
        assert tree["city"].receive(end, via="yuexiu") == Verdicts(applied=1)
        assert known(tree["city"]) == before


def test_a_statement_of_a_later_schema_is_kept_unread(tree: dict[str, Node]) -> None:
    sound = statement(tree["district"])
    later = replace(sound, schema=2, body='{"another":"form"}')
    later = replace(later, sig=tree["district"].key.sign(signing_bytes(later)))
    assert tree["city"].receive(later, via="yuexiu", allowed=["yuexiu"]) == Verdicts(applied=1)
    assert tree["city"].quarantine() == []
    assert "liwan" not in known(tree["city"])


def test_a_statement_frees_what_waited_two_tiers_below_it(network: Network) -> None:
    """Street record, statement about the street, statement about the district: they may come in any order."""
    city = network.grow("guangzhou")[0]
    district = network.join(network.make("yuexiu", "district"), city)
    street = network.join(network.make("beijing", "street"), district)
    note = street.envelope(street.publish("a"))
    about_street = next(e for e in district.records().values() if e.origin == "yuexiu" and e.kind == trust.KIND)
    about_district = next(e for e in city.records().values() if '"yuexiu"' in (e.body or ""))
    with city.database.write() as session:
        trust.forget(SqlLedger(session), about_district)
        trust.forget(SqlLedger(session), about_street)
    assert [r.code for r in city.receive(note, about_street, via="yuexiu").rejected] == ["unknown_key"] * 2
    with city.database.write() as session:
        body = trust.NodeStatement.model_validate_json(about_district.body or "")
        publish(session, trust.KIND, city.new_rid(), body, region=body.region)
    with city.database.write() as session:
        verdicts = retry_quarantine(SqlLedger(session), "yuexiu")
    assert verdicts.applied == 2
    assert city.notes() == {("beijing", note.rid): "a"}


@pytest.mark.parametrize(
    ("region", "ancestor", "inside"),
    [
        ("440104003", "440104", True),
        ("440104", "440100", True),
        ("440104003", "440100", True),
        ("440105", "440104", False),
        ("440300", "440100", False),
        ("440104", "440104", True),
        ("440100", "440104", False),
        ("440104003001", "440104003", True),
    ],
)
def test_a_division_lies_in_another_by_its_code(region: str, ancestor: str, *, inside: bool) -> None:
    assert trust.is_inside(region, ancestor) is inside
