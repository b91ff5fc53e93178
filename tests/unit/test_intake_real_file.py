"""A real file of postings, where there is one: every pay, area and condition against an independent plain reading.

Runs only where SANLIAN_EVAL_DIR names a folder with postings/postings_guangzhou.csv: such rows are not ours to ship.
"""

import csv
import os
import re
from datetime import date
from pathlib import Path

import pytest

from app.regions.shipped import business_areas, load_shipped
from app.taxonomy.shipped import load_shipped as load_taxonomy
from app.vacancies.intake.headings import recognise
from app.vacancies.intake.identity import identity_of
from app.vacancies.intake.row import Context, RowRead, read_row

FOLDER = os.environ.get("SANLIAN_EVAL_DIR", "")
FILE = Path(FOLDER) / "postings" / "postings_guangzhou.csv"
pytestmark = pytest.mark.skipif(not FOLDER, reason="SANLIAN_EVAL_DIR is not set")

DEFAULTS = {"seats": "1", "valid_days": "30", "duties": "见岗位名称"}
DISTRICTS = {
    "荔湾区": "440103",
    "越秀区": "440104",
    "海珠区": "440105",
    "天河区": "440106",
    "白云区": "440111",
    "黄埔区": "440112",
    "番禺区": "440113",
    "花都区": "440114",
    "南沙区": "440115",
    "从化区": "440117",
    "增城区": "440118",
    "萝岗区": "440112",  # merged in 2014
    "芳村": "440103",  # merged in 2005
}
ROADS_AND_SQUARES = {"东风东": "440104", "大新": "440104", "解放南": "440104", "跑马场": "440106"}
EDUCATION = {"不限": None, "大专": "college", "本科": "bachelor", "硕士": "master", "博士": "doctor"}


def read() -> list[tuple[dict[str, str], RowRead]]:
    with FILE.open(encoding="utf-8-sig", newline="") as file:
        headings, *rows = csv.reader(file)
    columns = recognise(headings)
    context = Context(load_shipped(), load_taxonomy(), "440100", date(2026, 11, 23))
    return [
        (dict(zip(headings, cells, strict=True)), read_row(columns.row(cells), DEFAULTS, context)) for cells in rows
    ]


def test_every_row_is_understood_and_every_figure_is_exact() -> None:
    found = read()
    assert len(found) == 230
    for line, one in found:
        assert one.content is not None, (line, one.faults)
        assert one.content.pay is not None
        low, high = (int(number) * 100_000 for number in re.findall(r"(\d+)k", line["pay"]))
        assert (one.content.pay.min_fen, one.content.pay.max_fen, one.content.pay.period) == (low, high, "month")


def test_every_area_that_names_a_district_lands_in_it_and_the_others_keep_their_words() -> None:
    """An area that people name in place of a division (珠江新城) lies in its district; what is unclear, in the city."""
    regions = load_shipped()
    streets = [street for district in regions.children("440100") for street in regions.children(district.code)]
    known = {street.name.removesuffix("街道").removesuffix("镇"): street.code for street in streets}
    known |= ROADS_AND_SQUARES | {area.name: area.code for area in business_areas()}
    for line, one in read():
        assert one.content is not None
        place, area = one.content.place, line["area"]
        if area in DISTRICTS:
            assert place.region == DISTRICTS[area], area
            assert place.stated in (area, "")
        else:
            assert place.region == "440100" or place.region[:6] == known[area][:6], area
            assert place.stated == area


def test_experience_and_education_are_what_the_line_says() -> None:
    for line, one in read():
        assert one.content is not None
        _, experience, _, education = line["experience_education"].split(" ")
        years = re.match(r"经验(\d+)-", experience)
        months = int(years[1]) * 12 if years else 0
        assert (one.content.experience_months, one.content.experience_must) == (months, months > 0), line
        assert one.content.education == EDUCATION[education], line
        assert one.content.education_must == (education != "不限")


def test_nine_rows_repeat() -> None:
    with FILE.open(encoding="utf-8-sig", newline="") as file:
        headings, *rows = csv.reader(file)
    columns = recognise(headings)
    assert len(rows) - len({identity_of(columns.row(cells)).digest for cells in rows}) == 9
