"""`python -m tests.fuzz COUNT [FIRST]`: as many inputs through what a parent reads of a child and as many the other way
round, on all processors, with what became of them."""

import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from tests.fuzz import decoding, hearing
from tests.fuzz.running import run

BLOCK = 5_000


def counted(outcome: Callable[[int], list[str]], what: str, first: int, count: int) -> None:
    """Run `count` inputs in blocks, and print how they ended."""
    began, seen, done = time.monotonic(), Counter[str](), 0
    starts = range(first, first + count, BLOCK)
    sizes = [min(BLOCK, first + count - start) for start in starts]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for some, size in zip(pool.map(partial(run, outcome), starts, sizes), sizes, strict=True):
            seen += some
            done += size
            print(f"\r{what}: {done:,} of {count:,}, {time.monotonic() - began:.0f} s", end="", flush=True)
    print("".join(f"\n  {name}: {number:,}" for name, number in sorted(seen.items())))


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    counted(decoding.outcome, "batches of a child", first, count)
    counted(hearing.outcome, "answers of a parent", first, count)


if __name__ == "__main__":
    main()
