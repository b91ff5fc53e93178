"""Rows in a stack: each is what was made, however the stack grows, is lengthened or is begun anew."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from app.matching.engine.stack import Array, Stack


class Multiples:
    """Makes the multiples of a key over `count` values, and counts how many entries it made."""

    def __init__(self, count: int) -> None:
        self.count, self.made = count, 0

    def row(self, key: int, start: int) -> Array:
        self.made += self.count - start
        return key * np.arange(start, self.count)


def test_rows_stay_what_they_were_while_the_stack_grows() -> None:
    multiples = Multiples(1000)
    stack = Stack([multiples.row, lambda key, start: multiples.row(key, start) + 1], np.int64)
    first = stack.start(0, 7, 1000)
    before = stack.numbers
    for key in range(200):
        stack.start(1, key, 1000)
    assert stack.numbers is not before
    for numbers in (before, stack.numbers):  # who began with the old array goes on with it
        assert numbers[first : first + 1000].tolist() == [7 * place for place in range(1000)]
    assert stack.row(1, 199, 1000).tolist() == [199 * place + 1 for place in range(1000)]
    assert multiples.made == 201 * 1000


def test_a_row_is_lengthened_by_the_values_that_came_and_not_made_anew() -> None:
    multiples = Multiples(10)
    stack = Stack([multiples.row], np.int64)
    assert stack.row(0, 3, 10).tolist() == list(range(0, 30, 3))
    multiples.count = 14
    assert stack.row(0, 3, 10).tolist() == list(range(0, 30, 3))
    assert multiples.made == 10
    assert stack.row(0, 3, 14).tolist() == list(range(0, 42, 3))
    assert multiples.made == 14


def test_a_full_stack_is_renewed_and_only_what_is_asked_for_goes_along() -> None:
    multiples = Multiples(1000)
    stack = Stack([multiples.row], np.int64)
    while not stack.is_full:
        stack.start(0, multiples.made, 1000)
    made = multiples.made
    renewed = stack.renewed()
    assert not renewed.is_full
    assert renewed.row(0, 0, 1000).tolist() == [0] * 1000
    assert renewed.row(0, 1000, 1000)[999] == 999_000
    assert multiples.made == made  # copied
    assert stack.row(0, 1000, 1000)[999] == 999_000  # for those who have begun with it
    again = renewed.renewed()
    assert again.row(0, 1000, 1000)[999] == 999_000
    assert multiples.made == made
    again.start(0, 2000, 1000)  # two stacks ago
    assert multiples.made == made + 1000


def test_threads_that_push_at_once_find_their_rows_whole() -> None:
    multiples = Multiples(300)
    stack = Stack([multiples.row], np.uint16)

    def ask(thread: int) -> bool:
        rows = [(key, stack.start(0, key, 300)) for key in range(thread, 2000, 3)]
        numbers = stack.numbers
        wanted = np.arange(300)
        return all(
            np.array_equal(numbers[start : start + 300], (key * wanted).astype(np.uint16)) for key, start in rows
        )

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(ask, (0, 1, 2, 0)))
