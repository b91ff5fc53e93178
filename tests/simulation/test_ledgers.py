"""The ledger in memory answers as the one on a database does: what the simulation proves, it proves of both."""

import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta

import pytest

from app.exchange.envelope import Envelope
from app.exchange.ledger import NEVER, Direction, Key, Ledger, Peer, Rejection, Which
from app.exchange.receive import WAITING
from app.exchange.sql_ledger import SqlLedger
from tests.fakes import FakeClock
from tests.rounds import examples
from tests.service.exchange_nodes import Node
from tests.simulation.disk import Clock, Disk
from tests.simulation.memory_ledger import MemoryLedgers

ORIGINS = ("yuexiu", "beijing", "hongqiao")
KINDS = ("note", "msg.note", "course")
VIAS = ("yuexiu", "haizhu", "guangzhou")
DIRECTIONS: tuple[Direction, ...] = ("in", "out", "feed")
RIDS = tuple(f"00000000-0000-7000-8000-{n:012x}" for n in range(3))
Write = Callable[[], AbstractContextManager[Ledger]]


class Writer:
    """Puts the same random transactions into a ledger, and reads everything that a ledger can be asked."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.came_back: list[bool] = []  # of each incarnation that was refused, whether it had been heard before
        self.keys: list[Key] = [
            (origin, kind, f"00000000-0000-7000-8000-{n:012x}")
            for origin in ORIGINS
            for kind in KINDS
            for n in range(3)
        ]

    def write(self, ledger: Ledger) -> None:
        """One transaction."""
        chance = self.chance
        for _ in range(chance.randrange(1, 6)):
            often = (self.record, self.record, self.record, self.peer, self.refusal, self.wait, self.sweep, self.lives)
            chance.choice(often)(ledger)
        if chance.random() < 0.3:
            self.forget(ledger)
        if chance.random() < 0.05:
            ledger.empty()

    def record(self, ledger: Ledger) -> None:
        chance, (origin, kind, rid) = self.chance, self.chance.choice(self.keys)
        held = ledger.held([(origin, kind, rid)]).get((origin, kind, rid))
        if held is not None and held.op != "P":
            return
        op = chance.choice("PPPDX")
        version = (1, 1) if held is None else (held.inc, held.ver + 1)
        body = '{"text":"a"}' if op == "P" else None
        ledger.stage(envelope(origin, kind, rid, version, op, body), chance.choice(VIAS))

    def peer(self, ledger: Ledger) -> None:
        chance = self.chance
        name, direction, stream = chance.choice(VIAS), chance.choice(DIRECTIONS), chance.choice(("live", "msg"))
        if chance.random() < 0.2:
            ledger.drop_peer(name, direction, stream)
            return
        before = ledger.peer(name, direction, stream) or Peer(name, direction, stream, "0" * 32)
        ledger.save_peer(replace(before, seq=chance.randrange(50), mark=f"{chance.getrandbits(64):016x}", sub="ab"))

    def refusal(self, ledger: Ledger) -> None:
        peer, (origin, kind, rid) = self.chance.choice(VIAS), self.chance.choice(self.keys)
        if self.chance.random() < 0.3:
            ledger.forget_rejects(peer, self.keys if self.chance.random() < 0.5 else [(origin, kind, rid)])
        else:
            ledger.note_reject(peer, Rejection(origin, kind, rid, 1, self.chance.randrange(5), "unknown_key"))

    def wait(self, ledger: Ledger) -> None:
        peer, (origin, kind, rid) = self.chance.choice(VIAS), self.chance.choice(self.keys)
        waiting = envelope(origin, kind, rid, (1, self.chance.randrange(1, 4)), "P", '{"text":"b"}')
        if self.chance.random() < 0.3:
            ledger.release(peer, waiting)
        else:
            ledger.quarantine(peer, waiting, self.chance.choice((*WAITING, "bad_signature")))

    def lives(self, ledger: Ledger) -> None:
        """What is heard of a child's incarnations. Both clocks stand still: all was either before then, or not."""
        peer, inc, soon = self.chance.choice(VIAS), self.chance.randrange(1, 9), timedelta(seconds=1)
        what = self.chance.choice(("hear", "fence", "forget", "forget all"))
        if what == "hear":
            ledger.hear_incarnation(peer, inc)
        elif what == "fence":
            self.came_back.append(ledger.fence_incarnation(peer, inc))
        elif what == "forget":
            ledger.forget_overtaken(peer, ledger.now() + self.chance.choice((-soon, soon)))
        else:
            ledger.forget_incarnations(peer)

    def sweep(self, ledger: Ledger) -> None:
        if self.chance.random() < 0.2:
            ledger.forget_seen()
        else:
            ledger.note_seen(self.chance.sample(self.keys, 3))

    def forget(self, ledger: Ledger) -> None:
        """Some of what has ended by now, and the oldest horizon; another is noted."""
        ended = ledger.ended(0, ledger.head(), 2)
        ledger.remove([one.envelope.key for one in ended])
        ledger.forget_horizons(ledger.horizons()[:-1])
        ledger.note_horizon(self.chance.randrange(50))

    def read(self, ledger: Ledger) -> dict[str, object]:
        """Everything, as plain values. What is drawn at random is left out: marks, and the clock's times."""
        few, some = ORIGINS[:2], {"note", "course"}
        peers = [p for name in VIAS for direction in DIRECTIONS for p in ledger.peers(name, direction)]
        waiting = {o: sorted((p, e.key, e.version) for p, e in ledger.quarantined(o, WAITING)) for o in ORIGINS}
        return {
            "head": ledger.head(),
            "held": ledger.held(self.keys),
            "all": ledger.changes(0, 10**6, Which(drops=True)),
            "live": ledger.changes(2, 4, Which(stream="live", origins=few)),
            "messages": ledger.changes(0, 9, Which(stream="msg", vias=VIAS[:1])),
            "feed": ledger.changes(3, 9, Which(kinds=some, besides=few, drops=True)),
            "pushed": ledger.changes(0, 9, Which(origins=few, or_via="haizhu")),
            "count": [ledger.count(n, Which(stream="live", origins=few, or_via="haizhu")) for n in (0, 5)],
            "highest": [ledger.highest(few, {via}) for via in VIAS],
            "brought": sorted(e.key for e in ledger.brought_by(VIAS[:2], some, few)),
            "seen": ledger.seen(self.keys),
            "peers": sorted((p.peer, p.dir, p.stream, p.log_id, p.seq, p.mark, p.sub) for p in peers),
            "quarantined": waiting,
            "ended": [ledger.ended(after, upto, 3) for after, upto in ((0, 10**6), (4, 20))],
            "fenced": [ledger.fenced_since(peer, NEVER) for peer in VIAS],
            "came back": list(self.came_back),
            "horizons": [one.seq for one in ledger.horizons()],
            "rejects": [ledger.has_rejects(peer) for peer in VIAS],
            "marks": [bool(ledger.mark_at(n)) for n in range(ledger.head() + 1)],
            "own mark": ledger.has_mark(ledger.mark_at(ledger.head())),
        }


def envelope(origin: str, kind: str, rid: str, version: tuple[int, int], op: str, body: str | None) -> Envelope:
    inc, ver = version
    return Envelope(origin, kind, rid, inc, ver, op, 1, None, None, None, body, f"{origin}:1", bytes(64))


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2))])
def test_both_ledgers_answer_alike(city: Node, clock: FakeClock, seed: int) -> None:
    with city.database.write() as session:
        meta = SqlLedger(session).meta()
        before = SqlLedger(session).changes(0, 9, Which())
        noted = SqlLedger(session).horizons()
    memory = MemoryLedgers(Disk(meta, horizons=frozenset(noted)), Clock(), random.Random(seed))
    memory.local = city.exchange.local
    with memory.write() as ledger:
        for change in before:
            ledger.stage(change.envelope, None)
    one, other = Writer(seed), Writer(seed)
    for _ in range(examples(25)):
        with city.database.write() as session:
            one.write(SqlLedger(session))
        with memory.write() as ledger:
            other.write(ledger)
        with city.database.snapshot() as session, memory.read() as ledger:
            assert one.read(SqlLedger(session)) == other.read(ledger)


@pytest.mark.parametrize("seed", range(3))
def test_both_ledgers_see_within_a_transaction_what_it_wrote(city: Node, seed: int) -> None:
    with city.database.write() as session:
        meta, noted = SqlLedger(session).meta(), SqlLedger(session).horizons()
    memory = MemoryLedgers(Disk(meta, horizons=frozenset(noted)), Clock(), random.Random(seed))
    memory.local = city.exchange.local
    one, other = Writer(seed), Writer(seed)
    with city.database.write() as session, memory.write() as ledger:
        for _ in range(10):
            one.write(SqlLedger(session))
            other.write(ledger)
            assert one.read(SqlLedger(session))["held"] == other.read(ledger)["held"]
