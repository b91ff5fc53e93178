"""The proof of convergence (docs/wire.md §8): what a parent answers a child about its subtree, and the child's check.

The two are never read at the same moment. So each answer carries the checkpoints of its own snapshot, and the child
looks at itself afterwards: a record numbered at or below the checkpoint has not changed since it was pushed, whatever
is going on; one numbered above it waits, and is no difference. What only the answer to a push would explain (a
refusal, a newer version) can be on its way; so what differs is asked again a little later, and counts if it stays.
"""

import base64
import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.exchange import changes, trust
from app.exchange.digest import Digest, Key, Version, bucket_of, differing, digest_of, read_line, sha256_of
from app.exchange.inventory import Held, held, held_in
from app.exchange.models import SyncNode, SyncReject
from app.exchange.node import LocalNode
from app.exchange.sql_ledger import SqlLedger
from app.exchange.streams import stream_of
from app.kernel.clock import Clock
from app.kernel.db import Database
from app.sync.protocol import MAX_BUCKETS, Checkpoint, DigestAnswer, KindCount, VersionsAnswer
from app.sync.push import checkpoints
from app.sync.reconciliation import Difference, Party, Statement, compare, draw_up
from app.sync.statement import parent_part

ON_ITS_WAY_S = 2.0


class OtherHistory(RuntimeError):
    """The parent's checkpoints speak of a history that this database does not know: nothing can be compared."""


class Asked(Protocol):
    """What the check needs of a way to the parent."""

    def digest(self) -> DigestAnswer: ...

    def versions(self, buckets: Sequence[int]) -> VersionsAnswer: ...


def digest_for(session: Session, clock: Clock, local: LocalNode, child: str) -> DigestAnswer:
    """What this node holds of a child's subtree, as sums; `session` reads one snapshot."""
    found = digest_of(_counted(held(session, trust.subtree(SqlLedger(session), child))))
    now, stand = clock.now(), checkpoints(SqlLedger(session), child)
    dumped = {stream: checkpoint.model_dump() for stream, checkpoint in sorted(stand.items())}
    return DigestAnswer(
        node=local.node,
        now=int(now.timestamp()),
        checkpoints=stand,
        counts=[KindCount(o=o, k=k, n=n) for (o, k), n in sorted(found.counts.items())],
        buckets=base64.b64encode(found.packed).decode(),
        statement=parent_part(local.key, local.node, child, now, dumped, found.counts, found.sha256),
    )


def versions_for(session: Session, child: str, buckets: Collection[int]) -> VersionsAnswer:
    """Which versions this node holds in some buckets of a child's subtree; `session` reads one snapshot."""
    found = held_in(session, trust.subtree(SqlLedger(session), child), buckets)
    return VersionsAnswer(
        checkpoints=checkpoints(SqlLedger(session), child), lines=sorted(version.line for version in _counted(found))
    )


def _counted(records: Iterable[Held]) -> Iterable[Version]:
    return (one.version for one in records if not one.has_ended)


def verify(
    database: Database, clock: Clock, local: LocalNode, parent: Asked, again_after_s: float = ON_ITS_WAY_S
) -> Statement:
    """Compare with the parent, record by record where the sums differ. OtherHistory where that means nothing.

    `local` has a parent. LinkDown or Refused as the way to it says.
    """
    theirs = parent.digest()
    with database.snapshot() as session:
        _check_history(session, local, theirs.checkpoints)
        origins = trust.subtree(SqlLedger(session), local.node)
        view = _View(local, theirs.checkpoints, _rejected(session, local))
        ours = digest_of(view.settled(held(session, origins)))
        names = {n.node: n.name for n in session.scalars(select(SyncNode))}
    found = _look(database, local, parent, differing(ours.packed, theirs.packed))
    if found:
        time.sleep(again_after_s)
        again = set(_look(database, local, parent, sorted({bucket_of(d.key[2]) for d in found})))
        found = [difference for difference in found if difference in again]
    there = {(c.o, c.k): c.n for c in theirs.counts}
    return Statement(
        at=clock.now(),
        here=Party(local.node, local.name, ours.sha256),
        there=Party(theirs.node, names.get(theirs.node, ""), sha256_of(theirs.packed)),
        lines=draw_up(names, _all_held(ours, view), there, view.waiting, view.rejected, found),
        differences=found,
        signed=theirs.statement,
    )


@dataclass
class _View:
    """This node's records as the parent should have them: what has to agree, and what is excused from it."""

    local: LocalNode
    checkpoints: Mapping[str, Checkpoint]
    refusals: Collection[tuple[Key, tuple[int, int]]]
    waiting: set[Key] = field(default_factory=set)
    rejected: set[Key] = field(default_factory=set)
    excused: Counter[tuple[str, str]] = field(default_factory=Counter)  # of these, what has not ended

    def settled(self, records: Iterable[Held]) -> Iterable[Version]:
        """The versions that the parent must hold; the others are noted."""
        reached = {
            stream: checkpoint.seq
            for stream, checkpoint in self.checkpoints.items()
            if checkpoint.log_id == self.local.log_id
        }
        for one in records:
            version = one.version
            if one.seq > reached.get(stream_of(version.kind), 0):
                self._excuse(one, self.waiting)
            elif (version.key, version.number) in self.refusals:
                self._excuse(one, self.rejected)
            elif not one.has_ended:
                yield version

    def _excuse(self, one: Held, among: set[Key]) -> None:
        among.add(one.version.key)
        self.excused[one.version.key[:2]] += not one.has_ended


def _all_held(ours: Digest, view: _View) -> dict[tuple[str, str], int]:
    return dict(Counter(ours.counts) + view.excused)


def _look(database: Database, local: LocalNode, parent: Asked, buckets: Sequence[int]) -> list[Difference]:
    """Every record that differs in `buckets`, in order."""
    found: list[Difference] = []
    for start in range(0, len(buckets), MAX_BUCKETS):
        some = buckets[start : start + MAX_BUCKETS]
        answer = parent.versions(some)
        with database.snapshot() as session:
            _check_history(session, local, answer.checkpoints)
            view = _View(local, answer.checkpoints, _rejected(session, local))
            records = held_in(session, trust.subtree(SqlLedger(session), local.node), some)
            here = {version.key: version for version in view.settled(records)}
        found += compare(here, map(read_line, answer.lines), view.waiting | view.rejected)
    return sorted(found, key=lambda d: d.key)


def _check_history(session: Session, local: LocalNode, stand: Mapping[str, Checkpoint]) -> None:
    if any(c.seq > 0 and not (c.log_id == local.log_id and changes.has_mark(session, c.mark)) for c in stand.values()):
        raise OtherHistory


def _rejected(session: Session, local: LocalNode) -> set[tuple[Key, tuple[int, int]]]:
    """The versions that the parent has refused: another version of the same record is compared all the same."""
    rows = session.scalars(select(SyncReject).where(SyncReject.peer == (local.parent or "")))
    return {((r.origin, r.kind, r.rid), (r.inc, r.ver)) for r in rows}
