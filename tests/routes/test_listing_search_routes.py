"""Searching listings by what people type: found by meaning, in a stated order, with a way on where there is nothing."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.fakes import FakeClock
from tests.routes import seeding
from tests.routes.seeding import OPEN, answer_of

CLEANER, RIVER, HOME = "日常保洁", "河涌清理", "住家服务"
WELDER, ELECTRICIAN, NIGHT = "焊接作业", "设备维护", "值夜机电"
WUSHAN, TIANHE, YUEXIU, BEIJING_STREET = "440106001", "440106", "440104", "440104003"


@pytest.fixture
def market(officer: TestClient, clock: FakeClock) -> dict[str, str]:
    """Six posts, none of them called as it is searched for; ids by title. Each is newer than the one before."""
    employer_id = seeding.employer(officer, name="虚构示例·晨光物业")["id"]
    ids: dict[str, str] = {}
    for title, occupation, region, more in (
        (CLEANER, "cleaner", BEIJING_STREET, {}),
        (RIVER, "river-cleaner", TIANHE, {}),
        (HOME, "housekeeper", YUEXIU, {}),
        (WELDER, "welder", TIANHE, {"skills": [{"skill": "arc-welding"}]}),
        (ELECTRICIAN, "electrician", WUSHAN, {"place": {"region": WUSHAN, "stated": "珠江新城花城大道"}}),
        (NIGHT, "electrician", TIANHE, {"shift": "night", "lodging": True}),
    ):
        place = {"region": region, "stated": ""}
        values = {"place": place, "occupation": occupation, "employer_id": employer_id, **more}
        ids[title] = seeding.vacancy(officer, *OPEN, title=title, **values)["id"]
        clock.advance(seconds=1)
    return ids


def search(client: TestClient, **query: Any) -> Any:
    return answer_of(client.get("/v1/listings", params=query))


def titles(page: Any) -> list[str]:
    return [item["listing"]["title"] for item in page["items"]]


def test_a_short_name_by_its_sound_is_searched_at_once_and_asked_about(
    market: dict[str, str], anybody: TestClient
) -> None:
    for typed in ("baojie", "bao jie"):
        page = search(anybody, q=typed)
        assert titles(page)[0] == CLEANER, typed
        (line,) = page["understood"]
        assert (line["kind"], line["code"], line["how"]) == ("occupation", None, "unclear"), typed
        assert line["choices"][0] == {"code": "cleaner", "name": "保洁员"}, typed


def test_work_is_found_however_it_was_typed_and_what_was_understood_is_shown(
    market: dict[str, str], anybody: TestClient
) -> None:
    for typed in ("宝洁员", "baojieyuan", "保潔員", "搞卫生", "急招保洁2名", "bao jie yuan"):
        page = search(anybody, q=typed)
        assert titles(page)[0] == CLEANER, typed
        (line,) = page["understood"]
        assert (line["kind"], line["code"], line["name"]) == ("occupation", "cleaner", "保洁员"), typed
        assert page["offers"] == [], typed


def test_one_search_may_hold_a_place_an_occupation_and_a_word(market: dict[str, str], anybody: TestClient) -> None:
    wanted = {
        "烧焊": [WELDER],
        "dhg": [WELDER],
        "越秀区": [HOME, CLEANER],
        "珠江新城": [ELECTRICIAN, NIGHT, WELDER, RIVER],  # the stated place has the words, then the newest
        "珠江新城电工": [ELECTRICIAN, NIGHT],
        "珠江新城电工夜班": [NIGHT],
        "天河 电工 包住": [NIGHT],
        "天合区電工": [NIGHT, ELECTRICIAN],
        "晨光": [NIGHT, ELECTRICIAN, WELDER, HOME, RIVER, CLEANER],
        "晨光 烧焊": [WELDER],
        "河涌": [RIVER],
    }
    for typed, found in wanted.items():
        page = search(anybody, q=typed)
        assert titles(page)[: len(found)] == found, typed
        assert page["total"] == len(page["items"])
        if typed not in ("烧焊", "dhg", "珠江新城电工", "天合区電工"):  # near occupations may follow there
            assert page["total"] == len(found), typed


def test_the_conditions_that_words_name_have_to_hold_and_are_said_back(
    market: dict[str, str], officer: TestClient, anybody: TestClient, clock: FakeClock
) -> None:
    waiter = {"occupation": "waiter", "employer_id": seeding.employer(officer)["id"]}
    day_rate = {"basis": "guaranteed", "period": "day", "min_fen": 20000}
    for title, values in (
        ("堂食甲", {"lodging": True, "meals": True, "days_off_per_month": 4}),
        ("堂食乙", {"lodging": True, "pay": day_rate}),
        ("堂食丙", {"meals": True, "days_off_per_month": 8, "insurance": True}),
        ("堂食丁 包吃住", {}),  # only its title says so
    ):
        seeding.vacancy(officer, *OPEN, title=title, reference=title, **waiter, **values)
        clock.advance(seconds=1)
    for typed, found in {
        "包吃住 服务员": ["堂食丁 包吃住", "堂食甲"],
        "服务员包吃包住": ["堂食甲"],
        "管住 服务员": ["堂食乙", "堂食甲"],
        "包吃 服务员": ["堂食丁 包吃住", "堂食丙", "堂食甲"],
        "双休 服务员 五险一金": ["堂食丙"],
        "单休服务员": ["堂食甲"],
        "服务员 日结": ["堂食乙"],
        "电工 晚班": [NIGHT],
    }.items():
        assert titles(search(anybody, q=typed)) == found, typed
    condition, work = search(anybody, q="包吃住 服务员")["understood"]
    assert (condition["kind"], condition["code"], condition["name"], condition["how"]) == (
        "condition", "lodging_and_meals", "包吃包住", "exact",
    )  # fmt: skip
    assert work["code"] == "waiter"
    nothing = search(anybody, q="服务员 计件")
    assert (nothing["total"], {"q": "服务员"} in [offer["query"] for offer in nothing["offers"]]) == (0, True)


def test_the_title_decides_then_the_occupation_then_the_skill_then_the_date(
    officer: TestClient, anybody: TestClient, clock: FakeClock
) -> None:
    employer_id = seeding.employer(officer)["id"]
    posts: list[tuple[str, str | None, list[str]]] = [
        ("电焊工", "kitchen-helper", []),  # the words in the title come first, whatever the occupation
        ("车间甲", "welder", ["arc-welding"]),
        ("车间乙", "welder", []),
        ("车间丙", "welder", []),
        ("车间丁", "pipe-welder", []),  # near
    ]
    for title, occupation, skills in posts:
        asked = [{"skill": skill} for skill in skills]
        seeding.vacancy(
            officer, *OPEN, title=title, occupation=occupation, skills=asked, employer_id=employer_id, reference=title
        )
        clock.advance(seconds=1)
    # 烧焊 is the occupation and the skill; 电焊工 the occupation alone.
    assert titles(search(anybody, q="烧焊")) == ["车间甲", "车间丙", "车间乙", "车间丁"]
    assert titles(search(anybody, q="电焊工")) == ["电焊工", "车间丙", "车间乙", "车间甲", "车间丁"]
    assert titles(search(anybody, occupation="电焊工")) == ["车间丙", "车间乙", "车间甲"]
    assert "车间丁" in titles(search(anybody, occupation="电焊工", near=True))


def test_the_pages_of_a_ranked_search_hold_everything_once_and_the_total_is_true(
    market: dict[str, str], anybody: TestClient
) -> None:
    whole = search(anybody, q="晨光")
    for limit in (1, 2, 4):
        found: list[str] = []
        after: dict[str, str] = {}
        while True:
            page = search(anybody, q="晨光", limit=limit, **after)
            assert page["total"] == 6
            found += titles(page)
            if page["next"] is None:
                break
            after = {"after": page["next"]}
        assert found == titles(whole)


def test_behind_the_last_page_the_total_is_still_true(
    market: dict[str, str], officer: TestClient, anybody: TestClient
) -> None:
    first = search(anybody, q="晨光", limit=5)
    seeding.post(officer, market[CLEANER], "close")
    page = search(anybody, q="晨光", limit=5, after=first["next"])
    assert (page["items"], page["total"], page["next"], page["offers"]) == ([], 5, None, [])


def test_a_code_or_words_of_a_filter_are_shown_back(market: dict[str, str], anybody: TestClient) -> None:
    page = search(anybody, place="天合区", occupation="烧焊")
    assert titles(page) == [WELDER]
    place, occupation = page["understood"]
    assert (place["field"], place["code"], place["how"]) == ("place", TIANHE, "typed_otherwise")
    assert (occupation["field"], occupation["code"], occupation["how"]) == ("occupation", "welder", "exact")


EMPTY: list[tuple[dict[str, Any], list[dict[str, str]]]] = [
    # The place is widened step by step; each condition may go.
    ({"q": "五山烧焊"}, [{"q": "烧焊", "place": "440106"}, {"q": "五山"}, {"q": "烧焊"}]),
    ({"q": "收银员", "place": WUSHAN}, [{"place": WUSHAN}]),
    ({"occupation": "welder", "place": YUEXIU}, [{"occupation": "welder", "place": YUEXIU, "adjacent": "true"}]),
    ({"q": "天河电工 飞行员"}, [{"q": "天河 电工"}]),
    ({"occupation": "pipe-welder"}, [{"occupation": "pipe-welder", "near": "true"}]),
    ({"q": "clenr"}, [{"occupation": "cleaner"}]),  # only like something: is that what was meant?
    ({"q": "越秀 烧焊 包住"}, [{"q": "越秀"}, {"q": "烧焊"}, {"q": "包住"}]),  # no two together: each alone
    ({"q": "某某某某"}, []),
]


def test_where_nothing_is_found_wider_searches_are_offered_and_each_keeps_its_promise(
    market: dict[str, str], anybody: TestClient
) -> None:
    for query, wanted in EMPTY:
        page = search(anybody, **query)
        assert (page["total"], page["items"]) == (0, []), query
        assert page["understood"], query
        offered = [offer["query"] for offer in page["offers"]]
        for one in wanted:
            assert one in offered, query
        assert page["offers"][-1]["query"] == {}, query
        for offer in page["offers"]:
            assert offer["total"] > 0, query
            assert offer["zh"], query
            assert offer["en"], query
            assert search(anybody, **offer["query"])["total"] == offer["total"], query


def test_a_place_is_widened_from_the_street_to_the_district_to_its_neighbours_to_the_city(
    market: dict[str, str], officer: TestClient, anybody: TestClient
) -> None:
    page = search(anybody, place="440106002", q="日常保洁")
    places = [offer["query"] for offer in page["offers"] if offer["query"].get("q") == "日常保洁"]
    assert places == [
        {"q": "日常保洁", "place": TIANHE, "adjacent": "true"},  # 天河 itself has none
        {"q": "日常保洁", "place": "440100"},
        {"q": "日常保洁"},
    ]


def test_an_empty_node_offers_everything_there_is_which_is_nothing(anybody: TestClient) -> None:
    page = search(anybody, q="保洁")
    assert [(offer["query"], offer["total"]) for offer in page["offers"]] == [({}, 0)]
