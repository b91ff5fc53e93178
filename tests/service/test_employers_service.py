"""Employers on real databases: the credit code, one office's own rows, versions, and what their listings show."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.employers import queries, service
from app.employers.models import Employer
from app.employers.rules import check_uscc
from app.employers.schemas import EmployerIn, EmployerPatch
from app.employers.service import EmployerExists
from app.kernel.actor import Actor
from app.kernel.db import Database, is_collision
from app.kernel.problems import Invalid, NotFound, PreconditionFailed, UnknownCode
from app.vacancies.service import follow_employer
from tests.fakes import FakeClock
from tests.service.market import Market, make_market, regions

# The area 990104 is no division: the codes can belong to nobody.
CODE, OTHER_CODE = "91990104MA0000001A", "91990104MA0000002D"


@pytest.fixture
def market(database: Database, clock: FakeClock, tmp_path: Path) -> Market:
    return make_market(database, clock, tmp_path / "keys")


def register(market: Market, actor: Actor | None = None, **values: Any) -> Employer:
    entered = EmployerIn.model_validate({"name": "虚构示例·另一家", **values})
    with market.database.write() as session:
        return service.register_employer(session, actor or market.officer, market.clock, regions(), entered)


def change(market: Market, employer: Employer, actor: Actor | None = None, **values: Any) -> Employer:
    changes = EmployerPatch.model_validate(values)
    with market.database.write() as session:
        return service.change_employer(
            session,
            actor or market.officer,
            market.clock,
            regions(),
            employer.id,
            employer.version,
            changes,
            (follow_employer,),
        )


def stored(market: Market, employer_id: str = "") -> Employer:
    with market.database.read() as session:
        return session.get_one(Employer, employer_id or market.employer_id)


def test_an_employer_belongs_to_the_office_that_registered_it(market: Market, clock: FakeClock) -> None:
    clock.advance(minutes=1)
    employer = register(market, uscc=" 91990104 ma000000 2d ", region_code="440104", contact_phone="15400000003")
    kept = stored(market, employer.id)
    assert (kept.office_id, kept.uscc, kept.version) == (market.officer.office_id, OTHER_CODE, 1)
    assert kept.created_at == kept.updated_at == clock.now()


@pytest.mark.parametrize("code", ["91990104MA0000001B", "9199010", "91990104MA000000IO", "x" * 24, ""])
def test_a_credit_code_that_does_not_hold_is_named(code: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_uscc(code)
    assert [error.field for error in refused.value.errors] == ["uscc"]


def test_a_known_credit_code_leads_its_own_office_to_the_employer_and_tells_another_nothing(market: Market) -> None:
    with pytest.raises(EmployerExists) as own:
        register(market, uscc=CODE.lower())
    assert own.value.extra == {"employer_id": market.employer_id}
    with pytest.raises(EmployerExists) as other:
        register(market, market.stranger, uscc=CODE)
    assert (other.value.extra, other.value.detail_en, other.value.headers) == ({}, "", {})


def test_employers_without_a_code_are_many_and_unverified(market: Market) -> None:
    first, second = register(market), register(market)
    assert first.id != second.id
    assert stored(market, first.id).uscc is None


def test_an_unknown_division_is_refused_with_the_nearest(market: Market) -> None:
    with pytest.raises(UnknownCode) as refused:
        register(market, region_code="440199")
    assert refused.value.errors[0].field == "region_code"
    assert refused.value.errors[0].nearest
    with pytest.raises(UnknownCode):
        change(market, stored(market), region_code="440199")


def test_a_change_touches_what_it_names_and_null_takes_away(market: Market, clock: FakeClock) -> None:
    employer = register(market, address="示例路 1 号", contact_name="李示例", industry="K70")
    clock.advance(hours=1)
    change(market, employer, contact_name=None, licence_seen_on="2026-11-20")
    kept = stored(market, employer.id)
    assert (kept.name, kept.address, kept.industry) == ("虚构示例·另一家", "示例路 1 号", "K70")
    assert (kept.contact_name, str(kept.licence_seen_on), kept.version) == (None, "2026-11-20", 2)
    assert kept.updated_at == clock.now() > kept.created_at


def test_a_code_can_be_added_and_mended_but_not_taken_away_or_doubled(market: Market) -> None:
    employer = register(market)
    with pytest.raises(EmployerExists):
        change(market, employer, uscc=CODE)
    employer = change(market, employer, uscc=OTHER_CODE)
    employer = change(market, employer, uscc=OTHER_CODE.lower())
    with pytest.raises(Invalid) as refused:
        change(market, employer, uscc=None)
    assert [error.field for error in refused.value.errors] == ["uscc"]
    assert stored(market, employer.id).uscc == OTHER_CODE


def test_another_offices_employers_are_not_there(market: Market) -> None:
    with pytest.raises(NotFound):
        change(market, stored(market), market.stranger, name="别人的")
    with market.database.read() as session:
        with pytest.raises(NotFound):
            queries.get_employer(session, market.stranger, market.employer_id)
        assert session.scalars(queries.visible_to(market.stranger)).all() == []
        assert session.scalars(queries.matching(market.stranger, CODE)).all() == []


def test_searching_finds_parts_of_names_and_whole_codes_literally(market: Market) -> None:
    wanted = {"晨光": 1, CODE.lower(): 1, CODE[:6]: 0, "%": 0, "_": 0, "\\": 0, "' OR 1=1 --": 0}
    with market.database.read() as session:
        found = {q: len(session.scalars(queries.matching(market.officer, q)).all()) for q in wanted}
    assert found == wanted


def test_a_change_of_an_older_version_is_refused_also_when_both_come_at_once(market: Market) -> None:
    employer = stored(market)
    barrier = threading.Barrier(2)

    def rename(name: str) -> str:
        barrier.wait()
        try:
            return change(market, employer, name=name).name
        except PreconditionFailed:
            return "stale"

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(rename, ("虚构示例·甲", "虚构示例·乙")))
    assert outcomes.count("stale") == 1
    assert stored(market).name in outcomes
    with pytest.raises(PreconditionFailed):
        change(market, employer, name="虚构示例·丙")


def test_two_registrations_of_one_code_at_once_leave_one_employer(market: Market) -> None:
    barrier = threading.Barrier(4)

    def attempt(_: int) -> str:
        barrier.wait()
        try:
            return register(market, uscc=OTHER_CODE).id
        except EmployerExists:
            return "exists"
        except IntegrityError as error:  # PostgreSQL only: the edge answers 503, and the next try 409
            return "met" if is_collision(error) else str(error)

    with ThreadPoolExecutor(4) as pool:
        outcomes = set(pool.map(attempt, range(4)))
    with market.database.read() as session:
        assert session.scalar(select(func.count()).where(Employer.uscc == OTHER_CODE)) == 1
    assert len(outcomes - {"exists", "met"}) == 1


def test_a_sanction_or_a_new_name_reaches_every_published_listing(market: Market) -> None:
    shown, paused, ended, draft = market.open(), market.open(), market.open(), market.create()
    market.move(paused.id, "pause")
    market.move(ended.id, "close")
    before = {one.id: market.record(one.id) for one in (shown, paused, ended, draft)}
    change(market, stored(market), sanctioned=True, name="虚构示例·新名")
    for vacancy, status in ((shown, "open"), (paused, "paused")):
        record, listing = market.record(vacancy.id), market.listing(vacancy.id)
        assert record is not None
        assert listing is not None
        employer = json.loads(record.body or "")["employer"]
        assert (employer["name"], employer["sanctioned"]) == ("虚构示例·新名", True)
        assert (listing.body["employer"], listing.status) == (employer, status)
    assert (market.record(ended.id), market.record(draft.id)) == (before[ended.id], None)


def test_what_the_public_does_not_see_of_an_employer_publishes_nothing(market: Market) -> None:
    vacancy = market.open()
    before = market.record(vacancy.id)
    change(market, stored(market), contact_phone="15400000009", mandate_seen_on="2026-11-23", name=stored(market).name)
    assert market.record(vacancy.id) == before


def test_an_import_finds_its_unverified_employer_again_by_name(market: Market) -> None:
    def find(name: str, actor: Actor) -> str:
        with market.database.write() as session:
            return service.find_or_register_unverified(session, actor, market.clock, name).id

    first = find("虚构示例·无码", market.officer)
    assert find("虚构示例·无码", market.officer) == first
    assert find("虚构示例·无码", market.stranger) != first
    assert find("虚构示例·晨光物业", market.officer) != market.employer_id


def test_two_imports_at_once_make_one_employer_of_a_name(market: Market) -> None:
    barrier = threading.Barrier(4)

    def attempt(_: int) -> str:
        barrier.wait()
        with market.database.write() as session:
            found = service.find_or_register_unverified(session, market.officer, market.clock, "虚构示例·同名").id
            time.sleep(0.05)  # the rest of the rows
            return found

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(attempt, range(4)))) == 1
