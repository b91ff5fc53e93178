"""Reads the facts of a database: plain SQL, since a backup may be of an older schema than the models describe."""

from sqlalchemy import Connection, inspect, text

from app.backup.manifest import Facts
from app.kernel import migrate
from app.kernel.db import Database


class NothingToBackUp(RuntimeError):
    """A database in which no node was made."""


def facts_of(database: Database) -> Facts:
    """Which node and moment a database holds now, and how many rows; NothingToBackUp without a node."""
    with database.snapshot() as session:
        return read_facts(session.connection())


def read_facts(connection: Connection) -> Facts:
    """Which node and moment `connection` sees, and how many rows; NothingToBackUp without a node.

    The connection's transaction reads one snapshot, else the facts may be of several moments.
    """
    names = sorted(set(inspect(connection).get_table_names()) - {migrate.VERSION_TABLE})
    revision = migrate.revision_seen(connection)
    if revision is None or "sync_meta" not in names:
        raise NothingToBackUp
    one = connection.execute(text("SELECT node, name, tier, parent, log_id, inc FROM sync_meta")).mappings().first()
    if one is None:
        raise NothingToBackUp
    head = connection.execute(text("SELECT head FROM sync_head")).scalar_one()
    marked = text("SELECT mark FROM sync_mark WHERE seq <= :head ORDER BY seq DESC LIMIT 1")
    own = text("SELECT key_id, public_key FROM sync_node WHERE node = :node")
    key = connection.execute(own, {"node": one["node"]}).first()
    return Facts(
        **one,
        head=head,
        mark=connection.execute(marked, {"head": head}).scalar() or "",
        key_id=key.key_id if key else None,
        public_key=bytes(key.public_key).hex() if key else None,
        revision=revision,
        tables={name: _rows(connection, name) for name in names},
    )


def _rows(connection: Connection, table: str) -> int:
    quoted = connection.dialect.identifier_preparer.quote(table)
    return int(connection.execute(text(f"SELECT count(*) FROM {quoted}")).scalar_one())
