"""Random sequences of what may happen, run to rest and checked; one that fails is made as short as it will go."""

import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from tests.simulation import rekeying
from tests.simulation.disk import Disk
from tests.simulation.invariants import Violation, check_rest
from tests.simulation.tree import TREE, enrolled
from tests.simulation.world import Process, World

CHILDREN = tuple(name for name, parent in TREE.items() if parent is not None)
PATHS = (("d1", "s1"), ("city", "d1", "s1"), ("city", "d2", "s3"), ("d1", "s1", "s2"), ("city", "d1", "d2"))
MONTHS = (60, 100, 160, 190)  # in days
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
    is_long = seed % 3 == 2  # over a year or two: what has ended comes to be forgotten
    often = {name: often for name, (often, _) in ACTIONS.items()} | (OVER_MONTHS if is_long else {})
    names = [name for name, times in often.items() for _ in range(times)]
    # Few nodes that much happens to find more than many to which little does.
    nodes = list(TREE) if chance.random() < 0.4 else chance.choice(PATHS)
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
        ACTIONS[step.what][1](world, step)
    settle(world)
    check_rest(world)
    return world


def _with_process(do: Callable[[World, Process, int], object]) -> Callable[[World, Step], object]:
    def act(world: World, step: Step) -> None:
        process = world.processes.get(step.node)
        if process is not None:
            do(world, process, step.pick)

    return act


def _with_copy(do: Callable[[World, Process, int], object]) -> Callable[[World, Step], object]:
    return lambda world, step: do(world, world.copies[-1], step.pick) if world.copies else None


def _start(world: World, step: Step) -> None:
    if step.node not in world.processes:
        world.start(step.node)


def _restore_two(world: World, step: Step) -> None:
    world.restore(step.node, step.pick)
    world.restore(TREE[step.node] or list(TREE)[step.pick % len(TREE)], step.pick // 8)


def _copy(world: World, step: Step) -> None:
    if step.node in world.processes and not world.copies and TREE[step.node]:
        world.copy(step.node)


def _pass_time(world: World, step: Step) -> None:
    for name, clock in world.clocks.items():
        clock.ms += 0 if name in world.dead_clocks else step.pick
        clock.passed_ms += step.pick


def _disturb_clock(world: World, step: Step) -> None:
    if step.pick % 4 == 0:
        world.dead_clocks ^= {step.node}
    else:
        clock = world.clocks[step.node]
        clock.ms = max(0, clock.ms + (step.pick - 2**15) * 100)


def _rotate(world: World, process: Process, _: int) -> None:
    rekeying.rotate(world, process)


def _pass_months(world: World, step: Step) -> None:
    """Months pass; and then perhaps, as each hour, the nodes look how their parents stand, or some cannot."""
    world.pass_days(MONTHS[step.pick % len(MONTHS)])
    for process in list(world.processes.values()):
        if step.pick & 24 and world.chance.random() < 0.9:
            world.push_up(process)
    if step.pick & 96:
        _forget(world, step)


def _forget(world: World, step: Step) -> None:
    """Let one node look for what it may forget, or all of them: each does so every hour, not all in the same one."""
    for process in list(world.processes.values()):
        if process.node == step.node or step.pick % 2:
            world.forget(process)


# What may happen: how often, and how; `OVER_MONTHS` in every third sequence.
ACTIONS: dict[str, tuple[int, Callable[[World, Step], object]]] = {
    "write": (24, _with_process(World.write)),
    "push": (22, _with_process(lambda world, process, _: world.push_up(process))),
    "read": (12, _with_process(lambda world, process, _: world.read_down(process))),
    "late": (5, lambda world, step: world.deliver_late(step.pick)),
    "kill": (4, lambda world, step: world.stop(step.node)),
    "start": (4, _start),
    "back up": (6, lambda world, step: world.back_up(step.node)),
    "restore": (6, lambda world, step: world.restore(step.node, step.pick)),
    "restore two": (2, _restore_two),
    "copy": (2, _copy),
    "write copy": (4, _with_copy(World.write)),
    "push copy": (4, _with_copy(lambda world, copy, _: world.push_up(copy))),
    "end copy": (1, lambda world, _: world.end_copy()),
    "time": (8, _pass_time),
    "clock": (2, _disturb_clock),
    "rotate": (2, _with_process(_rotate)),
    "revoke": (1, lambda world, step: rekeying.revoke(world, step.node)),
    "enrol anew": (1, lambda world, step: rekeying.enrol_anew(world, step.node)),
    "lift": (2, lambda world, step: rekeying.lift(world, step.node)),
    "sign anew": (4, _with_process(lambda world, process, _: rekeying.carry_on(world, process))),
    "end": (0, _with_process(lambda world, process, pick: world.write(process, pick & ~3 | 1))),
    "months": (0, _pass_months),
    "forget": (0, _forget),
}


OVER_MONTHS = {"end": 14, "push": 14, "restore": 4, "back up": 8, "clock": 1, "time": 1, "months": 16, "forget": 6}


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
        _go_round(world)
        now = [_stand(world.disk_of(name)) for name in TREE]
        if now == before:
            return
        before = now
    raise Violation("the network does not come to rest")


def _go_round(world: World) -> None:
    for name in CHILDREN:
        _let_in(world, name)
        world.push_up(world.processes[name])
        world.rebuild_if_too_old(name)
    for name in CHILDREN:
        world.read_down(world.processes[name])
    for name in TREE:
        rekeying.carry_on(world, world.processes[name])


def _let_in(world: World, name: str) -> None:
    """What people do about a node whose key its parent does not take."""
    world.push_up(world.processes[name])  # much is mended without them
    rekeying.lift(world, name)
    if not rekeying.counts(world.processes[name], world.processes[TREE[name] or ""]):
        rekeying.revoke(world, name)
        rekeying.enrol_anew(world, name)


def _stand(disk: Disk) -> object:
    return disk.head, disk.meta, frozenset(disk.peers.values()), len(disk.quarantine)


def shrunk(
    steps: Sequence[Step], is_right: Callable[[Sequence[Step]], bool] = lambda s: fails(s) is None
) -> list[Step]:
    """A shorter sequence that still fails: ever smaller parts are left out for as long as it does."""
    found = list(steps)
    size = len(found) // 2
    while size:
        start = 0
        while start < len(found):
            without = found[:start] + found[start + size :]
            if not is_right(without):
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
