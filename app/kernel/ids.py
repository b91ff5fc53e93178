"""Identifiers: UUIDv7 (RFC 9562 §5.7), made by the application, so that a row has its id before it is written."""

import secrets
import uuid

from app.kernel.clock import Clock


def new_id(clock: Clock) -> str:
    """A fresh UUIDv7 as its 36-character string; sorts by the millisecond in which it was made."""
    milliseconds = int(clock.now().timestamp() * 1000)
    value = milliseconds << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76  # version
    value = value & ~(0x3 << 62) | 0x2 << 62  # variant
    return str(uuid.UUID(int=value))
