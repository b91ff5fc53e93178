"""The two calls that keep a copy of the market. Public, as the search of listings is."""

import json
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from time import monotonic
from typing import IO, Annotated, Any

import anyio
from fastapi import Depends, Query
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from app.kernel.access import public
from app.kernel.deps import CurrentClock
from app.kernel.http import router
from app.kernel.problems import Busy
from app.kernel.types import Asked
from app.regions.deps import CurrentRegions
from app.taxonomy.deps import CurrentTaxonomy
from app.vacancies.schemas import ListingOut
from app.vacancies.stream.answers import Lines, LinesOfFile
from app.vacancies.stream.deps import CurrentCopies, CurrentDatabase, SnapshotTurn
from app.vacancies.stream.reading import Changes, CopyReader

routes = router("/v1/listings", "listings")
_PAUSE_S = 0.2  # between a ringing and the reading: many commits are read at once, and a busy node is not read by each


def _reader(
    regions: CurrentRegions,
    taxonomy: CurrentTaxonomy,
    place: Annotated[
        Annotated[Asked, Field(max_length=40)] | None,
        Query(description="Only listings in this division: its code (best for a program), or clear words."),
    ] = None,
    occupation: Annotated[
        Annotated[Asked, Field(max_length=64)] | None,
        Query(description="Only this occupation and those below it: its id (best for a program), or clear words."),
    ] = None,
) -> CopyReader:
    return CopyReader(regions, taxonomy, place, occupation)


Reader = Annotated[CopyReader, Depends(_reader)]


def _example() -> tuple[dict[str, Any], dict[str, Any], str]:
    shown: dict[str, Any] = ListingOut.model_config["json_schema_extra"]["examples"][0]  # type: ignore[index,assignment]
    named = {"origin": "beijing", "id": shown["id"]}
    put = {"seq": 41, "op": "put", **named, "expires_at": "2027-01-31T15:59:59Z", "listing": shown["listing"]}
    remove = {"seq": 57, "op": "remove", **named, "expires_at": None, "listing": None}
    return put, remove, "WyI4ZjFjIiwgNTcsICIwYTFiIl0"


def _described(description: str, *lines: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    example = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    content = {Lines.media_type: {"schema": {"type": "string"}, "example": example}}
    return {200: {"description": description, "content": content}}


_PUT, _REMOVE, _CURSOR = _example()


@routes.get(
    "/stream",
    dependencies=[public()],
    summary="What changed in the listings",
    response_class=Lines,
    responses=_described("Changes, then the cursor.", _PUT, _REMOVE, {"cursor": _CURSOR, "more": False}),
)
async def stream_listings(
    reader: Reader,
    database: CurrentDatabase,
    copies: CurrentCopies,
    clock: CurrentClock,
    after: Annotated[
        str | None,
        Query(max_length=400, description="The last `cursor`; without it an empty copy begins at the beginning."),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="Changes at most; 4 MiB end a page too.")] = 500,
    wait: Annotated[int, Query(ge=0, le=25, description="Seconds to wait for a change if there is none.")] = 0,
) -> Lines:
    """Newline-delimited JSON: a line for every listing that changed after the cursor, in the order of the commits, at
    its latest state; the last line has the `cursor` to go on from, and in `more` whether to ask again at once.

    `put` gives the whole listing, `remove` says that it is not, or no longer, among those asked for: it ended, is
    hidden, or meets the conditions no more. Remove what you do not hold is no error. After `expires_at` a listing is
    no longer shown, without a further line. A cursor of another history of the node (it was restored), of other
    conditions, or of another version of the program is refused with 410: begin again with the snapshot."""

    def read() -> Changes:
        with database.snapshot() as session:
            return reader.changes(session, clock.now(), after, limit)

    if wait == 0:
        return _answered(await run_in_threadpool(read))
    until = monotonic() + wait
    with copies.commits.listen() as rung:  # before the reading: a commit between it and the waiting is heard
        while True:
            rung.clear()
            found = await run_in_threadpool(read)
            if found.lines or (left := until - monotonic()) <= 0 or copies.commits.is_over:
                return _answered(found)
            with anyio.move_on_after(left):
                await rung.wait()
                await anyio.sleep(_PAUSE_S)


@routes.get(
    "/snapshot",
    dependencies=[public()],
    summary="Every shown listing",
    response_class=Lines,
    responses=_described("The cursor, then every listing.", {"cursor": _CURSOR, "listings": 1}, _PUT),
)
def snapshot_listings(
    reader: Reader, database: CurrentDatabase, clock: CurrentClock, copies: CurrentCopies, _: SnapshotTurn
) -> LinesOfFile:
    """Newline-delimited JSON: first the `cursor` for the stream and how many `listings` follow, then a `put` of each,
    all read at one moment. With fewer lines than that the answer was cut off: ask again."""
    file: IO[bytes] = tempfile.TemporaryFile(dir=copies.folder)  # noqa: SIM115  # the answer closes it
    try:
        # Into a file first: the database is not held for as long as a reader takes.
        with database.snapshot() as session:
            count = _write(file, reader.everything(session, clock.now()))
            return LinesOfFile(reader.beginning(session, count), file)
    except OSError:
        with suppress(OSError):  # what is still in its buffer has no room either
            file.close()
        raise Busy("磁盘空间不足，无法生成快照", "no room on the disk for a snapshot", retry_after_s=60) from None
    except BaseException:
        file.close()
        raise


def _write(file: IO[bytes], lines: Iterable[bytes]) -> int:
    count = 0
    for line in lines:
        file.write(line)
        count += 1
    file.flush()  # that there is no room has to be known before the answer begins
    return count


def _answered(found: Changes) -> Lines:
    return Lines(b"".join((*found.lines, found.last)))
