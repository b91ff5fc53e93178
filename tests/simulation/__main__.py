"""`make simulate`: run many random sequences, on all cores, and print how many went wrong."""

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from rich.progress import track

from tests.simulation.driver import fails, quiet, shrunk, steps_of

AT_ONCE = 100


def part(start: int, count: int) -> list[tuple[int, str]]:
    """The sequences from `start` that went wrong, and how."""
    quiet()
    found = ((seed, fails(steps_of(seed))) for seed in range(start, start + count))
    return [(seed, said) for seed, said in found if said is not None]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sequences", type=int, default=20_000, help="how many (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="the first one (default: %(default)s)")
    given = parser.parse_args()
    began = time.monotonic()
    starts = range(given.seed, given.seed + given.sequences, AT_ONCE)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        parts = track(pool.map(part, starts, [AT_ONCE] * len(starts)), "sequences", total=len(starts))
        wrong = [one for some in parts for one in some]
    quiet()
    for seed, said in wrong[:3]:
        steps = shrunk(steps_of(seed))
        print(f"seed {seed}: {said}", *steps, sep="\n  ")
    print(f"{given.sequences} sequences of 40 steps in {time.monotonic() - began:.0f} s: {len(wrong)} went wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
