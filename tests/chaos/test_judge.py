"""The judge says what is wrong: a record that is lost, doubled or resurrected is never taken for a good one."""

from dataclasses import replace

import pytest

from tests.chaos.book import ENDED, OPEN, PAUSED, Book, Post, Said
from tests.chaos.judge import Held, Seen, Verdict, judge

PARENTS = {"city": None, "district": "city", "street": "district"}
RID = "00000000-0000-7000-8000-000000000001"
FIRST, SECOND = Said(OPEN, "2026-12-24"), Said(OPEN, "2026-12-25")
HIDDEN, END = Said(PAUSED, "2026-12-24"), Said(ENDED)


@pytest.fixture
def book() -> Book:
    return Book(PARENTS)


def write(book: Book, *said: Said, is_answered: bool = True) -> Post:
    post = book.enter("street", RID, "保洁员 1")
    for one in said:
        step = book.try_step(post, one)
        if is_answered:
            book.acknowledge(post, step, one)
    return post


def seen(said: Said | None, rid: str = RID, title: str = "保洁员 1") -> Seen:
    """A node that holds and shows one listing."""
    if said is None:
        return Seen({}, [])
    op = "D" if said.state == ENDED else "P"
    held = Held(1, 1, op, said.state + str(said.until), said, title if op == "P" else None)
    return Seen({("street", "listing", rid): held}, [("street", rid)] if said.state == OPEN else [])


def everywhere(said: Said | None) -> dict[str, Seen]:
    return {node: seen(said) for node in PARENTS}


def counts(found: Verdict) -> dict[str, int]:
    names = ("acknowledged", "lost", "unrecoverable", "overruled", "doubled", "resurrected")
    return {name: getattr(found, name) for name in names if getattr(found, name)}


def test_what_stands_everywhere_as_it_was_acknowledged_is_clean(book: Book) -> None:
    write(book, FIRST, SECOND)
    found = judge(book.posts.values(), everywhere(SECOND))
    assert counts(found) == {"acknowledged": 2}
    assert found.is_clean


@pytest.mark.parametrize("held", [None, FIRST])
def test_a_change_that_is_nowhere_is_lost(book: Book, held: Said | None) -> None:
    write(book, FIRST, SECOND)
    found = judge(book.posts.values(), everywhere(held))
    assert counts(found) == {"acknowledged": 2, "lost": 2 if held is None else 1}
    assert not found.is_clean


def test_a_change_that_one_node_lacks_is_lost_and_a_difference(book: Book) -> None:
    write(book, FIRST, SECOND)
    found = judge(book.posts.values(), {**everywhere(SECOND), "city": seen(FIRST)})
    assert counts(found) == {"acknowledged": 2, "lost": 1}
    assert any(finding.startswith("lost at city") for finding in found.findings)
    assert any(finding.startswith("differ on") for finding in found.findings)


def test_an_end_that_is_nowhere_is_resurrected(book: Book) -> None:
    write(book, FIRST, END)
    assert counts(judge(book.posts.values(), everywhere(FIRST))) == {"acknowledged": 2, "resurrected": 1}


def test_an_end_that_one_node_does_not_know_is_resurrected(book: Book) -> None:
    write(book, FIRST, END)
    found = judge(book.posts.values(), {**everywhere(END), "street": seen(FIRST)})
    assert counts(found) == {"acknowledged": 2, "resurrected": 1}


def test_an_ended_post_that_is_shown_is_found(book: Book) -> None:
    write(book, FIRST, END)
    ended = seen(END)
    ended.shown = [("street", RID)]
    found = judge(book.posts.values(), {**everywhere(END), "city": ended})
    assert counts(found) == {"acknowledged": 2, "resurrected": 1}


def test_a_post_under_two_ids_is_doubled(book: Book) -> None:
    write(book, FIRST)
    other = RID.replace("1", "2")
    book.enter("street", other, "保洁员 1")
    twice = seen(FIRST)
    twice.records |= seen(FIRST, other).records
    twice.shown += [("street", other)]
    found = judge(book.posts.values(), dict.fromkeys(PARENTS, twice))
    assert counts(found) == {"acknowledged": 1, "doubled": 1}
    assert not found.is_clean


def test_a_post_shown_twice_is_doubled(book: Book) -> None:
    write(book, FIRST)
    twice = seen(FIRST)
    twice.shown *= 2
    assert counts(judge(book.posts.values(), {**everywhere(FIRST), "city": twice}))["doubled"] == 1


def test_a_post_that_nobody_wrote_is_doubled(book: Book) -> None:
    assert counts(judge(book.posts.values(), {"city": seen(FIRST)})) == {"doubled": 1}


def test_what_was_not_answered_may_be_or_not_be(book: Book) -> None:
    write(book, FIRST)
    write(book, SECOND, is_answered=False)
    for held in (FIRST, SECOND):
        assert judge(book.posts.values(), everywhere(held)).is_clean


def test_two_nodes_with_one_version_and_two_contents_differ(book: Book) -> None:
    write(book, FIRST)
    other = seen(FIRST)
    other.records = {key: replace(held, sha256="another") for key, held in other.records.items()}
    assert not judge(book.posts.values(), {**everywhere(FIRST), "city": other}).is_clean


def test_a_listing_that_is_held_and_not_shown_is_found(book: Book) -> None:
    write(book, FIRST)
    silent = seen(FIRST)
    silent.shown = []
    assert not judge(book.posts.values(), {**everywhere(FIRST), "city": silent}).is_clean


def test_what_only_a_disk_knew_that_was_rolled_back_is_unrecoverable_and_not_lost(book: Book) -> None:
    write(book, FIRST)
    photograph = book.photograph("street")
    write(book, SECOND)
    assert book.restored({"street": photograph}) == 1
    found = judge(book.posts.values(), everywhere(FIRST))
    assert counts(found) == {"acknowledged": 2, "unrecoverable": 1}
    assert found.is_clean


def test_what_is_gone_and_comes_back_all_the_same_counts_as_nothing(book: Book) -> None:
    write(book, FIRST)
    photograph = book.photograph("street")
    write(book, SECOND)
    book.restored({"street": photograph})
    assert counts(judge(book.posts.values(), everywhere(SECOND))) == {"acknowledged": 2}


@pytest.mark.parametrize("above", ["district", "city"])
def test_what_had_reached_a_node_above_has_to_come_back(book: Book, above: str) -> None:
    write(book, FIRST)
    photograph = book.photograph("street")
    write(book, SECOND)
    book.observe(above, {RID: SECOND})
    assert book.restored({"street": photograph}) == 0
    assert counts(judge(book.posts.values(), everywhere(FIRST))) == {"acknowledged": 2, "lost": 1}


def test_what_was_acknowledged_before_the_backup_has_to_be_in_it(book: Book) -> None:
    write(book, FIRST, SECOND)
    assert book.restored({"street": book.photograph("street")}) == 0
    assert counts(judge(book.posts.values(), everywhere(FIRST))) == {"acknowledged": 2, "lost": 1}


def test_nodes_that_go_back_together_do_not_vouch_for_each_other(book: Book) -> None:
    photographs = {node: book.photograph(node) for node in PARENTS}
    write(book, FIRST, END)
    book.observe("district", {RID: END})
    book.observe("city", {RID: FIRST})
    assert book.restored({node: photographs[node] for node in ("street", "district")}) == 1
    found = judge(book.posts.values(), everywhere(FIRST))
    assert counts(found) == {"acknowledged": 2, "unrecoverable": 1}


def test_a_node_restored_later_takes_with_it_what_nobody_had_got_back_yet(book: Book) -> None:
    photographs = {node: book.photograph(node) for node in PARENTS}
    write(book, FIRST)
    book.observe("district", {RID: FIRST})
    assert book.restored({"street": photographs["street"]}) == 0
    assert book.restored({"district": photographs["district"]}) == 1


def test_what_a_restored_office_writes_on_does_not_stand_for_an_end_that_it_does_not_know(book: Book) -> None:
    write(book, FIRST)
    photographs = {node: book.photograph(node) for node in PARENTS}
    write(book, END)
    book.observe("district", {RID: END})
    assert book.restored({"street": photographs["street"]}) == 0  # the district can give it back
    write(book, SECOND)  # the street has not asked it yet
    assert book.restored({"district": photographs["district"]}) == 1
    found = judge(book.posts.values(), everywhere(SECOND))
    assert counts(found) == {"acknowledged": 3, "unrecoverable": 1}
    assert found.is_clean


def test_an_end_is_final_whatever_a_restored_node_wrote_on(book: Book) -> None:
    write(book, FIRST)
    photograph = book.photograph("street")
    write(book, END)
    book.observe("district", {RID: END})
    book.restored({"street": photograph})
    write(book, SECOND)
    assert judge(book.posts.values(), everywhere(END)).is_clean


def test_a_version_that_another_life_overruled_is_in_the_quarantine_or_lost(book: Book) -> None:
    write(book, SECOND, HIDDEN)
    there = everywhere(SECOND)
    assert counts(judge(book.posts.values(), there)) == {"acknowledged": 2, "lost": 1}
    there["street"].overruled = {RID: [HIDDEN]}
    found = judge(book.posts.values(), there)
    assert counts(found) == {"acknowledged": 2, "overruled": 1}
    assert found.is_clean
