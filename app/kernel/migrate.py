"""The migration chain: bring a database to the newest schema, ask where it stands, write the next revision."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.schema import SchemaItem

from app.kernel.db import Base, Database

_APP = Path(__file__).resolve().parent.parent
# In a checkout the chain lies beside `app`; in an installed wheel inside it.
_SCRIPTS = next((p for p in (_APP / "_migrations", _APP.parent / "migrations") if p.is_dir()), _APP / "_migrations")


def _config(database: Database) -> Config:
    config = Config(attributes={"database": database})
    config.set_main_option("script_location", str(_SCRIPTS))
    return config


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the schema to `revision`, the newest unless it is named; nothing happens if it is there."""
    command.upgrade(_config(database), revision)


def current(database: Database) -> str | None:
    """The revision the database stands at; None for an empty one."""
    with database.reader.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest(database: Database) -> str | None:
    """The newest revision of the chain."""
    return ScriptDirectory.from_config(_config(database)).get_current_head()


def knows(revision: str) -> bool:
    """Whether the chain has `revision`: a database at another one was made by a later version of the program."""
    return any(one.revision == revision for one in ScriptDirectory(str(_SCRIPTS)).walk_revisions())


def differences(database: Database) -> list[object]:
    """What the models say and the migrated database does not; empty when they agree."""
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
    config = _config(database)
    number = sum(1 for _ in ScriptDirectory.from_config(config).walk_revisions()) + 1
    command.revision(config, message, autogenerate=True, rev_id=f"{number:04}")
