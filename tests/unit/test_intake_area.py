"""What a cell says about the place: certain divisions land in theirs, everything else keeps its words at city level."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.problems import Problem
from app.regions.shipped import load_shipped
from app.vacancies.intake.area import read_area

REGIONS = load_shipped()
CITY = "440100"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("天河区", "440106"),
        ("天河", "440106"),
        ("广州市天河区", "440106"),
        ("广州天河区体育西路", "440106"),
        ("广州番禺", "440113"),
        ("广东省广州市番禺区石碁镇", "440113120"),
        ("天河-珠江新城", "440106"),
        ("天河区珠江新城", "440106"),
        ("广州-天河区-珠江新城", "440106"),
        ("珠江新城（天河区）", "440106"),
        ("天河区五山街道", "440106001"),
        ("五山街道", "440106001"),
        ("北京街道", "440104003"),
        ("越秀区北京街道中山五路", "440104003"),
        ("新塘镇", "440118101"),
        ("黄埔", "440112"),  # its own street of that name lies in it
        ("南沙", "440115"),
        ("萝岗区", "440112"),
        ("萝岗", "440112"),
        ("芳村", "440103"),
        ("东山区", "440104"),
        ("广州市萝岗区科学城", "440112"),
        ("440104003", "440104003"),
        ("广州", CITY),
        ("全市", CITY),
    ],
)
def test_a_certain_division_is_taken(text: str, code: str) -> None:
    place, notes = read_area(text, REGIONS, CITY)
    assert place.region == code
    assert notes == []


UNDERSTOOD = {
    "珠江新城": "440106",
    "五山": "440106001",
    "沙河": "440106004",
    "天河北": "440106",
    "白云大道": "440111",
    "广州东站": "440106009",
    "北京路": "440104",
    "东山口": "440104",
    "中山大学": "440105",
}


@pytest.mark.parametrize(("text", "code"), UNDERSTOOD.items())
def test_an_area_that_everybody_knows_lands_in_its_division_with_a_note(text: str, code: str) -> None:
    place, notes = read_area(text, REGIONS, CITY)
    assert (place.region, place.stated) == (code, text)
    assert len(notes) == 1


KEPT = "人民路 白云 新塘 黄岐 远程 天河区、越秀区 开发区"


@pytest.mark.parametrize("text", KEPT.split())
def test_what_is_no_certain_division_keeps_its_words_at_city_level_with_a_note(text: str) -> None:
    place, notes = read_area(text, REGIONS, CITY)
    assert (place.region, place.stated) == (CITY, text)
    assert [note.field for note in notes] == ["area"]


@pytest.mark.parametrize("text", ["天河区体育西路", "天河-珠江新城", "萝岗区", "天河"])
def test_words_beyond_the_divisions_own_name_are_kept(text: str) -> None:
    assert read_area(text, REGIONS, CITY)[0].stated == text


def test_every_district_and_every_street_is_found_by_its_full_name() -> None:
    for district in REGIONS.children(CITY):
        assert read_area(district.name, REGIONS, CITY)[0].region == district.code
        for street in REGIONS.children(district.code):
            text = f"{district.name}{street.name}某路1号"
            assert read_area(text, REGIONS, CITY)[0].region == street.code, text


@pytest.mark.parametrize(("text", "near"), [("440199", "440100"), ("越透区", "440104")])
def test_a_district_or_code_that_is_in_no_table_names_the_nearest(text: str, near: str) -> None:
    with pytest.raises(Problem) as refused:
        read_area(text, REGIONS, CITY)
    (fault,) = refused.value.errors
    assert fault.field == "area"
    assert near in [one.code for one in fault.nearest]


@pytest.mark.parametrize("text", ["深圳市南山区", "佛山", "北京市", "广东省东莞市"])
def test_another_city_is_rejected(text: str) -> None:
    with pytest.raises(Problem) as refused:
        read_area(text, REGIONS, CITY)
    assert "广州市" in refused.value.errors[0].en


@given(st.text(alphabet="天河白云区越秀街道广州市路-/、 镇村1", max_size=12))
def test_any_words_land_in_the_city_or_are_rejected_by_name(text: str) -> None:
    assert landed(text) in ("in the city", "area")


def landed(text: str) -> str:
    try:
        place, _ = read_area(text, REGIONS, CITY)
    except Problem as refused:
        return refused.errors[0].field
    return "in the city" if REGIONS.within(place.region, CITY) else place.region
