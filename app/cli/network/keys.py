"""Single keys at the terminal while the table is shown: read without Enter, Ctrl-C still means stop."""

import os
import select
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager


class Keys:
    """What is typed at standard input; nothing where that is no terminal."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor

    @property
    def are_read(self) -> bool:
        """Whether anybody can press one."""
        return self._descriptor is not None

    def pressed(self) -> str:
        """The keys pressed since the last call, in lower case; does not wait."""
        found = b""
        while self._descriptor is not None and select.select([self._descriptor], [], [], 0)[0]:
            part = os.read(self._descriptor, 64)
            if not part:  # the terminal is gone
                self._descriptor = None
            found += part
        return found.decode("utf-8", "replace").lower()


@contextmanager
def keys() -> Iterator[Keys]:
    """Read single keys for the length of the block; the terminal is put back as it was."""
    try:
        descriptor = sys.stdin.fileno()
        before = termios.tcgetattr(descriptor)
        # A process in the background would be stopped for changing the terminal of another.
        is_ours = os.tcgetpgrp(descriptor) == os.getpgrp()
    except (OSError, ValueError, AttributeError, termios.error):
        is_ours = False
    if not is_ours:
        yield Keys(None)
        return
    tty.setcbreak(descriptor)
    try:
        yield Keys(descriptor)
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
