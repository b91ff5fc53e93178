"""Where one text stands in another: the same SQL function, which the two databases call differently."""

from typing import Any

from sqlalchemy import Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction


class position(GenericFunction[int]):  # noqa: N801  # SQLAlchemy finds and names functions by their class
    """`position(text, part)`: from 1, and 0 where `part` is not in `text`. Case and every character count."""

    type = Integer()
    inherit_cache = True


@compiles(position)
def _postgresql(element: position, compiler: Any, **kw: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **kw)})"


@compiles(position, "sqlite")
def _sqlite(element: position, compiler: Any, **kw: Any) -> str:
    return f"instr({compiler.process(element.clauses, **kw)})"
