"""`python -m tests.fuzz COUNT [FIRST]`: the push decoders on as many inputs, with what became of them."""

import sys
import time

from tests.fuzz.decoding import run

BLOCK = 10_000


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    began, done = time.monotonic(), 0
    seen = run(first, 0)
    while done < count:
        some = min(BLOCK, count - done)
        seen += run(first + done, some)
        done += some
        print(f"\r{done:,} of {count:,}, {time.monotonic() - began:.0f} s", end="", flush=True)
    print("".join(f"\n{what}: {number:,}" for what, number in sorted(seen.items())))


if __name__ == "__main__":
    main()
