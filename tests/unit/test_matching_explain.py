"""What the clerk reads out: the sentences, the catalogue, what is inferred, unknown and not considered."""

import string
from typing import Any

import pytest

from app.matching.explain import Explanation, explain
from app.matching.judging import post_of
from app.matching.profile import Experience, ListedSkill, PayWish, Profile, SkillClaim, Wish
from app.matching.texts import LABELS, TEXTS, length, say, yuan
from app.taxonomy.terms import EducationLevel, PayPeriod, Refusal, ReservedFor, Shift
from tests.unit.matching_values import BEIJING_STREET, TABLE, ZENGCHENG, judged, pay, person, places, post


def explained(profile: Profile, **listing: Any) -> Explanation:
    offered = post(**listing)
    return explain(judged(profile, offered), profile, post_of(offered, TABLE), TABLE, places())


def factor(explanation: Explanation, name: str) -> str:
    return next(line.said.zh for line in explanation.factors if line.factor == name)


def test_a_wished_post_is_told_in_plain_words() -> None:
    line = explained(person()).factors[0]
    assert line.said.zh == "希望做保洁员，该岗位就是保洁员。"
    assert line.said.en == "Wants cleaner; the post is cleaner."


def test_a_later_wish_is_told_as_such() -> None:
    wishes = (Wish("cashier"), Wish("housekeeper"))
    assert factor(explained(person(wishes=wishes)), "occupation") == (
        "希望做家政服务员，保洁员是相近的工作。这是第二志愿。"
    )


def test_place_names_the_divisions_and_whose_place_it_is() -> None:
    assert factor(explained(person(home=BEIJING_STREET)), "place") == "岗位在北京街道，与住处北京街道同一街道。"
    far = factor(explained(person(places=(ZENGCHENG,), lodging_needed=True), lodging=True), "place")
    assert far == "岗位在北京街道，离希望的地点增城区较远。单位提供住宿，远一些也可以。"


def test_pay_shows_the_gap_and_every_assumption() -> None:
    wish = PayWish(500_000, PayPeriod.MONTH)
    said = factor(explained(person(pay=wish), pay=pay(20_000, period=PayPeriod.DAY), meals=True), "pay")
    assert said == (
        "每月保底4350元。连同食宿折算4750元，比希望的5000元少250元。按天计薪，按每月21.75天折算。伙食按每月400元计入。"
    )
    by_hour = factor(
        explained(person(pay=PayWish(2_550, PayPeriod.HOUR)), pay=pay(2_000, period=PayPeriod.HOUR)), "pay"
    )
    assert by_hour == "每小时20元，比希望的25.50元少5.50元。按每月174小时折算。"


def test_skills_that_the_post_does_not_list_are_told_as_an_estimate() -> None:
    explanation = explained(person())
    assert factor(explanation, "skills") == "岗位未列技能，按职业估计。"
    assert "岗位未列技能，按职业估计。" in [said.zh for said in explanation.inferred]


def test_each_listed_skill_has_its_pair_with_the_similarity() -> None:
    listed = (ListedSkill("turning", must=True), ListedSkill("mopping"), ListedSkill(None, "开叉车", must=True))
    profile = person(skills=(SkillClaim("lathe"),), experience=(Experience("cleaner", months=12),))
    explanation = explained(profile, skills=listed)
    assert [line.said.zh for line in explanation.skills] == [
        "车工 ≈ 普车，相似度84。",
        "拖地：从保洁员的经验推断会。",
        "开叉车：没有对上的技能。",
    ]
    assert [(line.similarity, line.inferred, line.must) for line in explanation.skills] == [
        (84, False, True),
        (100, True, False),
        (0, False, True),
    ]
    assert "做过一年以上保洁员，推断会拖地。" in [said.zh for said in explanation.inferred]
    assert "如果会开叉车，技能一项会提高。" in [said.zh for said in explanation.would_change]


def test_what_failed_says_what_would_change_it() -> None:
    profile = person(
        refusals=frozenset({Refusal.NIGHT_SHIFT}), education=EducationLevel.JUNIOR, certificates=frozenset()
    )
    explanation = explained(
        profile, occupation="driver", shift=Shift.NIGHT, education=EducationLevel.VOCATIONAL, education_must=True
    )
    changes = [said.zh for said in explanation.would_change]
    assert changes[:3] == ["先取得B2驾驶证。", "达到中专、职高或技校，或单位放宽。", "如果能接受上夜班。"]


def test_what_is_obtainable_comes_with_the_step() -> None:
    explanation = explained(person(certificates=frozenset()), occupation="cook")
    (line,) = [line for line in explanation.conditions if line.name == "certificate"]
    assert line.said.zh == "需要健康证，约7天可办好。"
    assert line.change is not None
    assert line.change.zh == "办理健康证，约7天。"


def test_what_was_not_asked_is_to_be_asked() -> None:
    unknown = [said.zh for said in explained(person(), education=EducationLevel.SENIOR, education_must=True).unknown]
    assert "必须高中以上，请询问文化程度。" in unknown
    assert "没有问过工作经验，请询问。" in unknown


def test_a_post_that_names_only_its_district_says_so() -> None:
    explanation = explained(person(), region="440104", place_stated="公园前附近")
    assert "岗位地点写的是“公园前附近”。" in [said.zh for said in explanation.unknown]
    assert "岗位只写到越秀区，请询问具体地点。" in [said.zh for said in explanation.unknown]


def test_other_work_says_how_to_make_it_wished() -> None:
    explanation = explained(person(wishes=(Wish("cashier"),)))
    assert "如果也愿意做保洁员，请加入希望的职业。" in [said.zh for said in explanation.would_change]


def test_words_that_were_read_as_a_concept_are_told() -> None:
    inferred = [said.zh for said in explained(person(wishes=(Wish(None, "保洁"),))).inferred]
    assert "“保洁”按保洁员理解。" in inferred


def test_what_is_not_considered_is_said_every_time() -> None:
    assert [said.zh for said in explained(person()).not_considered] == [
        "性别",
        "民族",
        "户籍",
        "法定界限以外的年龄",
        "照片",
    ]


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", sorted(TEXTS))
def test_a_sentence_says_the_same_in_both_languages_and_is_short(key: str) -> None:
    said = TEXTS[key]
    assert _places(said.zh) == _places(said.en)
    assert len(said.zh) <= 40
    assert len(said.en) <= 100


def test_a_missing_value_is_an_error_and_never_a_gap() -> None:
    with pytest.raises(KeyError):
        say("open.yes")


def test_every_code_that_a_sentence_can_name_has_a_label() -> None:
    for kind in (Shift, EducationLevel, Refusal, ReservedFor):
        assert set(LABELS[kind]) == set(kind)


@pytest.mark.parametrize(
    ("months", "zh", "en"),
    [(0, "0个月", "0 months"), (1, "1个月", "1 month"), (12, "1年", "1 year"), (30, "2年6个月", "2 years 6 months")],
)
def test_lengths_of_time_are_read_in_years_and_months(months: int, zh: str, en: str) -> None:
    assert (length(months).zh, length(months).en) == (zh, en)


@pytest.mark.parametrize(("fen", "text"), [(450_000, "4500"), (1_850, "18.50"), (5, "0.05"), (0, "0")])
def test_amounts_are_read_in_yuan(fen: int, text: str) -> None:
    assert yuan(fen) == text
