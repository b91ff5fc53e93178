"""The schedule of faults is made from its seed alone, and leaves no kind out."""

from tests.chaos.schedule import CUTS, ON_REQUESTS, Fault, Place, schedule

PLACE = Place("city", "district", ["one", "two", "three"])


def test_a_seed_makes_the_same_schedule_each_time_and_another_another() -> None:
    assert schedule(7, 60, PLACE, 1.5) == schedule(7, 60, PLACE, 1.5)
    assert schedule(7, 60, PLACE, 1.5) != schedule(8, 60, PLACE, 1.5)


def test_even_a_short_run_has_every_kind_of_fault_and_keeps_to_its_time() -> None:
    for seed in range(50):
        events = schedule(seed, 20, PLACE, 1.5)
        assert {event.fault for event in events} == set(Fault)
        assert [event.at_s for event in events] == sorted(event.at_s for event in events)
        assert events[-1].at_s <= 20


def test_faults_happen_to_nodes_that_they_can_happen_to() -> None:
    together = set()
    for event in schedule(1, 3000, PLACE, 1.5):
        assert event.targets
        assert len(set(event.targets)) == len(event.targets)
        if event.fault in (*ON_REQUESTS, *CUTS):  # a city has no wire
            assert "city" not in event.targets
        if event.fault in (Fault.COPY, Fault.FULL_DISK, Fault.RESTORE_STREET):
            assert set(event.targets) <= set(PLACE.streets)
        if event.fault is Fault.RESTORE_TOGETHER:
            together.add(len(event.targets))
    assert together == {2, 3, 4, 5}
