"""Listings over HTTP: found by words, place and occupation, paged without gaps or repeats, gone when they end."""

import base64
import json
import random
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.auth.roles import Role
from app.kernel.ids import new_id
from app.vacancies.listings import within
from app.vacancies.models import Listing
from tests.fakes import FakeClock
from tests.routes import seeding
from tests.routes.import_node import ImportNode
from tests.routes.seeding import NOBODY, OPEN, answer_of, refused


def pages(client: TestClient, total: int, limit: int, **query: Any) -> list[tuple[str, str]]:
    """(origin, id) of everything, page by page; every page tells the true total."""
    found: list[tuple[str, str]] = []
    after: dict[str, str] = {}
    while True:
        page = answer_of(client.get("/v1/listings", params={"limit": limit, **query, **after}))
        assert page["total"] == total
        assert len(page["items"]) == min(limit, total - len(found))
        found += [(item["origin"]["node"], item["id"]) for item in page["items"]]
        if page["next"] is None:
            return found
        after = {"after": page["next"]}


def titles(client: TestClient, **query: str) -> list[str]:
    page = answer_of(client.get("/v1/listings", params=query))
    assert page["total"] == len(page["items"])
    return sorted(item["listing"]["title"] for item in page["items"])


def received(node: ImportNode, origins: list[str], count: int) -> list[tuple[str, str]]:
    """Copy an own listing into rows of other origins, all opened in the same instant; their keys."""
    keys = [(random.Random(n).choice(origins), new_id(node.clock)) for n in range(count)]
    with node.app.state.database.write() as session:
        own = session.scalars(select(Listing)).first()
        kept = {c.key: getattr(own, c.key) for c in Listing.__table__.columns if c.key not in ("origin", "rid")}
        session.add_all(Listing(origin=origin, rid=rid, **kept) for origin, rid in keys)
    return keys


def seed_market(officer: TestClient) -> None:
    """Three posts in two districts, of two occupations."""
    employer_id = seeding.employer(officer, **seeding.EMPLOYER)["id"]
    for title, occupation, region, stated in (
        ("保洁员", "cleaner", "440104003", "中山五路"),
        ("Night Cleaner 100%_", "cleaner", "440104", ""),
        ("维修电工", "electrician", "440106001", "五山路"),
    ):
        place = {"region": region, "stated": stated}
        seeding.vacancy(officer, *OPEN, title=title, occupation=occupation, place=place, employer_id=employer_id)


def test_a_listing_shows_its_origin_and_how_fresh_it_is(
    officer: TestClient, anybody: TestClient, clock: FakeClock
) -> None:
    found = seeding.vacancy(officer, *OPEN)
    clock.advance(seconds=90)
    (item,) = answer_of(anybody.get("/v1/listings"))["items"]
    assert item["origin"] == {
        "node": "gz",
        "name": "广州市",
        "office": "广州市公共就业服务机构",
        "region": "440100",
        "tier": "city",
    }
    assert item["freshness"] == {
        "updated_at": "2026-11-23T01:00:00Z",
        "received_at": "2026-11-23T01:00:00Z",
        "age_s": 90,
    }
    assert (item["id"], item["listing"]["title"], item["listing"]["seats"]) == (found["id"], "保洁员", 2)
    assert answer_of(anybody.get(f"/v1/listings/gz/{found['id']}")) == item


def test_listings_are_found_by_words_place_and_occupation(officer: TestClient, anybody: TestClient) -> None:
    seed_market(officer)
    cleaner, night, electrician = "保洁员", "Night Cleaner 100%_", "维修电工"
    wanted: list[tuple[dict[str, str], list[str]]] = [
        ({}, [night, cleaner, electrician]),
        ({"q": " "}, [night, cleaner, electrician]),
        ({"q": "保洁"}, [night, cleaner]),  # the occupation's own name counts
        ({"q": "nIGHT"}, [night]),
        ({"q": "100%_"}, [night]),
        ({"q": "%"}, [night]),
        ({"q": "晨光"}, [night, cleaner, electrician]),
        ({"q": "五山"}, [electrician]),
        ({"q": "electric"}, [electrician]),
        ({"q": "飞行员"}, []),
        ({"place": "440100"}, [night, cleaner, electrician]),
        ({"place": "440104"}, [night, cleaner]),
        ({"place": "440104003"}, [cleaner]),
        ({"place": "440106"}, [electrician]),
        ({"place": "440105"}, []),
        ({"place": "越秀"}, [night, cleaner]),
        ({"place": "北京街"}, [cleaner]),
        ({"place": "yuexiuqu"}, [night, cleaner]),
        ({"occupation": "搞卫生"}, [night, cleaner]),
        ({"occupation": "保潔員", "place": "北京街"}, [cleaner]),
        ({"occupation": "cleaner"}, [night, cleaner]),
        ({"occupation": "cleaning-worker"}, [night, cleaner]),  # an umbrella
        ({"occupation": "electrician", "place": "440104"}, []),
        ({"occupation": "electrician", "place": "440106", "q": "维修"}, [electrician]),
    ]
    for query, found in wanted:
        assert titles(anybody, **query) == sorted(found), query


def test_the_pages_hold_everything_once_though_all_opened_in_the_same_instant(
    node: ImportNode, officer: TestClient, anybody: TestClient
) -> None:
    own = ("gz", seeding.vacancy(officer, *OPEN)["id"])
    keys = sorted([own, *received(node, ["beijing", "hongqiao", "a1"], 40)])
    for limit in (1, 7, 41, 200):
        assert pages(anybody, 41, limit) == keys
    assert pages(anybody, 41, 10, place="440104", q="保洁") == keys


def test_newer_listings_come_first_and_do_not_move_the_reader(
    officer: TestClient, anybody: TestClient, clock: FakeClock
) -> None:
    employer_id = seeding.employer(officer)["id"]
    made = []
    for _ in range(4):
        made.append(seeding.vacancy(officer, *OPEN, employer_id=employer_id)["id"])
        clock.advance(microseconds=1)
    first = answer_of(anybody.get("/v1/listings", params={"limit": 2}))
    seeding.vacancy(officer, *OPEN, employer_id=employer_id)
    second = answer_of(anybody.get("/v1/listings", params={"limit": 2, "after": first["next"]}))
    assert [item["id"] for item in [*first["items"], *second["items"]]] == made[::-1]
    assert (first["total"], second["total"], second["next"]) == (4, 5, None)


def test_an_ended_or_hidden_listing_answers_410_and_an_unknown_one_404(
    officer: TestClient, anybody: TestClient, clock: FakeClock
) -> None:
    employer_id = seeding.employer(officer)["id"]
    for verb in ("close", "pause", "fill", "take_down", "withdraw"):
        found = seeding.vacancy(officer, *OPEN, verb, employer_id=employer_id)
        refused(anybody.get(f"/v1/listings/gz/{found['id']}"), 410, "listing-gone")
    draft = seeding.vacancy(officer, employer_id=employer_id)
    for origin, rid in (("gz", NOBODY), ("gz", draft["id"]), ("beijing", found["id"])):
        refused(anybody.get(f"/v1/listings/{origin}/{rid}"), 404, "not-found")
    late = seeding.vacancy(officer, *OPEN, employer_id=employer_id, valid_until="2026-11-23")
    clock.advance(hours=15)  # past midnight in Guangzhou; no job has run
    refused(anybody.get(f"/v1/listings/gz/{late['id']}"), 410, "listing-gone")
    assert answer_of(anybody.get("/v1/listings"))["total"] == 0
    node = answer_of(anybody.get("/v1/node"))
    assert (node["own_listings"], node["known_listings"]) == (0, 0)


@pytest.fixture(scope="module")
def visitor(module_node: ImportNode) -> TestClient:
    """Somebody without a token, at a node with one listing."""
    seeding.vacancy(module_node.client(module_node.token(Role.OFFICER)), *OPEN)
    return TestClient(module_node.app, raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("query", "nearest"),
    [
        ({"place": "440199"}, "440100"),
        ({"place": "4401"}, "440100"),
    ],
)
def test_a_code_that_is_in_no_table_is_an_error_that_names_the_nearest(
    visitor: TestClient, query: dict[str, str], nearest: str
) -> None:
    problem = refused(visitor.get("/v1/listings", params=query), 422, "unknown-code")
    (error,) = problem["errors"]
    assert error["field"] in query
    assert error["nearest"][0]["code"] == nearest
    assert nearest in problem["detail"]


@pytest.mark.parametrize(
    ("query", "nearest"),
    [
        ({"place": "白云"}, "440111"),  # a district and a street elsewhere: asked, never picked
        ({"occupation": "dhg"}, "welder"),
        ({"occupation": "clenr"}, "cleaner"),
    ],
)
def test_words_that_are_not_clear_are_an_error_that_says_so_and_names_the_choices(
    visitor: TestClient, query: dict[str, str], nearest: str
) -> None:
    problem = refused(visitor.get("/v1/listings", params=query), 422, "unclear-words")
    assert problem["title_zh"] == "不清楚指的是哪一个"
    (error,) = problem["errors"]
    assert error["field"] in query
    assert nearest in [one["code"] for one in error["nearest"]]
    assert nearest in problem["detail"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"place": ""}, "place"),
        ({"occupation": ""}, "occupation"),
        ({"place": "4" * 41}, "place"),
        ({"place": "\x00"}, "place"),
        ({"occupation": "a\u202eb"}, "occupation"),
        ({"q": "a\x00"}, "q"),
        ({"q": "a" * 101}, "q"),
        ({"adjacent": "true"}, "adjacent"),
        ({"near": "true"}, "near"),
        ({"near": "perhaps", "occupation": "cleaner"}, "near"),
        ({"limit": "0"}, "limit"),
        ({"limit": "201"}, "limit"),
        ({"limit": "9" * 30}, "limit"),
        ({"limit": "ten"}, "limit"),
        ({"after": "a" * 401}, "after"),
    ],
)
def test_a_bad_query_is_named(visitor: TestClient, query: dict[str, str], field: str) -> None:
    assert seeding.fields(visitor.get("/v1/listings", params=query)) == [field]


def test_a_mistyped_parameter_is_refused_with_the_one_that_was_meant(visitor: TestClient) -> None:
    problem = refused(visitor.get("/v1/listings", params={"places": "440104", "limit": "5"}), 422, "invalid")
    (error,) = problem["errors"]
    assert (error["field"], [one["code"] for one in error["nearest"]]) == ("places", ["place"])
    assert "place" in error["message"]
    assert "place" in error["message_zh"]


def test_a_parameter_that_stands_twice_is_refused(visitor: TestClient) -> None:
    assert seeding.fields(visitor.get("/v1/listings?place=440104&place=440106")) == ["place"]


def test_a_value_that_says_nothing_is_named_in_both_languages(visitor: TestClient) -> None:
    (error,) = refused(visitor.get("/v1/listings", params={"place": " "}), 422, "malformed")["errors"]
    assert (error["field"], error["message"], error["message_zh"]) == ("place", "must not be blank", "不能为空白")


@pytest.mark.parametrize(
    "parts",
    [
        [],
        ["2026-11-23T01:00:00+00:00", "gz"],
        ["2026-11-23T01:00:00", "gz", "x"],
        ["yesterday", "gz", "x"],
        ["0001-01-01T00:00:00+14:00", "gz", "x"],
        ["9999-12-31T23:59:59-14:00", "gz", "x"],
        [2**80, "gz", "x"],
        ["2026-11-23T01:00:00+00:00", "\ud800", "x"],
        ["2026-11-23T01:00:00+00:00", "gz", "\x00"],
        ["2026-11-23T01:00:00+00:00", "gz", None],
    ],
)
def test_a_forged_cursor_is_refused(visitor: TestClient, parts: list[Any]) -> None:
    forged = base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")
    assert seeding.fields(visitor.get("/v1/listings", params={"after": forged})) == ["after"]
    forged = base64.urlsafe_b64encode(json.dumps([0, *parts]).encode()).decode().rstrip("=")
    assert seeding.fields(visitor.get("/v1/listings", params={"after": forged, "q": "保洁"})) == ["after"]


@pytest.mark.parametrize("path", ["GZ/" + NOBODY, "gz/x", "gz/" + "9" * 36, "%00/" + NOBODY, "gz/" + NOBODY.upper()])
def test_an_address_that_is_none_is_refused(visitor: TestClient, path: str) -> None:
    assert visitor.get(f"/v1/listings/{path}").status_code in (404, 422)


def test_listings_are_public_and_carry_nothing_personal(visitor: TestClient) -> None:
    (item,) = answer_of(visitor.get("/v1/listings"))["items"]
    assert set(item) == {"id", "origin", "freshness", "listing"}
    assert set(item["listing"]["employer"]) == {"name", "uscc", "verified", "sanctioned"}
    assert set(item["listing"]["office"]) == {"region", "name"}


@pytest.mark.parametrize("place", ["440100", "440104", "440104003", "440104003001"])
def test_the_bounds_of_a_place_are_digits_which_every_collation_sorts_alike(place: str) -> None:
    low, high = within(place).compile().params.values()
    assert (low + high).isdigit()
    assert low <= place <= high
    assert len(high) == 12
