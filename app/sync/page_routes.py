"""The routes on which a child reads what this node holds: of its own subtree, and of everything else."""

import asyncio
from time import monotonic
from typing import Annotated, Any

import anyio
from fastapi import Depends, Query, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from app.exchange import changes
from app.exchange.sql_ledger import SqlLedger
from app.kernel.access import node
from app.kernel.db import Database
from app.kernel.deps import SnapshotSession
from app.kernel.http import router
from app.kernel.problems import invalid
from app.sync import feed, recovery
from app.sync.authentication import CallingChild, CurrentExchange
from app.sync.protocol import ENCODINGS, MAX_RECORDS, NDJSON, Cursor, Page, read_cursor, wrap

routes = router("/sync/v1", "sync")
LONG_POLL_S = 25
CHILDREN_LISTENING = 400  # at once: twice as many as the largest cities have streets
_PAUSE_S = 0.05  # between a ringing and the reading: many commits are read at once, and not each by each child
_ANOTHER_PROCESS_S = 2.0  # a commit of another process of this node rings no bell here
_HEADER = '{"log_id":"00000000000000000000000000000000","sub":"","kinds":[],"from":{"seq":0,"mark":""},'
_EXAMPLE = _HEADER + '"to":{"seq":217,"mark":"9f86d081884c7d65"},"more":false,"confirmed":true,"n":0}\n'
_PAGES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A header line, then an envelope a line; `to` of the header is where the next page begins.",
        "content": {NDJSON: {"schema": {"type": "string"}, "example": _EXAMPLE}},
    }
}


class Lines(Response):
    """NDJSON."""

    media_type = NDJSON


def _asked_cursor(
    cursor: Annotated[
        str | None, Query(max_length=120, description="Where the page begins; the start if absent.")
    ] = None,
) -> Cursor | None:
    try:
        return None if cursor is None else read_cursor(cursor)
    except ValueError:
        raise invalid("cursor", "游标格式不对", "a cursor is log_id.sub.seq.mark") from None


AskedCursor = Annotated[Cursor | None, Depends(_asked_cursor)]


@routes.get(
    "/owned",
    dependencies=[node()],
    summary="What this node holds of the caller's subtree",
    response_class=Lines,
    responses=_PAGES,
)
def owned(
    request: Request,
    child: CallingChild,
    session: SnapshotSession,
    cursor: AskedCursor,
    subtree: Annotated[int, Query(ge=0, le=1, description="1: everything; 0: only what came another way.")] = 0,
) -> Lines:
    """For a child that was restored, or for which something of its own has come back from above."""
    page = recovery.cut_owned(SqlLedger(session), child, cursor, MAX_RECORDS, everything=bool(subtree))
    return _answered(request, page)


@routes.get(
    "/feed", dependencies=[node()], summary="The market on its way down", response_class=Lines, responses=_PAGES
)
async def get_feed(
    request: Request,
    child: CallingChild,
    exchange: CurrentExchange,
    cursor: AskedCursor,
    wait: Annotated[int, Query(ge=0, le=LONG_POLL_S, description="Seconds to wait for news.")] = 0,
    owned: Annotated[int, Query(ge=0, description="The `owned_head` last heard: another one is news, too.")] = 0,
) -> Lines:
    """What this node knows and the caller's subtree did not bring, in the order of its sequence.

    Without news the answer comes after `wait` seconds, with no lines.
    """
    database, bell = request.app.state.database, request.app.state.feed_bell

    def cut() -> Page:
        with database.snapshot() as session:
            return feed.cut_page(SqlLedger(session), child, exchange.kinds.going_down, cursor, MAX_RECORDS)

    until = monotonic() + wait
    with bell.listen() as rung:  # before the reading: a commit between it and the waiting is heard
        while True:
            rung.clear()
            page = await run_in_threadpool(cut)
            is_news = bool(page.lines) or page.header.owned_head != owned
            if is_news or monotonic() >= until or bell.is_over:
                return await run_in_threadpool(_answered, request, page)
            await _commit(rung, database, page.header.to.seq, until)


async def _commit(rung: asyncio.Event, database: Database, head: int, until: float) -> None:
    """Wait for a commit after `head`, of this process or another, or until the time is over."""

    def head_now() -> int:
        with database.read() as session:
            return changes.head(session)

    # Cutting a page costs twenty times as much as reading the head, and hundreds of children wait here.
    while not rung.is_set() and (left := until - monotonic()) > 0:
        with anyio.move_on_after(min(left, _ANOTHER_PROCESS_S)):
            await rung.wait()
            await anyio.sleep(_PAUSE_S)
        if not rung.is_set() and await run_in_threadpool(head_now) != head:
            return


def _answered(request: Request, page: Page) -> Lines:
    wanted = request.headers.get("accept-encoding", "identity")
    encoding, body = wrap(page, wanted if wanted in ENCODINGS else "identity")
    return Lines(body, headers={"content-encoding": encoding})
