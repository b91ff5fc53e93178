"""Which faults happen when, to whom, for how long: made from a seed alone. Pure.

Every kind comes once before any comes twice, so that a short run has them all. Faults overlap: how long one lasts has
nothing to do with when the next begins.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """What may go wrong."""

    KILL = "kill"  # kill -9, and a start some time later
    FREEZE = "freeze"  # SIGSTOP, then SIGCONT
    LOST_REQUEST = "lost_request"
    LOST_ANSWER = "lost_answer"
    LATE_REQUEST = "late_request"  # given up by the child, and delivered all the same
    LATE_ANSWER = "late_answer"
    REPEATED_REQUEST = "repeated_request"
    CUT_UP = "cut_up"  # nothing passes from child to parent
    CUT_DOWN = "cut_down"  # nothing passes from parent to child
    PARTITION = "partition"
    RESTORE_STREET = "restore_street"
    RESTORE_DISTRICT = "restore_district"
    RESTORE_CITY = "restore_city"
    RESTORE_TOGETHER = "restore_together"
    COPY = "copy"  # a second process on a copy of a street's disk
    CLOCK = "clock"  # started again by a clock that is wrong
    FULL_DISK = "full_disk"  # of a street


ON_REQUESTS = (
    Fault.LOST_REQUEST,
    Fault.LOST_ANSWER,
    Fault.LATE_REQUEST,
    Fault.LATE_ANSWER,
    Fault.REPEATED_REQUEST,
)
CUTS = (Fault.CUT_UP, Fault.CUT_DOWN, Fault.PARTITION)
CLOCK_OFFSETS_S = (-86_400, -3_600, -90, 90, 3_600, 86_400)
SHORTEST_S, LONGEST_S = 0.5, 4.0


@dataclass(frozen=True)
class Place:
    """The nodes, by tier; each but the city has a wire to its parent, named after it."""

    city: str
    district: str
    streets: Sequence[str]

    @property
    def children(self) -> list[str]:
        return [self.district, *self.streets]

    @property
    def nodes(self) -> list[str]:
        return [self.city, *self.children]


@dataclass(frozen=True)
class Event:
    """A fault that begins `at_s` after the start and lasts `lasts_s`; `pick` decides what its kind leaves open."""

    at_s: float
    fault: Fault
    targets: tuple[str, ...]
    lasts_s: float
    pick: int


def schedule(seed: int, seconds: float, place: Place, every_s: float) -> list[Event]:
    """The events of a run of `seconds`, one about every `every_s`, each kind at least once."""
    rnd = random.Random(seed)
    count = max(len(Fault), int(seconds / every_s))
    kinds: list[Fault] = []
    while len(kinds) < count:
        kinds += rnd.sample(list(Fault), len(Fault))
    times = [seconds * (number + rnd.random()) / count for number in range(count)]
    return [_event(rnd, at_s, kind, place) for at_s, kind in zip(times, kinds, strict=False)]


def _event(rnd: random.Random, at_s: float, fault: Fault, place: Place) -> Event:
    return Event(at_s, fault, _targets(rnd, fault, place), rnd.uniform(SHORTEST_S, LONGEST_S), rnd.randrange(2**16))


def _targets(rnd: random.Random, fault: Fault, place: Place) -> tuple[str, ...]:
    if fault in ON_REQUESTS or fault in CUTS:
        return tuple(rnd.sample(place.children, rnd.randint(1, 2)))
    if fault is Fault.RESTORE_CITY:
        return (place.city,)
    if fault is Fault.RESTORE_DISTRICT:
        return (place.district,)
    if fault is Fault.RESTORE_TOGETHER:
        return tuple(rnd.sample(place.nodes, rnd.randint(2, len(place.nodes))))
    if fault in (Fault.RESTORE_STREET, Fault.COPY, Fault.FULL_DISK):
        return (rnd.choice(place.streets),)
    return (rnd.choice(place.nodes),)
