"""Values that cost something to make, kept by what they depend on; the one longest unused goes first. Pure."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """At most `most` values. Threads that ask for the same at once may each make it: it is the same either way."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of `key`, made if it is not kept."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make()
        self.keep(key, value)
        return value

    def look(self, key: Hashable) -> T | None:
        """The value of `key`; None if it is not kept."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
            return None

    def keep(self, key: Hashable, value: T) -> None:
        """Keep `value` under `key`."""
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._most:
                self._values.popitem(last=False)

    def drop(self, keys: Iterable[Hashable]) -> None:
        """Keep nothing under `keys`."""
        with self._lock:
            for key in keys:
                self._values.pop(key, None)
