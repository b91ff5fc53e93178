"""Reading for a copy: the changes after a number, and everything shown now, line by line.

The table of records says what changed, the table of listings what is so now, and one join of the two makes every line:
where a listing is shown and meets the conditions it is put, and wherever it does not (ended, paused, frozen, past its
last day, dropped here, not understood, moved out of the conditions) it is removed.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, Text, and_, select, type_coerce
from sqlalchemy.orm import Session

from app.exchange import changes
from app.exchange.models import SyncRecord
from app.regions.tree import Regions
from app.taxonomy.tables import Taxonomy
from app.vacancies.listing import KIND
from app.vacancies.listings import shown
from app.vacancies.models import Listing
from app.vacancies.search.found import Finder
from app.vacancies.search.wanted import Search, Wanted, understand
from app.vacancies.stream.cursor import cursor_at, read_from

PAGE_BYTES = 4 * 1024 * 1024  # a page ends with the line that passes this: a body may have 96 KiB
_AT_ONCE = 200  # rows in memory


@dataclass(frozen=True, slots=True)
class Changes:
    """A page of changes: lines, and the line that says where to go on."""

    lines: tuple[bytes, ...]
    last: bytes


class CopyReader:
    """What a copy with these conditions is told. UnclearWords or UnknownCode (422) for conditions that cannot be."""

    def __init__(self, regions: Regions, taxonomy: Taxonomy, place: str | None, occupation: str | None) -> None:
        self._wanted: Wanted = understand(Search(place=place, occupation=occupation), (), regions, taxonomy)
        self._condition = Finder(regions, taxonomy).condition(self._wanted)

    def changes(self, session: Session, now: datetime, after: str | None, limit: int) -> Changes:
        """At most `limit` changes after the cursor, in the order of their commits. `session` sees one snapshot.

        Invalid (422) for what is no cursor, CursorGone (410) for one that cannot be carried on.
        """
        seq = read_from(session, after, self._wanted)
        record = SyncRecord.__table__.c
        wanted = self._joined(now, is_outer=True).where(record.seq > seq).order_by(record.seq).limit(limit)
        lines: list[bytes] = []
        size = 0
        with session.execute(wanted.execution_options(yield_per=_AT_ONCE)) as rows:
            for row in rows:
                lines.append(_line(row))
                size, seq = size + len(lines[-1]), row.seq
                if size >= PAGE_BYTES:
                    break
        more = size >= PAGE_BYTES or len(lines) == limit
        end = seq if more else changes.head(session)
        return Changes(tuple(lines), _as_line({"cursor": cursor_at(session, end, self._wanted), "more": more}))

    def everything(self, session: Session, now: datetime) -> Iterator[bytes]:
        """A line for every listing that is shown, in no order. `session` sees one snapshot."""
        wanted = self._joined(now, is_outer=False).execution_options(yield_per=_AT_ONCE)
        with session.execute(wanted) as rows:
            for row in rows:
                yield _line(row)

    def beginning(self, session: Session, count: int) -> bytes:
        """The first line of a snapshot of `count` listings read in `session`."""
        return _as_line({"cursor": cursor_at(session, changes.head(session), self._wanted), "listings": count})

    def _joined(self, now: datetime, *, is_outer: bool) -> Select[Any]:
        record = SyncRecord.__table__.c
        holds = and_(Listing.origin == record.origin, Listing.rid == record.rid, shown(now), self._condition)
        body = type_coerce(Listing.body, Text).label("body")  # as it is kept, without reading and writing it anew
        columns = (record.seq, record.origin, record.rid, Listing.expires_at, body)
        joined = SyncRecord.__table__.join(Listing, holds, isouter=is_outer)
        return select(*columns).select_from(joined).where(record.kind == KIND)


def _line(row: Row[Any]) -> bytes:
    named = {"seq": row.seq, "op": "remove" if row.body is None else "put", "origin": row.origin, "id": row.rid}
    until = None if row.body is None else row.expires_at.isoformat().replace("+00:00", "Z")
    whole = json.dumps({**named, "expires_at": until})
    return f'{whole[:-1]}, "listing": {row.body or "null"}}}\n'.encode()


def _as_line(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode() + b"\n"
