"""What the calls of a copy ask for: who waits for commits, who has a snapshot made, and where its file stands."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

from app.kernel.bell import Bell
from app.kernel.db import Database
from app.kernel.writing import WriteTurn

_WAITING = 100  # of the 500 connections that a process answers
_SNAPSHOTS = 4  # made or being sent: each is a file as large as the market
_QUEUE, _QUEUE_S = 8, 5.0


class Copies:
    """What all who keep a copy share. `commits` is to be rung after every commit."""

    def __init__(self, folder: Path) -> None:
        self.commits = Bell(_WAITING)
        self.snapshots = WriteTurn(_SNAPSHOTS, _QUEUE, _QUEUE_S)
        self.folder = folder


def _copies(request: Request) -> Copies:
    copies: Copies = request.app.state.copies
    return copies


def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


CurrentCopies = Annotated[Copies, Depends(_copies)]
CurrentDatabase = Annotated[Database, Depends(_database)]


async def _snapshot_turn(copies: CurrentCopies) -> AsyncIterator[None]:
    async with copies.snapshots.take():
        yield


# Held until the answer has been sent, and with it the file.
SnapshotTurn = Annotated[None, Depends(_snapshot_turn, scope="request")]
