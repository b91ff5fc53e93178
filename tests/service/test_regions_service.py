"""Offices and imported cities in a real database."""

import pytest

from app.kernel.db import Database
from app.kernel.problems import NotFound, UnknownCode
from app.regions.queries import get_office, list_offices, own_office
from app.regions.service import CityChange, OfficeNameTaken, compare_city, create_office, load, replace_city
from app.regions.shipped import load_shipped
from app.regions.tier import Tier
from app.regions.tree import BrokenTree, Region
from tests.fakes import FakeClock

SHENZHEN = [
    Region("440300", "深圳市", None, Tier.CITY),
    Region("440303", "罗湖区", "440300", Tier.DISTRICT),
    Region("440303001", "桂园街道", "440303", Tier.STREET),
]


def test_an_office_takes_its_level_and_name_from_its_division(database: Database, clock: FakeClock) -> None:
    with database.write() as session:
        made = create_office(session, clock, load_shipped(), "440104003")
    with database.read() as session:
        office = get_office(session, made.id)
    assert (office.region_code, office.tier, office.name) == ("440104003", "street", "北京街道公共就业服务机构")
    assert office.created_at == clock.now()


def test_an_office_in_an_unknown_division_is_refused(database: Database, clock: FakeClock) -> None:
    with pytest.raises(UnknownCode), database.write() as session:
        create_office(session, clock, load_shipped(), "440104999")


def test_two_offices_cannot_have_one_name(database: Database, clock: FakeClock) -> None:
    regions = load_shipped()
    with database.write() as session:
        create_office(session, clock, regions, "440104003", "服务中心")
    with pytest.raises(OfficeNameTaken), database.write() as session:
        create_office(session, clock, regions, "440104001", "服务中心")


def test_the_nodes_own_office_is_the_first(database: Database, clock: FakeClock) -> None:
    regions = load_shipped()
    with database.write() as session:
        with pytest.raises(NotFound):
            own_office(session)
        first = create_office(session, clock, regions, "440104003")
        clock.advance(seconds=1)
        create_office(session, clock, regions, "440104001")
        assert own_office(session).id == first.id
        assert [office.region_code for office in list_offices(session)] == ["440104001", "440104003"]


def test_an_office_that_does_not_exist_is_not_found(database: Database) -> None:
    with database.read() as session, pytest.raises(NotFound):
        get_office(session, "019aae6c-5a00-7000-8000-000000000001")


def test_an_imported_city_stands_beside_guangzhou(database: Database, clock: FakeClock) -> None:
    with database.write() as session:
        replace_city(session, clock, "440300", SHENZHEN)
    with database.read() as session:
        regions = load(session)
    assert regions.full_name("440303001") == "深圳市罗湖区桂园街道"
    assert regions.full_name("440104003") == "广州市越秀区北京街道"
    assert [city.code for city in regions.children(None)] == ["440100", "440300"]


def test_importing_a_city_again_replaces_it(database: Database, clock: FakeClock) -> None:
    renamed = [*SHENZHEN[:2], Region("440303002", "黄贝街道", "440303", Tier.STREET)]
    with database.write() as session:
        replace_city(session, clock, "440300", SHENZHEN)
        replace_city(session, clock, "440300", renamed)
    with database.read() as session:
        regions = load(session)
    assert "440303001" not in regions
    assert "440303002" in regions


def test_importing_guangzhou_replaces_the_shipped_table_and_keeps_its_borders(
    database: Database, clock: FakeClock
) -> None:
    newer = [
        Region("440100", "广州市", None, Tier.CITY),
        Region("440104", "越秀区", "440100", Tier.DISTRICT),
        Region("440106", "天河区", "440100", Tier.DISTRICT),
    ]
    with database.write() as session:
        replace_city(session, clock, "440100", newer)
    with database.read() as session:
        regions = load(session)
    assert len(regions) == 3
    assert regions.adjacent("440104", "440106")
    assert regions.neighbours("440104") == ["440106"]


def test_a_broken_table_is_refused_and_the_old_one_stays(database: Database, clock: FakeClock) -> None:
    with database.write() as session:
        replace_city(session, clock, "440300", SHENZHEN)
    with pytest.raises(BrokenTree), database.write() as session:
        replace_city(session, clock, "440300", [SHENZHEN[0], SHENZHEN[2]])
    with database.read() as session:
        assert "440303001" in load(session)


def test_comparing_counts_new_changed_unchanged_and_removed(database: Database, clock: FakeClock) -> None:
    with database.write() as session:
        replace_city(session, clock, "440300", SHENZHEN)
    newer = [
        SHENZHEN[0],
        Region("440303", "罗湖新区", "440300", Tier.DISTRICT),
        Region("440303002", "黄贝街道", "440303", Tier.STREET),
    ]
    with database.read() as session:
        regions = load(session)
    assert compare_city(regions, "440300", newer) == CityChange(added=1, changed=1, unchanged=1, removed=1)
    assert compare_city(regions, "440300", SHENZHEN) == CityChange(added=0, changed=0, unchanged=3, removed=0)
