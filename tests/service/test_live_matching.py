"""What a running node matches with follows the tables: an open post is found, a closed one never again."""

import random
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import update

from app.exchange.models import SyncMeta
from app.kernel.db import Database
from app.matching import live_market
from app.matching.engine import snapshot
from app.matching.engine.market import Best, Placed
from app.matching.live_market import LiveMarket
from app.matching.live_pool import LivePool
from app.matching.profile import PayWish, Profile, Wish
from app.matching.queries import known_listings
from app.matching.rank import rank
from app.people import registration
from app.people.schemas import SeekerIn
from app.people.service import register_seeker
from app.taxonomy.terms import ConceptKind, PayPeriod
from tests.fakes import FakeClock
from tests.service.market import Market, make_market, regions, taxonomy
from tests.service.test_people_service import citizen_id

CLEANER = Profile((Wish("cleaner"),), places=("440104003",), pay=PayWish(380_000, PayPeriod.MONTH))


@dataclass
class Matching:
    """A node that opens and closes posts, and the live market beside it."""

    node: Market
    folder: Path
    live: LiveMarket = field(init=False)

    def __post_init__(self) -> None:
        self.live = self.another()

    def another(self, made_of: str = "these tables") -> LiveMarket:
        """The live market of one more process of the node."""
        return LiveMarket(taxonomy(), regions(), self.folder, lambda *_: made_of)

    def best(self, live: LiveMarket | None = None, limit: int = 50) -> Best:
        with self.node.database.read() as session:
            market = (live or self.live).current(session)
        return market.best(CLEANER, self.node.clock.today(), limit=limit, side=50)

    def found(self, live: LiveMarket | None = None) -> list[str]:
        return [placed.id for placed in self.best(live).matches]

    def expected(self) -> list[Placed]:
        """What the reference finds in the table."""
        with self.node.database.read() as session:
            listings = [listing for _, listing in known_listings(session)]
        ranking = rank(CLEANER, listings, taxonomy(), regions(), self.node.clock.today())
        return [Placed(match.listing_id, match.origin, match.total) for match in ranking.matches]


@pytest.fixture
def matching(database: Database, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Matching:
    monkeypatch.setattr(live_market, "WRITTEN_FROM", 1)  # so that a market of a few posts is written, too
    return Matching(make_market(database, clock, tmp_path / "keys"), tmp_path / "market")


def test_an_opened_vacancy_is_found_and_a_closed_one_never_again(matching: Matching) -> None:
    assert matching.found() == []
    first, second = matching.node.open(), matching.node.open(title="办公楼保洁")
    assert set(matching.found()) == {first.id, second.id}
    matching.node.move(first.id, "close", reason="已招满")
    assert matching.found() == [second.id]
    matching.node.move(second.id, "pause", reason="盘点")
    assert matching.found() == []
    assert matching.best().not_shown[0].id == second.id


def test_a_changed_vacancy_is_matched_as_it_is_now(matching: Matching) -> None:
    post = matching.node.open()
    before = matching.best().matches[0].total
    matching.node.move(post.id, "close", reason="改岗")
    again = matching.node.open(place={"region": "440118001"})
    assert matching.found() == [again.id]
    assert matching.best().matches[0].total < before


def test_a_request_that_began_earlier_does_not_take_the_market_back(matching: Matching) -> None:
    with matching.node.database.read() as early:
        matching.live.current(early)
        later = matching.node.open()
        assert matching.found() == [later.id]
        market = matching.live.current(early)  # it may see what came after it began, but nothing is undone
    assert market.best(CLEANER, matching.node.clock.today(), limit=9).matches_total == 1
    assert matching.found() == [later.id]


def test_many_changes_in_any_order_end_where_the_table_ends(matching: Matching) -> None:
    rnd = random.Random(20261124)
    places = ["440104003", "440104001", "440106014", "440118001"]
    posts: list[str] = []
    for _ in range(25):
        if posts and rnd.random() < 0.4:
            matching.node.move(posts.pop(rnd.randrange(len(posts))), "close", reason="招满")
        else:
            opened = matching.node.open(place={"region": rnd.choice(places)}, seats=rnd.randint(1, 4))
            posts.append(opened.id)
        if rnd.random() < 0.2:
            matching.live.settle(matching.node.database)
        if rnd.random() < 0.5:
            assert list(matching.best().matches) == matching.expected()
    assert list(matching.best().matches) == matching.expected()


def test_a_word_that_the_node_is_taught_counts_at_once(matching: Matching) -> None:
    node = taxonomy().for_node()
    live = LiveMarket(node, regions(), matching.folder)
    post = matching.node.open(title="睇水佬", occupation=None, occupation_stated="睇水佬")
    assert post.id not in matching.found(live)
    node.index_of(ConceptKind.OCCUPATION).add("cleaner", "睇水佬")
    assert matching.found(live) == [post.id]
    node.index_of(ConceptKind.OCCUPATION).own.remove("cleaner", "睇水佬")
    assert matching.found(live) == []


def test_merging_leaves_the_same_market_and_writes_a_generation(matching: Matching) -> None:
    posts = [matching.node.open() for _ in range(3)]
    before = matching.best()
    matching.node.move(posts[0].id, "close", reason="招满")
    matching.found()
    matching.live.settle(matching.node.database)
    with matching.node.database.read() as session:
        market = matching.live.current(session)
    assert len(market.segments) == 1
    assert [placed.id for placed in before.matches if placed.id != posts[0].id] == matching.found()
    assert len(snapshot.generations(matching.folder)) >= 1


class TestAGeneration:
    """What lies on disk is used when it proves itself, and never trusted when it does not."""

    @pytest.fixture
    def written(self, matching: Matching) -> Matching:
        for _ in range(3):
            matching.node.open()
        matching.found()
        matching.live.settle(matching.node.database)
        return matching

    def is_mapped(self, live: LiveMarket, database: Database) -> bool:
        with database.read() as session:
            array: Any = live.current(session).segments[0].columns.work
        while array is not None and not isinstance(array, np.memmap):
            array = getattr(array, "base", None)
        return array is not None

    def test_the_next_process_maps_it_and_follows_from_there(self, written: Matching) -> None:
        later = written.node.open(title="夜间保洁")
        other = written.another()
        assert written.found(other) == written.found()
        assert later.id in written.found(other)
        assert self.is_mapped(other, written.node.database)

    def test_two_processes_share_one_and_each_follows_for_itself(self, written: Matching) -> None:
        one, other = written.another(), written.another()
        assert self.is_mapped(one, written.node.database)
        assert self.is_mapped(other, written.node.database)
        gone = written.found(one)[0]
        written.node.move(gone, "close", reason="招满")
        assert gone not in written.found(one)
        assert gone not in written.found(other)

    @pytest.mark.parametrize("name", ["work.npy", "values.json", "by_tie.npy"])
    def test_a_damaged_one_is_made_anew_from_the_table(self, written: Matching, name: str) -> None:
        for place in snapshot.generations(written.folder):
            content = bytearray((place / name).read_bytes())
            content[-1] ^= 1
            (place / name).write_bytes(content)
        other = written.another()
        assert list(written.best(other).matches) == written.expected()
        assert not self.is_mapped(other, written.node.database)

    def test_a_missing_file_or_manifest_is_no_generation(self, written: Matching) -> None:
        for place in snapshot.generations(written.folder):
            (place / "tie.npy").unlink()
        assert list(written.best(written.another()).matches) == written.expected()
        for place in snapshot.generations(written.folder):
            (place / "manifest.json").write_text("{", encoding="utf-8")
        assert list(written.best(written.another()).matches) == written.expected()

    def test_one_made_with_other_tables_is_passed_over(self, written: Matching) -> None:
        other = written.another(made_of="newer tables")
        assert list(written.best(other).matches) == written.expected()
        assert not self.is_mapped(other, written.node.database)

    def test_one_of_another_history_is_passed_over(self, written: Matching) -> None:
        with written.node.database.write() as session:
            session.execute(update(SyncMeta).values(log_id="f" * 32))  # as a recovery does
        other = written.another()
        assert list(written.best(other).matches) == written.expected()
        assert not self.is_mapped(other, written.node.database)


def test_requests_go_on_while_the_market_changes(matching: Matching) -> None:
    stop, faults = threading.Event(), []

    def ask() -> None:
        while not stop.is_set():
            best = matching.best()
            ids = [placed.id for placed in best.matches]
            if len(ids) != len(set(ids)) or best.matches_total != len(ids):
                faults.append(best)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    posts = [matching.node.open() for _ in range(10)]
    for post in posts[:5]:
        matching.node.move(post.id, "close", reason="招满")
        matching.live.settle(matching.node.database)
    stop.set()
    for thread in threads:
        thread.join()
    assert not faults
    assert set(matching.found()) == {post.id for post in posts[5:]}


class TestThePool:
    """The persons of a node, followed as they change."""

    @pytest.fixture
    def pool(self) -> LivePool:
        return LivePool(taxonomy(), regions())

    def seeker(self, matching: Matching, number: int, *, of_stranger: bool = False) -> str:
        actor = matching.node.stranger if of_stranger else matching.node.officer
        entered = SeekerIn.model_validate(
            {
                "citizen_id": citizen_id(number=number),
                "name": "张示例",
                "phone": "154 0000 0001",
                "home": "440104003",
                "wishes": [{"occupation": "cleaner"}],
            }
        )
        with matching.node.database.write() as session:
            return register_seeker(session, actor, matching.node.clock, regions(), taxonomy(), entered).id

    def found(self, matching: Matching, pool: LivePool) -> set[str]:
        with matching.node.database.read() as session:
            listing = next(known_listings(session))[1]
            current = pool.current(session)
        best = current.best(listing, matching.node.clock.today(), limit=9, office=matching.node.officer.office_id)
        return {placed.id for placed in best.matches}

    def test_it_follows_registration_and_its_end_and_keeps_offices_apart(
        self, matching: Matching, pool: LivePool
    ) -> None:
        matching.node.open()
        assert self.found(matching, pool) == set()
        one, other = self.seeker(matching, 1), self.seeker(matching, 2)
        self.seeker(matching, 3, of_stranger=True)
        assert self.found(matching, pool) == {one, other}
        node = matching.node
        with node.database.write() as session:
            registration.cancel(session, node.officer, node.clock, one)
        assert self.found(matching, pool) == {other}
        with node.database.write() as session:
            registration.register_again(session, node.officer, node.clock, one, 90)
        assert self.found(matching, pool) == {one, other}

    def test_whoever_is_registered_is_found_at_once(self, matching: Matching, pool: LivePool) -> None:
        matching.node.open()
        found: set[str] = set()
        for number in range(1, 6):
            found.add(self.seeker(matching, number))
            assert self.found(matching, pool) == found


def test_what_this_process_committed_is_found_at_once_and_what_another_did_a_moment_later(matching: Matching) -> None:
    live, hasty = (
        LiveMarket(taxonomy(), regions(), matching.folder, lambda *_: "these tables", fresh_s) for fresh_s in (30, 0)
    )

    def found(market: LiveMarket) -> int:
        latest = market.latest(matching.node.database.read)
        return latest.best(CLEANER, matching.node.clock.today(), limit=9).matches_total

    matching.node.open()  # by another process: nothing rings here
    assert (found(live), found(hasty)) == (1, 1)
    matching.node.open()
    assert (found(live), found(hasty)) == (1, 2)
    live.ring()
    assert found(live) == 2
    matching.node.open()
    assert (found(live), found(hasty)) == (2, 3)
