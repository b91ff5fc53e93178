"""Which node is calling: the dependency of every route between nodes. 401 unless a child's signature holds."""

from functools import partial
from typing import Annotated

from fastapi import Depends, Request

from app.exchange.node import Exchange
from app.exchange.sql_ledger import SqlLedger
from app.kernel.deps import CurrentClock
from app.sync import callers
from app.sync.signatures import Message, verify


def current_exchange(request: Request) -> Exchange:
    """The exchange of this process."""
    exchange: Exchange = request.app.state.exchange
    return exchange


CurrentExchange = Annotated[Exchange, Depends(current_exchange)]


def calling_child(request: Request, clock: CurrentClock, exchange: CurrentExchange) -> str:
    """The node that signed this request, if it is a child of this one.

    Its session is closed before the route waits for the writer's turn: no request holds two connections.
    """
    own = exchange.local.node
    # The raw target: what was signed is what came over the wire, not what a framework made of it.
    query = request.url.query
    url = f"http://{own}.invalid{request.scope['raw_path'].decode('latin-1')}" + (f"?{query}" if query else "")
    # A header that came twice is read as RFC 9421 reads it, joined: nobody can add one behind the signature.
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    message = Message(request.method, url, headers)
    with request.app.state.database.read() as session:
        ledger = SqlLedger(session)
        known = partial(callers.keys_of_caller, ledger)
        return callers.check_caller(ledger, *verify(message, request.state.body, known, own, clock.now()))


CallingChild = Annotated[str, Depends(calling_child)]
