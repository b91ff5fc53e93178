"""Whose signature counts: node statements, each signed by the parent, chained up to the city's own (docs/wire.md §7).

A statement says "this node, of this tier and region, is my child, and this is its key". The city states itself; its
key is pinned when a node joins. `sync_node` is what follows from the statements, and is filled here only.
"""

import base64
from typing import Annotated

from pydantic import BaseModel, Field

from app.exchange.bodies import PublicBody
from app.exchange.envelope import Envelope
from app.exchange.ledger import KnownNode, Ledger
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


def read_statement(envelope: Envelope) -> NodeStatement | None:
    """The node statement in a record; None for other kinds, ends, and a later schema, which is kept but not read."""
    if envelope.kind != KIND or envelope.op != "P" or envelope.schema != SCHEMA:
        return None
    try:
        return NodeStatement.model_validate_json(envelope.body or "", extra="ignore")
    except ValueError:
        return None


def is_lawful(ledger: Ledger, origin: str, statement: NodeStatement) -> bool:
    """Whether `origin` may state this: itself if it is the city, else a child one tier below and inside its region."""
    if statement.key_id.partition(":")[0] != statement.node:
        return False
    if statement.parent is None:
        pinned = ledger.meta().root_key
        return (
            origin == statement.node
            and statement.tier == "city"
            and (pinned is None or pinned == statement.public_key_bytes)
        )
    parent = ledger.node(origin)
    known = ledger.node(statement.node)
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


def learn(ledger: Ledger, envelope: Envelope, body: BaseModel) -> None:
    """Take in an accepted statement: from now on records signed with this key count."""
    if not isinstance(body, NodeStatement) or not is_lawful(ledger, envelope.origin, body):
        return
    ledger.learn(
        KnownNode(
            node=body.node,
            parent=body.parent,
            name=body.name,
            tier=body.tier,
            region=body.region,
            key_id=body.key_id,
            public_key=body.public_key_bytes,
            statement=envelope.rid,
        )
    )


def forget(ledger: Ledger, envelope: Envelope) -> None:
    """Take back what the statement said: records of that node no longer count on first receipt.

    Only whoever made a statement takes it back: ids of records are known to all, and anybody can sign an end of one.
    """
    ledger.forget_statement(envelope.rid, envelope.origin)


def subtree(ledger: Ledger, node: str) -> frozenset[str]:
    """`node` and everything below it, as far as statements are known."""
    parents = ledger.parents()
    found = {node}
    grown = True
    while grown:
        below = {child for child, parent in parents.items() if parent in found}
        grown = not below <= found
        found |= below
    return frozenset(found)


def chain(ledger: Ledger, node: str) -> list[KnownNode]:
    """The nodes whose statements make `node` trusted, the city first."""
    found: list[KnownNode] = []
    current = ledger.node(node)
    while current is not None and current not in found:
        found.append(current)
        current = ledger.node(current.parent) if current.parent else None
    return found[::-1]
