"""A value that is made when it is first asked for, and once, however many threads ask. Pure."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Lazy(Generic[T]):
    """Calls `make` on the first call, and answers its value to all. Who asks meanwhile waits; a failure is not kept."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._making = threading.Lock()
        self._made: tuple[T, ...] = ()

    def __call__(self) -> T:
        """The value."""
        if not self._made:
            with self._making:
                if not self._made:
                    self._made = (self._make(),)
        return self._made[0]

    @property
    def is_made(self) -> bool:
        """Whether anybody has asked."""
        return bool(self._made)
