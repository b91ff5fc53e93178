"""Many rows at once: written the same by few and by many, on both kinds of database, and inside the transaction."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app.exchange.models import SyncQuarantine, SyncRecord
from app.kernel.bulk import AT_ONCE, MANY, upsert
from app.kernel.columns import WrittenJson
from app.kernel.db import Base, Database
from app.vacancies.models import Listing

RECORDS = Base.metadata.tables[SyncRecord.__tablename__]
LISTINGS = Base.metadata.tables[Listing.__tablename__]
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
# Text that a format with separators, quotes and escapes of its own could spoil.
ODD = ('{"a":"tab\\t"}', "\t", "\\N", "\\", "\n", "\r\n", "", "'", '"', "保洁\U0001f600", ";--", "\\.", None)


def record(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "origin": "yuexiu",
        "kind": "listing",
        "rid": f"{number:036d}",
        "inc": 2**40,
        "ver": 1,
        "op": "P",
        "schema": 1,
        "scope": None,
        "dst": None,
        "expires_at": None,
        "body": ODD[number % len(ODD)],
        "sig": bytes([number % 256]) * 64,
        "key_id": "yuexiu:1",
        "seq": number,
        "via": "yuexiu",
        "applied_at": NOW,
        **changes,
    }


def listing(number: int, opened_at: datetime, **changes: Any) -> dict[str, Any]:
    moments = dict.fromkeys(("updated_at", "received_at", "expires_at"), NOW)
    return {
        "origin": "yuexiu",
        "rid": f"{number:036d}",
        "status": "open",
        "occupation": None,
        "region_code": "440104",
        "opened_at": opened_at,
        "search_text": f"保洁\n{number}",
        "body": WrittenJson('{"title":"保洁"}'),
        **moments,
        **changes,
    }


@pytest.mark.parametrize("count", [1, MANY - 1, MANY, AT_ONCE, 2 * AT_ONCE + 1])
def test_rows_are_written_and_written_over(database: Database, count: int) -> None:
    first = [record(number) for number in range(count)]
    second = [record(number, ver=2, body="new", seq=number + 10_000) for number in range(count // 2, count + 5)]
    for rows in (first, second):
        with database.write() as session:
            upsert(session, RECORDS, rows)
    expected = {row["rid"]: row for row in (*first, *second)}
    with database.read() as session:
        found = [dict(row._mapping) for row in session.execute(select(RECORDS))]
    assert {row["rid"]: row for row in found} == expected


@pytest.mark.parametrize("count", [3, 2 * MANY])
def test_the_lesser_value_stays_where_it_is_asked_for(database: Database, count: int) -> None:
    late, early = NOW, NOW - timedelta(days=3, microseconds=1)
    for first, second in ((late, early), (early, late)):
        for opened_at, status in ((first, "open"), (second, "paused")):
            with database.write() as session:
                rows = [listing(number, opened_at, status=status) for number in range(count)]
                upsert(session, LISTINGS, rows, least=["opened_at"])
        with database.write() as session:
            found = session.scalars(select(Listing)).all()
            assert {(row.opened_at, row.status) for row in found} == {(early, "paused")}
            assert [row.body for row in found] == [{"title": "保洁"}] * count
            for row in found:
                session.delete(row)


def test_columns_that_a_row_leaves_out_stay_as_they_are(database: Database) -> None:
    table = Base.metadata.tables["sync_incarnation"]
    for column, at in (("heard_at", NOW), ("fenced_at", NOW + timedelta(days=1))):
        with database.write() as session:
            upsert(session, table, [{"peer": "yuexiu", "inc": 1, column: at}])
    with database.read() as session:
        assert session.execute(select(table)).all() == [("yuexiu", 1, NOW, NOW + timedelta(days=1))]


def test_what_is_rolled_back_is_not_there_and_does_not_come_with_the_next(database: Database) -> None:
    def write(*rows: dict[str, Any]) -> None:
        upsert(session, RECORDS, list(rows))

    with pytest.raises(LookupError), database.write() as session:
        write(*(record(number) for number in range(MANY)))
        raise LookupError
    with database.write() as session:
        with pytest.raises(LookupError), session.begin_nested():
            write(*(record(number) for number in range(MANY)))
            raise LookupError
        write(*(record(number) for number in range(100, 100 + MANY)))
        write(*(record(number) for number in range(200, 200 + MANY)))  # a second time in one transaction
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(SyncRecord)) == 2 * MANY
        assert session.scalar(select(func.min(SyncRecord.seq))) == 100


def test_a_row_that_cannot_be_made_ends_it_and_the_connection_goes_on(database: Database) -> None:
    """Rows may come from a generator, of which some are on their way when it fails."""

    def rows() -> Iterator[dict[str, Any]]:
        for number in range(AT_ONCE + 10):
            yield record(number)
        raise LookupError

    with database.write() as session:
        with pytest.raises(LookupError), session.begin_nested():
            upsert(session, RECORDS, rows())
        upsert(session, RECORDS, [record(number) for number in range(900, 900 + MANY)])
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(SyncRecord)) == MANY


def test_nothing_is_nothing(database: Database) -> None:
    with database.write() as session:
        upsert(session, Base.metadata.tables[SyncQuarantine.__tablename__], [])
