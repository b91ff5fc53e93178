"""Runs the one migration chain on SQLite and PostgreSQL, each migration under lock and statement timeouts.

SQLite changes a table by making it anew, and would refuse to drop one that others refer to: foreign keys are off
meanwhile, and checked whole before each migration is committed.
"""

from typing import Any

from alembic import context
from sqlalchemy import Connection, text

import app.main  # noqa: F401  # the models of every slice
from app.kernel.db import Base, Database
from app.kernel.migrate import belongs_on


class BrokenReferences(RuntimeError):
    """A migration that leaves rows referring to nothing; it is rolled back."""


def run() -> None:
    database: Database = context.config.attributes["database"]
    with database.writer.connect() as connection:
        if database.is_sqlite:
            _set_foreign_keys(connection, "OFF")  # before any transaction: inside of one it does nothing
        else:
            # A migration that cannot get its lock fails fast instead of stopping everybody behind it.
            connection.execute(text("SET lock_timeout = '10s'"))
            connection.execute(text("SET statement_timeout = '300s'"))
            connection.commit()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            transaction_per_migration=True,
            compare_type=True,
            include_object=belongs_on(connection.dialect.name),
            user_module_prefix="columns.",
            on_version_apply=_check_references if database.is_sqlite else None,
        )
        try:
            with context.begin_transaction():
                context.run_migrations()
        finally:
            if database.is_sqlite:
                connection.rollback()
                _set_foreign_keys(connection, "ON")


def _set_foreign_keys(connection: Connection, wanted: str) -> None:
    driver: Any = connection.connection.driver_connection
    driver.execute(f"PRAGMA foreign_keys = {wanted}")


def _check_references(ctx: Any, **_: Any) -> None:
    found = ctx.connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if found is not None:
        raise BrokenReferences(f"rows of {found[0]} refer to rows of {found[2]} that are not there")


run()
