"""Random sequences of what may happen, run to rest and checked; one that fails is made as short as it will go."""

import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from tests.simulation.invariants import Violation, check_rest
from tests.simulation.memory_ledger import Disk
from tests.simulation.world import TREE, World, enrolled

CHILDREN = tuple(name for name, parent in TREE.items() if parent is not None)
# (what, how often)
ACTIONS = (
    ("write", 24), ("push", 22), ("read", 12), ("late", 5), ("kill", 4), ("start", 4), ("back up", 6), ("restore", 4),
    ("restore two", 2), ("copy", 1), ("write copy", 3), ("push copy", 3), ("end copy", 1), ("time", 8), ("clock", 2),
)  # fmt: skip
ROUNDS = 40  # in which the network has to come to rest


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens; `seed` decides everything that chance decides within it."""

    what: str
    node: str
    pick: int
    trouble: float
    seed: int


def steps_of(seed: int, count: int = 40) -> list[Step]:
    """The sequence that belongs to a seed."""
    chance = random.Random(seed)
    names = [name for name, often in ACTIONS for _ in range(often)]
    nodes = list(TREE)
    trouble = chance.choice((0.0, 0.1, 0.3))
    return [
        Step(chance.choice(names), chance.choice(nodes), chance.getrandbits(16), trouble, chance.getrandbits(32))
        for _ in range(count)
    ]


_base: dict[str, Disk] = {}


def run(steps: Sequence[Step]) -> World:
    """Let `steps` happen, then let the network come to rest; Violation if it does not, or rests in a wrong state."""
    if not _base:
        _base.update(enrolled())
    world = World(random.Random(0), _base)
    for step in steps:
        world.chance.seed(step.seed)
        world.trouble = step.trouble
        happen(world, step)
    settle(world)
    check_rest(world)
    return world


def happen(world: World, step: Step) -> None:
    """Let one thing happen."""
    process, pick = world.processes.get(step.node), step.pick
    copy = world.copies[-1] if world.copies else None
    match step.what:
        case "write" if process:
            world.write(process, pick)
        case "push" if process:
            world.push_up(process)
        case "read" if process:
            world.read_down(process)
        case "late":
            world.deliver_late(pick)
        case "kill":
            world.stop(step.node)
        case "start" if not process:
            world.start(step.node)
        case "back up":
            world.back_up(step.node)
        case "restore":
            world.restore(step.node, pick)
        case "restore two":
            world.restore(step.node, pick)
            world.restore(list(TREE)[pick % len(TREE)], pick // 8)
        case "copy" if process and copy is None and TREE[step.node]:
            world.copy(step.node)
        case "write copy" if copy:
            world.write(copy, pick)
        case "push copy" if copy:
            world.push_up(copy)
        case "end copy":
            world.end_copy()
        case "time":
            for name, clock in world.clocks.items():
                clock.ms += 0 if name in world.dead_clocks else pick
        case "clock":
            _disturb_clock(world, step.node, pick)


def _disturb_clock(world: World, node: str, pick: int) -> None:
    if pick % 4 == 0:
        world.dead_clocks ^= {node}
    else:
        world.clocks[node].ms = max(0, world.clocks[node].ms + (pick - 2**15) * 100)


def settle(world: World) -> None:
    """End what disturbs, and let every node talk until nothing changes any more."""
    world.trouble = 0.0
    while world.copies:
        world.end_copy()
    while world.late and world.chance.random() < 0.7:
        world.deliver_late(world.chance.getrandbits(8))
    world.late.clear()
    for name in TREE:
        if name not in world.processes:
            world.start(name)
    for name in CHILDREN:
        world.processes[name].carrier.greet_again()  # an hour has passed
    before: object = None
    for _ in range(ROUNDS):
        for name in CHILDREN:
            world.push_up(world.processes[name])
        for name in CHILDREN:
            world.read_down(world.processes[name])
        now = [_stand(world.disk_of(name)) for name in TREE]
        if now == before:
            return
        before = now
    raise Violation("the network does not come to rest")


def _stand(disk: Disk) -> object:
    return disk.head, disk.meta, frozenset(disk.peers.values()), len(disk.quarantine)


def shrunk(steps: Sequence[Step]) -> list[Step]:
    """A shorter sequence that still fails: ever smaller parts are left out for as long as it does."""
    found = list(steps)
    size = len(found) // 2
    while size:
        start = 0
        while start < len(found):
            without = found[:start] + found[start + size :]
            if fails(without):
                found = without
            else:
                start += size
        size //= 2
    return found


def fails(steps: Sequence[Step]) -> str | None:
    """What is wrong after `steps`; None if nothing is."""
    try:
        run(steps)
    except Exception as error:  # whatever the rules cannot cope with is as wrong as a wrong end
        return f"{type(error).__name__}: {error}"
    return None


def quiet() -> None:
    """Say nothing of what goes wrong: here that is all the time."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
