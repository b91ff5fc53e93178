"""Many odd inputs, one after another: how they ended, and a find with the seed that made it."""

import time
from collections import Counter
from collections.abc import Callable

LONGEST_S = 2.0  # of processor time: an input that takes as long is an attack that worked


def run(outcome: Callable[[int], list[str]], first: int, count: int) -> Counter[str]:
    """The outcomes of `count` seeds from `first`; any exception is a find."""
    seen: Counter[str] = Counter()
    for seed in range(first, first + count):
        began = time.process_time()
        try:
            seen.update(outcome(seed))
        except Exception as error:
            raise AssertionError(f"seed {seed}: {type(error).__name__}: {error}") from error
        assert time.process_time() - began < LONGEST_S, f"seed {seed}: it took too long"
    return seen
