"""How good the order is, by the judged set: ours, beside titles by rapidfuzz and BM25, and without each factor.

    python tests/bench/quality.py --json [--wrong]

`--wrong` lists what looks wrong in the development part. The frozen part is only measured: nothing of it is listed.
The last line printed is one JSON object.
"""

import argparse
import json
import math
import random
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # run as a script, from anywhere

from rich.console import Console
from rich.table import Table

from app.regions.shipped import load_shipped as load_regions
from app.taxonomy.shipped import load_shipped as load_taxonomy
from tests.bench.orders import Order, Ordered, Orders
from tests.judged.reading import PARTS, JudgedSeeker, seekers

_TOP = 3
_RESAMPLES = 2_000


@dataclass(frozen=True)
class Quality:
    """Figures of one way over some seekers. Shares are of seekers, posts or places as named."""

    ndcg3: float  # the gain is the grade, as trec_eval defines it (Järvelin and Kekäläinen 2002)
    ndcg3_steep: float  # the gain is 2^grade - 1 (Burges and others 2005)
    low: float  # the 95 % interval of ndcg3, by resampling seekers
    high: float
    top1_grade3: float  # of seekers
    inversions: float  # of the pairs of shown posts with different grades
    hard_failed_shown: int  # posts
    wrongly_filtered: int  # posts
    near_misses_told: float  # of the near misses
    lures_in_top3: float  # of the first three places


def measure(order: Order, judged: Sequence[JudgedSeeker]) -> Quality:
    """All figures of one way."""
    found = [(seeker, order(seeker)) for seeker in judged]
    grades = [([post.grade for post in one.shown], [post.grade for post in seeker.posts]) for seeker, one in found]
    gains = [_ndcg(shown, every, lambda grade: grade) for shown, every in grades]
    steep = [_ndcg(shown, every, lambda grade: 2**grade - 1) for shown, every in grades]
    low, high = _interval(gains)
    near = [(post, one) for seeker, one in found for post in seeker.posts if post.is_near_miss]
    pairs = [_inversions([post.grade for post in one.shown]) for _, one in found]
    return Quality(
        statistics.mean(gains),
        statistics.mean(steep),
        low,
        high,
        statistics.mean(bool(one.shown) and one.shown[0].grade == 3 for _, one in found),
        sum(wrong for wrong, _ in pairs) / max(sum(of for _, of in pairs), 1),
        sum(bool(post.fails) for _, one in found for post in one.shown),
        sum(post.grade > 0 and post.listing.id in one.hidden for seeker, one in found for post in seeker.posts),
        statistics.mean(post.fails <= set(one.hidden.get(post.listing.id, ())) and post.listing.id in one.hidden
                        for post, one in near),
        statistics.mean(post.is_lure for _, one in found for post in one.shown[:_TOP]),
    )  # fmt: skip


def what_looks_wrong(order: Order, judged: Sequence[JudgedSeeker]) -> Iterator[str]:
    """One line for each thing that does."""
    for seeker in judged:
        found = order(seeker)
        yield from (f"{seeker.id}: {one}" for one in _wrong(seeker, found))


def _wrong(seeker: JudgedSeeker, found: Ordered) -> Iterator[str]:
    best = max(post.grade for post in seeker.posts)
    for place, post in enumerate(found.shown[:_TOP], start=1):
        above = [other for other in found.shown[place:] if other.grade > post.grade]
        if above:
            missed = ", ".join(f"{_name(other.listing.id)} ({other.grade})" for other in above)
            kind = "a lure" if post.is_lure else f"grade {post.grade}"
            yield f"place {place} is {_name(post.listing.id)}, {kind} ({post.why}), before {missed}"
    for post in seeker.posts:
        hidden = found.hidden.get(post.listing.id)
        if hidden is None and post.fails:
            yield f"{_name(post.listing.id)} is shown, but fails {', '.join(sorted(post.fails))}"
        elif hidden is not None and post.grade > 0:
            yield f"{_name(post.listing.id)}, grade {post.grade} of at most {best}, is hidden for {', '.join(hidden)}"
        elif hidden is not None and not post.fails <= set(hidden):
            yield f"{_name(post.listing.id)} is hidden for {', '.join(hidden)}, not {', '.join(sorted(post.fails))}"


def _name(listing_id: str) -> str:
    return listing_id.rpartition("/")[2]


def _ndcg(shown: Sequence[int], every: Sequence[int], gain: Callable[[int], float]) -> float:
    def discounted(grades: Sequence[int]) -> float:
        return sum(gain(grade) / math.log2(place + 2) for place, grade in enumerate(grades[:_TOP]))

    best = discounted(sorted(every, reverse=True))
    return discounted(shown) / best if best else 1.0


def _inversions(grades: Sequence[int]) -> tuple[int, int]:
    pairs = [(a, b) for place, a in enumerate(grades) for b in grades[place + 1 :] if a != b]
    return sum(a < b for a, b in pairs), len(pairs)


def _interval(values: Sequence[float]) -> tuple[float, float]:
    rnd = random.Random(20261123)
    means = sorted(statistics.mean(rnd.choices(values, k=len(values))) for _ in range(_RESAMPLES))
    return means[_RESAMPLES * 25 // 1000], means[_RESAMPLES * 975 // 1000]


def main() -> None:
    """Measure every way on every part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="end with one line of JSON; it always does")
    parser.add_argument("--wrong", action="store_true", help="list what looks wrong in the development part")
    given = parser.parse_args()
    every = {part: seekers(part) for part in PARTS}
    ways = Orders(load_taxonomy(), load_regions(), [seeker for part in every.values() for seeker in part]).by_name()
    parts = {**every, "both": tuple(seeker for part in every.values() for seeker in part)}
    console, figures = Console(width=150), {}
    for part, judged in parts.items():
        found = {name: measure(order, judged) for name, order in ways.items()}
        console.print(_table(f"{part}: {len(judged)} seekers", found))
        figures[part] = {
            name: {key: round(value, 4) for key, value in vars(one).items()} for name, one in found.items()
        }
    if given.wrong:
        for line in what_looks_wrong(ways["ours"], every["development"]):
            console.print(line, markup=False, soft_wrap=True)
    print(json.dumps(figures, ensure_ascii=False))


def _table(title: str, found: dict[str, Quality]) -> Table:
    table = Table("", "nDCG@3", "95 %", "costs", "steep", "top-1 is 3", "inversions", "failed shown", "wrongly hidden",
                  "near misses told", "lures in top 3", title=title)  # fmt: skip
    ours = found["ours"].ndcg3
    for name, one in found.items():
        table.add_row(
            name,
            f"{one.ndcg3:.3f}",
            f"{one.low:.3f}–{one.high:.3f}",
            f"{ours - one.ndcg3:+.3f}",
            f"{one.ndcg3_steep:.3f}",
            f"{one.top1_grade3:.3f}",
            f"{one.inversions:.3f}",
            str(one.hard_failed_shown),
            str(one.wrongly_filtered),
            f"{one.near_misses_told:.3f}",
            f"{one.lures_in_top3:.3f}",
        )
    return table


if __name__ == "__main__":
    main()
