"""The book: what the offices were told is done, and which disk is known to hold it.

It knows posts as people do, by what their listing says, and nothing of incarnations and versions. Each write that the
network is to hear of is a **step** of its post, in the order in which it was sent; a step is **acknowledged** once an
HTTP answer said so.

For every node the book keeps how far it has **reached** with each post: the latest step it was seen to hold, or, at
the post's own office, acknowledged. A node that is restored has reached what it had when the backup was begun, no less
and no more: `photograph` is taken then. At that moment a step is **gone** if neither the post's own office nor any
node above it has reached it or a later one: it was acknowledged by a disk that was rolled back, and by no other that
could give it back. An end is gone if none of them knows of it, whatever an office that was restored to before it has
written on: a later step does not stand for an end. Whether it comes back all the same (a late request may bring it) is
seen in the end; if it does not, it counts as unrecoverable, and never as lost.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

OPEN, PAUSED, ENDED = "open", "paused", "ended"


@dataclass(frozen=True)
class Said:
    """What a listing says: its state, and its last day (ISO) by which its versions are told apart; none once ended."""

    state: str
    until: str | None = None


@dataclass(eq=False)
class Step:
    """One write: what the listing says after it."""

    said: Said
    is_acknowledged: bool = False
    is_gone: bool = False


@dataclass
class Post:
    """One vacancy of an office, from its first listing on."""

    origin: str
    rid: str
    title: str
    steps: list[Step] = field(default_factory=list)

    def place(self, said: Said) -> int | None:
        """The latest step after which the listing says this; None if nobody wrote it.

        An end is final, whatever another life of the node wrote later: it stands for every step.
        """
        if said.state == ENDED:
            return len(self.steps) - 1 if any(step.said.state == ENDED for step in self.steps) else None
        return max((number for number, step in enumerate(self.steps) if _is_it(step, said)), default=None)


def _is_it(step: Step, said: Said) -> bool:
    # What came of a write that was not answered is known only by its day: another life may have paused the post.
    is_open = step.said.state != ENDED and (step.said.state == said.state or not step.is_acknowledged)
    return is_open and step.said.until == said.until


@dataclass(frozen=True)
class Reach:
    """How far a disk has come with a post: the latest step it holds, and whether it knows the post to have ended."""

    place: int = -1
    is_ended: bool = False

    def with_more(self, place: int, *, is_ended: bool) -> "Reach":
        return Reach(max(place, self.place), self.is_ended or is_ended)

    def knows(self, number: int, step: Step) -> bool:
        return self.is_ended or (step.said.state != ENDED and number <= self.place)


Photograph = dict[str, Reach]  # of each post, by id


class Book:
    """All posts of the network. Safe for threads."""

    def __init__(self, parents: Mapping[str, str | None]) -> None:
        self._parents = parents
        self._turn = threading.Lock()
        self.posts: dict[str, Post] = {}
        self._reached: dict[str, Photograph] = {node: {} for node in parents}

    def enter(self, origin: str, rid: str, title: str) -> Post:
        """A post that an office has registered."""
        with self._turn:
            return self.posts.setdefault(rid, Post(origin, rid, title))

    def try_step(self, post: Post, said: Said) -> Step:
        """A write is about to be sent."""
        with self._turn:
            post.steps.append(Step(said))
            return post.steps[-1]

    def acknowledge(self, post: Post, step: Step, said: Said) -> None:
        """It was answered: `said` is what the answer shows."""
        with self._turn:
            step.said, step.is_acknowledged = said, True
            self._note(post.origin, post.rid, post.steps.index(step), said)

    @property
    def acknowledged(self) -> int:
        """How many steps were answered."""
        with self._turn:
            return sum(step.is_acknowledged for post in self.posts.values() for step in post.steps)

    def observe(self, node: str, held: Mapping[str, Said]) -> None:
        """A look at a node's disk: what its listings say, by id."""
        with self._turn:
            for rid, said in held.items():
                post = self.posts.get(rid)
                place = None if post is None else post.place(said)
                if place is not None:
                    self._note(node, rid, place, said)

    def photograph(self, node: str) -> Photograph:
        """What a backup of the node that begins now has to hold."""
        with self._turn:
            return dict(self._reached[node])

    def restored(self, photographs: Mapping[str, Photograph]) -> int:
        """These nodes go back to their backups together, while none of them works; how many steps are gone by it."""
        with self._turn:
            for node, photograph in photographs.items():
                self._reached[node] = dict(photograph)
            return sum(self._count_gone(post) for post in self.posts.values())

    def _count_gone(self, post: Post) -> int:
        disks = [self._reached[node].get(post.rid, Reach()) for node in self._up(post.origin)]
        gone = 0
        for number, step in enumerate(post.steps):
            if step.is_acknowledged and not step.is_gone and not any(disk.knows(number, step) for disk in disks):
                step.is_gone = True
                gone += 1
        return gone

    def _up(self, origin: str) -> list[str]:
        """A node and those above it."""
        parent = self._parents[origin]
        return [origin] if parent is None else [origin, *self._up(parent)]

    def _note(self, node: str, rid: str, place: int, said: Said) -> None:
        reach = self._reached[node].get(rid, Reach())
        self._reached[node][rid] = reach.with_more(place, is_ended=said.state == ENDED)
