"""Migration 0006 on a node that has pushed: what was there stays, up and down, on both databases."""

from alembic import command
from sqlalchemy import inspect, text

from app.kernel import migrate
from app.kernel.db import Database

OLD_PEER = (
    "INSERT INTO sync_peer (peer, dir, stream, log_id, seq, mark, inc_seen, suspended, updated_at)"
    " VALUES ('yuexiu', 'in', 'live', :log_id, 7, :mark, 5, false, '2026-11-23 01:00:00.000000')"
)
OLD_META = (
    "INSERT INTO sync_meta (id, node, name, tier, region, log_id, inc, recovering, gc_floor, proto, created_at)"
    " VALUES (1, 'gz', '广州市', 'city', '440100', :log_id, 5, false, 0, 1, '2026-11-23 01:00:00.000000')"
)
FEED_PEER = (
    "INSERT INTO sync_peer (peer, dir, stream, log_id, seq, mark, inc_seen, suspended, sub, began, updated_at)"
    " VALUES ('gz', 'sweep', 'down', :log_id, 9, :mark, 0, false, :mark, 0, '2026-11-23 01:00:00.000000')"
)
NAMES = {"log_id": "ab" * 16, "mark": "cd" * 8}


def write(database: Database, statement: str) -> None:
    with database.write() as session:
        session.execute(text(statement), NAMES)


def peers(database: Database, columns: str = "peer, dir, stream, seq, mark") -> list[tuple[object, ...]]:
    with database.read() as session:
        return [tuple(row) for row in session.execute(text(f"SELECT {columns} FROM sync_peer ORDER BY peer"))]


def columns(database: Database, table: str) -> set[str]:
    return {column["name"] for column in inspect(database.reader).get_columns(table)}


def test_an_older_nodes_checkpoints_stay_and_its_cursors_of_the_feed_go_with_the_way_back(database: Database) -> None:
    command.downgrade(migrate._config(database), "0005")
    write(database, OLD_PEER)
    write(database, OLD_META)
    checkpoint = ("yuexiu", "in", "live", 7, NAMES["mark"])
    assert "sync_seen" not in inspect(database.reader).get_table_names()

    migrate.upgrade(database)
    assert migrate.differences(database) == []
    assert peers(database) == [checkpoint]
    assert peers(database, "sub") == [("",)]
    with database.read() as session:
        asked = session.execute(text("SELECT confirmed, current, inc FROM sync_meta")).one()
    assert tuple(asked) == (False, False, 5)

    write(database, FEED_PEER)
    assert len(peers(database)) == 2
    command.downgrade(migrate._config(database), "0005")
    assert peers(database) == [checkpoint]
    assert "sub" not in columns(database, "sync_peer")
    assert columns(database, "sync_meta").isdisjoint({"confirmed", "current"})
    migrate.upgrade(database)
    assert migrate.differences(database) == []
