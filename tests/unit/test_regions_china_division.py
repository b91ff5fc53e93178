"""Reading another city's divisions from CSV files laid out like those of china-division."""

from pathlib import Path

import pytest

from app.regions.china_division import Unreadable, city_code, csv_files, read_city
from app.regions.tier import Tier
from app.regions.tree import Regions

PROVINCES = 'code,name\n11,"北京市"\n44,"广东省"\n'
CITIES = 'code,name,provinceCode\n1101,"市辖区",11\n4403,"深圳市",44\n4419,"东莞市",44\n'
AREAS = (
    "code,name,cityCode,provinceCode\n"
    '110101,"东城区",1101,11\n440303,"罗湖区",4403,44\n440304,"福田区",4403,44\n441900,"东莞市",4419,44\n'
)
STREETS = (
    "code,name,areaCode,provinceCode,cityCode\n"
    '440303001,"桂园街道",440303,44,4403\n440304001,"园岭街道",440304,44,4403\n441900003,"东城街道",441900,44,4419\n'
)
VILLAGES = (
    "code,name,streetCode,provinceCode,cityCode,areaCode\n"
    '440303001001,"老围社区居委会",440303001,44,4403,440303\n441900003001,"岗贝社区居委会",441900003,44,4419,441900\n'
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {
        "provinces": PROVINCES,
        "cities": CITIES,
        "areas": AREAS,
        "streets": STREETS,
        "villages": VILLAGES,
    }.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return tmp_path


def reasons(folder: Path, city: str, name: str = "") -> list[str]:
    with pytest.raises(Unreadable) as unreadable:
        read_city(csv_files([folder]), city, city_name=name)
    return [str(finding) for finding in unreadable.value.findings]


def test_a_citys_tree_is_read_from_the_five_files(folder: Path) -> None:
    regions = Regions(read_city(csv_files([folder]), "440300"))
    assert len(regions) == 1 + 2 + 2 + 1
    assert regions.full_name("440303001001") == "深圳市罗湖区桂园街道老围社区居委会"


def test_in_a_city_without_districts_the_streets_hang_under_the_city(folder: Path) -> None:
    regions = Regions(read_city(csv_files([folder]), "441900"))
    assert [region.tier for region in regions.path("441900003001")] == [Tier.CITY, Tier.STREET, Tier.COMMUNITY]
    assert regions.district_of("441900003001") is None
    assert regions.street_of("441900003001") == "441900003"


def test_a_city_that_is_a_province_takes_the_provinces_name(folder: Path) -> None:
    assert read_city(csv_files([folder]), "110100")[0].name == "北京市"


def test_what_a_file_holds_is_told_by_its_headings_not_its_name(folder: Path) -> None:
    (folder / "streets.csv").rename(folder / "anything.csv")
    assert len(read_city(csv_files([folder]), "440300")) == 6


def test_a_byte_order_mark_does_no_harm(folder: Path) -> None:
    (folder / "areas.csv").write_text(AREAS, encoding="utf-8-sig")
    assert len(read_city(csv_files([folder]), "440300")) == 6


def test_without_a_cities_file_the_name_must_be_given(folder: Path) -> None:
    (folder / "cities.csv").unlink()
    assert "--name" in reasons(folder, "440300")[0]
    assert read_city(csv_files([folder]), "440300", city_name="深圳市")[0].name == "深圳市"


def test_a_city_that_is_not_there_names_the_nearest(folder: Path) -> None:
    assert "nearest: 4403 深圳市" in reasons(folder, "440400")[0]


def test_a_street_whose_district_is_missing_is_named_with_its_line(folder: Path) -> None:
    text = STREETS.replace('440304001,"园岭街道",440304', '440304001,"园岭街道",440399')
    (folder / "streets.csv").write_text(text, encoding="utf-8")
    (finding,) = reasons(folder, "440300")
    assert "streets.csv:3: 440304001 园岭街道: its parent 440399 is missing" in finding


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ('44030300,"短",440303,44,4403\n', "should have 9 digits"),
        ('440303001,"又来",440303,44,4403\n', "440303001 stands twice"),
        ("440303009,,440303,44,4403\n", "440303009: the name is missing"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_read(folder: Path, row: str, reason: str) -> None:
    (folder / "streets.csv").write_text(STREETS + row, encoding="utf-8")
    (finding,) = reasons(folder, "440300")
    assert "streets.csv:5" in finding
    assert reason in finding


def test_bad_rows_of_other_cities_do_not_matter(folder: Path) -> None:
    (folder / "streets.csv").write_text(STREETS + '4419,"短",441900,44,4419\n', encoding="utf-8")
    assert len(read_city(csv_files([folder]), "440300")) == 6


def test_foreign_headings_and_encodings_are_named(folder: Path) -> None:
    (folder / "areas.csv").write_text("id;title\n1;x\n", encoding="utf-8")
    (folder / "streets.csv").write_bytes(STREETS.encode("gb18030"))
    found = reasons(folder, "440300")
    assert any("areas.csv: the headings should be" in finding for finding in found)
    assert any("streets.csv: not UTF-8" in finding for finding in found)


def test_a_city_without_any_division_is_refused(folder: Path) -> None:
    for name in ("areas", "streets", "villages"):
        (folder / f"{name}.csv").unlink()
    assert "no district or street of 深圳市" in reasons(folder, "440300")[0]


def test_a_folder_without_csv_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"no \.csv file"):
        csv_files([tmp_path])


def test_progress_adds_up_to_the_size_of_the_files(folder: Path) -> None:
    seen: list[int] = []
    files = csv_files([folder])
    read_city(files, "440300", progress=seen.append)
    assert sum(seen) == sum(file.stat().st_size for file in files)


@pytest.mark.parametrize(("given", "code"), [("4403", "440300"), ("440300", "440300")])
def test_a_city_code_has_four_or_six_digits(given: str, code: str) -> None:
    assert city_code(given) == code


@pytest.mark.parametrize("given", ["44", "440000", "440304", "深圳", "44030", "４４０３"])
def test_anything_else_is_no_city_code(given: str) -> None:
    with pytest.raises(ValueError, match="no city code"):
        city_code(given)
