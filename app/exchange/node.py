"""Who this node is, and everything the exchange needs while it runs, carried by every write session.

`commit.install` hangs the commit hooks on the session factory; from then on `publish(session, …)` works in any
session that the factory makes, without anybody passing keys or counters around.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from app.exchange.keys import NodeKey
from app.exchange.kinds import Kinds
from app.kernel.clock import Clock, ClockWatch


@dataclass(frozen=True)
class LocalNode:
    """This node: its place in the tree, its key, and the incarnation of this process."""

    node: str
    name: str
    tier: str
    region: str
    parent: str | None
    parent_url: str | None
    log_id: str
    inc: int
    key: NodeKey
    since: int  # the incarnation with which this process began: what it writes carries this one or a later


@dataclass
class Exchange:
    """What publishing and applying need. One per process."""

    local: LocalNode
    kinds: Kinds
    clock: Clock
    listeners: list[Callable[[], None]] = field(default_factory=list)
    watch: ClockWatch = field(init=False)

    def __post_init__(self) -> None:
        self.watch = ClockWatch(self.clock)

    def renew(self, local: LocalNode) -> None:
        """Go on as `local`, the same node with a new incarnation: what is published from now on carries it."""
        self.local = local

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every commit that gave records a number. It must be quick and must not fail."""
        self.listeners.append(listener)


class NoExchange(RuntimeError):
    """A session that was not made by the session factory of a running node."""


def exchange_of(session: Session) -> Exchange:
    """The exchange that this session writes for."""
    found = session.info.get("exchange")
    if not isinstance(found, Exchange):
        raise NoExchange("this session has no exchange: was `commit.install` called with its factory?")
    return found
