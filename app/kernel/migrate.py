"""The migration chain: bring a database to the newest schema, ask where it stands, write the next revision.

Every start asks where the database stands, and it nearly always stands at the newest revision: Alembic is imported only
where there is something to do.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.schema import SchemaItem

from app.kernel.db import Base, Database

if TYPE_CHECKING:
    from alembic.config import Config

VERSION_TABLE = "alembic_version"  # Alembic's own, in which the revision stands
_APP = Path(__file__).resolve().parent.parent
# In a checkout the chain lies beside `app`; in an installed wheel inside it.
_SCRIPTS = next((p for p in (_APP / "_migrations", _APP.parent / "migrations") if p.is_dir()), _APP / "_migrations")


def _config(database: Database) -> "Config":
    from alembic.config import Config

    config = Config(attributes={"database": database})
    config.set_main_option("script_location", str(_SCRIPTS))
    return config


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the schema to `revision`, the newest unless it is named; nothing happens if it is there."""
    if current(database) == (newest() if revision == "head" else revision):
        return
    from alembic import command

    command.upgrade(_config(database), revision)


def current(database: Database) -> str | None:
    """The revision the database stands at; None for an empty one."""
    with database.reader.connect() as connection:
        return revision_seen(connection)


def revision_seen(connection: Connection) -> str | None:
    """The revision that `connection` sees; None for an empty database."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found: str | None = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
    return found


def newest() -> str | None:
    """The newest revision of the chain, whose files are numbered."""
    return max((file.name.partition("_")[0] for file in (_SCRIPTS / "versions").glob("[0-9]*.py")), default=None)


def knows(revision: str) -> bool:
    """Whether the chain has `revision`: a database at another one was made by a later version of the program."""
    return any((_SCRIPTS / "versions").glob(f"{revision}_*.py"))


def differences(database: Database) -> list[object]:
    """What the models say and the migrated database does not; empty when they agree."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with database.reader.connect() as connection:
        opts = {"compare_type": True, "include_object": belongs_on(connection.dialect.name)}
        context = MigrationContext.configure(connection, opts=opts)
        return list(compare_metadata(context, Base.metadata))


def belongs_on(dialect: str) -> Callable[..., bool]:
    """Alembic's `include_object`: an index with `info={"only_on": …}` is none on the other kind of database."""

    def belongs(item: SchemaItem, _name: str, kind: str, _reflected: bool, _compared: object) -> bool:
        return kind != "index" or item.info.get("only_on", dialect) == dialect

    return belongs


def write_revision(database: Database, message: str) -> None:
    """Write the next revision from what the models say and the database does not; they are numbered from 0001."""
    from alembic import command

    command.revision(_config(database), message, autogenerate=True, rev_id=f"{int(newest() or 0) + 1:04}")
