"""Divisions and offices over HTTP: open to everybody, true totals, unknown codes named."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.kernel import responses
from app.kernel.db import Database
from app.regions.find_routes import routes as find_routes
from app.regions.routes import routes
from app.regions.service import create_office
from app.regions.shipped import load_shipped
from tests.fakes import FakeClock


@pytest.fixture
def client(sqlite_url: str, clock: FakeClock) -> Iterator[TestClient]:
    database = Database(sqlite_url)
    app = FastAPI(openapi_url=None)
    app.state.database, app.state.clock, app.state.regions = database, clock, load_shipped()
    with database.write() as session:
        create_office(session, clock, app.state.regions, "440104003")
        create_office(session, clock, app.state.regions, "440104001")
    responses.install(app)
    app.include_router(routes)
    app.include_router(find_routes)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client
    database.dispose()


def get(client: TestClient, address: str, **query: Any) -> Any:
    answer = client.get(address, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_streets_of_a_district_come_in_the_order_of_their_codes(client: TestClient) -> None:
    page = get(client, "/v1/regions", parent="440104")
    assert page["total"] == 18
    assert page["next"] is None
    assert [item["code"] for item in page["items"]] == sorted(item["code"] for item in page["items"])
    assert page["items"][1] == {
        "code": "440104003",
        "name": "北京街道",
        "full_name": "广州市越秀区北京街道",
        "tier": "street",
        "parent": "440104",
    }


def test_turning_the_pages_gives_every_division_once_and_always_the_true_total(client: TestClient) -> None:
    codes: list[str] = []
    after = None
    while True:
        page = get(client, "/v1/regions", limit=200, **({"after": after} if after else {}))
        assert page["total"] == 3041
        codes += [item["code"] for item in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert len(codes) == len(set(codes)) == 3041


def test_divisions_are_found_by_a_part_of_their_full_name_and_level(client: TestClient) -> None:
    page = get(client, "/v1/regions", q="越秀区北京", tier="street")
    assert [item["code"] for item in page["items"]] == ["440104003"]
    assert get(client, "/v1/regions", tier="district")["total"] == 11
    assert get(client, "/v1/regions", q="不存在的地方")["total"] == 0


def test_one_division_shows_its_path_children_and_neighbours(client: TestClient) -> None:
    region = get(client, "/v1/regions/440104")
    assert [step["name"] for step in region["path"]] == ["广州市", "越秀区"]
    assert region["children"] == 18
    assert region["adjacent"] == ["440103", "440105", "440106", "440111"]


@pytest.mark.parametrize(
    ("address", "field", "nearest"),
    [
        ("/v1/regions/4401", "code", "440100"),
        ("/v1/regions?parent=440199", "parent", "440100"),
        ("/v1/regions?parent=越秀", "parent", "440104"),
    ],
)
def test_an_unknown_code_is_refused_with_the_nearest(
    client: TestClient, address: str, field: str, nearest: str
) -> None:
    answer = client.get(address)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert error["nearest"][0]["code"] == nearest


@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"limit": 201}, {"after": "x"}, {"tier": "province"}, {"q": "a\x00"}, {"q": "a" * 101}]
)
def test_a_bad_query_is_refused(client: TestClient, query: dict[str, Any]) -> None:
    assert client.get("/v1/regions", params=query).status_code == 422


def test_the_offices_of_the_node_are_listed(client: TestClient) -> None:
    offices = get(client, "/v1/offices")
    assert [office["region"] for office in offices] == ["440104001", "440104003"]
    assert offices[1]["region_name"] == "广州市越秀区北京街道"
    assert offices[1]["tier"] == "street"


def test_a_place_is_taken_offered_or_said_to_be_in_another_city(client: TestClient) -> None:
    clear = get(client, "/v1/find/places", q="越秀区六榕街道盘福社区")
    assert (clear["meant"], clear["elsewhere"]) == ("440104004107", None)
    asked = get(client, "/v1/find/places", q="太平洋电脑城")
    assert asked["meant"] is None
    assert "440117111" in [one["code"] for one in asked["items"]]
    assert get(client, "/v1/find/places", q="黄岐") == {"meant": None, "elsewhere": "佛山黄岐", "items": []}
