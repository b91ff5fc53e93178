"""What cells say about experience, education, and in short answers."""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.problems import Problem
from app.taxonomy.terms import EducationLevel, EmploymentForm, Shift
from app.vacancies.intake import answers
from app.vacancies.intake.education import read_education
from app.vacancies.intake.experience import read_experience
from app.vacancies.intake.spelling import with_arabic_numbers


@pytest.mark.parametrize(
    ("text", "months", "is_must"),
    [
        ("1-3年", 12, True),
        ("经验3-5年", 36, True),
        ("5-10年", 60, True),
        ("10年以上", 120, True),
        ("两年以上", 24, True),
        ("一至三年", 12, True),
        ("至少2年", 24, True),
        ("一年以上相关工作经验", 12, True),
        ("半年", 6, True),
        ("6个月以上", 6, True),
        ("6个月-1年", 6, True),
        ("3 years", 36, True),
        ("2年以上优先", 24, False),
        ("有经验者优先", 0, False),
        ("1年以下", 0, False),
        ("经验1年以下", 0, False),
        ("不限", 0, False),
        ("经验不限", 0, False),
        ("无需经验", 0, False),
        ("应届", 0, False),
        ("经验应届毕业生", 0, False),
    ],
)
def test_experience_is_understood(text: str, months: int, is_must: bool) -> None:
    found = read_experience(text)
    assert (found.months, found.is_must) == (months, is_must)


@pytest.mark.parametrize("text", ["5-3年", "1-3", "若干年", "800年", "三年半", "熟练"])
def test_experience_that_is_not_understood_is_rejected(text: str) -> None:
    with pytest.raises(Problem) as refused:
        read_experience(text)
    assert refused.value.errors[0].field == "experience"


@pytest.mark.parametrize(
    ("text", "level", "is_must"),
    [
        ("不限", None, False),
        ("学历不限", None, False),
        ("初中及以下", None, False),
        ("小学以上文化", EducationLevel.PRIMARY, True),
        ("初中", EducationLevel.JUNIOR, True),
        ("高中/中专", EducationLevel.SENIOR, True),
        ("中专/高中及以上", EducationLevel.VOCATIONAL, True),
        ("高中（中专）以上", EducationLevel.SENIOR, True),
        ("大专", EducationLevel.COLLEGE, True),
        ("大专及以上", EducationLevel.COLLEGE, True),
        ("大专/本科", EducationLevel.COLLEGE, True),
        ("统招本科及以上学历", EducationLevel.BACHELOR, True),
        ("本科优先", EducationLevel.BACHELOR, False),
        ("硕士", EducationLevel.MASTER, True),
        ("博士研究生", EducationLevel.DOCTOR, True),
        ("Bachelor", EducationLevel.BACHELOR, True),
    ],
)
def test_education_is_understood(text: str, level: EducationLevel | None, is_must: bool) -> None:
    found = read_education(text)
    assert (found.level, found.is_must) == (level, is_must)


@pytest.mark.parametrize("text", ["幼儿园", "博士后", "985", "大专本科都行"])
def test_education_that_is_not_understood_is_rejected_with_the_valid_values(text: str) -> None:
    with pytest.raises(Problem) as refused:
        read_education(text)
    (fault,) = refused.value.errors
    assert fault.field == "education"
    assert "大专" in [near.code for near in fault.nearest]


@given(st.text(alphabet="0123456789年月半一二三十-以上不限经验 应届", max_size=12))
def test_experience_and_education_never_fail_but_by_name(text: str) -> None:
    for read in (read_experience, read_education):
        assert refusals(read, text) <= 1


def refusals(read: Callable[[str], object], text: str) -> int:
    try:
        read(text)
    except Problem as refused:
        return len(refused.errors)
    return 0


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-12-31", date(2026, 12, 31)),
        ("2026/1/5", date(2026, 1, 5)),
        ("2026年12月31日", date(2026, 12, 31)),
        ("20261231", date(2026, 12, 31)),
        ("2026-12-31T00:00:00", date(2026, 12, 31)),
    ],
)
def test_days_are_understood(text: str, day: date) -> None:
    assert answers.read_day(text, "valid_until") == day


@pytest.mark.parametrize("text", ["2026-02-30", "明年", "12/31", "31.12.2026"])
def test_a_day_that_is_none_is_rejected(text: str) -> None:
    with pytest.raises(Problem):
        answers.read_day(text, "valid_until")


@pytest.mark.parametrize(("text", "seats"), [("3", 3), ("3人", 3), ("12名", 12), ("3.0", 3)])
def test_seats_are_understood(text: str, seats: int) -> None:
    assert answers.read_count(text, "seats", 1, 9999, "人|名") == seats


@pytest.mark.parametrize("text", ["若干", "0", "-1", "3-5", "10000", "2.5"])
def test_seats_that_are_no_number_are_rejected(text: str) -> None:
    with pytest.raises(Problem):
        answers.read_count(text, "seats", 1, 9999, "人|名")


def test_words_of_a_vocabulary_are_taken_by_code_and_by_name_and_refused_with_all_of_them() -> None:
    assert answers.read_word("兼职", answers.FORMS, "employment_form") is EmploymentForm.PART_TIME
    assert answers.read_word("full_time", answers.FORMS, "employment_form") is EmploymentForm.FULL_TIME
    assert answers.read_word("三班倒", answers.SHIFTS, "shift") is Shift.ROTATING
    with pytest.raises(Problem) as refused:
        answers.read_word("看情况", answers.SHIFTS, "shift")
    assert {near.code for near in refused.value.errors[0].nearest} == {shift.value for shift in Shift}


def test_every_word_of_a_vocabulary_has_a_name() -> None:
    for words in (answers.PERIODS, answers.FORMS, answers.SHIFTS, answers.RESERVED):
        kind = type(next(iter(words)))
        assert set(words) == set(kind)


def test_yes_and_no() -> None:
    assert answers.read_yes("包吃", "meals") is True
    assert answers.read_yes("否", "meals") is False
    with pytest.raises(Problem):
        answers.read_yes("看情况", "meals")


@pytest.mark.parametrize(
    ("text", "arabic"),
    [("三年", "3年"), ("十五", "15"), ("二十", "20"), ("两年半", "2年半"), ("二〇", "2〇"), ("三四", "三四")],
)
def test_chinese_numbers_below_a_hundred_become_digits(text: str, arabic: str) -> None:
    assert with_arabic_numbers(text) == arabic
