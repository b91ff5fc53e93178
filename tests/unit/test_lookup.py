"""However a name was typed, it is found: every way people mistype has its case here, over a vocabulary of our own."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lookup import Channel, FuzzyIndex

NAMES = [
    "电焊工",
    "电工",
    "电汉堡师傅",
    "保安员",
    "保洁员",
    "保育员",
    "护士",
    "护工",
    "收银员",
    "收发员",
    "兽医",
    "会计",
    "出纳",
    "数控车床操作工",
    "车工",
    "车位工",
    "叉车司机",
    "货车司机",
    "公交车司机",
    "厨师",
    "面点师",
    "服务员",
    "客房服务员",
    "客服专员",
    "前台接待员",
    "仓库管理员",
    "快递员",
    "外卖骑手",
    "缝纫工",
    "裁剪工",
    "美容师",
    "美发师",
    "幼儿教师",
    "家政服务员",
    "育婴员",
    "养老护理员",
    "房产中介",
    "导购员",
    "导游",
    "文员",
    "文案策划",
    "软件工程师",
    "硬件工程师",
    "CNC操作员",
    "C++工程师",
    "C工程师",
    "单证员",
    "银行柜员",
    "长途司机",
    "溶剂制造工",
    "船体制造工",
    "木工",
    "瓦工",
    "油漆工",
    "水电工",
    "空调安装工",
    "电梯维修工",
]


@pytest.fixture(scope="module")
def index() -> FuzzyIndex:
    return FuzzyIndex((name, [name]) for name in NAMES)


@pytest.mark.parametrize(
    ("typed", "meant", "channel"),
    [
        ("电焊工", "电焊工", Channel.TEXT),
        ("電焊工", "电焊工", Channel.TEXT),  # traditional
        ("电　焊 工", "电焊工", Channel.TEXT),  # spaced
        ("电汉工", "电焊工", Channel.SOUND),
        ("店焊公", "电焊工", Channel.SOUND),
        ("福务员", "服务员", Channel.SOUND),
        ("胡务员", "服务员", Channel.ACCENT),  # h/f
        ("洗发室", "", None),  # nothing near enough to be sure: see below
        ("dianhangong", "电焊工", Channel.PINYIN),
        ("dian han gong", "电焊工", Channel.PINYIN),
        ("dianhangon", "电焊工", Channel.PINYIN),
        ("dhg", "电焊工", Channel.INITIALS),
        ("数控che床操作工", "数控车床操作工", Channel.PINYIN),
        ("skcccz", "数控车床操作工", None),
        ("银收员", "收银员", Channel.ORDER),
        ("收银", "收银员", Channel.TEXT),
        ("船体", "船体制造工", Channel.TEXT),
        ("诚聘电焊工", "电焊工", Channel.TEXT),
        ("招电焊工2名", "电焊工", Channel.TEXT),
        ("【包吃住】急招熟练电焊工 5000-8000元/月", "电焊工", Channel.TEXT),
        ("高薪诚聘电汉工（急）", "电焊工", Channel.SOUND),
        ("cnc操作员", "CNC操作员", Channel.TEXT),
        ("ＣＮＣ操作员", "CNC操作员", Channel.TEXT),
        ("C++工程师", "C++工程师", Channel.TEXT),
        ("C工程师", "C工程师", Channel.TEXT),
        ("软件工程师", "软件工程师", Channel.TEXT),
        ("shanzhengyuan", "单证员", None),  # a surname's reading of 单
        ("yinhangguiyuan", "银行柜员", Channel.PINYIN),
        ("changtusiji", "长途司机", Channel.PINYIN),
    ],
)
def test_it_is_found(index: FuzzyIndex, typed: str, meant: str, channel: Channel | None) -> None:
    best, *_ = index.search(typed, 3)
    if not meant:
        assert best.score < 85
        return
    assert best.id == best.name == meant
    assert channel is None or best.channel is channel


@pytest.mark.parametrize("typed", ["", "   ", "，。！", "\u3000"])
def test_nothing_is_found_for_nothing(index: FuzzyIndex, typed: str) -> None:
    assert index.search(typed, 5) == []


def test_look_alikes_stay_apart(index: FuzzyIndex) -> None:
    for one in ("护士", "护工", "电工", "车工", "客服专员", "导游", "保育员"):
        assert index.search(one, 1)[0].id == one


def test_a_beginning_offers_what_it_may_become(index: FuzzyIndex) -> None:
    for typed in ("dian", "dianh", "dhg", "dh", "电"):
        offered = [hit.id for hit in index.search(typed, 8, prefix=True)]
        assert "电焊工" in offered, typed


def test_the_best_name_of_an_id_counts() -> None:
    index = FuzzyIndex([("welder", ["电焊工", "烧焊师傅"]), ("electrician", ["电工"])])
    (hit, *_) = index.search("烧焊师傅", 5)
    assert (hit.id, hit.name, hit.score) == ("welder", "烧焊师傅", 100.0)
    assert len({hit.id for hit in index.search("焊工", 5)}) == len(index.search("焊工", 5))


def test_entries_come_and_go_in_place() -> None:
    index = FuzzyIndex([("a", ["电焊工"])])
    index.add([("b", ["焊锡工"])])
    assert index.search("焊锡工", 1)[0].id == "b"
    index.remove(["b"])
    assert [hit.id for hit in index.search("焊锡工", 5)] == ["a"]
    for number in range(20):
        index.add([(f"x{number}", [f"第{number}种工"])])
    assert index.search("第19种工", 1)[0].id == "x19"
    assert index.search("电焊工", 1)[0].id == "a"
    assert "b" not in {hit.id for hit in index.search("焊锡工", 50)}


def test_readers_are_never_disturbed_by_a_writer() -> None:
    index = FuzzyIndex((name, [name]) for name in NAMES)
    faults: list[str] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            if index.search("电汉工", 1)[0].id != "电焊工":
                faults.append("lost")

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(30):
        index.add([(f"n{number}", [f"新工种{number}"])])
        index.remove([f"n{number - 1}"])
    done.set()
    for reader in readers:
        reader.join()
    assert faults == []


@given(st.text(max_size=40))
def test_whatever_is_typed_gets_an_answer(typed: str) -> None:
    hits = SMALL.search(typed, 3)
    assert len(hits) <= 3
    assert all(0 <= hit.score <= 100 for hit in hits)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


SMALL = FuzzyIndex((name, [name]) for name in NAMES[:12])
