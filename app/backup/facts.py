"""Reads the facts of a database: plain SQL, since a backup may be of an older schema than the models describe."""

from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from app.backup.manifest import Facts

VERSION_TABLE = "alembic_version"


class NothingToBackUp(RuntimeError):
    """A database in which no node was made."""


def read_facts(connection: Connection) -> Facts:
    """Which node and moment `connection` sees, and how many rows; NothingToBackUp without a node.

    The connection's transaction reads one snapshot, else the facts may be of several moments.
    """
    names = sorted(set(inspect(connection).get_table_names()) - {VERSION_TABLE})
    revision = MigrationContext.configure(connection).get_current_revision()
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
