"""Values that cost something to make, kept by what they depend on; the one longest unused goes first. Pure."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from threading import Lock
from typing import Generic, TypeVar, cast

T = TypeVar("T")
N = TypeVar("N")
_NONE = object()


class Kept(Generic[T]):
    """At most `most` values. Threads that ask for the same at once may each make it: it is the same either way."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of `key`, made if it is not kept."""
        value = self.look(key, _NONE)
        if value is _NONE:
            value = make()
            self.keep(key, value)
        return cast(T, value)

    def look(self, key: Hashable, otherwise: N | None = None) -> T | N | None:
        """The value of `key`; `otherwise` if it is not kept."""
        # Readers take no lock, which they would hold each other up with: what they do is one step of the interpreter.
        value: T | N | None = self._values.get(key, otherwise)
        if value is not otherwise:
            try:
                self._values.move_to_end(key)
            except KeyError:  # it went meanwhile
                return value
        return value

    def keep(self, key: Hashable, value: T) -> None:
        """Keep `value` under `key`."""
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._most:
                self._values.popitem(last=False)

    def clear(self) -> None:
        """Keep nothing."""
        with self._lock:
            self._values.clear()

    def drop(self, keys: Iterable[Hashable]) -> None:
        """Keep nothing under `keys`."""
        with self._lock:
            for key in keys:
                self._values.pop(key, None)
