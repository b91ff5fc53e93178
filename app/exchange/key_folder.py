"""The key files of a node: the key in use, one that is to follow it, and the one before until nothing needs it.

`NODE.key` is the key in use. A rotation first writes `NODE.next-key`, then asks for a statement about it, and only then
lets it take the place of the other in one step of the file system; `NODE.old-key` stays until the records are signed
anew, and is destroyed then. Whatever happens in between, a second try finds where the first one stopped.
"""

import os
from pathlib import Path

from app.exchange.keys import KeyFileUnusable, NodeKey, keep_key, read_key, replace_key
from app.kernel.disk import fsync


class KeyFolder:
    """The key files of one node."""

    def __init__(self, folder: Path, node: str) -> None:
        self.path = folder / f"{node}.key"
        self._next, self._old = folder / f"{node}.next-key", folder / f"{node}.old-key"

    def present(self) -> NodeKey:
        """The key in use; KeyFileUnusable with the way out."""
        return read_key(self.path)

    def following(self) -> NodeKey | None:
        """The key that a rotation has made, and that is not in use yet."""
        return read_key(self._next) if self._next.exists() else None

    def has_old(self) -> bool:
        """Whether a key was replaced and not destroyed yet."""
        return self._old.exists()

    def prepare(self, key: NodeKey) -> None:
        """Keep the key that is to follow, in the place of one that was never stated."""
        replace_key(self._next, key)

    def adopt(self) -> NodeKey:
        """Let the following key take the place of the present one; it. KeyFileUnusable if there is none."""
        following = self.following()
        if following is None:
            raise KeyFileUnusable(f"there is no key at {self._next}")
        if self.path.exists() and not self._old.exists():
            keep_key(self._old, self.path.read_bytes())  # a copy: to destroy it must never touch the key in use
        self._next.replace(self.path)
        fsync(self.path.parent)
        return following

    def destroy_old(self) -> bool:
        """Destroy the key before; whether there was one."""
        if not self._old.exists():
            return False
        with self._old.open("r+b") as file:  # its bytes, too, as far as a file system lets
            file.write(bytes(self._old.stat().st_size))
            file.flush()
            os.fsync(file.fileno())
        self._old.unlink()
        fsync(self._old.parent)
        return True
