"""How texts are made alike before they are compared, and how their characters are read."""

import csv
from pathlib import Path

import pytest
from pypinyin.pinyin_dict import pinyin_dict

import app.lookup.readings as readings_module
from app.lookup import Channel, FuzzyIndex
from app.lookup.forms import MAX_VARIANTS, forms_of, variants
from app.lookup.normalise import normalise
from app.lookup.readings import fold, fold_letters, readings, surname_readings, without_tone

TABLE = Path(readings_module.__file__).parent / "data" / "readings.csv"


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("ＣＮＣ　操作", "cnc操作"),
        ("電焊工", "电焊工"),
        ("电-焊·工！", "电焊工"),
        ("C++", "cpp"),
        ("C#", "cs"),
        ("lǜshī", "lvshi"),
        ("lüshi", "lvshi"),
        ("LÜ", "lv"),
        ("jǖ", "ju"),
        ("ü", "yu"),
        ("diàn hàn gōng", "dianhangong"),
        ("Café", "cafe"),
        ("，。", ""),
    ],
)
def test_text_is_made_alike(typed: str, plain: str) -> None:
    assert normalise(typed) == plain


@pytest.mark.parametrize("character", ["律", "女", "绿", "旅", "吕", "驴"])
def test_u_keeps_its_dots(character: str) -> None:
    assert readings(character)[0] in {"lv", "nv"}


@pytest.mark.parametrize("typed", ["lvshi", "lushi", "lyushi", "lüshi", "LÜ SHI"])
def test_u_with_dots_may_be_typed_as_people_type_it(typed: str) -> None:
    index = FuzzyIndex((name, [name]) for name in ("律师", "老师", "临时工", "驴肉师傅", "淋花工"))
    best, following = index.search(typed, 2)
    assert best.id == "律师"
    assert best.score > following.score + 5


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("银行行长", "yin hang hang zhang"),
        ("长途司机", "chang tu si ji"),
        ("调查员", "diao cha yuan"),
        ("空调安装工", "kong tiao an zhuang gong"),
        ("会计", "kuai ji"),
        ("c1司机", "c 1 si ji"),
        ("似", "si"),
    ],
)
def test_words_say_how_a_character_is_read(text: str, spelt: str) -> None:
    assert forms_of(text).spelling == spelt


@pytest.mark.parametrize(
    ("name", "spelt"),
    [
        ("仇小明", "qiu xiao ming"),
        ("单小明", "shan xiao ming"),
        ("解小明", "xie xiao ming"),
        ("区小明", "ou xiao ming"),
        ("查小明", "zha xiao ming"),
        ("曾小明", "zeng xiao ming"),
        ("繁小明", "po xiao ming"),
        ("费小明", "bi xiao ming"),
        ("祭小明", "zhai xiao ming"),
        ("翟小明", "zhai xiao ming"),
        ("洗小明", "xian xiao ming"),
        ("么小明", "yao xiao ming"),
        ("黑小明", "he xiao ming"),
        ("覃小明", "qin xiao ming"),
        ("覃小明", "tan xiao ming"),
        ("盖小明", "ge xiao ming"),
        ("乐小明", "yue xiao ming"),
        ("朴小明", "piao xiao ming"),
        ("缪小明", "miao xiao ming"),
        ("召小明", "shao xiao ming"),
        ("种小明", "chong xiao ming"),
        ("秘小明", "bi xiao ming"),
        ("员小明", "yun xiao ming"),
        ("折小明", "she xiao ming"),
        ("宓小明", "fu xiao ming"),
        ("郗小明", "chi xiao ming"),
        ("隗小明", "kui xiao ming"),
        ("隗小明", "wei xiao ming"),
        ("尉小明", "yu xiao ming"),
        ("尉迟小明", "yu chi xiao ming"),
        ("万俟小明", "mo qi xiao ming"),
        ("单于小明", "chan yu xiao ming"),
        ("澹台小明", "tan tai xiao ming"),
        ("吕小明", "lv xiao ming"),
    ],
)
def test_a_surname_is_found_by_each_of_its_readings(name: str, spelt: str) -> None:
    assert spelt in {forms.spelling for forms in variants(name)}


def test_a_surname_stands_at_the_beginning() -> None:
    assert surname_readings("员工") == [("yun",)]
    assert [forms.spelling for forms in variants("收银员")] == ["shou yin yuan"]


def test_the_usual_reading_comes_first_and_none_twice() -> None:
    for text in ("重庆银行行长", "朝阳区长", "单调", "曾长行", "电焊工", ""):
        spelt = [forms.spelling for forms in variants(text)]
        assert spelt[:1] == [forms_of(text).spelling]
        assert len(set(spelt)) == len(spelt) <= MAX_VARIANTS


def test_the_table_of_readings_says_nothing_twice_and_nothing_unheard_of() -> None:
    syllables = {without_tone(one) for known in pinyin_dict.values() for one in known.split(",")}
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["character"] for row in rows}) == len(rows)
    for row in rows:
        words = row["words"].split("|") if row["words"] else []
        surnames = [one.split() for one in row["surname"].split("|") if one]
        assert len(set(words)) == len(words), row
        assert {*words, *(one for surname in surnames for one in surname)} <= syllables, row
        assert all(len(surname) == len(row["character"]) for surname in surnames), row
        if len(row["character"]) == 1:
            first = without_tone(pinyin_dict[ord(row["character"])].split(",")[0])
            assert words != [first] or surnames, f"{row} says no more than the dictionary"
            assert not {one for (one,) in surnames} & set(words), row


@pytest.mark.parametrize(
    ("one", "other"),
    [("zhang", "zan"), ("chu", "cu"), ("shi", "si"), ("ning", "lin"), ("ren", "len"), ("hu", "fu"), ("lv", "lu")],
)
def test_an_accent_makes_them_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)
    assert fold_letters(one + "gong") == fold_letters(other + "gong")


def test_words_in_letters_are_found_by_their_channel() -> None:
    index = FuzzyIndex((name, [name]) for name in ("女工", "绿化工", "录像工"))
    assert [index.search(typed, 1)[0].id for typed in ("nvgong", "lvhuagong", "luxianggong")] == [
        "女工",
        "绿化工",
        "录像工",
    ]
    assert index.search("lvhuagong", 1)[0].channel is Channel.PINYIN
