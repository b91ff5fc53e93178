"""Whole rows: what they become, every fault at once, and when two rows are the same."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.cli.importing.files import read_table
from app.regions.shipped import load_shipped
from app.taxonomy.shipped import load_shipped as load_taxonomy
from app.taxonomy.terms import EducationLevel, EmploymentForm, Need, PayBasis, PayPeriod
from app.vacancies.intake.headings import count_known, recognise
from app.vacancies.intake.identity import identity_of
from app.vacancies.intake.row import Context, RowRead, read_row
from app.vacancies.intake.words import fit, read_skills, split_words

SAMPLE = Path(__file__).parents[1] / "data" / "import_sample.csv"
TAXONOMY = load_taxonomy()
CONTEXT = Context(load_shipped(), TAXONOMY, "440100", date(2026, 11, 23))
ROW = {
    "title": "保洁员",
    "employer": "虚构示例·晨光物业",
    "area": "越秀区",
    "seats": "2",
    "pay": "3800元/月",
    "experience": "不限",
    "duties": "日常保洁",
    "valid_until": "2026-12-31",
}


def read(given: dict[str, str] | None = None, /, **cells: str) -> RowRead:
    return read_row({**ROW, **cells}, given or {}, CONTEXT)


def content(found: RowRead) -> Any:
    assert found.faults == []
    assert found.content is not None
    return found.content


def faults(found: RowRead) -> list[str]:
    assert found.content is None
    return sorted(fault.field for fault in found.faults)


def test_a_full_row_becomes_what_a_vacancy_says() -> None:
    found = read(
        education="大专及以上",
        experience="1-3年",
        skills="Excel、自编软件",
        certificates="健康证，神秘证",
        employment_form="兼职",
        shift="早班",
        hours_per_week="20",
        days_off_per_month="8",
        meals="是",
        lodging="否",
        reserved_for="妈妈岗",
        requirements="守时",
        occupation="cleaner",
    )
    said = content(found)
    assert (said.place.region, found.seats, found.valid_until) == ("440104", 2, date(2026, 12, 31))
    assert (said.education, said.education_must, said.experience_months) == (EducationLevel.COLLEGE, True, 12)
    assert [(one.skill, one.stated) for one in said.skills] == [("excel", "Excel"), (None, "自编软件")]
    assert [one.certificate for one in said.certificates] == ["health-certificate"]
    assert said.requirements == "守时\n证书：神秘证"
    assert (said.employment_form, said.meals, said.lodging) == (EmploymentForm.PART_TIME, True, False)
    assert (said.occupation, said.hours_per_week, said.days_off_per_month) == ("cleaner", 20, 8)
    assert {note.field for note in found.notes} == {"skills", "certificates"}


def test_requirements_that_were_left_out_are_written_from_the_words_of_the_row() -> None:
    assert content(read(experience="应届毕业生", education="本科")).requirements == "经验应届毕业生；学历本科"
    assert content(read(experience="经验不限")).requirements == "经验不限"


def test_experience_and_education_in_one_cell_are_divided_behind_a_repeat_of_the_pay() -> None:
    said = content(read(pay="12k-18k", experience="", experience_education="12k-18k 经验3-5年 / 本科"))
    assert (said.experience_months, said.education) == (36, EducationLevel.BACHELOR)
    assert faults(read(pay="12k-18k", experience_education="13k-18k 经验3-5年 / 本科")) == ["experience_education"]
    assert faults(read(experience_education="经验看情况 / 本科", experience="")) == ["experience"]


def test_two_columns_of_pay_are_one() -> None:
    said = content(read(pay="", pay_min="3000", pay_max="5000"))
    assert (said.pay.min_fen, said.pay.max_fen, said.pay.stated) == (300_000, 500_000, "3000-5000")
    assert faults(read(pay="", pay_max="5000")) == ["pay_min"]


def test_the_period_of_the_pay_may_stand_in_a_column_of_its_own() -> None:
    assert content(read(pay="200", pay_period="天")).pay.period is PayPeriod.DAY
    assert faults(read(pay="200", pay_period="旬")) == ["pay_period"]


def test_defaults_stand_in_and_a_cell_wins() -> None:
    given = {"seats": "1", "valid_days": "30", "duties": "见岗位名称", "pay": "面议"}
    found = read(given, seats="", valid_until="", duties="")
    assert (found.seats, found.valid_until, content(found).duties) == (1, date(2026, 12, 23), "见岗位名称")
    found = read(given)
    assert (found.seats, found.valid_until, content(found).duties) == (2, date(2026, 12, 31), "日常保洁")
    assert content(read(given, pay="", pay_min="3000")).pay.basis is PayBasis.RANGE
    assert (
        content(read({"education": "本科"}, experience="", experience_education="经验不限 / 大专")).education
        == "college"
    )


def test_every_fault_of_a_row_is_named_at_once() -> None:
    found = read(title="", seats="若干", pay="3元/月", education="博士后", area="越透区", valid_until="2026-02-30")
    assert faults(found) == ["area", "education", "pay", "seats", "title", "valid_until"]


def test_what_the_law_asks_for_is_missed_by_name() -> None:
    assert faults(read(pay="", duties="", experience="", valid_until="")) == [
        "duties",
        "pay",
        "requirements",
        "valid_until",
    ]
    assert faults(read(valid_until="2026-11-22")) == ["valid_until"]
    assert faults(read(valid_until="2027-12-31")) == ["valid_until"]


@pytest.mark.parametrize("name", ["title", "employer"])
def test_a_name_that_is_too_long_is_rejected(name: str) -> None:
    assert faults(read(None, **{name: "长" * 201})) == [name]


def test_skills_are_split_resolved_exactly_and_fitted_to_eight() -> None:
    known = lambda word: TAXONOMY.resolve_skill_text(word) is not None  # noqa: E731
    assert split_words("Excel、 SQL，C/C++；无", known) == ["Excel", "SQL", "C", "C++"]
    assert split_words("Excel/SQL", known) == ["Excel", "SQL"]
    must, _ = read_skills("SQL", TAXONOMY, Need.MUST)
    nice, notes = read_skills("sql、" + "、".join(f"技能{n}号" for n in range(9)), TAXONOMY, Need.NICE)
    skills, beyond = fit(must, nice)
    assert (len(skills), skills[0].need, beyond) == (8, Need.MUST, ["技能7号", "技能8号"])
    assert "技能8号" in notes[0].zh
    assert content(read(skills="、".join(f"技能{n}号" for n in range(9)))).requirements.endswith("其他技能：技能8号")


def test_a_row_is_the_same_whatever_its_width_case_and_blanks() -> None:
    assert identity_of({"title": "Ｊａｖａ 工程师", "pay": ""}) == identity_of({"title": "java工程师 "})
    assert identity_of({"title": "甲"}) != identity_of({"duties": "甲"})
    assert identity_of({"reference": " A 1 ", "title": "甲"}).reference == "A 1"


def sample() -> list[tuple[int, RowRead]]:
    table = read_table(SAMPLE, lambda headings: count_known(headings, {}))
    columns = recognise(table.headings)
    return [(number, read_row(columns.row(cells), {}, CONTEXT)) for number, cells in table.rows()]


def test_our_sample_file_is_read_as_it_was_meant() -> None:
    found = dict(sample())
    assert len(found) == 17
    pays = {number: one.content.pay for number, one in found.items() if one.content and one.content.pay}
    read_pays = {n: (str(p.basis), str(p.period), p.min_fen, p.max_fen) for n, p in pays.items() if n <= 15}
    assert read_pays == {
        3: ("range", "month", 380_000, 420_000),
        4: ("range", "day", 20_000, 20_000),
        5: ("range", "hour", 2_550, 2_550),
        6: ("negotiable", "month", None, None),
        7: ("guaranteed", "month", 300_000, None),
        8: ("piece", "piece", 35, 35),
    }
    refused = {number: sorted(f.field for f in one.faults) for number, one in found.items() if one.faults}
    assert refused == {
        9: ["pay"],
        10: ["pay"],
        11: ["pay"],
        12: ["area"],
        13: ["seats"],
        14: ["education", "experience", "valid_until"],
        15: ["pay"],
    }
    regions = [one.content.place.region for number, one in found.items() if one.content and number <= 8]
    assert regions == ["440104", "440111", "440106", "440105", "440106", "440106004"]
