"""Places as people write them: found where they are meant, offered where they are not clear, never picked silently."""

import pytest

from app.regions.places import PlaceIndex
from app.regions.shipped import load_shipped

YUEXIU, TIANHE, BAIYUN, HUANGPU = "440104", "440106", "440111", "440112"


@pytest.fixture(scope="module")
def places() -> PlaceIndex:
    return load_shipped().places


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("广州市越秀区北京街道", "440104003"),
        ("北京街道", "440104003"),
        ("北京街", "440104003"),
        ("越秀北京街", "440104003"),
        ("北京街道办事处", "440104003"),
        ("穗越秀区北京街道解放路12号", "440104003"),
        ("天河", TIANHE),
        ("天合区", TIANHE),
        ("tianhequ", TIANHE),
        ("广州市tianhe元岗路3号", TIANHE),
        ("珠江新城", TIANHE),
        ("广州市黄埔大道西159号", TIANHE),  # a road of 天河, not the district 黄埔
        ("白云区黄石西路383号", BAIYUN),
        ("芳村", "440103"),
        ("东山区", YUEXIU),
        ("广州市萝岗区科学城", HUANGPU),
        ("增城市仙村镇", "440118107"),
        ("穗东街道", "440112007"),  # 穗 is no city here
        ("天河区新塘街道", "440106022"),
        ("增城新塘镇", "440118101"),
        ("人民街道", "440104010"),
    ],
)
def test_what_is_clear_is_taken(places: PlaceIndex, written: str, code: str) -> None:
    assert places.resolve(written).code == code


@pytest.mark.parametrize(
    ("written", "among"),
    [
        ("白云", {BAIYUN, "440104020"}),
        ("黄埔", {HUANGPU, "440112001"}),
        ("新塘", {"440106022", "440118101"}),
        ("南沙", {"440115", "440115001"}),
        ("广州大道中", {YUEXIU, TIANHE}),
    ],
)
def test_what_is_not_clear_is_asked(places: PlaceIndex, written: str, among: set[str]) -> None:
    meant = places.resolve(written)
    assert meant.code is None
    assert among <= {hit.id for hit in meant.choices}


@pytest.mark.parametrize(
    "written",
    [
        "南京市鼓楼区广州路140号",
        "佛山市南海区广州本田4S店",
        "太仓市广州东路188号",
        "北京市",
        "深圳市福田区",
        "山东省青岛胶州市广州北路813号",
    ],
)
def test_another_city_is_not_guangzhou(places: PlaceIndex, written: str) -> None:
    meant = places.resolve(written)
    assert meant.code is None
    assert meant.choices == ()


def test_a_road_is_not_the_division_it_is_called_after(places: PlaceIndex) -> None:
    assert places.resolve("广州市人民路").code != "440104010"
    assert places.resolve("广州市白云大道北").code == BAIYUN
    assert places.resolve("广州市天河路").code == TIANHE


@pytest.mark.parametrize("typed", ["bjjd", "hld", "x"])
def test_initials_are_offered_and_never_taken(places: PlaceIndex, typed: str) -> None:
    assert places.resolve(typed).code is None


def test_a_beginning_offers_places(places: PlaceIndex) -> None:
    assert TIANHE in {hit.id for hit in places.search("tianh", 8, prefix=True)}
    assert "440104003" in {hit.id for hit in places.search("北京", 8, prefix=True)}


def test_the_evidence_is_what_was_read(places: PlaceIndex) -> None:
    hit = places.search("广州市天河区珠江新城华夏路10号", 1)[0]
    assert hit.id == TIANHE
    assert "天河区" in hit.name
    assert "珠江新城" in hit.name
