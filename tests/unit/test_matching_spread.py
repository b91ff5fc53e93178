"""People over seats: each round is the best there is, by the published order of aims, of every way there is."""

import itertools
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.matching.batch import spread as spreading
from app.matching.batch.spread import Candidates, Key, Rule, TooMany, offered, room, spread
from app.matching.engine.market import Placed
from app.matching.order import band
from tests.rounds import examples

DAY = date(2026, 11, 23)
Rounds = list[list[list[Placed]]]

totals = st.sampled_from([0, 2600, 5000, 7250, 7499, 7500, 8000, 10_000])


@st.composite
def markets(draw: st.DrawFn) -> tuple[Candidates, dict[Key, int]]:
    """At most five persons over at most four listings, small enough to try every way."""
    keys = [(f"post-{n}", "gz") for n in range(draw(st.integers(1, 4)))]
    rooms = {key: draw(st.integers(0, 2)) for key in keys}
    candidates = []
    for person in range(draw(st.integers(0, 5))):
        wanted = draw(st.lists(st.sampled_from(keys), unique=True, max_size=4))
        candidates.append((f"person-{person}", [Placed(*key, draw(totals)) for key in wanted]))
    return candidates, rooms


def ways(candidates: Candidates, rooms: dict[Key, int], given: Sequence[set[Key]]) -> Iterator[list[Placed | None]]:
    """Every way to give each person nothing or one candidate that was not given before, within the rooms."""
    choices: list[list[Placed | None]] = [
        [None, *(one for one in placed if (one.id, one.origin) not in before)]
        for (_, placed), before in zip(candidates, given, strict=True)
    ]
    for way in itertools.product(*choices):
        taken = Counter((one.id, one.origin) for one in way if one)
        if all(count <= rooms[key] for key, count in taken.items()):
            yield list(way)


def worth(way: Sequence[Placed | None], rule: Rule) -> tuple[int, int, int]:
    """The three aims of a round, in their order."""
    bands = [band(one.total) for one in way if one]
    return sum(one >= rule.good for one in bands), len(bands), sum(bands)


@settings(max_examples=examples(300))
@given(markets(), st.integers(1, 3))
@example(  # who has two ways gives way to who has one
    ([("a", [Placed("x", "gz", 9000), Placed("y", "gz", 8000)]), ("b", [Placed("x", "gz", 8000)])],
     {("x", "gz"): 1, ("y", "gz"): 1}), 1
)  # fmt: skip
@example(  # two good offers are not given up for three of any kind
    ([("a", [Placed("x", "gz", 8000), Placed("y", "gz", 5000)]), ("b", [Placed("x", "gz", 5000)]),
      ("c", [Placed("z", "gz", 8000)])], {("x", "gz"): 1, ("y", "gz"): 1, ("z", "gz"): 1}), 1
)  # fmt: skip
def test_no_way_to_give_a_round_is_better(market: tuple[Candidates, dict[Key, int]], offers: int) -> None:
    candidates, rooms = market
    rule = Rule(offers=offers)
    found = spread(candidates, rooms, rule, DAY)
    left, given = dict(rooms), [set[Key]() for _ in candidates]
    for number in range(offers):
        way = [next(iter(rounds[number]), None) for rounds in found]
        possible = list(ways(candidates, left, given))
        assert way in possible
        assert worth(way, rule) == max(worth(one, rule) for one in possible)
        for one, before in zip(way, given, strict=True):
            if one:
                left[one.id, one.origin] -= 1
                before.add((one.id, one.origin))


def crowd(persons: int, listings: int, wanted: int, seed: int = 7) -> tuple[Candidates, dict[Key, int]]:
    """Many persons who mostly want the same few listings."""
    rnd = Random(seed)
    keys = [(f"post-{n:05d}", "gz") for n in range(listings)]
    weights = [1 / (n + 3) for n in range(listings)]
    candidates = []
    for person in range(persons):
        chosen = dict.fromkeys(rnd.choices(keys, weights, k=wanted * 3))
        placed = [Placed(*key, rnd.randrange(4000, 10_001)) for key in list(chosen)[:wanted]]
        candidates.append((f"person-{person:05d}", sorted(placed, key=lambda one: -one.total)))
    return candidates, {key: rnd.choice((1, 1, 2, 3, 9)) for key in keys}


def test_nobody_is_offered_more_than_the_rule_says_and_no_door_is_overrun() -> None:
    candidates, rooms = crowd(400, 60, 10)
    found = spread(candidates, rooms, Rule(offers=2), DAY)
    doors: Counter[Key] = Counter()
    for (_, placed), rounds in zip(candidates, found, strict=True):
        offers = offered(rounds, placed)
        assert len(offers) == len(set(offers)) <= 2
        assert offers == [one for one in placed if one in offers]
        doors.update((one.id, one.origin) for one in offers)
    assert all(count <= rooms[key] for key, count in doors.items())
    assert sum(doors.values()) == sum(rooms.values())


def exchanges(
    candidates: Candidates, rooms: dict[Key, int], holds: Sequence[Placed | None]
) -> dict[tuple[int, int], int]:
    """What it costs, at least, that somebody leaves one listing for another; 0 is nowhere."""
    size, nodes = len(candidates), {key: 1 + at for at, key in enumerate(rooms)}
    taken = Counter((one.id, one.origin) for one in holds if one)
    arcs: dict[tuple[int, int], int] = {}

    def gain(one: Placed | None) -> int:
        return 0 if one is None else band(one.total) + 40 * (size + 1) + (band(one.total) >= 30) * 40 * (size + 2) ** 2

    def node(one: Placed | None) -> int:
        return nodes[one.id, one.origin] if one else 0

    for (_, placed), held in zip(candidates, holds, strict=True):
        for other in (*placed, None):
            arc, cost = (node(held), node(other)), gain(held) - gain(other)
            arcs[arc] = min(arcs.get(arc, cost), cost)
    # A chain may end where there is room, and leave a seat empty where it began.
    arcs |= {(at, 0): min(arcs.get((at, 0), 0), 0) for key, at in nodes.items() if taken[key] < rooms[key]}
    arcs |= {(0, at): min(arcs.get((0, at), 0), 0) for key, at in nodes.items() if taken[key]}
    return arcs


def has_gaining_cycle(arcs: dict[tuple[int, int], int], nodes: int) -> bool:
    costs = [0] * nodes
    for _ in range(nodes):
        improved = [(end, costs[start] + cost) for (start, end), cost in arcs.items()]
        if all(costs[end] <= cost for end, cost in improved):
            return False
        for end, cost in improved:
            costs[end] = min(costs[end], cost)
    return True


def test_no_chain_of_exchanges_makes_a_large_round_better() -> None:
    """The certificate of an optimum that is too large to try every way."""
    candidates, rooms = crowd(300, 120, 8, seed=11)
    holds = [next(iter(rounds[0]), None) for rounds in spread(candidates, rooms, Rule(offers=1), DAY)]
    assert not has_gaining_cycle(exchanges(candidates, rooms, holds), len(rooms) + 1)
    holds[next(at for at, held in enumerate(holds) if held)] = None
    assert has_gaining_cycle(exchanges(candidates, rooms, holds), len(rooms) + 1)


def test_the_order_in_which_persons_are_given_changes_nothing() -> None:
    candidates, rooms = crowd(200, 40, 6)
    straight = dict(zip((id_ for id_, _ in candidates), spread(candidates, rooms, Rule(), DAY), strict=True))
    turned = list(candidates)[::-1]
    assert dict(zip((id_ for id_, _ in turned), spread(turned, rooms, Rule(), DAY), strict=True)) == straight


def test_who_goes_first_among_equals_changes_with_the_day() -> None:
    candidates = [(f"person-{n}", [Placed("post", "gz", 8000)]) for n in range(8)]
    winners = {
        next(n for n, rounds in enumerate(spread(candidates, {("post", "gz"): 1}, Rule(), day)) if rounds[0])
        for day in (date(2026, 11, n) for n in range(1, 29))
    }
    assert len(winners) > 3


def test_a_listing_takes_its_ratio_less_those_referred_before() -> None:
    assert [room(2, referred, Rule(per_seat=3)) for referred in (0, 5, 6, 9)] == [6, 1, 0, 0]


def test_nobody_is_offered_what_has_no_seats() -> None:
    candidates = [("a", [Placed("full", "gz", 9000), Placed("unknown", "gz", 9000)])]
    assert spread(candidates, {("full", "gz"): 0}, Rule(offers=2), DAY) == [[[], []]]


def test_more_persons_than_weights_can_hold_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreading, "MOST_PERSONS", 1)
    with pytest.raises(TooMany):
        spread([("a", []), ("b", [])], {}, Rule(), DAY)


@pytest.mark.slow
def test_ten_thousand_persons_with_twenty_candidates_are_spread_within_a_minute() -> None:
    candidates, rooms = crowd(10_000, 4_000, 20)
    began = time.process_time()
    spread(candidates, rooms, Rule(), DAY)
    assert time.process_time() - began < 60
