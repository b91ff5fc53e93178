"""The tree of divisions: what ships, who lies in whom, names, neighbours, and codes that do not exist."""

from collections import Counter
from time import process_time

import pytest

from app.kernel.problems import UnknownCode
from app.regions.shipped import former_districts, load_shipped, shipped_borders, shipped_regions
from app.regions.tier import Tier
from app.regions.tree import BrokenTree, Region, Regions, stem


@pytest.fixture(scope="module")
def regions() -> Regions:
    return load_shipped()


def test_all_of_guangzhou_ships(regions: Regions) -> None:
    tiers = Counter(region.tier for region in regions.by_code.values())
    assert tiers == {Tier.CITY: 1, Tier.DISTRICT: 11, Tier.STREET: 178, Tier.COMMUNITY: 2851}


def test_loading_takes_less_than_a_fifth_of_a_second_of_processor_time() -> None:
    def seconds() -> float:
        start = process_time()
        load_shipped()
        return process_time() - start

    assert min(seconds() for _ in range(5)) < 0.2


def test_a_shipped_code_begins_with_its_parents_code(regions: Regions) -> None:
    lower = [region for region in regions.by_code.values() if region.tier.depth >= 2]
    assert len(lower) == 178 + 2851
    assert all(region.code.startswith(region.parent or "none") for region in lower)


def test_yuexiu_has_eighteen_streets_today(regions: Regions) -> None:
    streets = regions.children("440104")
    assert len(streets) == 18
    assert {"北京街道", "洪桥街道"} <= {street.name for street in streets}


def test_a_community_knows_its_street_district_and_city(regions: Regions) -> None:
    code = "440103001101"
    assert (regions.street_of(code), regions.district_of(code), regions.city_of(code)) == (
        "440103001",
        "440103",
        "440100",
    )
    assert regions.full_name(code) == "广州市荔湾区沙面街道翠洲社区居民委员会"


def test_above_a_level_there_is_none_of_it(regions: Regions) -> None:
    assert regions.street_of("440103") is None
    assert regions.district_of("440100") is None
    assert regions.parent("440100") is None


def test_within_follows_the_tree(regions: Regions) -> None:
    assert regions.within("440104003", "440104")
    assert regions.within("440104003", "440100")
    assert regions.within("440104", "440104")
    assert not regions.within("440104", "440104003")
    assert not regions.within("440103001", "440104")


def test_an_unknown_code_in_a_record_breaks_no_reader(regions: Regions) -> None:
    assert regions.name("999999") == "999999"
    assert regions.full_name("999999") == "999999"
    assert regions.district_of("999999") is None
    assert regions.children("999999") == []
    assert regions.within("999999", "999999")
    assert not regions.within("999999", "440100")


def test_an_unknown_code_is_refused_with_the_nearest_codes_and_names(regions: Regions) -> None:
    with pytest.raises(UnknownCode) as refused:
        regions.require("440199", "place.region")
    (error,) = refused.value.errors
    assert error.field == "place.region"
    assert error.nearest[0].code == "440100"
    assert error.nearest[0].name == "广州市"


def test_the_four_digit_city_code_of_other_tables_finds_the_city(regions: Regions) -> None:
    with pytest.raises(UnknownCode) as refused:
        regions.require("4401")
    assert refused.value.errors[0].nearest[0].code == "440100"


@pytest.mark.parametrize(
    ("typed", "code"), [("越秀", "440104"), ("北京街", "440104003"), ("萝岗区", "440112"), ("东山区", "440104")]
)
def test_a_name_in_place_of_a_code_finds_the_code(regions: Regions, typed: str, code: str) -> None:
    with pytest.raises(UnknownCode) as refused:
        regions.require(typed)
    assert refused.value.errors[0].nearest[0].code == code


def test_a_stem_that_means_several_divisions_gives_them_all(regions: Regions) -> None:
    assert [region.code for region in regions.named("白云")] == ["440111", "440104020"]
    assert {region.name for region in regions.named("新塘")} == {"新塘街道", "新塘镇"}
    assert [region.code for region in regions.named("天河区")] == ["440106"]
    assert regions.named("珠江新城") == ()


def test_a_merged_district_gives_todays(regions: Regions) -> None:
    assert [region.code for region in regions.named("芳村")] == ["440103"]
    assert [region.code for region in regions.named("东山区")] == ["440104"]


def test_a_stem_keeps_at_least_two_characters() -> None:
    assert stem("北京街道") == "北京"
    assert stem("街道") == "街道"
    assert stem("黄龙带水库") == "黄龙带水库"


# Read off the map independently of the data file, district by district.
NEIGHBOURS = {
    "荔湾区": "越秀区 海珠区 白云区 番禺区",
    "越秀区": "荔湾区 海珠区 天河区 白云区",
    "海珠区": "荔湾区 越秀区 天河区 黄埔区 番禺区",
    "天河区": "越秀区 海珠区 白云区 黄埔区",
    "白云区": "荔湾区 越秀区 天河区 黄埔区 花都区 从化区",
    "黄埔区": "海珠区 天河区 白云区 番禺区 从化区 增城区",
    "番禺区": "荔湾区 海珠区 黄埔区 南沙区",
    "花都区": "白云区 从化区",
    "南沙区": "番禺区",
    "从化区": "白云区 黄埔区 花都区 增城区",
    "增城区": "黄埔区 从化区",
}


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_a_district_touches_just_its_neighbours(regions: Regions, name: str) -> None:
    (district,) = [region for region in regions.children("440100") if region.name == name]
    touching = {other.name for other in regions.children("440100") if regions.adjacent(district.code, other.code)}
    assert touching == set(NEIGHBOURS[name].split())
    assert {regions.name(code) for code in regions.neighbours(district.code)} == touching


def test_adjacency_is_mutual_and_never_with_oneself(regions: Regions) -> None:
    assert regions.adjacent("440106", "440104")
    assert regions.adjacent("440104", "440106")
    assert not regions.adjacent("440104", "440104")


def test_borders_and_former_districts_name_districts_that_exist(regions: Regions) -> None:
    codes = [code for pair in shipped_borders() for code in pair] + list(former_districts().values())
    assert len(codes) == 2 * 21 + 3 + 5  # three merged districts, and five cities and counties that became districts
    assert all(regions.by_code[code].tier is Tier.DISTRICT for code in codes)


def test_a_table_with_a_missing_parent_is_no_tree() -> None:
    orphan = Region("440104003", "北京街道", "440104", Tier.STREET)
    with pytest.raises(BrokenTree, match="440104"):
        Regions([Region("440100", "广州市", None, Tier.CITY), orphan])


def test_a_code_twice_is_no_tree() -> None:
    city = Region("440100", "广州市", None, Tier.CITY)
    with pytest.raises(BrokenTree, match="twice"):
        Regions([city, city])


def test_a_street_alone_is_no_tree() -> None:
    with pytest.raises(BrokenTree, match="only a city"):
        Regions([Region("440104003", "北京街道", None, Tier.STREET)])


def test_the_order_of_the_table_does_not_matter(regions: Regions) -> None:
    turned = Regions(reversed(shipped_regions()))
    assert list(turned.by_code) == list(regions.by_code)
    assert [region.code for region in turned.children("440104")] == [
        region.code for region in regions.children("440104")
    ]
