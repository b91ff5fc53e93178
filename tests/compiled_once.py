"""What SQLAlchemy makes of a statement is kept for the whole test process.

It keeps that by engine, and a node has one engine for all its life; but every test has a database of its own, and so
engines of its own, and would compile every statement anew: two fifths of a short test's processor time.
"""

from collections import UserDict
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, event


class CompiledOnce(UserDict[Any, Any]):
    """SQLAlchemy's cache of compiled statements, for all engines that speak to one kind of database."""

    def __getitem__(self, key: tuple[Dialect, Any]) -> Any:
        return self.data[_for_all(key)]

    def __setitem__(self, key: tuple[Dialect, Any], compiled: Any) -> None:
        self.data[_for_all(key)] = compiled

    def __contains__(self, key: object) -> bool:
        return isinstance(key, tuple) and _for_all(key) in self.data


def _for_all(key: tuple[Any, ...]) -> tuple[Any, ...]:
    dialect, *statement = key
    return (dialect.name, *statement)


def compile_once() -> None:
    """From now on, in this process."""
    compiled = CompiledOnce()

    @event.listens_for(Engine, "engine_connect")
    def share(connection: Connection) -> None:
        connection.execution_options(compiled_cache=compiled)
