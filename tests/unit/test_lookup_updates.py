"""An index is changed in place: what was added is found, what was removed is not, and readers are never disturbed."""

import threading

from app.lookup import FuzzyIndex
from app.lookup.index import MIDDLE, RECENT

SIGNS = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"


def name(number: int) -> str:
    """A name of its own for every number below 22 to the power of 3."""
    first, rest = divmod(number, len(SIGNS) ** 2)
    second, third = divmod(rest, len(SIGNS))
    return f"{SIGNS[first]}{SIGNS[second]}{SIGNS[third]}工"


def sizes(index: FuzzyIndex) -> list[int]:
    return [len(segment) for segment in index._segments]


def test_many_small_additions_leave_three_parts_and_lose_nothing() -> None:
    index = FuzzyIndex([("base", ["电焊工"])])
    for number in range(0, 2 * RECENT + 100, 7):
        index.add([(str(one), [name(one)]) for one in range(number, number + 7)])
    assert len(sizes(index)) == 3
    assert sizes(index)[2] <= RECENT
    assert sum(sizes(index)) >= 2 * RECENT + 100
    for number in (0, 1, RECENT, RECENT + 1, 2 * RECENT + 90):
        assert index.search(name(number), 1)[0].id == str(number)
    assert index.search("电焊工", 1)[0].id == "base"


def test_a_large_addition_moves_into_the_base() -> None:
    index = FuzzyIndex([("base", ["电焊工"])])
    index.add((str(number), [name(number)]) for number in range(MIDDLE + RECENT))
    assert sizes(index)[1:] == [0, 0]
    assert index.search(name(MIDDLE), 1)[0].id == str(MIDDLE)
    assert index.search("电汉工", 1)[0].id == "base"


def test_what_was_removed_leaves_once_it_is_a_fourth() -> None:
    index = FuzzyIndex((str(number), [name(number)]) for number in range(100))
    whole = sum(sizes(index))
    index.remove(str(number) for number in range(10))
    assert sum(sizes(index)) == whole
    assert "3" not in {hit.id for hit in index.search(name(3), 50)}
    index.remove(str(number) for number in range(10, 40))
    assert sum(sizes(index)) < whole
    assert {int(hit.id) for hit in index.search(name(3), 100)} <= set(range(40, 100))
    assert index.search(name(50), 1)[0].id == "50"


def test_a_removed_id_may_come_again_under_another_name() -> None:
    index = FuzzyIndex([("cook", ["厨师"]), ("cleaner", ["保洁员"])])
    index.remove(["cook"])
    index.add([("cook", ["炒锅师傅"])])
    assert index.search("炒锅师傅", 1)[0].id == "cook"
    assert [hit.name for hit in index.search("炒", 5, prefix=True)][:1] == ["炒锅师傅"]
    assert "厨师" not in {hit.name for hit in index.search("厨师", 5)}


def test_a_reader_sees_all_of_an_addition_or_none() -> None:
    index = FuzzyIndex([("base", ["电焊工"])])
    pair = [("left", ["甲乙丙工"]), ("right", ["甲乙丁工"])]
    faults: list[set[str]] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen = {hit.id for hit in index.search("甲乙工", 5)} & {"left", "right"}
            if len(seen) == 1 or index.search("电汉工", 1)[0].id != "base":
                faults.append(seen)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for _ in range(60):
        index.add(pair)
        index.remove(["left", "right"])
    done.set()
    for reader in readers:
        reader.join()
    assert faults == []


def test_writers_do_not_lose_each_others_additions() -> None:
    index = FuzzyIndex()

    def write(first: int) -> None:
        for number in range(first, first + 40):
            index.add([(str(number), [name(number)])])

    writers = [threading.Thread(target=write, args=(first,)) for first in (0, 100, 200, 300)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    for first in (0, 100, 200, 300):
        for number in (first, first + 17, first + 39):
            assert index.search(name(number), 1)[0].id == str(number)
