"""Ed25519 keys of a node: made once, kept in a file that only its user can read. Keys are named `node:n`."""

import base64
import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache, partial
from itertools import islice
from pathlib import Path

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from app.kernel.disk import fsync

_FEW, _PART = 16, 50  # signatures that are not worth a thread, and those that one checks at a time


class KeyFileUnusable(RuntimeError):
    """A key file that is missing, unreadable or open to others; the text says what to do."""


class KeyFileOpen(KeyFileUnusable):
    """A key file that others can read, too."""


class NodeKey:
    """A node's private key with its name, and the requests by which it came in the place of those before it."""

    def __init__(self, key_id: str, seed: bytes, handovers: Sequence[str] = ()) -> None:
        self.key_id = key_id
        self.handovers = tuple(handovers)  # what was sent to the parent, the first first; nothing secret
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


def number_of(key_id: str) -> int:
    """Which key of its node `node:n` is."""
    return int(key_id.rpartition(":")[2])


def key_order(key_id: str, public: bytes) -> tuple[int, bytes]:
    """Which of two keys of a node is the later one: by its number, and for want of a difference by itself."""
    return number_of(key_id), public


def verify(public: bytes, data: bytes, signature: bytes) -> bool:
    """Whether `signature` over `data` was made with the private key of `public`."""
    try:
        VerifyKey(public).verify(data, signature)
    except (BadSignatureError, ValueError, TypeError):
        return False
    return True


def verify_beside(signed: Iterable[tuple[bytes, bytes, bytes]]) -> list[Callable[[], bool]]:
    """For each signature, of (public, data, signature), what waits until it is known whether it holds.

    All processors are at it meanwhile: libsodium works beside Python's lock. `signed` may be made as it is read.
    """
    waiting, found = iter(signed), list[Callable[[], bool]]()
    while part := list(islice(waiting, _PART)):
        if len(part) < _FEW:
            found += [partial(verify, *one) for one in part]
        else:
            checked = _pool().submit(_verify_part, part)
            found += [partial(_nth, checked, number) for number in range(len(part))]
    return found


def _nth(checked: Future[list[bool]], number: int) -> bool:
    return checked.result()[number]


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
    key = NodeKey(key_id, os.urandom(32))
    keep_key(path, content_of(key))
    return key


def content_of(key: NodeKey) -> bytes:
    """A key file: a line with the name and the secret, then one for each handover."""
    lines = (f"{key.key_id} {base64.b64encode(key.seed).decode()}", *key.handovers)
    return "".join(f"{line}\n" for line in lines).encode()


def keep_key(path: Path, content: bytes) -> None:
    """Keep a key file at `path`, on disk before this returns; FileExistsError if there is one already."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fsync(path.parent)  # the name of the file, too, has to survive a power cut


def replace_key(path: Path, key: NodeKey) -> None:
    """Let `key` take the place of the one at `path`, in one step."""
    made = path.with_suffix(".made-key")
    made.unlink(missing_ok=True)
    keep_key(made, content_of(key))
    made.replace(path)
    fsync(path.parent)


def read_key(path: Path) -> NodeKey:
    """The key kept at `path`; KeyFileUnusable with the way out."""
    try:
        if path.stat().st_mode & 0o077:
            raise KeyFileOpen(f"{path} can be read by others: chmod 600 {path}")
        first, *handovers = path.read_text("utf-8").splitlines()
        key_id, seed = first.split()
        return NodeKey(key_id, base64.b64decode(seed, validate=True), handovers)
    except FileNotFoundError:
        raise KeyFileUnusable(f"there is no key at {path}: put it back from where it is kept apart") from None
    except (OSError, ValueError) as error:
        raise KeyFileUnusable(f"{path} cannot be read as a key ({type(error).__name__})") from None
