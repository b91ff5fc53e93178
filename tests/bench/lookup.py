"""FuzzyIndex against rapidfuzz's own extractOne over all names, in one run: how fast, and how often right.

The names are those of the shipped tables, with numbered relatives until there are `--names`; the queries are names
with one slip each: a homophone, a missing or a doubled character, initials, pinyin.

    python tests/bench/lookup.py [--names 30000] [--queries 200]
"""

import argparse
import platform
import random
import time
from collections.abc import Callable, Sequence

from rapidfuzz import fuzz, process, utils

from app.lookup import FuzzyIndex
from app.lookup.forms import forms_of
from app.lookup.normalise import normalise
from app.taxonomy.shipped import load_shipped

SUFFIXES = ("一级", "二级", "学徒", "师傅", "组长", "（夜班）", "（白班）", "助理")


def vocabulary(size: int) -> list[str]:
    """`size` distinct names: those that ship first."""
    taxonomy = load_shipped()
    shipped = [name for one in taxonomy.occupations.values() for name in (one.zh, *one.aliases)]
    more = [f"{name}{suffix}" for suffix in SUFFIXES for name in shipped]
    return list(dict.fromkeys([*shipped, *more]))[:size]


def slips(names: Sequence[str], count: int, rnd: random.Random) -> list[tuple[str, str]]:
    """(typed, meant) pairs."""
    by_sound: dict[str, list[str]] = {}
    for character in {character for name in names for character in name}:
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


def measure(size: int, count: int) -> None:
    """Print one line for each side."""
    names = vocabulary(size)
    queries = slips(names, count, random.Random(20261123))
    began = time.perf_counter()
    index = FuzzyIndex((name, [name]) for name in names)
    built = time.perf_counter() - began
    prepared = {name: utils.default_process(name) for name in names}
    index.search("预热", 1)
    ours, right = timed(lambda typed: next((hit.id for hit in index.search(typed, 1)), ""), queries)
    theirs, their_right = timed(lambda typed: process.extractOne(typed, prepared, scorer=fuzz.WRatio)[2], queries)
    middle, tail = count // 2, count * 99 // 100
    ratio = theirs[middle] / ours[middle]
    print(f"{len(names)} names, built in {built:.2f} s")
    print(f"  FuzzyIndex   p50 {ours[middle]:.3f} ms, p99 {ours[tail]:.3f} ms, right {right:.3f}")
    print(f"  extractOne   p50 {theirs[middle]:.3f} ms, p99 {theirs[tail]:.3f} ms, right {their_right:.3f}")
    print(f"  ratio of the medians: {ratio:.1f}")


def main() -> None:
    """Measure at a quarter of the names and at all of them: the cost's growth shows between the two."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", type=int, default=30_000)
    parser.add_argument("--queries", type=int, default=200)
    given = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}")
    for size in (given.names // 4, given.names):
        measure(size, given.queries)


if __name__ == "__main__":
    main()
