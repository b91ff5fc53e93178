"""Listings of other nodes: shown where their node's parent put them, ordered by times that have been, never forged."""

import base64
import json
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.exchange import trust
from app.exchange.envelope import Envelope
from app.exchange.keys import NodeKey
from app.exchange.models import SyncRecord
from app.exchange.node import exchange_of
from app.exchange.receive import Verdicts, receive
from app.exchange.sql_ledger import SqlLedger
from app.kernel.db import Database
from app.kernel.ids import new_id
from app.matching.queries import known_listing
from app.vacancies import listings
from app.vacancies.listing import KIND
from app.vacancies.listing_routes import shown
from app.vacancies.models import Listing
from tests.fakes import FakeClock
from tests.service.market import Market, make_market

KEY = NodeKey("beijing:1", bytes(range(32)))


@dataclass
class Street:
    """A street office two levels below the city of a market; it signs what a test wants."""

    market: Market
    sample: dict[str, Any]

    def listing(self, rid: str, ver: int = 1, scope: str = "440104003", **changes: Any) -> Envelope:
        body = {**self.sample, **changes}
        return self._signed(KIND, rid, ver, scope, json.dumps(body))

    def _signed(self, kind: str, rid: str, ver: int, scope: str, body: str, key: NodeKey = KEY) -> Envelope:
        expires = int((self.market.clock.now() + timedelta(days=9)).timestamp())
        unsigned = Envelope(
            key.key_id.partition(":")[0], kind, rid, 1, ver, "P", 1, scope, None, expires, body, key.key_id, bytes(64)
        )
        return replace(unsigned, sig=key.sign(unsigned.signed_bytes))

    def join(self) -> None:
        """The statements of the district and of the street, as they reach the city."""
        district = NodeKey("yuexiu:1", bytes(range(1, 33)))
        with self.market.database.write() as session:
            city = exchange_of(session).local.key
            chain = [
                (city, "yuexiu", "越秀区", "district", "440104", "gz", district),
                (district, "beijing", "北京街道", "street", "440104003", "yuexiu", KEY),
            ]
            for by, node, name, tier, region, parent, key in chain:
                said = trust.NodeStatement(
                    node=node,
                    name=name,
                    tier=tier,
                    region=region,
                    parent=parent,
                    key_id=key.key_id,
                    public_key=base64.b64encode(key.public).decode(),
                )
                sent = self._signed(trust.KIND, self.new_rid(), 1, region, said.model_dump_json(), by)
                assert not receive(SqlLedger(session), [sent], "yuexiu").rejected

    def new_rid(self) -> str:
        return new_id(self.market.clock)

    def send(self, *envelopes: Envelope) -> Verdicts:
        with self.market.database.write() as session:
            return receive(SqlLedger(session), envelopes, "yuexiu")

    def row(self, rid: str) -> Listing | None:
        with self.market.database.read() as session:
            return session.get(Listing, ("beijing", rid))


@pytest.fixture
def street(database: Database, clock: FakeClock, tmp_path: Path) -> Street:
    market = make_market(database, clock, tmp_path / "keys")
    own = market.record(market.open(place={"region": "440104003", "stated": ""}).id)
    assert own is not None
    found = Street(market, json.loads(own.body or ""))
    found.join()
    return found


def test_where_a_listing_comes_from_is_said_by_its_nodes_parent(street: Street, clock: FakeClock) -> None:
    rid = street.new_rid()
    office = {"region": "440104003", "name": "广州市人力资源和社会保障局"}
    assert street.send(street.listing(rid, office=office)).applied == 1
    with street.market.database.read() as session:
        [answer] = shown([session.get_one(Listing, ("beijing", rid))], session, clock)
    origin = answer.origin
    assert (origin.node, origin.name, origin.region, origin.tier) == ("beijing", "北京街道", "440104003", "street")


def test_a_listing_in_the_name_of_another_division_is_refused(street: Street) -> None:
    rid = street.new_rid()
    other = {"region": "440104001", "name": "洪桥街道公共就业服务机构"}
    verdicts = street.send(street.listing(rid, scope="440104001", office=other))
    assert [r.code for r in verdicts.rejected] == ["foreign_region"]
    assert street.row(rid) is None


def test_a_listing_whose_office_lies_elsewhere_than_its_record_is_kept_and_not_shown(street: Street) -> None:
    rid = street.new_rid()
    assert street.send(street.listing(rid)).applied == 1
    other = {"region": "440104001", "name": "洪桥街道公共就业服务机构"}
    assert street.send(street.listing(rid, 2, office=other)).applied == 1
    assert street.row(rid) is None  # not the version before it, either
    with street.market.database.read() as session:
        assert session.scalars(select(SyncRecord.ver).where(SyncRecord.rid == rid)).all() == [2]


def test_a_time_in_the_future_puts_no_listing_on_top(street: Street, clock: FakeClock) -> None:
    rid, ahead = street.new_rid(), (clock.now() + timedelta(days=365)).isoformat()
    street.send(street.listing(rid, opened_at=ahead, updated_at=ahead))
    arrived = clock.now()
    clock.advance(minutes=5)
    later = street.market.open()
    row = street.row(rid)
    assert row is not None
    assert (row.opened_at, row.updated_at) == (arrived, arrived)
    with street.market.database.read() as session:
        ordered = session.scalars(listings.newest_first(select(Listing), None)).all()
        matched = known_listing(session, rid)
    assert ordered[0].rid == later.id
    assert matched is not None
    assert matched.opened_at == arrived


def test_a_listing_that_is_known_does_not_become_newer(street: Street, clock: FakeClock) -> None:
    rid, opened = street.new_rid(), clock.now() - timedelta(days=3)
    for ver, moment in enumerate((opened, clock.now(), opened - timedelta(days=1)), 1):
        street.send(street.listing(rid, ver, opened_at=moment.isoformat()))
        row = street.row(rid)
        assert row is not None
        assert row.opened_at == min(opened, moment)


def test_of_many_at_once_only_the_bad_ones_are_missing(street: Street) -> None:
    """A whole batch: checked together and written together, and each record judged for itself."""
    rids = [street.new_rid() for _ in range(130)]
    sent = [street.listing(rid, title=f"保洁员{number}") for number, rid in enumerate(rids)]
    other = {"region": "440104001", "name": "洪桥街道公共就业服务机构"}
    sent[7] = street.listing(rids[7], office=other)  # kept, not shown
    sent[60] = street.listing(rids[60], seats=0)  # kept, not understood
    forged = replace(sent[99], body=f"{sent[99].body} ")
    verdicts = street.send(*sent[:99], forged, *sent[100:])
    assert verdicts.applied == 129
    assert [(r.rid, r.code) for r in verdicts.rejected] == [(rids[99], "bad_signature")]
    with street.market.database.read() as session:
        found = {row.rid: row.body["title"] for row in session.scalars(select(Listing).where(Listing.rid.in_(rids)))}
        kept = set(session.scalars(select(SyncRecord.rid).where(SyncRecord.rid.in_(rids))))
    shown_ones = {rid: f"保洁员{number}" for number, rid in enumerate(rids) if number not in (7, 60, 99)}
    assert found == shown_ones
    assert kept == set(rids) - {rids[99]}


def test_many_that_change_and_end_at_once(street: Street) -> None:
    rids = [street.new_rid() for _ in range(120)]
    street.send(*(street.listing(rid) for rid in rids))
    ended = [replace(street.listing(rid, 2), op="D", body=None) for rid in rids[::2]]
    ended = [replace(one, sig=KEY.sign(one.signed_bytes)) for one in ended]
    changed = [street.listing(rid, 2, seats=9) for rid in rids[1::2]]
    mixed = [one for pair in zip(ended, changed, strict=True) for one in pair]
    assert street.send(*mixed).applied == 120
    assert street.send(*mixed).applied == 0  # a repeated batch is no news
    with street.market.database.read() as session:
        found = {row.rid: row.body["seats"] for row in session.scalars(select(Listing).where(Listing.rid.in_(rids)))}
    assert found == dict.fromkeys(rids[1::2], 9)
