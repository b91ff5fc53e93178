"""Whatever happens to disks, processes and wires, the network comes to rest in the right state."""

import random

import pytest

from tests.simulation.driver import CHILDREN, fails, run, shrunk, steps_of
from tests.simulation.mutants import MUTANTS, Mutant, altered, found_after
from tests.simulation.tree import TREE


@pytest.mark.parametrize("start", range(0, 100, 50))
def test_nothing_is_lost_doubled_or_resurrected(start: int) -> None:
    """A few of the sequences that `make simulate` runs by the ten thousand."""
    wrong = {seed: said for seed in range(start, start + 50) if (said := fails(steps_of(seed))) is not None}
    assert not wrong


def test_a_sequence_is_the_same_each_time() -> None:
    one, other = run(steps_of(7)), run(steps_of(7))
    assert [one.disk_of(name) for name in TREE] == [other.disk_of(name) for name in TREE]
    assert one.acknowledged == other.acknowledged


def test_much_happens_in_forty_sequences() -> None:
    """Else the simulation would prove nothing: records everywhere, copies, losses that nobody can mend."""
    worlds = [run(steps_of(seed)) for seed in range(40)]
    assert sum(len(world.acknowledged) for world in worlds) > 200
    assert sum(len(world.gone) for world in worlds) > 20
    assert sum(world.messages for world in worlds) > 2000
    assert all(any(len(world.disk_of(name).records) > 5 for world in worlds) for name in CHILDREN)


def test_a_failing_sequence_is_made_short() -> None:
    """Shrinking keeps what fails: here a sequence fails as long as it holds a step of one kind."""
    steps = steps_of(3)
    needed = random.Random(1).choice(steps)
    assert shrunk(steps, lambda some: needed not in some) == [needed]


def test_every_mutant_still_changes_the_program() -> None:
    """Here, and not only in the long round: whoever moves a rule moves its mutant with it."""
    assert all(altered(mutant) for mutant in MUTANTS)


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_broken_rule_is_found(mutant: Mutant) -> None:
    assert all(found is not None for found, _ in found_after(mutant, 6000, streams=1))
