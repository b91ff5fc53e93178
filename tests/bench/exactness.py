"""Whether the engine finds what brute force finds: ids, totals, order and counts, question by question.

Four markets: as loaded, narrowed by filters, after random changes (with the segment of what is new, and merged), and
the persons of an office for a listing. The brute force is itself asked about by the reference, pair by pair.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from app.matching.engine.market import Market
from app.matching.engine.pool import Pool
from app.matching.filters import Filters
from app.matching.order import person_key
from app.matching.profile import KnownListing, KnownPerson
from app.taxonomy.terms import Shift
from tests.bench.brute_force import BruteForce, differences
from tests.bench.listing_table import table_of
from tests.bench.ours import on, present
from tests.bench.workload import ENDS, NOW, TODAY, Workload, changes

LIMIT, SIDE = 10, 10


@dataclass
class Tally:
    """How many answers were compared, and those that were not equal."""

    compared: dict[str, int] = field(default_factory=dict)
    unequal: list[str] = field(default_factory=list)

    def compare(self, what: str, found: object, expected: object, question: object) -> None:
        """Count one comparison."""
        self.compared[what] = self.compared.get(what, 0) + 1
        if found != expected:
            self.unequal.append(f"{what}: {question}\n  found    {found}\n  expected {expected}")

    @property
    def is_identical(self) -> bool:
        return not self.unequal and bool(self.compared)


def check_reference(tally: Tally, work: Workload, brute: BruteForce, listings: list[KnownListing], pairs: int) -> None:
    """The brute force against the reference on random pairs."""
    wrong = differences(brute, listings, [work.profile(number) for number in range(100)], TODAY, pairs)
    tally.compared["pairs by the reference"] = pairs
    tally.unequal += [f"brute force: {one}" for one in wrong]


def check_market(tally: Tally, what: str, work: Workload, market: Market, brute: BruteForce, queries: range) -> None:
    """Profiles in a market, every kernel."""
    for number in queries:
        profile = work.profile(number)
        expected = brute.best(profile, TODAY, limit=LIMIT, side=SIDE, seeker_id=str(number))
        for kernel in present():
            own = on(market, kernel)
            found = own.best(profile, TODAY, limit=LIMIT, side=SIDE, seeker_id=str(number))
            tally.compare(f"{what}, {kernel}", found, expected, profile)
            alone = own.top(profile, TODAY, LIMIT, seeker_id=str(number))
            tally.compare(f"{what}, the matches alone, {kernel}", alone, expected.matches, profile)


def check_filters(tally: Tally, work: Workload, market: Market, brute: BruteForce, queries: range) -> None:
    """The same with random filters."""
    rnd = random.Random(work.seed)
    for number in queries:
        profile, filters = work.profile(number), _filters(rnd, brute)
        expected = brute.best(profile, TODAY, limit=LIMIT, side=SIDE, seeker_id="x", filters=filters)
        for kernel in present():
            own = on(market, kernel)
            found = own.best(profile, TODAY, limit=LIMIT, side=SIDE, seeker_id="x", filters=filters)
            tally.compare(f"with filters, {kernel}", found, expected, (profile, filters))
            alone = own.top(profile, TODAY, LIMIT, seeker_id="x", filters=filters)
            tally.compare(f"with filters, the matches alone, {kernel}", alone, expected.matches, (profile, filters))


def check_changes(
    tally: Tally, work: Workload, market: Market, listings: list[KnownListing], count: int, queries: range
) -> None:
    """After `count` random changes, taken in by hundreds; then with the segments merged."""
    known = list(listings)
    size = len(known)
    for start in range(0, count, 100):
        latest = {one.listing.id: one for one in changes(work, known, 100, size + start)}.values()
        opened = [(ENDS, one.listing) for one in latest if not one.is_end]
        market = market.changed(opened, [(one.listing.id, one.listing.origin) for one in latest if one.is_end])
    brute = BruteForce(table_of(((ENDS, one) for one in known), work.taxonomy, work.regions))
    half = len(queries) // 2
    check_market(tally, f"after {count} changes", work, market, brute, queries[:half])
    check_market(tally, f"after {count} changes, merged", work, market.settled(), brute, queries[half:])


def check_people(tally: Tally, work: Workload, people: int, posts: list[KnownListing]) -> None:
    """Persons for each of `posts`: brute force judges every person for all of them, by the same code as above."""
    known = list(work.people(people))
    pool = Pool.empty(work.taxonomy, work.regions).holding(("office", one) for one in known)
    expected = _best_people(known, posts, work)
    for post, lists in zip(posts, expected, strict=True):
        found = pool.best(post, TODAY, limit=LIMIT, office="office")
        ours = tuple((one.id, one.total) for one in found.matches), found.matches_total, found.other_nearby_total
        tally.compare("persons for a listing", ours, lists, post)


def _best_people(
    people: Iterable[KnownPerson], posts: list[KnownListing], work: Workload
) -> Iterator[tuple[tuple[tuple[str, int], ...], int, int]]:
    brute = BruteForce(table_of(((ENDS, one) for one in posts), work.taxonomy, work.regions))
    matches: list[list[tuple[str, int]]] = [[] for _ in posts]
    others = [0] * len(posts)
    for person in people:
        judged = brute.judge(person.profile, TODAY)
        fits = judged.failures == 0
        for row in (fits & ~judged.is_other).nonzero()[0].tolist():
            matches[row].append((person.id, int(judged.total[row])))
        for row in (fits & judged.is_other).nonzero()[0].tolist():
            others[row] += 1
    for row, post in enumerate(posts):
        first = sorted(matches[row], key=lambda one: person_key(one[1], one[0], post.id, TODAY))[:LIMIT]
        yield tuple(first), len(matches[row]), others[row]


def _filters(rnd: random.Random, brute: BruteForce) -> Filters:
    post = brute.table.examples["region"][rnd.randrange(len(brute.table.examples["region"]))]
    work = brute.table.examples["work"][rnd.randrange(min(len(brute.table.examples["work"]), 60))]
    given: dict[str, Callable[[], object]] = {
        "place": lambda: rnd.choice((post.region, post.region[:6], post.region[:4] + "00")),
        "occupation": lambda: work.occupation,
        "pay_fen": lambda: rnd.randrange(300_000, 800_000, 10_000),
        "shift": lambda: rnd.choice(list(Shift)),
        "since": lambda: TODAY - timedelta(days=rnd.randrange(40)),
        "shown_at": lambda: NOW,
    }
    chosen = rnd.sample(list(given), rnd.randint(1, 3))
    return Filters(**{name: given[name]() for name in chosen})  # type: ignore[arg-type]
