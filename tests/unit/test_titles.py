"""Titles that mean the same work come first, whatever their rank words and order; a set of our own holds the method."""

import pytest

from app.taxonomy.title_concepts import Vocabulary
from app.taxonomy.titles import Language, TitleIndex

TITLES_ZH = {
    "清洁": ["保洁员", "高级保洁专员", "清洁工", "保洁主管"],
    "焊接": ["电焊工", "焊工", "氩弧焊技师", "烧焊师傅"],
    "会计": ["会计", "资深会计", "总账会计", "会计主管"],
    "护理": ["护士", "注册护士", "护士长"],
    "软件": ["软件工程师", "高级软件开发工程师", "程序员", "后端开发工程师"],
    "驾驶": ["货车司机", "卡车司机", "大货车驾驶员"],
}
TITLES_EN = {
    "cleaning": ["cleaner", "senior cleaner", "cleaning supervisor", "office cleaner"],
    "welding": ["welder", "lead welder", "welding technician"],
    "nursing": ["nurse", "registered nurse", "head nurse"],
}


@pytest.mark.parametrize(("language", "titles"), [("zh", TITLES_ZH), ("en", TITLES_EN)])
def test_titles_of_the_same_work_come_before_all_others(language: Language, titles: dict[str, list[str]]) -> None:
    index = TitleIndex([(title, title) for same in titles.values() for title in same], language)
    precision = []
    for same in titles.values():
        for title in same:
            first = index.rank(title)[: len(same)]
            precision.append(len(set(first) & set(same)) / len(same))
            assert first[0] == title
    assert sum(precision) / len(precision) >= 0.85


def test_every_title_is_ranked_and_an_empty_text_is_no_error() -> None:
    index = TitleIndex([("1", "保洁员"), ("2", "厨师")], "zh")
    assert sorted(index.rank("")) == ["1", "2"]
    assert index.rank("保节员")[0] == "1"


def test_other_concepts_can_be_given() -> None:
    index = TitleIndex(
        [("1", "puddler"), ("2", "iron worker"), ("3", "baker")],
        "en",
        vocabulary=Vocabulary([("c1", "puddler"), ("c1", "iron worker"), ("c2", "baker")]),
    )
    assert index.rank("puddler")[:2] == ["1", "2"]
