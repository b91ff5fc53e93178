"""Runs the one migration chain on SQLite and PostgreSQL, each migration under lock and statement timeouts."""

from alembic import context
from sqlalchemy import text

import app.main  # noqa: F401  # the models of every slice
from app.kernel.db import Base, Database
from app.kernel.migrate import belongs_on


def run() -> None:
    database: Database = context.config.attributes["database"]
    with database.writer.connect() as connection:
        if not database.is_sqlite:
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
        )
        with context.begin_transaction():
            context.run_migrations()


run()
