"""What runs beside in a node, run at once and in turn, so that a sequence is the same each time."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

_T = TypeVar("_T")


class AtOnce(Executor):
    """Does what it is given before `submit` returns; what that raises, `submit` raises."""

    def submit(self, fn: Callable[..., _T], /, *args: Any, **kwargs: Any) -> Future[_T]:
        done: Future[_T] = Future()
        done.set_result(fn(*args, **kwargs))
        return done
