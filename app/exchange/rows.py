"""The envelope and its row in `sync_record`, in both directions."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from app.exchange.envelope import Envelope
from app.exchange.models import SyncRecord

_OF_OTHER_NAME = {"expires": "expires_at"}  # the field of an envelope, and its column
_COLUMNS = {field.name: _OF_OTHER_NAME.get(field.name, field.name) for field in fields(Envelope)}
# What an envelope is made of, in the order of its fields: what is selected for `envelope_of`.
ENVELOPE = tuple(SyncRecord.__table__.c[column] for column in _COLUMNS.values())


def envelope_of(row: Sequence[Any]) -> Envelope:
    """The envelope in a row of the columns `ENVELOPE`; what is selected behind them is passed over."""
    return Envelope(*row[: len(ENVELOPE)])


def columns_of(envelope: Envelope) -> dict[str, Any]:
    """The columns of `sync_record` that an envelope fills."""
    return {column: getattr(envelope, name) for name, column in _COLUMNS.items()}
