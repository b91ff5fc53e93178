"""What is wrong with the tables, found before anybody meets it: the rules that `sanlian taxonomy check` applies. Pure.

The rules look at the rows as they are written, not at the concepts made of them: a row that the loader would swallow
is just what has to be found.
"""

from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import combinations

from app.lookup.forms import forms_of
from app.lookup.normalise import normalise
from app.taxonomy.checking.depth import depth_faults
from app.taxonomy.checking.fault import Fault, Rows
from app.taxonomy.checking.links import link_faults
from app.taxonomy.checking.names import name_faults
from app.taxonomy.checking.pairs import pair_faults
from app.taxonomy.checking.values import value_faults

__all__ = ["Fault", "Rows", "faults", "same_sound"]


def faults(rows: Rows) -> Iterator[Fault]:
    """Every fault of the tables that `rows(name)` gives; each is asked for once."""
    rows = cache(rows)
    yield from value_faults(rows)
    yield from link_faults(rows)
    yield from name_faults(rows)
    yield from pair_faults(rows)
    yield from depth_faults(rows)


def same_sound(rows: Rows) -> list[tuple[str, str]]:
    """Pairs of occupation names that sound the same and are written differently: for people to review."""
    heard: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for table, column in (("occupations", "zh"), ("aliases", "text")):
        for row in rows(table):
            heard[forms_of(normalise(row[column])).sound].append((row[column], row["id"]))
    return [
        (f"{one} ({id_})", f"{other} ({other_id})")
        for names in heard.values()
        for (one, id_), (other, other_id) in combinations(names, 2)
        if id_ != other_id
    ]
