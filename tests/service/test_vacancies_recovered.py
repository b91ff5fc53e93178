"""A street restored from a backup: its register of vacancies follows what its parent holds of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app import exchange
from app.employers.models import Employer
from app.employers.schemas import EmployerIn, EmployerPatch
from app.employers.service import change_employer, register_employer
from app.exchange.records import FinalRecord
from app.kernel.db import Database
from app.kernel.problems import RefusedTransition
from app.main import _housekeeping, build_kinds
from app.regions.service import create_office
from app.settings import Settings
from app.vacancies import queries, recovered, service
from app.vacancies.listing import KIND, ListingBody
from app.vacancies.models import Listing, Vacancy
from tests.fakes import FakeClock
from tests.service.exchange_nodes import Backup, Network, Node
from tests.service.market import SEEN, Market, regions, staffed, taxonomy

USCC = "91990104MA0000002D"
HERE: dict[str, Any] = {"place": {"region": "440104003", "stated": ""}}
Bare = tuple[Network, list[Node]]


@dataclass
class Street:
    """The street below a district and a city, with a register of vacancies."""

    network: Network
    node: Node
    district: Node
    city: Node
    market: Market

    def push(self) -> None:
        self.network.drain(self.node, self.district)

    def restore(self, backup: Backup) -> None:
        """Put the street's database back, and let it ask its parent."""
        self.node.restore(backup)
        self.push()

    def open(self, **values: Any) -> Vacancy:
        return self.market.open(**{**HERE, **values})

    def register(self) -> dict[str, tuple[object, ...]]:
        """What the register says of each vacancy, besides its log."""
        with self.market.database.read() as session:
            found = session.execute(select(Vacancy, Employer).join(Employer, Vacancy.employer_id == Employer.id))
            return {
                v.id: (v.state, v.title, v.content, v.seats, v.valid_until, v.opened_at, v.referral_quota,
                       v.is_quota_set, v.is_published, v.office_id, e.name, e.uscc, e.sanctioned)
                for v, e in found
            }  # fmt: skip

    def log(self, vacancy: Vacancy) -> list[tuple[str, str | None, str]]:
        return [(line.verb, line.from_state, line.to_state) for line in self.market.log(vacancy.id)]

    def known_to_the_city(self) -> set[str]:
        with self.city.database.read() as session:
            return set(session.scalars(select(Listing.rid).where(Listing.origin == "beijing")))

    def lost(self) -> list[str]:
        """The own listings that no vacancy belongs to."""
        with self.market.database.read() as session:
            return [row.rid for row in session.scalars(queries.listings_without_vacancy("beijing"))]


@pytest.fixture
def bare(new_database: Callable[[], Database], clock: FakeClock, tmp_path: Path) -> Iterator[Bare]:
    """A city, a district and a street with the kinds of a real node, on each kind of database; no office yet."""
    network = Network(new_database, clock, tmp_path / "keys", lambda: build_kinds(taxonomy(), clock))
    nodes = network.grow()
    network.drain(*reversed(nodes[1:]))
    yield network, nodes
    network.close()


@pytest.fixture
def street(bare: Bare, clock: FakeClock) -> Street:
    network, (city, district, node) = bare
    return Street(network, node, district, city, staffed(node.database, clock, "440104003", "440104001"))


def test_after_a_restore_the_register_shows_what_was_published_since_the_backup(street: Street) -> None:
    market = street.market
    kept, ended, edited, paused = (street.open(title=title) for title in ("保洁员", "保安", "厨师", "收银员"))
    street.push()
    backup = street.node.backup()
    market.move(ended.id, "close", reason="已招满")
    pay = {"basis": "range", "period": "day", "min_fen": 20000}
    market.change(market.get(edited.id), duties="负责凉菜。", seats=7, pay=pay, valid_until="2027-02-28")
    market.move(edited.id, "approve", "open")
    market.move(paused.id, "pause")
    opened = street.open(title="夜班保安", skills=[{"stated": "监控", "need": "must"}])
    opened_and_paused = market.move(street.open(title="叉车工").id, "pause")
    street.push()
    before = street.register()

    street.restore(backup)
    assert street.register() == before
    assert street.log(kept)[-1][0] == "open"
    assert street.log(ended)[-1] == ("recover", "open", "closed_early")
    assert street.log(edited)[-1] == ("recover", "open", "open")
    assert market.log(edited.id)[-1].fields == ["duties", "pay", "referral_quota", "seats", "valid_until"]
    assert street.log(paused)[-1] == ("recover", "open", "paused")
    assert street.log(opened) == [("recover", None, "open")]
    assert street.log(opened_and_paused) == [("recover", None, "paused")]
    reasons = {vacancy.id: market.log(vacancy.id)[-1].reason for vacancy in (ended, edited, opened)}
    assert reasons == {
        ended.id: recovered.ENDED_AS_PUBLISHED, edited.id: recovered.TAKEN_OVER, opened.id: recovered.REBUILT
    }  # fmt: skip


def test_what_was_rebuilt_is_changed_and_ended_as_any_other_vacancy(street: Street, clock: FakeClock) -> None:
    market, edited = street.market, street.open(title="厨师")
    street.push()
    backup = street.node.backup()
    market.change(edited, referral_quota=0)
    opened, closed = street.open(title="夜班保安"), street.open(title="叉车工")
    street.push()
    street.restore(backup)
    assert market.get(edited.id).state == "frozen"
    market.change(market.get(edited.id), referral_quota=3)
    with market.database.write() as session:
        service.renew(session, market.officer, clock, opened.id, date(2027, 3, 31))
    market.move(closed.id, "close", reason="已招满")
    street.push()
    assert street.known_to_the_city() == {edited.id, opened.id}
    city = {key: e for key, e in street.city.records().items() if key[0] == "beijing"}
    assert {key: e for key, e in street.node.records().items() if key[0] == "beijing"} == city
    assert ListingBody.model_validate_json(city["beijing", KIND, opened.id].body or "").valid_until == date(2027, 3, 31)
    assert ListingBody.model_validate_json(city["beijing", KIND, edited.id].body or "").status == "open"


@pytest.mark.parametrize("verbs", [(), ("submit",), ("submit", "approve")])
def test_what_was_opened_and_ended_after_the_backup_ends_from_whatever_it_was_then(
    street: Street, verbs: tuple[str, ...]
) -> None:
    market = street.market
    vacancy = market.move(market.create(**HERE).id, *verbs) if verbs else market.create(**HERE)
    backup = street.node.backup()
    market.move(vacancy.id, *("submit", "approve", "open")[len(verbs) :], "fill")
    street.push()
    street.restore(backup)
    assert street.log(vacancy)[-1] == ("recover", vacancy.state, "closed_early")
    with pytest.raises(RefusedTransition):
        market.move(vacancy.id, "withdraw")


def test_what_ended_and_whose_last_day_is_over_counts_as_expired(street: Street, clock: FakeClock) -> None:
    vacancy = street.open(valid_until=date(2026, 11, 25))
    street.push()
    backup = street.node.backup()
    clock.advance(days=5)
    with street.market.database.write() as session:
        assert service.expire_due(session, clock) == 1
    street.push()
    street.restore(backup)
    assert street.log(vacancy)[-1] == ("recover", "open", "expired")


def test_nothing_expires_before_a_restored_node_has_asked_whether_it_was_renewed(
    street: Street, clock: FakeClock, tmp_path: Path
) -> None:
    settings = Settings(dir=tmp_path, parent_url="http://parent.invalid")
    jobs = _housekeeping(settings, street.market.database, clock, taxonomy())
    renewed, over = (street.open(valid_until=date(2026, 11, 25)) for _ in range(2))
    street.push()
    backup = street.node.backup()
    with street.market.database.write() as session:
        service.renew(session, street.market.officer, clock, renewed.id, date(2027, 1, 31))
    street.push()
    clock.advance(days=5)
    street.node.restore(backup)
    states = []
    for has_asked in (False, True):
        if has_asked:
            street.push()
        jobs.run_once()
        states.append([street.market.get(vacancy.id).state for vacancy in (renewed, over)])
    assert states == [["open", "open"], ["open", "expired"]]


def test_an_edit_that_did_not_know_of_the_end_is_overruled_in_the_register_too(street: Street) -> None:
    vacancy = street.open()
    street.push()
    backup = street.node.backup()
    street.market.move(vacancy.id, "close")
    street.push()
    street.node.restore(backup)
    street.market.move(vacancy.id, "pause")
    street.push()
    assert street.log(vacancy)[-2:] == [("pause", "open", "paused"), ("recover", "paused", "closed_early")]


def test_the_words_under_review_outlast_an_older_listing_that_hides_them(street: Street) -> None:
    vacancy = street.open()
    amended = street.market.change(vacancy, duties="第一稿")
    street.push()
    backup = street.node.backup()
    street.market.move(amended.id, "return", reason="请写详细")
    street.push()
    street.restore(backup)
    found = street.market.get(vacancy.id)
    assert (found.state, found.content["duties"]) == ("submitted", "第一稿")
    street.market.move(vacancy.id, "approve", "open")
    street.push()
    body = street.city.envelope(vacancy.id, KIND, "beijing").body or ""
    assert ListingBody.model_validate_json(body).duties == "第一稿"


def test_an_employer_follows_its_listings_and_a_lost_one_is_made_once(street: Street, clock: FakeClock) -> None:
    market = street.market
    old = street.open()
    street.push()
    backup = street.node.backup()
    with market.database.write() as session:
        added = [
            register_employer(session, market.officer, clock, regions(), EmployerIn.model_validate({**said, **SEEN}))
            for said in ({"name": "虚构示例·远山餐饮"}, {"name": "虚构示例·海角茶楼", "uscc": USCC})
        ]
        changes = EmployerPatch.model_validate({"name": "虚构示例·晨光集团", "sanctioned": True})
        args = (session, market.officer, clock, regions(), market.employer_id, 1, changes)
        change_employer(*args, followers=(service.follow_employer,))
    of_new = [street.open(employer_id=employer.id) for employer in added for _ in range(2)]
    of_old = [old, street.open()]
    street.push()
    before = street.register()
    street.restore(backup)
    assert street.register() == before
    assert {market.get(vacancy.id).employer_id for vacancy in of_old} == {market.employer_id}
    made = {market.get(vacancy.id).employer_id for vacancy in of_new}
    assert len(made) == 2
    with market.database.read() as session:
        assert {session.get_one(Employer, found).licence_seen_on for found in made} == {None}


def test_a_listing_whose_office_is_not_there_is_named_and_rebuilt_once_it_is(bare: Bare, clock: FakeClock) -> None:
    network, (city, district, node) = bare
    backup = node.backup()
    street = Street(network, node, district, city, staffed(node.database, clock, "440104003", "440104001"))
    vacancy = street.open()
    street.push()
    before = street.register()[vacancy.id]
    street.restore(backup)
    assert street.register() == {}
    assert street.lost() == [vacancy.id]
    with node.database.write() as session:
        assert recovered.rebuild_missing(session, clock) == 0
        office = create_office(session, clock, regions(), "440104003").id
    with node.database.write() as session:
        assert recovered.rebuild_missing(session, clock) == 1
    assert street.lost() == []
    after = street.register()[vacancy.id]
    assert after[9] == office
    assert (*after[:9], *after[10:]) == (*before[:9], *before[10:])  # its employer, too, which was in no register


def test_what_has_ended_in_the_register_stays_so_and_the_network_is_told(street: Street) -> None:
    market = street.market
    vacancy = market.create(**HERE)
    backup = street.node.backup()
    market.move(vacancy.id, "submit", "approve", "open")
    street.push()
    street.node.restore(backup)
    market.move(vacancy.id, "withdraw", reason="单位取消")
    street.push()
    assert market.get(vacancy.id).state == "withdrawn"
    assert street.known_to_the_city() == {vacancy.id}
    with market.database.write() as session:
        assert recovered.end_listings(session) == 1
    street.push()
    assert street.known_to_the_city() == set()


def test_a_listing_that_says_what_the_register_says_leaves_no_line_in_the_log(street: Street, clock: FakeClock) -> None:
    vacancies = [street.open(), street.market.move(street.open().id, "pause")]
    vacancies.append(street.market.change(street.open(), referral_quota=0))
    lines = [street.log(vacancy) for vacancy in vacancies]
    with street.market.database.write() as session:
        for vacancy in vacancies:
            envelope = street.node.envelope(vacancy.id, KIND)
            body = ListingBody.model_validate_json(envelope.body or "")
            recovered.take_back(clock, session, envelope, body)
    assert [street.log(vacancy) for vacancy in vacancies] == lines


def test_a_change_of_what_has_ended_in_the_network_is_a_conflict_and_closing_it_is_not(street: Street) -> None:
    vacancy = street.open()
    with street.market.database.write() as session:
        exchange.retract(session, KIND, vacancy.id)
    with street.market.database.read() as session:
        assert [found.id for found in session.scalars(queries.live_without_record("beijing"))] == [vacancy.id]
    with pytest.raises(FinalRecord) as refused:
        street.market.move(vacancy.id, "pause")
    assert refused.value.status == 409
    assert street.market.move(vacancy.id, "close").state == "closed_early"


def test_what_was_erased_is_erased_again_after_a_restore(street: Street) -> None:
    market = street.market
    erased, ended = (street.open(title=title, duties="示例职责") for title in ("示例甲", "示例乙"))
    market.move(ended.id, "close", reason="已招满")
    street.push()
    backup = street.node.backup()
    for vacancy in (erased, ended):
        market.erase(vacancy.id)
    street.push()
    before = {key: found[:3] for key, found in street.register().items()}
    street.restore(backup)
    after = {key: found[:3] for key, found in street.register().items()}
    assert {key: found[1:] for key, found in after.items()} == {key: found[1:] for key, found in before.items()}
    assert not [found for found in after.values() if "示例" in str(found)]
    assert (after[erased.id][0], after[ended.id][0]) == ("closed_early", "closed_early")
    assert street.log(erased)[-1] == ("recover", "closed_early", "closed_early")
    assert market.log(erased.id)[-1].reason == recovered.WIPED_AS_PUBLISHED
    assert street.known_to_the_city() == set()
