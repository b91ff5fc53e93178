"""Batches are let in a few at a time; those sent away are spread as fast as the process has been seen to apply."""

from collections.abc import Callable
from itertools import pairwise

import anyio
import pytest

from app.sync.admission import LONGEST_S, Admission, ParentBusy


def run(test: Callable[[], object]) -> None:
    anyio.run(test)  # type: ignore[arg-type]


async def sent_away(admission: Admission, child: str) -> int:
    """How long a child is told to wait that is not let in."""
    with pytest.raises(ParentBusy) as refused:
        async with admission.take(child):
            raise AssertionError("it was let in")
    return int(refused.value.headers["Retry-After"])


def test_two_are_at_work_eight_wait_and_the_eleventh_is_sent_away() -> None:
    async def test() -> None:
        admission = Admission()
        at_work, most, done = 0, 0, 0
        go = anyio.Event()

        async def push(child: str) -> None:
            nonlocal at_work, most, done
            async with admission.take(child):
                at_work += 1
                most = max(most, at_work)
                await go.wait()
                at_work -= 1
            done += 1

        async with anyio.create_task_group() as group:
            for number in range(10):
                group.start_soon(push, f"child-{number}")
            await anyio.wait_all_tasks_blocked()
            assert await sent_away(admission, "child-10") >= 1
            go.set()
        assert (most, done) == (2, 10)

    run(test)


def test_a_child_has_one_batch_under_way_however_many_it_sends() -> None:
    async def test() -> None:
        admission = Admission()
        async with admission.take("yuexiu"):
            assert await sent_away(admission, "yuexiu") >= 1
            async with admission.take("tianhe"):
                pass
        async with admission.take("yuexiu"):
            pass

    run(test)


def test_whoever_has_waited_too_long_is_sent_away_and_may_come_again() -> None:
    async def test() -> None:
        admission = Admission(at_once=1, wait_s=0.05)
        async with admission.take("yuexiu"):
            assert await sent_away(admission, "tianhe") >= 1
        async with admission.take("tianhe"):
            pass

    run(test)


def test_those_sent_away_come_back_one_after_the_other_and_none_later_than_a_minute() -> None:
    async def test() -> None:
        admission = Admission(at_once=1, queue=0, now=lambda: 1000.0)
        async with admission.take("yuexiu"):
            told = [await sent_away(admission, f"child-{number}") for number in range(200)]
        assert told == sorted(told)
        # Half a second a batch is what it begins with: two come back in each second, the next two in the next.
        assert [told.count(second) for second in (1, 2, 3, 30, 59)] == [2, 2, 2, 2, 2]
        assert max(told) == LONGEST_S

    run(test)


def test_the_spread_follows_how_long_batches_are_seen_to_take() -> None:
    async def test() -> None:
        clock = [0.0]
        admission = Admission(at_once=1, queue=0, now=lambda: clock[0])
        for _ in range(30):
            async with admission.take("yuexiu"):
                clock[0] += 4
        async with admission.take("yuexiu"):
            told = [await sent_away(admission, f"child-{number}") for number in range(5)]
        assert [after - before for before, after in pairwise(told)] == [4, 4, 4, 4]

    run(test)


def test_a_turn_is_given_back_whatever_happens_to_its_batch() -> None:
    async def test() -> None:
        admission = Admission(at_once=1)
        for _ in range(3):
            with pytest.raises(ValueError, match="broken"):
                async with admission.take("yuexiu"):
                    raise ValueError("broken")

    run(test)
