"""FuzzyIndex against rapidfuzz's own extractOne over all names, in one run: how fast, how right, how the cost grows.

The names are those of the shipped tables, with relatives of theirs up to `--names`; with SANLIAN_EVAL_DIR set, the
names of its names/occupations.txt come first. The queries are names with one slip each: a homophone, a missing or a
doubled character, initials, pinyin. One table says what a query costs at growing numbers of names, another what it
costs after many small additions, and what the beginning of a name costs.

    python tests/bench/lookup.py [--names 60000] [--queries 200]
"""

import argparse
import os
import platform
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # run as a script, from anywhere

from rapidfuzz import fuzz, process, utils

from app.lookup import FuzzyIndex
from app.lookup.forms import forms_of
from app.lookup.normalise import normalise
from app.taxonomy.shipped import load_shipped

SUFFIXES = ("一级", "二级", "学徒", "师傅", "组长", "（夜班）", "（白班）", "助理")
FEWEST = 3_750
ADDED_TO = 30_000  # names
ADDITIONS = 600


def vocabulary(size: int) -> list[str]:
    """`size` distinct names: real ones where they are given, then those that ship, then relatives of both."""
    outside = os.environ.get("SANLIAN_EVAL_DIR")
    given = (Path(outside) / "names" / "occupations.txt").read_text("utf-8").splitlines() if outside else []
    taxonomy = load_shipped()
    shipped = [name for one in taxonomy.occupations.values() for name in (one.zh, *one.aliases)]
    known = list(dict.fromkeys([*given, *shipped]))
    return list(dict.fromkeys([*known, *(f"{name}{suffix}" for suffix in SUFFIXES for name in known)]))[:size]


def slips(names: Sequence[str], count: int, rnd: random.Random) -> list[tuple[str, str]]:
    """(typed, meant) pairs."""
    by_sound: dict[str, list[str]] = {}
    for character in sorted({character for name in names for character in name}):
        by_sound.setdefault(forms_of(character).sound, []).append(character)

    def homophone(name: str) -> str:
        at = rnd.randrange(len(name))
        same = [other for other in by_sound[forms_of(name[at]).sound] if other != name[at]]
        return name[:at] + rnd.choice(same or [name[at]]) + name[at + 1 :]

    def missing(name: str) -> str:
        at = rnd.randrange(len(name))
        return name[:at] + name[at + 1 :]

    def doubled(name: str) -> str:
        at = rnd.randrange(len(name))
        return name[: at + 1] + name[at:]

    kinds: list[Callable[[str], str]] = [
        homophone,
        missing,
        doubled,
        lambda name: forms_of(normalise(name)).letters,
        lambda name: forms_of(normalise(name)).initials,
    ]
    meant = rnd.sample([name for name in names if len(name) > 3], count)
    return [(kinds[place % len(kinds)](name), name) for place, name in enumerate(meant)]


def timed(search: Callable[[str], str], queries: Sequence[tuple[str, str]]) -> tuple[list[float], float]:
    """Milliseconds of every query, sorted, and the share that was right."""
    took, right = [], 0
    for typed, meant in queries:
        began = time.perf_counter()
        right += search(typed) == meant
        took.append((time.perf_counter() - began) * 1000)
    return sorted(took), right / len(queries)


def first(index: FuzzyIndex, *, prefix: bool = False) -> Callable[[str], str]:
    """A search for the id of the best hit alone."""
    return lambda typed: next((hit.id for hit in index.search(typed, 1, prefix=prefix)), "")


def nearest(prepared: Mapping[str, str]) -> Callable[[str], str]:
    """The name that rapidfuzz finds by itself."""
    return lambda typed: process.extractOne(typed, prepared, scorer=fuzz.WRatio)[2]


def growth(names: Sequence[str], count: int) -> None:
    """Print what a query costs at a sixteenth, an eighth … of the names and at all of them."""
    print("   names  built s  p50 ms  p99 ms  right   beginning p50 ms  extractOne p50 ms  right   ratio of p50")
    size = FEWEST
    while size <= len(names):
        part = names[:size]
        queries = slips(part, count, random.Random(20261123))
        began = time.perf_counter()
        index = FuzzyIndex((name, [name]) for name in part)
        built = time.perf_counter() - began
        prepared = {name: utils.default_process(name) for name in part}
        first(index)("预热")
        ours, right = timed(first(index), queries)
        begun, _ = timed(first(index, prefix=True), [(typed[:3], meant) for typed, meant in queries])
        theirs, their_right = timed(nearest(prepared), queries)
        middle, tail = count // 2, count * 99 // 100
        print(
            f"{size:8,d} {built:8.2f} {ours[middle]:7.3f} {ours[tail]:7.3f}  {right:.3f} {begun[middle]:18.3f}"
            f" {theirs[middle]:18.3f}  {their_right:.3f} {theirs[middle] / ours[middle]:14.1f}"
        )
        size *= 2


def additions(names: Sequence[str], count: int) -> None:
    """Print what a query costs before and after many small additions, and what an addition costs."""
    index = FuzzyIndex((name, [name]) for name in names)
    queries = slips(names, count, random.Random(20261123))
    first(index)("预热")
    before, _ = timed(first(index), queries)
    took = []
    for number in range(ADDITIONS):
        began = time.perf_counter()
        index.add([(f"local {number}", [f"{names[number]}本地{number}"])])
        took.append((time.perf_counter() - began) * 1000)
    after, right = timed(first(index), queries)
    print(f"{len(names):,d} names and {ADDITIONS} additions of one: p50 {before[count // 2]:.3f} ms before,", end=" ")
    print(f"{after[count // 2]:.3f} ms after, right {right:.3f};", end=" ")
    print(f"an addition p50 {sorted(took)[ADDITIONS // 2]:.2f} ms, at most {max(took):.2f} ms")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", type=int, default=60_000)
    parser.add_argument("--queries", type=int, default=200)
    given = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}")
    names = vocabulary(given.names)
    growth(names, given.queries)
    additions(names[:ADDED_TO], given.queries)


if __name__ == "__main__":
    main()
