"""Ed25519 keys of a node: made once, kept in a file that only its user can read. Keys are named `node:n`."""

import base64
import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from app.kernel.disk import fsync

_FEW, _PART = 16, 50  # signatures that are checked at once, without and within a thread


class KeyFileUnusable(RuntimeError):
    """A key file that is missing, unreadable or open to others; the text says what to do."""


class KeyFileOpen(KeyFileUnusable):
    """A key file that others can read, too."""


class NodeKey:
    """A node's private key with its name."""

    def __init__(self, key_id: str, seed: bytes) -> None:
        self.key_id = key_id
        self._key = SigningKey(seed)

    @property
    def public(self) -> bytes:
        """The 32 bytes of the public key."""
        return bytes(self._key.verify_key)

    @property
    def seed(self) -> bytes:
        """The 32 secret bytes, for libraries that sign by themselves."""
        return bytes(self._key)

    def sign(self, data: bytes) -> bytes:
        """The 64-byte signature over `data`."""
        return self._key.sign(data).signature


def verify(public: bytes, data: bytes, signature: bytes) -> bool:
    """Whether `signature` over `data` was made with the private key of `public`."""
    try:
        VerifyKey(public).verify(data, signature)
    except (BadSignatureError, ValueError, TypeError):
        return False
    return True


def verify_many(signed: Sequence[tuple[bytes, bytes, bytes]]) -> list[bool]:
    """Whether each signature holds, of (public, data, signature). All processors are at it: libsodium works beside
    Python's lock."""
    if len(signed) < _FEW:
        return [verify(*one) for one in signed]
    parts = [signed[start : start + _PART] for start in range(0, len(signed), _PART)]
    return [held for part in _pool().map(_verify_part, parts) for held in part]


def _verify_part(signed: Sequence[tuple[bytes, bytes, bytes]]) -> list[bool]:
    return [verify(*one) for one in signed]


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="verify")


def fingerprint(public: bytes) -> str:
    """The first 80 bits of the key's SHA-256 as 16 letters and digits: enough that no other key can be found for it."""
    return base64.b32encode(hashlib.sha256(public).digest()[:10]).decode().lower()


def create_key(path: Path, key_id: str) -> NodeKey:
    """Make a key and keep it at `path`, readable by this user only; FileExistsError if there is one already."""
    seed = os.urandom(32)
    keep_key(path, f"{key_id} {base64.b64encode(seed).decode()}\n".encode("ascii"))
    return NodeKey(key_id, seed)


def keep_key(path: Path, content: bytes) -> None:
    """Keep a key file at `path`, on disk before this returns; FileExistsError if there is one already."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fsync(path.parent)  # the name of the file, too, has to survive a power cut


def read_key(path: Path) -> NodeKey:
    """The key kept at `path`; KeyFileUnusable with the way out."""
    try:
        if path.stat().st_mode & 0o077:
            raise KeyFileOpen(f"{path} can be read by others: chmod 600 {path}")
        key_id, seed = path.read_text("ascii").split()
        return NodeKey(key_id, base64.b64decode(seed, validate=True))
    except FileNotFoundError:
        raise KeyFileUnusable(f"there is no key at {path}: put it back from where it is kept apart") from None
    except (OSError, ValueError) as error:
        raise KeyFileUnusable(f"{path} cannot be read as a key ({type(error).__name__})") from None
