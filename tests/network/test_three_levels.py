"""Vacancies opened at a street appear at the district and the city: three processes, HTTP between them, real files."""

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.engine import URL

from app.exchange.envelope import Envelope, encode_line
from app.exchange.keys import verify
from tests.network.office import Office, look, new_key, records
from tests.network.processes import NodeProcess, wait_until
from tests.network.three_levels import ThreeLevels
from tests.postgresql import administer

LISTINGS = "SELECT rid FROM sync_record WHERE kind = 'listing' AND op = 'P'"


def held(node: NodeProcess) -> dict[tuple[str, str, str], Envelope]:
    return records(node.settings.effective_database_url)


def is_listed(node: NodeProcess, rid: str) -> bool:
    """Whether anybody can see the street's listing at a node."""
    status = httpx.get(f"{node.url}/v1/listings/beijing/{rid}", timeout=5, trust_env=False).status_code
    assert status in {200, 404, 410}
    return status == 200


def test_a_vacancy_opened_at_the_street_is_seen_at_the_district_and_the_city(three: ThreeLevels) -> None:
    rid = three.office.open_vacancy(title="数控车工", place={"region": "440104003", "stated": "中山五路"})
    took = wait_until(lambda: is_listed(three.city, rid), 5)
    assert took < 5
    shown = {node.node: node.get(f"/v1/listings/beijing/{rid}") for node in three.nodes}
    assert shown["guangzhou"]["origin"]["node"] == "beijing"
    assert shown["guangzhou"]["origin"]["region"] == "440104003"
    assert {json.dumps(s["listing"], sort_keys=True) for s in shown.values()} == {
        json.dumps(shown["beijing"]["listing"], sort_keys=True)
    }
    assert three.city.status()["own_listings"] == three.district.status()["own_listings"] == 0


def test_every_record_at_the_city_verifies_with_its_origins_key_over_the_exact_bytes(three: ThreeLevels) -> None:
    for _ in range(3):
        three.office.open_vacancy()
    three.settle()
    at_city, at_street = held(three.city), held(three.street)
    # An end may be forgotten at one of the two before the other does.
    own = {key: e for key, e in at_city.items() if key[0] == "beijing" and (e.op == "P" or key in at_street)}
    assert len(own) >= 3
    for key, envelope in own.items():
        public = three.public_key("beijing")
        assert verify(public, envelope.signed_bytes, envelope.sig)
        assert encode_line(envelope) == encode_line(at_street[key])
        assert not verify(public, envelope.signed_bytes[:-1] + b"?", envelope.sig)
        assert not verify(three.public_key("yuexiu"), envelope.signed_bytes, envelope.sig)
    for (origin, _, _), envelope in at_city.items():
        assert verify(three.public_key(origin), envelope.signed_bytes, envelope.sig)
        assert not verify(three.public_key(origin), replace(envelope, ver=envelope.ver + 1).signed_bytes, envelope.sig)


def test_closing_a_vacancy_at_the_street_removes_it_at_the_city_within_five_seconds(three: ThreeLevels) -> None:
    kept, closed = three.office.open_vacancy(), three.office.open_vacancy()
    wait_until(lambda: is_listed(three.city, closed), 5)
    three.office.done(f"/v1/vacancies/{closed}/close", {"reason": "单位来电要求"})
    wait_until(lambda: not is_listed(three.city, closed), 5)
    assert is_listed(three.city, kept)
    end = held(three.city)["beijing", "listing", closed]
    assert (end.op, end.body) == ("D", None)
    assert verify(three.public_key("beijing"), end.signed_bytes, end.sig)
    three.settle()


def test_a_paused_vacancy_is_hidden_at_the_city_and_comes_back(three: ThreeLevels) -> None:
    rid = three.office.open_vacancy()
    wait_until(lambda: is_listed(three.city, rid), 5)
    three.office.done(f"/v1/vacancies/{rid}/pause")
    wait_until(lambda: not is_listed(three.city, rid), 5)
    three.office.done(f"/v1/vacancies/{rid}/resume")
    wait_until(lambda: is_listed(three.city, rid), 5)


def fill_while_the_district_is_down(three: ThreeLevels, down_s: float) -> None:
    """100 vacancies at the street while its district is stopped; all must be at the city 10 s after first contact."""
    three.district.stop()
    before = {rid for (rid,) in look(three.city.folder, LISTINGS)}
    head = look(three.city.folder, "SELECT head FROM sync_head")
    begun = time.monotonic()
    opened = {three.office.open_vacancy(title=f"包装工 {number}") for number in range(100)}
    status = three.street.status()
    assert status["backlog"] >= 100
    assert status["known_listings"] == len(before) + 100
    wait_until(lambda: three.street.status()["last_error"], 5)
    time.sleep(max(0.0, down_s - (time.monotonic() - begun)))
    assert look(three.city.folder, "SELECT head FROM sync_head") == head
    assert {rid for (rid,) in look(three.city.folder, LISTINGS)} == before

    three.district.start()
    # Contact at the earliest when the district answers, so this is no less strict than what is asked.
    wait_until(lambda: three.city.listed() == len(before) + 100, 10, three.street.status)
    assert {rid for (rid,) in look(three.city.folder, LISTINGS)} == before | opened
    marks = ",".join("?" * len(opened))
    once = f"SELECT count(*), count(DISTINCT seq), max(ver) FROM sync_record WHERE op = 'P' AND rid IN ({marks})"
    assert look(three.city.folder, once, *opened) == [(100, 100, 1)]
    three.settle()
    own = three.street.status()["own_listings"]
    assert [node.listed() for node in three.nodes] == [own, own, own]
    assert three.street.status()["last_error"] is None


def test_a_hundred_vacancies_added_while_the_district_is_down_arrive_once_each(three: ThreeLevels) -> None:
    fill_while_the_district_is_down(three, 3)


@pytest.mark.slow
def test_a_hundred_vacancies_added_in_a_minute_without_the_district_arrive_once_each(three: ThreeLevels) -> None:
    fill_while_the_district_is_down(three, 60)


def test_what_is_opened_and_closed_while_the_district_is_down_never_shows_at_the_city(three: ThreeLevels) -> None:
    known = three.office.open_vacancy()
    wait_until(lambda: is_listed(three.city, known), 5)
    three.district.stop()
    brief = three.office.open_vacancy()
    for rid in (known, brief):
        three.office.done(f"/v1/vacancies/{rid}/close")
    three.district.start()
    wait_until(lambda: not is_listed(three.city, known), 10)
    three.settle()
    assert held(three.city)["beijing", "listing", brief].op == "D"
    assert not is_listed(three.city, brief)


def test_the_street_alone_restarts_with_what_it_has_and_pushes_nothing_twice(three: ThreeLevels) -> None:
    rid = three.office.open_vacancy()
    three.settle()
    before = held(three.city)
    sequence = look(three.city.folder, "SELECT rid, seq FROM sync_record ORDER BY seq")
    three.street.stop()
    three.street.start()
    wait_until(lambda: three.street.status()["backlog"] == 0, 5)
    three.office.open_vacancy()
    three.settle()
    after = held(three.city)
    assert {key: after[key] for key in before} == before
    assert look(three.city.folder, "SELECT rid, seq FROM sync_record ORDER BY seq")[: len(sequence)] == sequence
    assert is_listed(three.city, rid)


@pytest.fixture
def blank_postgresql_url(postgresql_server: URL) -> Any:
    name = "blank_" + new_key()
    administer(postgresql_server, f"CREATE DATABASE {name}")
    yield postgresql_server.set(database=name).render_as_string(hide_password=False)
    administer(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")


def test_a_district_on_postgresql_carries_between_an_sqlite_street_and_an_sqlite_city(
    three: ThreeLevels, blank_postgresql_url: str
) -> None:
    district = NodeProcess(three.folder / "tianhe", "tianhe", "天河区", "district", "440106", blank_postgresql_url)
    street = NodeProcess(three.folder / "shahe", "shahe", "沙河街道", "street", "440106002")
    before = three.city.listed()
    try:
        district.init(three.city).start()
        street.init(district)
        office = Office(street.url, street.add_staff("admin"))
        street.start()
        opened = [office.open_vacancy(place={"region": "440106", "stated": ""}) for _ in range(5)]
        wait_until(lambda: three.city.listed() == before + 5, 10, lambda: (district.status(), street.status()))
        office.done(f"/v1/vacancies/{opened[0]}/close")
        wait_until(lambda: three.city.listed() == before + 4, 5, lambda: (district.status(), street.status()))
        known = three.city.listed()
        wait_until(lambda: [n.listed() for n in (district, street, *three.nodes)] == [known] * 5, 10)
        assert (street.status()["own_listings"], district.status()["own_listings"]) == (4, 0)
        at_city, at_district = held(three.city), held(district)
        for key, envelope in held(street).items():
            if key[0] == "shahe":
                assert encode_line(envelope) == encode_line(at_district[key]) == encode_line(at_city[key])
                assert verify(three.public_key("shahe"), at_city[key].signed_bytes, at_city[key].sig)
        for rid in opened[1:]:  # leave the city as it was
            office.done(f"/v1/vacancies/{rid}/close")
        wait_until(lambda: three.city.listed() == before, 5)
        wait_until(lambda: three.street.listed() == before, 5)
        office.close()
    finally:
        street.stop()
        district.stop()


def test_init_takes_a_postgresql_database_that_is_migrated_already(tmp_path: Path, postgresql_url: str) -> None:
    node = NodeProcess(tmp_path / "city", "foshan", "广州市", "city", "440100", postgresql_url)
    assert node.init().init() is node
    [(_, envelope)] = records(postgresql_url).items()
    statement = json.loads(envelope.body or "")
    assert statement["node"] == "foshan"
    assert not (node.folder / "sanlian.db").exists()
