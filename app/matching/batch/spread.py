"""People over seats: who is offered which listing, when three hundred want the same three doors. Pure.

    A person is offered at most `offers` listings, each of them one of the person's candidates.
    A listing is offered to at most seats × `per_seat` persons, less those that were referred to it already.
    Offers are given in rounds, at most one a person and round, so that nobody is given a second before all who can
    be given a first have one. Of all ways to give the offers of a round, given the rounds before, it is one with
        1. the most persons who get an offer in the band `good` or above; of these
        2. the most persons who get an offer at all; of these
        3. the greatest sum of bands.
    Where ways are level, persons come in the order of the day's shuffle and candidates in their own order: the outcome
    depends on nothing but the candidates, the seats, the rule and the day.

Each round is one assignment of greatest weight, found by `assignment`: exact, not nearly so. What is not promised: the
rounds together need not be the best of all ways to give several offers at once, since the first goes before the second.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from app.matching.batch.assignment import NONE, Edges, assigned
from app.matching.engine.market import Placed
from app.matching.order import band, shuffle
from app.matching.table import SCORE_TABLE

Key = tuple[str, str]  # id and origin of a listing
Candidates = Sequence[tuple[str, Sequence[Placed]]]

MOST_PERSONS = 300_000  # weights of more would not fit into 64 bits
_BANDS = SCORE_TABLE.total // SCORE_TABLE.band


class TooMany(ValueError):
    """More persons than can be spread at once."""


@dataclass(frozen=True)
class Rule:
    """How people are spread: offers a person at most, persons a seat at most, and which band is a good offer."""

    offers: int = 3
    per_seat: int = 3
    good: int = 30


def room(seats: int, referred: int, rule: Rule) -> int:
    """How many persons a listing may still be offered to."""
    return max(seats * rule.per_seat - referred, 0)


def spread(candidates: Candidates, rooms: Mapping[Key, int], rule: Rule, day: date) -> list[list[list[Placed]]]:
    """For each person, in the order given, the offers of each round: one or none.

    `rooms` says how many persons a listing may be offered to; one that is not named, to nobody. TooMany for more than
    300,000 persons.
    """
    if len(candidates) > MOST_PERSONS:
        raise TooMany(f"more than {MOST_PERSONS:,} persons cannot be spread at once")
    order = sorted(range(len(candidates)), key=lambda at: shuffle(candidates[at][0], day, ""))
    offers = [
        (place, one) for place, at in enumerate(order) for one in candidates[at][1] if rooms.get((one.id, one.origin))
    ]
    keys = list(dict.fromkeys((one.id, one.origin) for _, one in offers))
    number = {key: at for at, key in enumerate(keys)}
    left = np.array([rooms[key] for key in keys], dtype=np.int64)
    person = np.array([place for place, _ in offers], dtype=np.int64)
    listing = np.array([number[one.id, one.origin] for _, one in offers], dtype=np.int64)
    weight = _weights(np.array([band(one.total) for _, one in offers], dtype=np.int64), len(order), rule)
    found: list[list[list[Placed]]] = [[] for _ in candidates]
    remaining = np.arange(len(offers))
    for _ in range(rule.offers):
        remaining = remaining[left[listing[remaining]] > 0]
        edges = Edges(person[remaining], listing[remaining], weight[remaining])
        chosen = assigned(edges, len(order), left)
        for place, edge in enumerate(chosen.tolist()):
            found[order[place]].append([] if edge == NONE else [offers[remaining[edge]][1]])
        given = remaining[chosen[chosen != NONE]]
        np.subtract.at(left, listing[given], 1)
        remaining = np.setdiff1d(remaining, given)
    return found


def offered(rounds: Iterable[Sequence[Placed]], candidates: Sequence[Placed]) -> list[Placed]:
    """What a person is offered, in the order of the person's candidates."""
    given = {(one.id, one.origin) for one_round in rounds for one in one_round}
    return [one for one in candidates if (one.id, one.origin) in given]


def _weights(
    bands: "np.ndarray[tuple[int], np.dtype[np.int64]]", persons: int, rule: Rule
) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Whole numbers whose sum compares as the three aims do, one after the other."""
    an_offer = _BANDS * persons + 1  # more than all bands together
    a_good_one = (an_offer + _BANDS) * persons + 1
    return bands + an_offer + a_good_one * (bands >= rule.good)
