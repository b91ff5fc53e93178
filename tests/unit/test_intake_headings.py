"""Which column is which field: recognised exactly, told, or refused with the nearest; never mapped by likeness."""

from pathlib import Path

import pytest

from app.kernel.problems import Invalid
from app.vacancies.intake.fields import FIELDS, NAMES
from app.vacancies.intake.headings import check_required, count_known, field_named, recognise, unknown_field


def test_every_template_heading_and_every_english_name_is_recognised() -> None:
    for headings in ([f.zh for f in FIELDS], [f.name for f in FIELDS], [f"{f.zh}*" for f in FIELDS]):
        assert tuple(recognise(headings).fields.values()) == NAMES


def test_no_heading_stands_for_two_fields() -> None:
    spellings = [alias for field in FIELDS for alias in (field.name, field.zh, *field.aliases)]
    assert [s for s in spellings if s and field_named(s) is None] == []
    for field in FIELDS:
        assert {field_named(alias) for alias in field.aliases if alias} <= {field.name}, field.name


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("职位名称", "title"),
        ("Job Title", "title"),
        ("公司", "employer"),
        ("工作区域", "area"),
        (" 薪资（元/月） ", "pay"),
        ("月薪", "pay"),
        ("招聘人数(人)", "seats"),
        ("工作经验", "experience"),
        ("学历", "education"),
        ("experience_education", "experience_education"),
        ("技能标签", "skills"),
        ("岗位职责", "duties"),
        ("任职要求", "requirements"),
        ("截止日期", "valid_until"),
    ],
)
def test_headings_of_real_files_are_recognised(heading: str, name: str) -> None:
    assert recognise([heading]).fields == {0: name}


def test_what_is_not_recognised_is_said_and_not_read() -> None:
    found = recognise(["岗位名称", "联系人手机", "岗位名秤"])
    assert found.fields == {0: "title"}
    assert found.ignored == ["联系人手机", "岗位名秤"]
    assert found.row(["保洁员", "15400000001", "x"]) == {"title": "保洁员"}


def test_what_is_told_wins_over_what_is_recognised() -> None:
    found = recognise(["岗位", "岗位全称", "薪资"], {"title": "岗位全称"})
    assert found.fields == {1: "title", 2: "pay"}
    assert found.ignored == ["岗位"]


def test_two_columns_for_one_field_are_refused() -> None:
    with pytest.raises(Invalid) as refused:
        recognise(["岗位名称", "职位名称"])
    assert "--columns title=" in refused.value.errors[0].en


def test_an_unknown_field_or_heading_names_the_nearest() -> None:
    with pytest.raises(Invalid) as refused:
        recognise(["岗位名称"], {"titel": "岗位名称", "pay": "新资"})
    fields = {fault.field: [near.code for near in fault.nearest] for fault in refused.value.errors}
    assert fields["columns.titel"][0] == "title"
    assert fields["columns.pay"] == ["岗位名称"]
    assert unknown_field("seat", "defaults.seat").nearest[0].code == "seats"


def test_a_required_column_that_is_missing_names_the_heading_that_is_nearly_it() -> None:
    read = recognise(["岗位名秤", "用人单位", "工作地点", "招聘人数", "最低薪资", "工作内容", "有效天数"])
    with pytest.raises(Invalid) as refused:
        check_required(read, {})
    (fault,) = refused.value.errors
    assert fault.field == "title"
    assert fault.nearest[0].code == "岗位名秤"
    check_required(read, {"title": "保洁员"})


def test_a_heading_says_the_period_of_the_pay_below_it() -> None:
    assert recognise(["月薪"]).implied == {"pay_period": "month"}
    assert recognise(["薪资（元/小时）"]).implied == {"pay_period": "hour"}
    assert recognise(["日薪", "计薪周期"]).implied == {}
    assert recognise(["薪资"]).implied == {}
    assert recognise(["月薪"]).row(["4000"]) == {"pay_period": "month", "pay": "4000"}


def test_headings_are_told_from_a_title_line() -> None:
    assert count_known(["2026年招聘岗位汇总", "", ""], {}) == 0
    assert count_known(["岗位名称", "薪资", "备注二"], {"duties": "备注二"}) == 3


def test_the_manual_lists_every_column_with_its_headings() -> None:
    page = (Path(__file__).parents[2] / "docs" / "import.md").read_text("utf-8")
    listed = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| `")]
    expected = [
        [f"`{one.name}`", one.zh + "*" * one.is_required, "、".join(one.aliases), f"{one.what_zh} / {one.what_en}"]
        for one in FIELDS
    ]
    assert [cells for cells in listed if len(cells) == 4] == expected
