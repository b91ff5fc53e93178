"""What is typed into a search falls into parts: a place, an occupation, a skill, or words that are looked for."""

import pytest

from app.lookup.understood import How
from app.regions.shipped import load_shipped as load_regions
from app.taxonomy.shipped import load_shipped as load_taxonomy
from app.vacancies.content import VacancyContent
from app.vacancies.search.conditions import CONDITIONS, held_by
from app.vacancies.search.parts import PartReader
from app.vacancies.search.plain_words import condition_mark, listing_text, skill_mark
from app.vacancies.search.wanted import Part


def parts(q: str) -> tuple[Part, ...]:
    return PartReader(load_regions(), load_taxonomy()).read(q)


@pytest.mark.parametrize("typed", ["保洁", "保潔員", "宝洁员", "baojieyuan", "bao jie yuan", "搞卫生", "急招保洁员3名"])
def test_an_occupation_is_understood_however_it_is_typed(typed: str) -> None:
    (part,) = parts(typed)
    assert part.occupations == ("cleaner",)
    assert (part.heard.kind, part.heard.code, part.heard.field) == ("occupation", "cleaner", "q")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("天河保洁", ["天河", "保洁"]),
        ("天河 保洁", ["天河", "保洁"]),
        ("保洁，天河", ["保洁", "天河"]),
        ("天河電工", ["天河", "电工"]),
        ("珠江新城电工夜班", ["珠江新城", "电工", "夜班"]),
        ("越秀baojie", ["越秀", "baojie"]),
        ("天河叉车司几", ["天河", "叉车司几"]),  # one slip in the name of an occupation does not tear it apart
        ("越秀附近找一份保安", ["越秀", "保安"]),
        ("会用洗地机", ["洗地机"]),
        ("五山路", ["五山路"]),  # more than the street of that name
    ],
)
def test_what_is_run_together_is_divided_at_the_names_in_it(typed: str, words: list[str]) -> None:
    assert [part.words for part in parts(typed)] == words


def test_each_part_says_what_it_means() -> None:
    place, work, night, word = parts("珠江新城电工夜班 晨光")
    assert (place.places, work.occupations) == (("440106",), ("electrician",))
    assert (night.heard.kind, night.heard.code, night.heard.how) == ("condition", "night_shift", How.EXACT)
    assert (word.heard.kind, word.heard.how, word.needles) == ("words", How.AS_WRITTEN, ("晨光",))


@pytest.mark.parametrize(
    ("typed", "words", "codes"),
    [
        ("包吃住 服务员", ["包吃住", "服务员"], ["lodging_and_meals", "waiter"]),
        ("包吃住服务员", ["包吃住", "服务员"], ["lodging_and_meals", "waiter"]),
        ("保洁员（包吃住）", ["保洁员", "包吃住"], ["cleaner", "lodging_and_meals"]),
        (
            "急招保洁员包吃包住五险一金",
            ["保洁员", "包吃包住", "五险一金"],
            ["cleaner", "lodging_and_meals", "insurance"],
        ),
        ("双休会计", ["双休", "会计"], ["two_days_off", "bookkeeper"]),  # 会计 does not begin with a filler
        ("普工日结", ["普工", "日结"], ["general-worker", "paid_by_day"]),
        ("日结工", ["日结"], ["paid_by_day"]),
        ("包住宿舍管理员", ["包住", "宿舍管理员"], ["lodging", "dormitory-manager"]),
        ("兼职 晚班", ["兼职", "晚班"], ["part_time", "late_or_night_shift"]),
        ("夜班保安", ["夜班保安"], ["security-guard"]),  # a name of an occupation stays whole
        ("兼职会计", ["兼职会计"], ["bookkeeper"]),
        ("天河社保专员", ["天河", "社保专员"], ["440106", "payroll-specialist"]),  # run together with others, too
        ("急招社保专员2名包吃住", ["社保专员", "包吃住"], ["payroll-specialist", "lodging_and_meals"]),
        ("会做社保申报的会计", ["社保申报", "会计"], ["social-insurance-filing", "bookkeeper"]),
    ],
)
def test_the_conditions_of_a_post_are_read_wherever_they_stand(typed: str, words: list[str], codes: list[str]) -> None:
    found = parts(typed)
    assert [part.words for part in found] == words
    assert [part.heard.code for part in found] == codes


def test_every_word_for_a_condition_is_taken_for_it_and_no_word_names_two() -> None:
    words = [word for one in CONDITIONS for word in one.words]
    assert len(set(words)) == len(words)
    for one in CONDITIONS:
        for word in one.words:
            (part,) = parts(word)
            assert (part.condition, part.heard.code, part.heard.name) == (one.code, one.code, one.name)


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ({"lodging": True}, {"lodging"}),
        ({"lodging": True, "meals": True}, {"lodging", "meals", "lodging_and_meals"}),
        ({"lodging": False, "meals": None, "insurance": True}, {"insurance"}),
        ({"days_off_per_month": 8}, {"two_days_off"}),
        ({"days_off_per_month": 4}, {"one_day_off"}),
        ({"days_off_per_month": 2}, set()),
        ({"shift": "night"}, {"night_shift", "late_or_night_shift"}),
        ({"shift": "late"}, {"late_shift", "late_or_night_shift"}),
        ({"pay": {"basis": "guaranteed", "period": "day", "min_fen": 20000}}, {"paid_by_day"}),
        ({"employment_form": "part_time"}, {"part_time"}),
    ],
)
def test_a_post_has_the_conditions_that_its_fields_say(values: dict[str, object], codes: set[str]) -> None:
    post = {"title": "某岗位", "place": {"region": "440104"}, "employment_form": "platform", **values}
    assert {one.code for one in held_by(VacancyContent.model_validate(post))} == codes


def test_one_word_may_be_both_an_occupation_and_a_skill() -> None:
    (part,) = parts("烧焊")
    assert (part.occupations, part.skills) == (("welder",), ("arc-welding",))


def test_a_short_name_by_its_sound_is_searched_and_said_to_be_unclear() -> None:
    (part,) = parts("baojie")
    assert part.occupations == ("cleaner",)
    assert (part.heard.how, part.heard.code, part.heard.choices[0].code) == (How.UNCLEAR, None, "cleaner")


def test_initials_that_fit_several_are_all_searched_and_said_to_be_unclear() -> None:
    (part,) = parts("dhg")
    assert "welder" in part.occupations
    assert (part.heard.how, part.heard.code) == (How.UNCLEAR, None)
    assert set(part.occupations) <= {choice.code for choice in part.heard.choices}


def test_a_place_that_two_divisions_are_called_is_searched_in_both() -> None:
    (part,) = parts("白云")
    assert set(part.places) == {"440111", "440104020", "440104015009"}  # a district, a street and a community
    assert part.heard.how is How.UNCLEAR


@pytest.mark.parametrize("typed", ["晨光", "虚构示例·走一遍", "100%_", "%", "、", "丙丁戊己", "\U0001f600"])
def test_what_names_nothing_is_looked_for_as_it_stands(typed: str) -> None:
    found = parts(typed)
    assert found
    assert all(part.heard.kind == "words" and part.needles for part in found)


def test_nothing_typed_has_no_parts_and_a_flood_has_few() -> None:
    assert parts("  ") == ()
    assert 1 <= len(parts("保洁 " * 33)) <= 8
    assert parts("甲" * 100)[0].words == "甲" * 100


def test_the_text_of_a_listing_holds_the_title_first_and_the_skills_where_nobody_can_type_them() -> None:
    content = VacancyContent.model_validate(
        {
            "title": "誠聘 Cleaner\u3000100%",
            "occupation": "cleaner",
            "place": {"region": "440104", "stated": "中山五路"},
            "skills": [{"skill": "floor-machine"}],
            "shift": "night",
            "lodging": True,
        }
    )
    title, rest, ids = listing_text(content, "虚构示例·晨光", load_taxonomy()).split("\n")
    assert "誠聘 cleaner" in title
    assert "诚聘cleaner100" in title
    for words in ("虚构示例·晨光", "虚构示例晨光", "中山五路", "保洁员", "夜班", "包住", "洗地机"):
        assert words in rest
    assert "晨光" not in title
    held = ("lodging", "late_or_night_shift", "night_shift", "full_time")
    assert ids == skill_mark("floor-machine") + "".join(condition_mark(one) for one in held)
