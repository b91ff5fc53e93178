"""Passwords: argon2id with the parameters of the OWASP cheat sheet (t 2, 19 MiB, p 1), at most two at work at once."""

import threading

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from app.kernel.problems import Busy

MIN_LENGTH, MAX_LENGTH = 10, 200
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Two hashes hold 38 MiB; a burst of sign-ins must not hold ten times that.
_at_work = threading.BoundedSemaphore(2)
# Two more may wait; whoever comes then is told so at once and holds no thread.
_let_in = threading.BoundedSemaphore(4)
# Verified when the account does not exist, so that both cases take the same time: the hash of a secret nobody kept.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$hENfEMlNDFpZvtvo77DtsQ$XUUS54GOI9UpkmWdd0sDTRpkkyQjhpvllZc3SFlQdc0"


def hash_password(password: str) -> str:
    """The argon2id hash to store."""
    with _at_work:
        return _hasher.hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """Whether `password` is the one behind `stored`; takes as long when there is no such account (None).

    Busy (503) while four are at it.
    """
    if not _let_in.acquire(blocking=False):
        raise Busy()
    try:
        with _at_work:
            return _hasher.verify(stored or _NOBODY, password) and stored is not None
    except (Argon2Error, InvalidHashError):
        return False
    finally:
        _let_in.release()
