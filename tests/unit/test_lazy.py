"""A value that costs much is made once, and only if somebody asks."""

import threading
import time

import pytest

from app.kernel.lazy import Lazy


def test_it_is_made_once_however_many_ask_at_the_same_time() -> None:
    made: list[int] = []

    def make() -> object:
        time.sleep(0.05)
        made.append(1)
        return object()

    lazy = Lazy(make)
    answers: list[object] = []
    asking = [threading.Thread(target=lambda: answers.append(lazy())) for _ in range(8)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert lazy.is_made
    assert made == [1]
    assert len(answers) == 8
    assert len({id(answer) for answer in answers}) == 1


def test_a_failure_is_not_kept() -> None:
    outcomes = iter([ValueError("first"), None])

    def make() -> str:
        failure = next(outcomes)
        if failure:
            raise failure
        return "made"

    lazy = Lazy(make)
    with pytest.raises(ValueError, match="first"):
        lazy()
    assert lazy() == "made"


def test_a_value_that_is_nothing_is_made_once_too() -> None:
    made: list[int] = []
    lazy = Lazy(lambda: made.append(1))
    lazy()
    lazy()
    assert made == [1]


def test_nothing_is_made_until_somebody_asks() -> None:
    made: list[int] = []
    lazy = Lazy(lambda: made.append(1))
    assert (lazy.is_made, made) == (False, [])
