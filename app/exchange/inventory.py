"""What this node holds of a set of origins, read for a digest: every record but local drops, which never travel.

Everything is computed from the stored rows, and nothing is kept between two readings: a sum that was remembered would
still be right after its rows were altered in the database, and finding just that is what a digest is for.
"""

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.exchange.digest import Key, Version, bucket_of
from app.exchange.envelope import framed
from app.exchange.models import SyncRecord
from app.kernel.keys import among

_AT_ONCE = 1000  # rows in memory
_KEYS_AT_ONCE = 200  # in one statement


@dataclass(frozen=True, slots=True)
class Held:
    """One version as it is held here, with its number in this node's sequence.

    One that has ended is in no digest: one side may have forgotten it, and the other not yet (`app.sync.collection`).
    What it ended shows on the side that lacks it.
    """

    version: Version
    seq: int
    has_ended: bool


def held(session: Session, origins: Collection[str]) -> Iterator[Held]:
    """Every version of records of `origins`, in no order. To be read to its end within a snapshot."""
    yield from _read(session, _records(origins))


def held_in(session: Session, origins: Collection[str], buckets: Collection[int]) -> Iterator[Held]:
    """The versions in some buckets. The rids of all records are looked at, the bodies only of those asked for."""
    wanted, r = frozenset(buckets), SyncRecord.__table__.c
    of_all = select(r.origin, r.kind, r.rid).where(r.origin.in_(sorted(origins)), r.op != "X")
    found = session.execute(of_all, execution_options={"yield_per": _AT_ONCE})
    keys: list[Key] = [(row.origin, row.kind, row.rid) for row in found if bucket_of(row.rid) in wanted]
    for start in range(0, len(keys), _KEYS_AT_ONCE):
        some = among((r.origin, r.kind, r.rid), keys[start : start + _KEYS_AT_ONCE])
        yield from _read(session, _records(origins).where(some))


_Record = Select[*tuple[Any, ...]]


def _records(origins: Collection[str]) -> _Record:
    """Just what is signed, in the order in which it is signed, and the number: dates and signatures cost time."""
    r = SyncRecord.__table__.c
    signed = (r.origin, r.kind, r.rid, r.inc, r.ver, r.op, r.schema, r.scope, r.dst, r.expires_at, r.body)
    return select(*signed, r.seq).where(r.origin.in_(sorted(origins)), r.op != "X")


def _read(session: Session, wanted: _Record) -> Iterator[Held]:
    for *signed, seq in session.execute(wanted, execution_options={"yield_per": _AT_ONCE}):
        origin, kind, rid, inc, ver, op = signed[:6]
        version = Version(origin, kind, rid, inc, ver, hashlib.sha256(framed(signed)).hexdigest())
        yield Held(version, seq, has_ended=op == "D")
