"""Answers of many lines: newline-delimited JSON, from memory or from a file."""

from collections.abc import Iterator
from typing import IO

import anyio
from fastapi.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

_CHUNK = 256 * 1024
_SENT_WITHIN_S = 600


class Lines(Response):
    """NDJSON."""

    media_type = "application/x-ndjson"


class LinesOfFile(StreamingResponse):
    """NDJSON: a first line, then a whole file, which is closed at the end.

    Whoever reads too slowly is cut off, so that nobody holds the file and the turn for ever; the length, which was
    told, is then not reached.
    """

    media_type = Lines.media_type

    def __init__(self, first: bytes, file: IO[bytes]) -> None:
        length = len(first) + file.tell()
        self._file = file
        super().__init__(_chunks(first, file), headers={"Content-Length": str(length)})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._file, anyio.move_on_after(_SENT_WITHIN_S):
            await super().__call__(scope, receive, send)


def _chunks(first: bytes, file: IO[bytes]) -> Iterator[bytes]:
    yield first
    file.seek(0)
    while chunk := file.read(_CHUNK):
        yield chunk
