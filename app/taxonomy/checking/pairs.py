"""Whether reviewed pairs hold: near, not the same, and alike skills. Pure."""

from collections import Counter
from collections.abc import Iterator

from app.taxonomy.checking.fault import Fault, Rows

TABLES = ("near", "not_same", "skill_near")


def pair_faults(rows: Rows) -> Iterator[Fault]:
    """Pairs that stand twice, in whichever order, or of one with itself; near and not the same at once."""
    found = {table: [frozenset((row["a"], row["b"])) for row in rows(table)] for table in TABLES}
    for table, pairs in found.items():
        for pair, count in Counter(pairs).items():
            if count > 1 or len(pair) == 1:
                yield Fault(table, "/".join(sorted(pair)), "the pair stands twice, or is one with itself")
    for pair in set(found["near"]) & set(found["not_same"]):
        yield Fault("near", "/".join(sorted(pair)), "near and not the same at once")
