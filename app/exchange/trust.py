"""Whose signature counts: node statements, each signed by the parent, chained up to the city's own (docs/wire.md §7).

A statement says "this node, of this tier and region, is my child, and this is its key". The city states itself; its
key is pinned when a node joins. `sync_node` is what follows from the statements, and is filled here only.
"""

import base64
from typing import Annotated

from pydantic import BaseModel, Field
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.exchange.bodies import PublicBody
from app.exchange.envelope import Envelope
from app.exchange.models import SyncMeta, SyncNode
from app.kernel.types import Line, NodeId, RegionCode

KIND = "trust.node"
SCHEMA = 1
TIER_BELOW = {"city": "district", "district": "street"}
_Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{43}=$")]


class NodeStatement(PublicBody):
    """The body of a `trust.node` record; its origin is the parent (for the city: the city)."""

    node: NodeId
    name: Line
    tier: Annotated[str, Field(pattern="^(city|district|street)$")]
    region: RegionCode
    parent: NodeId | None
    key_id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,62}:[0-9]{1,9}$")]
    public_key: _Key

    @property
    def public_key_bytes(self) -> bytes:
        return base64.b64decode(self.public_key)


def is_lawful(session: Session, origin: str, statement: NodeStatement) -> bool:
    """Whether `origin` may state this: itself if it is the city, else a child one tier below and inside its region."""
    if statement.key_id.partition(":")[0] != statement.node:
        return False
    if statement.parent is None:
        pinned = session.execute(select(SyncMeta.root_key)).scalar()
        return (
            origin == statement.node
            and statement.tier == "city"
            and (pinned is None or pinned == statement.public_key_bytes)
        )
    parent = session.get(SyncNode, origin)
    known = session.get(SyncNode, statement.node)
    return (
        parent is not None
        and statement.parent == origin
        and TIER_BELOW.get(parent.tier) == statement.tier
        and is_inside(statement.region, parent.region)
        and statement.region != parent.region
        and (known is None or known.parent == origin)
    )


def is_inside(region: str, ancestor: str) -> bool:
    """Whether a division code lies in another by the structure of GB/T 2260 codes: 440104003 in 440104 in 440100."""
    prefix = ancestor[:4] if len(ancestor) == 6 and ancestor.endswith("00") else ancestor
    return region.startswith(prefix)


def learn(session: Session, envelope: Envelope, body: BaseModel) -> None:
    """Take in an accepted statement: from now on records signed with this key count."""
    if not isinstance(body, NodeStatement) or not is_lawful(session, envelope.origin, body):
        return
    known = session.get(SyncNode, body.node) or SyncNode(node=body.node)
    known.parent, known.name, known.tier, known.region = body.parent, body.name, body.tier, body.region
    known.key_id, known.public_key, known.statement = body.key_id, body.public_key_bytes, envelope.rid
    session.add(known)
    session.flush()


def forget(session: Session, envelope: Envelope) -> None:
    """Take back what the statement said: records of that node no longer count on first receipt.

    Only whoever made a statement takes it back: ids of records are known to all, and anybody can sign an end of one.
    """
    stated = func.coalesce(SyncNode.parent, SyncNode.node) == envelope.origin
    session.execute(delete(SyncNode).where(SyncNode.statement == envelope.rid, stated))


def subtree(session: Session, node: str) -> frozenset[str]:
    """`node` and everything below it, as far as statements are known."""
    parents = {row.node: row.parent for row in session.execute(select(SyncNode.node, SyncNode.parent))}
    found = {node}
    grown = True
    while grown:
        below = {child for child, parent in parents.items() if parent in found}
        grown = not below <= found
        found |= below
    return frozenset(found)


def chain(session: Session, node: str) -> list[SyncNode]:
    """The statements that make `node` trusted, the city's first."""
    found: list[SyncNode] = []
    current = session.get(SyncNode, node)
    while current is not None and current not in found:
        found.append(current)
        current = session.get(SyncNode, current.parent) if current.parent else None
    return found[::-1]
