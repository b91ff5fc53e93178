"""Which node is calling: the dependency of every route between nodes. 401 unless a child's signature holds."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import select

from app.exchange.models import SyncNode
from app.exchange.node import Exchange
from app.kernel.db import Database
from app.kernel.deps import CurrentClock
from app.kernel.problems import Forbidden
from app.sync.signatures import Message, verify


class NotAChild(Forbidden):
    slug, zh, en = "not-a-child", "该节点不是本节点的直属下级", "That node is not a child of this one"


def current_exchange(request: Request) -> Exchange:
    """The exchange of this process."""
    exchange: Exchange = request.app.state.exchange
    return exchange


CurrentExchange = Annotated[Exchange, Depends(current_exchange)]


def calling_child(request: Request, clock: CurrentClock, exchange: CurrentExchange) -> str:
    """The node that signed this request, if it is a child of this one.

    Its session is closed before the route waits for the writer's turn: no request holds two connections.
    """
    own, database = exchange.local.node, request.app.state.database
    found: list[SyncNode] = []

    def public_key(key_id: str) -> bytes | None:
        found.extend(_signers(database, key_id))
        return found[0].public_key if found else None

    # The raw target: what was signed is what came over the wire, not what a framework made of it.
    query = request.url.query
    url = f"http://{own}.invalid{request.scope['raw_path'].decode('latin-1')}" + (f"?{query}" if query else "")
    # A header that came twice is read as RFC 9421 reads it, joined: nobody can add one behind the signature.
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    message = Message(request.method, url, headers)
    key_id = verify(message, request.state.body, public_key, own, clock.now())
    caller = key_id.partition(":")[0]
    if not any(node.node == caller and node.parent == own for node in found):
        raise NotAChild()
    return caller


def _signers(database: Database, key_id: str) -> Sequence[SyncNode]:
    with database.read() as session:
        return session.scalars(select(SyncNode).where(SyncNode.key_id == key_id)).all()


CallingChild = Annotated[str, Depends(calling_child)]
