"""Keys without the cost of signatures, and the files they lie in."""

import hashlib
from collections.abc import Sequence
from typing import cast

from app.exchange.keys import NodeKey


class MemoryKey:
    """Signs without the cost of a signature: here nobody forges but the simulation itself."""

    def __init__(self, node: str, number: int = 1, salt: str = "", handovers: Sequence[str] = ()) -> None:
        self.key_id, self.handovers = f"{node}:{number}", tuple(handovers)
        self.public = hashlib.sha256(f"{self.key_id}{salt}".encode()).digest()

    def sign(self, data: bytes) -> bytes:
        return signature_of(self.public, data)


class MemoryKeys:
    """The key files of a node: a disk that is put back to an earlier copy leaves them as they are."""

    def __init__(self, present: MemoryKey, following: MemoryKey | None = None) -> None:
        self._present, self._following = present, following

    def copy(self) -> "MemoryKeys":
        return MemoryKeys(self._present, self._following)

    def present(self) -> NodeKey:
        return cast("NodeKey", self._present)

    def following(self) -> NodeKey | None:
        return cast("NodeKey | None", self._following)

    def prepare(self, key: MemoryKey) -> None:
        self._following = key

    def adopt(self) -> NodeKey:
        assert self._following is not None
        self._present, self._following = self._following, None
        return self.present()


def signature_of(public: bytes, data: bytes) -> bytes:
    return hashlib.sha512(public + data).digest()
