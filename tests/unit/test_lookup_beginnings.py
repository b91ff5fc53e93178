"""While somebody types, the names that may come of it are offered, and stay as letters are added."""

import pytest

from app.lookup import Channel, FuzzyIndex
from app.lookup.forms import forms_of

ENTRIES = [
    ("welder", ["电焊工", "Welder", "烧焊师傅"]),
    ("electrician", ["电工", "Electrician", "强电工"]),
    ("concrete", ["混凝土工", "打灰工"]),
    ("shop", ["店长", "门店店长"]),
    ("cleaner", ["保洁员", "保洁", "清洁工"]),
    ("guard", ["保安员", "保安"]),
    ("mover", ["搬运工"]),
    ("kitchen", ["帮厨"]),
    ("lawyer", ["律师"]),
    ("cnc", ["数控车床操作工", "CNC操作员"]),
    ("clerk", ["仓库管理员", "长途司机"]),
    *((f"more{number}", [f"得{character}工"]) for number, character in enumerate("一二三四五六七八九十百千万")),
]


@pytest.fixture(scope="module")
def index() -> FuzzyIndex:
    return FuzzyIndex(ENTRIES)


def offered(index: FuzzyIndex, typed: str, limit: int = 8) -> list[str]:
    return [hit.id for hit in index.search(typed, limit, prefix=True)]


@pytest.mark.parametrize(
    ("typed", "first", "channel"),
    [
        ("dian", ["electrician", "shop", "welder"], Channel.PINYIN),
        ("电", ["electrician", "welder"], Channel.TEXT),
        ("电h", ["welder"], Channel.PINYIN),
        ("店h", ["welder"], Channel.PINYIN),
        ("dianh", ["welder"], Channel.PINYIN),
        ("dianhan", ["welder"], Channel.PINYIN),
        ("dianhg", ["welder"], Channel.INITIALS),
        ("dhg", ["welder", "concrete"], Channel.INITIALS),
        ("保j", ["cleaner"], Channel.PINYIN),
        ("bao", ["cleaner", "guard"], Channel.PINYIN),
        ("数控che", ["cnc"], Channel.PINYIN),
        ("cnc", ["cnc"], Channel.TEXT),
        ("weld", ["welder"], Channel.TEXT),
        ("changtu", ["clerk"], Channel.PINYIN),
        ("lvs", ["lawyer"], Channel.PINYIN),
        ("lus", ["lawyer"], Channel.PINYIN),
        ("诚聘电h", ["welder"], Channel.PINYIN),
    ],
)
def test_a_beginning_offers_what_it_may_become(
    index: FuzzyIndex, typed: str, first: list[str], channel: Channel
) -> None:
    assert offered(index, typed)[: len(first)] == first
    assert index.search(typed, 1, prefix=True)[0].channel is channel


def test_a_rarer_reading_of_another_name_is_spelt_out_all_the_same() -> None:
    index = FuzzyIndex([("driver", ["司机", "长途货车驾驶员"])])
    (hit,) = index.search("zhangtu", 1, prefix=True)
    assert (hit.name, hit.channel) == ("长途货车驾驶员", Channel.PINYIN)


def test_a_whole_syllable_comes_before_the_beginning_of_another(index: FuzzyIndex) -> None:
    assert offered(index, "ban")[:2] == ["mover", "kitchen"]


def test_many_other_names_do_not_crowd_out_a_beginning() -> None:
    crowd = FuzzyIndex([*((f"x{number}", [f"点{number}号"]) for number in range(500)), *ENTRIES])
    assert offered(crowd, "dian")[0] == "electrician"


def test_a_slip_in_a_beginning_is_forgiven_after_all_true_ones(index: FuzzyIndex) -> None:
    assert offered(index, "dianhna")[0] == "welder"
    hits = index.search("dianhan", 8, prefix=True)
    assert hits[0].score > hits[1].score + 5


@pytest.mark.parametrize(("id_", "names"), ENTRIES[:11])
def test_what_is_offered_stays_as_letters_are_added(index: FuzzyIndex, id_: str, names: list[str]) -> None:
    letters = forms_of(names[0]).letters
    steps = [offered(index, letters[:size]) for size in range(1, len(letters) + 1)]
    appears = next(number for number, step in enumerate(steps) if id_ in step)
    assert all(id_ in step for step in steps[appears:])
    assert steps[-1][0] == id_


def test_added_names_are_offered_and_removed_ones_are_not() -> None:
    changing = FuzzyIndex(ENTRIES)
    changing.add([("apprentice", ["电工学徒"])])
    changing.remove(["electrician"])
    assert offered(changing, "diangong")[0] == "apprentice"
    assert "electrician" not in offered(changing, "dian", 50)
