"""Two nodes that exchange over a bad line, in any order of events: in the end both hold the same.

Hypothesis chooses what happens: writes, edits, ends, lost batches, lost answers, repeated and late batches, restarts of
the child, and a parent that is put back to an earlier backup. Shrinking shows the shortest story that fails.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.exchange.envelope import Envelope
from app.exchange.sql_ledger import SqlLedger
from app.kernel.db import Database
from app.sync.link import LinkDown, Refused
from app.sync.push import Suspended, lift
from tests.fakes import FakeClock
from tests.rounds import examples
from tests.service.exchange_nodes import Backup, DirectLink, Network, Node, accept

EVENTS = [
    "write", "edit", "edit", "end", "push", "push", "batch lost", "answer lost", "late batch", "child restarts",
    "parent backed up", "parent restored",
]  # fmt: skip
Event = tuple[str, int]


class World:
    """A district that pushes to its city, and what the test knows should be true of them."""

    def __init__(self, city: Node, district: Node) -> None:
        self.city, self.district = city, district
        self.link = DirectLink(city, district.name)
        self.rids: list[str] = []
        self.ended: set[str] = set()
        self.backup: Backup | None = None
        self.seen: dict[tuple[str, str, str], tuple[int, int]] = {}

    def happen(self, event: Event) -> None:
        name, number = event
        getattr(self, name.replace(" ", "_"))(number)
        self.look()

    def look(self) -> None:
        """At no moment does the city go back, unless it was itself put back; and its numbers are all different."""
        for key, envelope in self.above().items():
            assert envelope.version >= self.seen.get(key, (0, 0))
            self.seen[key] = envelope.version
        numbers = self.city.numbers()
        assert len(numbers) == len(set(numbers))

    def above(self) -> dict[tuple[str, str, str], Envelope]:
        return {key: e for key, e in self.city.records().items() if e.origin == self.district.name}

    def write(self, number: int) -> None:
        kind = "msg.note" if number % 4 == 0 else "note"
        self.rids.append(self.district.publish(f"new {number}", kind=kind) + " " + kind)

    def edit(self, number: int) -> None:
        if open_rids := [r for r in self.rids if r not in self.ended]:
            rid, kind = open_rids[number % len(open_rids)].split()
            self.district.publish(f"edited {number}", rid, kind)

    def end(self, number: int) -> None:
        if self.rids:
            rid = self.rids[number % len(self.rids)]
            self.ended.add(rid)
            self.district.retract(*rid.split())

    def push(self, _: int) -> None:
        self._drain()

    def _drain(self) -> None:
        """Push; where a late batch of an earlier life has made the parent suspend the child, somebody lifts that."""
        try:
            self.district.carrier.drain(self.link)
        except Refused as refused:
            if refused.slug != Suspended.slug:
                raise
            with self.city.database.write() as session:
                lift(SqlLedger(session), self.district.name)
            self.district.carrier.drain(self.link)

    def _fail(self, where: str) -> None:
        def mishap(at: str) -> None:
            if at == where:
                raise LinkDown("test")

        self.link.mishap = mishap
        try:
            self._drain()
        except LinkDown:
            pass
        finally:
            self.link.mishap = lambda _: None

    def batch_lost(self, _: int) -> None:
        self._fail("before")

    def answer_lost(self, _: int) -> None:
        self._fail("after")

    def late_batch(self, number: int) -> None:
        """A batch that was sent at any time before arrives (again)."""
        if self.link.pushes:
            stream, batch = self.link.pushes[number % len(self.link.pushes)]
            with suppress(Refused):
                accept(self.city, self.district.name, stream, batch)

    def child_restarts(self, _: int) -> None:
        self.district.start()

    def parent_backed_up(self, _: int) -> None:
        self.backup = self.city.backup()

    def parent_restored(self, _: int) -> None:
        if self.backup is not None:
            self.city.restore(self.backup)
            self.seen = {}

    def settle(self) -> None:
        """The line is good again."""
        self.district.start()
        self._drain()


@pytest.fixture
def world(sqlite_nodes: Callable[[], Database], clock: FakeClock, tmp_path: Path) -> World:
    network = Network(sqlite_nodes, clock, tmp_path / "keys")
    return World(*network.grow("guangzhou", "yuexiu"))


@settings(
    max_examples=examples(50),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(events=st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(0, 7)), min_size=4, max_size=25))
def test_whatever_happens_on_the_way_both_ends_hold_the_same(world: World, events: list[Event]) -> None:
    start = world.city.backup(), world.district.backup()
    try:
        for event in events:
            world.happen(event)
        world.settle()
        own = {k: e for k, e in world.district.records().items() if e.origin == world.district.name}
        assert world.above() == own
        assert world.city.notes() == world.district.notes()
        assert {rid.split()[0] for rid in world.ended} == {e.rid for e in own.values() if e.op == "D"}
        assert world.city.quarantine() == []
    finally:
        world.city.restore(start[0])
        world.district.restore(start[1])
        world.__init__(world.city, world.district)  # type: ignore[misc]
