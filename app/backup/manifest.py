"""What a backup says of itself: whose it is, which moment of which history, and what is in it. Pure."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

FORMAT = 1
Kind = Literal["sqlite", "postgresql"]


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True)


class Facts(_Said):
    """A database at one moment, as it can be read back from any copy of it."""

    node: str
    name: str
    tier: str
    parent: str | None
    log_id: str
    inc: int
    head: int
    mark: str  # of the last commit that moved the head; empty before the first
    key_id: str | None  # the node's own key, as its statement names it; None before it was stated
    public_key: str | None  # in hex
    revision: str  # of the schema
    tables: dict[str, int]  # rows by table


class Part(_Said):
    """One part of the file: its plain size in bytes, and the SHA-256 of these bytes."""

    name: str
    size: int
    sha256: str


class Manifest(_Said):
    """The first thing to read of a backup, and the last that is written."""

    format: int
    database: Kind
    created_at: datetime
    version: str  # of the program that made it
    facts: Facts
    parts: list[Part]

    @property
    def has_keys(self) -> bool:
        return any(part.name.startswith(KEYS) for part in self.parts)


KEYS = "keys/"
TABLES = "tables/"
