"""The bell: heard from any thread, and only by so many."""

import asyncio
from threading import Thread

import pytest

from app.kernel.bell import Bell
from app.kernel.problems import Busy


def test_a_ringing_in_another_thread_is_heard() -> None:
    bell = Bell(1)

    async def hear() -> None:
        with bell.listen() as rung:
            Thread(target=bell.ring).start()
            await asyncio.wait_for(rung.wait(), 5)

    asyncio.run(hear())


def test_the_last_ringing_is_heard_by_those_who_wait_and_known_to_those_who_come_later() -> None:
    bell = Bell(1)

    async def hear() -> None:
        with bell.listen() as rung:
            Thread(target=bell.ring_out).start()
            await asyncio.wait_for(rung.wait(), 5)

    assert not bell.is_over
    asyncio.run(hear())
    assert bell.is_over


def test_only_so_many_listen_at_once_and_who_left_makes_room() -> None:
    bell = Bell(1)

    async def crowd() -> None:
        with bell.listen():
            with pytest.raises(Busy):
                bell.listen().__enter__()
        with bell.listen() as rung:
            assert not rung.is_set()

    asyncio.run(crowd())
    bell.ring()  # nobody is left: the loop has ended
