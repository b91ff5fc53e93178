"""The assignment of greatest weight: each person to at most one listing, each listing to as many as have room. Pure.

It is a flow of least cost, grown along the paths that gain most (successive shortest paths). A path leads from a person
without a listing to a listing with room; on the way, persons give up a full listing for another. Every phase works out
the gain of the best path to every node at once, by relaxing all edges in numpy until nothing improves, and then walks
the edges that lie on best paths until no path is left that gains as much. The gain never rises from phase to phase, and
the assignment is the best of its size throughout, so it is the best of all once a path gains nothing.

There are at most as many phases as persons, each of at most (persons + 1) relaxations of all edges: polynomial, and in
practice a few dozen phases of a few dozen relaxations.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.int64]

NONE = -1  # no edge
_FAR = np.int64(2**62)
_UNREACHED = np.int64(2**61)  # what lies beyond is `_FAR`, give or take the weights on the way


class Edges(NamedTuple):
    """Who may be given what, ordered by person; `weight` is above 0, and what is gained by it."""

    person: Table
    listing: Table
    weight: Table


def assigned(edges: Edges, persons: int, room: Table) -> Table:
    """The edge that each person is given, or NONE, in an assignment of greatest weight.

    `room` is how many persons each listing takes. Of assignments that weigh the same it is the one that falls out when
    persons are taken in their order and edges in theirs.
    """
    if not len(edges.person):
        return np.full(persons, NONE, dtype=np.int64)
    growing = _Growing(edges, persons, room)
    while growing.grow():
        pass
    return growing.chosen


class _Growing:
    def __init__(self, edges: Edges, persons: int, room: Table) -> None:
        self._edges = edges
        self._listing: list[int] = edges.listing.tolist()
        self._by_listing = np.argsort(edges.listing, kind="stable")
        self._listings, self._starts = np.unique(edges.listing[self._by_listing], return_index=True)
        self._room = room.copy()
        self._holders: list[list[int]] = [[] for _ in range(len(room))]
        self.chosen = np.full(persons, NONE, dtype=np.int64)

    def grow(self) -> bool:
        """Do one phase; False if nothing more can be gained."""
        persons, listings = self._costs()
        has_room = self._room > 0
        least = int(listings[has_room].min(initial=int(_FAR)))
        if least >= 0:
            return False
        edges, cost = self._edges, persons[self._edges.person]
        is_best = (cost < _UNREACHED) & (listings[edges.listing] == cost - edges.weight)
        is_best &= ~has_room[edges.listing] | (listings[edges.listing] == least)
        best = np.flatnonzero(is_best)
        starts = np.searchsorted(edges.person[best], np.arange(len(self.chosen) + 1)).tolist()
        walk = _Walk(best.tolist(), starts, self._listing, self._room.tolist(), self._holders)
        for person in np.flatnonzero(self.chosen == NONE).tolist():
            for taker, edge in walk.path(person):
                self._give(taker, edge)
        self._room = np.array(walk.room, dtype=np.int64)
        return True

    def _costs(self) -> tuple[Table, Table]:
        """The least cost of reaching each person and each listing from those without a listing; a gain is below 0."""
        edges, chosen = self._edges, self.chosen
        persons = np.where(chosen == NONE, np.int64(0), _FAR)
        listings = np.full(len(self._room), _FAR, dtype=np.int64)
        holding = np.flatnonzero(chosen != NONE)
        holding = holding[self._room[edges.listing[chosen[holding]]] == 0]
        held, worth = edges.listing[chosen[holding]], edges.weight[chosen[holding]]
        person, weight = edges.person[self._by_listing], edges.weight[self._by_listing]
        while True:
            listings[self._listings] = np.minimum.reduceat(persons[person] - weight, self._starts)
            reached = listings[held] + worth
            if not (reached < persons[holding]).any():
                return persons, listings
            persons[holding] = np.minimum(persons[holding], reached)

    def _give(self, person: int, edge: int) -> None:
        before = int(self.chosen[person])
        if before != NONE:
            self._holders[self._listing[before]].remove(person)
        self._holders[self._listing[edge]].append(person)
        self.chosen[person] = edge


class _Walk:
    """The paths of one phase. Each person is visited once: a second visit would find no more than the first."""

    def __init__(
        self, best: list[int], starts: list[int], listing: list[int], room: list[int], holders: list[list[int]]
    ) -> None:
        self._best, self._starts, self._listing, self._holders = best, starts, listing, holders
        self.room = room
        self._visited: set[int] = set()
        self._left: dict[int, list[int]] = {}  # holders of full listings whom nobody has asked yet

    def path(self, person: int) -> list[tuple[int, int]]:
        """Who takes which edge along a path from `person` to a listing with room, from its end; empty if none is left.

        The room that it takes is taken.
        """
        self._visited.add(person)
        ways = [self._steps(person)]
        people, taken = [person], [NONE]
        while ways:
            step = next(ways[-1], None)
            if step is None:
                ways.pop()
                people.pop()
                taken.pop()
                continue
            edge, holder = step
            taken[-1] = edge
            if holder == NONE:
                self.room[self._listing[edge]] -= 1
                return list(zip(people, taken, strict=True))[::-1]
            self._visited.add(holder)
            ways.append(self._steps(holder))
            people.append(holder)
            taken.append(NONE)
        return []

    def _steps(self, person: int) -> Iterator[tuple[int, int]]:
        """The edges of a person on best paths, each with whoever would have to give way; NONE where there is room."""
        for edge in self._best[self._starts[person] : self._starts[person + 1]]:
            listing = self._listing[edge]
            if self.room[listing] > 0:
                yield edge, NONE
            elif listing not in self._left:
                self._left[listing] = self._holders[listing][::-1]
            left = self._left.get(listing, [])
            while left:
                holder = left.pop()
                if holder not in self._visited:
                    yield edge, holder
