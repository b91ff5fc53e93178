"""Forgetting what has ended long ago (docs/wire.md §11): tombstones and local drops, and nothing else.

An end may go once nobody is left who does not know it and could ever bring back what it ended. Who could: the parent,
until it has the end; a state of the parent or of a node below that is put back (a backup, a disk), which may be up to
`RESTORABLE` old; a version that waits in a quarantine. So each day on which this node and its parent agree, the number
is noted up to which the parent has everything, a **horizon**. One that is older than `kept`, with another noted
`RESTORABLE` later in the same history, says that the parent had these ends for so long without interruption.

Children are not waited for: one that was away longer reads from below the floor, is told so (410), and reads anew.
A node that stands on a state from before may not recover from a parent that has forgotten (`is_too_old`).
"""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice, takewhile

from app.exchange import trust
from app.exchange.keeping import RESTORABLE
from app.exchange.ledger import Ended, Horizon, Ledger, Ledgers
from app.exchange.streams import STREAMS, stream_of
from app.sync.push import waiting_after

A_DAY = timedelta(days=1)
_AT_ONCE = 500


def note_horizon(ledger: Ledger) -> None:
    """Note, once a day, up to which number the parent has everything. To be called when the two have agreed."""
    now, noted = ledger.now(), ledger.horizons()
    ahead = [one for one in noted if one.at > now]  # noted by a clock that was wrong: it says nothing of how long
    ledger.forget_horizons(ahead)
    before = noted[: len(noted) - len(ahead)]
    if not before or before[-1].at + A_DAY <= now:
        ledger.note_horizon(passed(ledger))


def passed(ledger: Ledger) -> int:
    """The number up to which the parent has everything that goes up; at a city the head."""
    if ledger.meta().parent is None:
        return ledger.head()
    waiting = [first for stream in STREAMS if (first := waiting_after(ledger, stream)[1]) is not None]
    return min(waiting) - 1 if waiting else ledger.head()


def horizon(ledger: Ledger, kept: timedelta) -> Horizon | None:
    """The last one that may be relied upon; None if there is none yet."""
    noted = ledger.horizons()
    if not noted:
        return None
    until = min(ledger.now() - kept, noted[-1].at - RESTORABLE)
    return max(takewhile(lambda one: one.at <= until, noted), key=lambda one: one.at, default=None)


def collectable(ledger: Ledger, kept: timedelta) -> Iterator[Ended]:
    """Every record that may be forgotten now, in the order of the sequence."""
    reached = horizon(ledger, kept)
    if reached is None:
        return
    ways = _Ways(ledger)
    after = 0
    while found := ledger.ended(after, reached.seq, _AT_ONCE):
        after = found[-1].seq
        yield from (one for one in found if stream_of(one.envelope.kind) != "trust" and ways.is_usual(one))


def collect(ledger: Ledger, kept: timedelta, limit: int) -> int:
    """Forget at most `limit` records, and raise the floor with them, in one transaction; how many there were."""
    ledger.take_turn()
    found = list(islice(collectable(ledger, kept), limit))
    if found:
        ledger.remove([one.envelope.key for one in found])
        ledger.change_meta(gc_floor=max(ledger.meta().gc_floor, found[-1].seq))
    return len(found)


def tidy(ledgers: Ledgers, kept: timedelta) -> int:
    """Forget everything that may be forgotten, a part in each transaction; how many records there were. A job."""
    with ledgers.write() as ledger:
        if ledger.meta().parent is None:  # nobody to agree with; otherwise the courier notes when the two have
            note_horizon(ledger)
        _forget_old_horizons(ledger, kept)
    count, found = 0, _AT_ONCE
    while found == _AT_ONCE:
        with ledgers.write() as ledger:
            found = collect(ledger, kept, _AT_ONCE)
        count += found
    return count


def is_too_old(ledger: Ledger) -> bool:
    """Whether this state of the node was last at one with its parent so long ago that the parent may have forgotten
    ends which it does not know: what it still shows cannot be told from what has ended."""
    noted = ledger.horizons()
    return bool(noted) and noted[-1].at < ledger.now() - RESTORABLE


class _Ways:
    """Which records came on the way that their origin's records come.

    Another way means that a child and this node had both lost it, and that the child may not know it yet: it stays.
    """

    def __init__(self, ledger: Ledger) -> None:
        node = ledger.meta().node
        below = [child for child, parent in ledger.parents().items() if parent == node]
        self._child_of = {origin: child for child in below for origin in trust.subtree(ledger, child)}

    def is_usual(self, one: Ended) -> bool:
        return self._child_of.get(one.envelope.origin, one.via) == one.via


def _forget_old_horizons(ledger: Ledger, kept: timedelta) -> None:
    reached = horizon(ledger, kept)
    if reached is not None:
        ledger.forget_horizons([one for one in ledger.horizons() if one.at < reached.at])
