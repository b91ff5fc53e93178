"""What was typed is taken when it is clear, asked when it is not, and never picked silently."""

import threading

import pytest

from app.lookup import Channel
from app.lookup.normalise import normalise
from app.taxonomy import own_names
from app.taxonomy.finding import ConceptIndex
from app.taxonomy.shipped import load_shipped


@pytest.fixture(scope="module")
def occupations() -> ConceptIndex:
    return load_shipped().occupation_index


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("保洁员", "cleaner"),
        ("保潔員", "cleaner"),
        ("baojieyuan", "cleaner"),
        ("电焊工", "welder"),
        ("保节员", "cleaner"),
        ("烧焊", "welder"),
        ("打扫卫生", "cleaner"),
        ("诚聘保洁员2名", "cleaner"),
    ],
)
def test_what_is_clear_is_taken_with_its_evidence(occupations: ConceptIndex, typed: str, meant: str) -> None:
    found = occupations.resolve(typed)
    assert found.id == meant, found
    assert found.evidence is not None


@pytest.mark.parametrize("typed", ["社工", "教练"])
def test_words_that_name_several_occupations_are_asked(occupations: ConceptIndex, typed: str) -> None:
    found = occupations.resolve(typed)
    assert found.id is None
    assert len({choice.id for choice in found.choices}) >= 2


@pytest.mark.parametrize("typed", ["dhg", "bjy", "电汉工", "工", "师傅", "随便", "???", ""])
def test_what_is_not_clear_is_never_taken(occupations: ConceptIndex, typed: str) -> None:
    assert occupations.resolve(typed).id is None


@pytest.mark.parametrize(("one", "other"), [("护工", "护士"), ("电工", "电焊工"), ("会计", "收银员"), ("保安", "保洁")])
def test_look_alikes_are_two(occupations: ConceptIndex, one: str, other: str) -> None:
    first, second = occupations.resolve(one).id, occupations.resolve(other).id
    assert first is not None
    assert second is not None
    assert first != second


def test_a_local_word_can_be_added() -> None:
    index = ConceptIndex([("cleaner", ["保洁员"]), ("cook", ["厨师"])])
    index.add("cook", "炒锅佬")
    assert index.resolve("炒锅佬").id == "cook"


OWN = [
    ("welder", ["电焊工", "Welder", "烧焊"]),
    ("spot-welder", ["点焊工"]),
    ("cleaner", ["保洁员", "保洁"]),
    ("guard", ["保安员", "保安"]),
    ("driver", ["司机"]),
    ("inspector", ["服装查货员", "总检"]),
    ("head-of-kindergarten", ["园长"]),
    ("recruiter", ["人事专员", "招聘专员", "招聘助理"]),
    ("manager", ["电商运营经理", "运营经理", "经理"]),
    ("rescuer", ["急救员"]),
    ("nurse", ["护士"]),
    ("pilot", ["救员"]),
    ("windpipe", ["风管工"]),
    ("sealer", ["灌封工"]),
    ("after-sales", ["家电售后客服", "打扫卫生的"]),
]
HIDDEN = [("cleaner", ["保洁阿姨"]), ("welder", ["电悍工"])]


@pytest.fixture(scope="module")
def own() -> ConceptIndex:
    return ConceptIndex(OWN, hidden=HIDDEN, ambiguous={"社工": ("cleaner", "guard")})


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("高薪诚聘电焊工", "welder"),  # 点焊工 sounds the same, but the name itself stands there
        ("招聘保洁员", "cleaner"),
        ("保洁员（夜班）", "cleaner"),
        ("保洁员/五险一金", "cleaner"),
        ("保洁/保洁员", "cleaner"),
        ("招聘专员2名", "recruiter"),
        ("急救员", "rescuer"),
        ("保节员", "cleaner"),
        ("baojieyuan", "cleaner"),
        ("家电售后可服", "after-sales"),
        ("打扫卫生", "after-sales"),
        ("保洁阿姨数名", "cleaner"),
    ],
)
def test_the_name_that_stands_in_a_text_is_taken(own: ConceptIndex, typed: str, meant: str) -> None:
    assert own.resolve(typed).id == meant


@pytest.mark.parametrize(
    ("typed", "among"),
    [
        ("总监", {"inspector"}),  # a name of two characters by its sound
        ("院长", {"head-of-kindergarten"}),
        ("zongjian", {"inspector"}),
        ("电汉工", {"welder", "spot-welder"}),
        ("招聘经理", {"recruiter"}),  # it begins like 招聘专员, and ends in a rank
        ("招聘运营经理", {"recruiter", "manager"}),
        ("急诊护士", {"nurse"}),
        ("司机、保安", {"driver", "guard"}),
        ("司机（兼保安）", {"driver", "guard"}),
        ("保洁 保安", {"cleaner", "guard"}),
        ("司机兼保安2名", {"driver", "guard"}),
        ("保洁/夜班", {"cleaner"}),
        ("社工2名", {"cleaner", "guard"}),
        ("管风工", {"windpipe", "sealer"}),  # 风管工 with two characters swapped sounds like 灌封工
        ("保清员", {"cleaner"}),  # a wrong character
        ("保员", {"cleaner", "guard"}),  # a missing one
        ("保员洁", {"cleaner"}),  # two swapped
        ("bjy", {"cleaner"}),
    ],
)
def test_what_may_be_something_else_is_asked(own: ConceptIndex, typed: str, among: set[str]) -> None:
    found = own.resolve(typed)
    assert found.id is None, found
    assert found.evidence is None
    assert among <= {choice.id for choice in found.choices}


@pytest.mark.parametrize(("typed", "shown"), [("保洁阿姨", "保洁员"), ("电悍工", "电焊工"), ("诚聘保洁阿姨", "保洁员")])
def test_a_hidden_name_finds_and_is_never_shown(own: ConceptIndex, typed: str, shown: str) -> None:
    found = own.resolve(typed)
    assert found.evidence is not None
    assert (found.evidence.name, found.evidence.channel) == (shown, Channel.TEXT)
    hits = [*own.search(typed, 10), *own.search(typed[:2], 10, prefix=True)]
    assert hits[0].name == shown
    assert not {hit.name for hit in hits} & {name for _, names in HIDDEN for name in names}


def test_no_hidden_name_of_the_shipped_tables_is_ever_shown(occupations: ConceptIndex) -> None:
    taxonomy = load_shipped()
    hidden = {(one.id, name) for one in taxonomy.occupations.values() for name in one.hidden}
    assert hidden
    for id_, name in hidden:
        found = occupations.resolve(name)
        hits = [*occupations.search(name, 5), *found.choices, *([found.evidence] if found.evidence else [])]
        assert not {(hit.id, hit.name) for hit in hits} & hidden, (id_, name)


def test_a_concepts_own_name_wins_over_anothers_alias() -> None:
    index = ConceptIndex([("one", ["甲工", "乙工"]), ("two", ["乙工"])])
    assert index.resolve("乙工").id == "two"


def test_names_added_by_several_threads_are_all_there() -> None:
    index = ConceptIndex(OWN)

    def add(at: str) -> None:
        for number in range(20):
            index.add("cleaner", f"本地{at}叫法{number}")

    adding = [threading.Thread(target=add, args=(at,)) for at in "甲乙丙丁"]
    for one in adding:
        one.start()
    for one in adding:
        one.join()
    assert all(index.resolve(f"本地{at}叫法{number}").id == "cleaner" for at in "甲乙丙丁" for number in range(20))


def test_names_added_while_another_is_being_added_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    index = ConceptIndex(OWN)
    meanwhile: list[threading.Thread] = []

    def normalise_slowly(text: str) -> str:
        if text == "睇水佬":
            meanwhile.append(threading.Thread(target=index.add, args=("cleaner", f"执房{len(meanwhile)}")))
            meanwhile[-1].start()
            meanwhile[-1].join(0.2)  # time enough, unless it has to wait
        return normalise(text)

    monkeypatch.setattr(own_names, "normalise", normalise_slowly)
    index.add("guard", "睇水佬")
    for one in meanwhile:
        one.join()
    assert index.own.taught == {
        ("guard", "睇水佬"),
        *(("cleaner", f"执房{number}") for number in range(len(meanwhile))),
    }


def test_what_is_named_as_it_stands_needs_no_index() -> None:
    index = ConceptIndex(OWN)
    assert index.resolve("烧焊").id == "welder"
    assert index.resolve("诚聘烧焊2名").id == "welder"
    assert not index._index.is_made
    assert index.search("烧汉", 1)
    assert index._index.is_made
