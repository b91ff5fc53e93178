"""Whose signature counts: statements, each signed by the parent, chained up to the city's own (docs/wire.md §7).

A node statement says "this node, of this tier and region, is my child, and this is a key of it". The city states
itself; its key is pinned when a node joins. A revocation says "the keys of this child up to this number count no more
for what you have not accepted yet". Every statement is a record of its own and stays: what an earlier key signed is
verified with that key. `sync_node` and `sync_key` are what follows from the statements, and are filled here only; in
whatever order the statements come, the same follows.
"""

import base64
from typing import Annotated, TypeVar

from pydantic import BaseModel, Field

from app.exchange.bodies import PublicBody
from app.exchange.envelope import Envelope
from app.exchange.keys import key_order, number_of
from app.exchange.ledger import KnownNode, Ledger
from app.kernel.types import KeyId, Line, NodeId, PublicKey, RegionCode

KIND = "trust.node"
REVOCATION = "trust.revocation"
KINDS = (KIND, REVOCATION)
SCHEMA = 1
TIER_BELOW = {"city": "district", "district": "street"}


class NodeStatement(PublicBody):
    """The body of a `trust.node` record; its origin is the parent (for the city: the city)."""

    node: NodeId
    name: Line
    tier: Annotated[str, Field(pattern="^(city|district|street)$")]
    region: RegionCode
    parent: NodeId | None
    key_id: KeyId
    public_key: PublicKey

    @property
    def public_key_bytes(self) -> bytes:
        return base64.b64decode(self.public_key)


class Revocation(PublicBody):
    """The body of a `trust.revocation` record: the keys of `node` numbered up to `through` count no more."""

    node: NodeId
    through: Annotated[int, Field(ge=1, le=999_999_999)]


_Statement = TypeVar("_Statement", NodeStatement, Revocation)


def read_statement(envelope: Envelope) -> NodeStatement | None:
    """The node statement in a record; None for other kinds, ends, and a later schema, which is kept but not read."""
    return _read(envelope, KIND, NodeStatement)


def read_revocation(envelope: Envelope) -> Revocation | None:
    """The revocation in a record; None as for a node statement."""
    return _read(envelope, REVOCATION, Revocation)


def _read(envelope: Envelope, kind: str, body: type[_Statement]) -> _Statement | None:
    if envelope.kind != kind or envelope.op != "P" or envelope.schema != SCHEMA:
        return None
    try:
        return body.model_validate_json(envelope.body or "", extra="ignore")
    except ValueError:
        return None


def is_lawful(ledger: Ledger, envelope: Envelope, statement: NodeStatement) -> bool:
    """Whether the origin of `envelope` may state this: itself if it is the city, else a child one tier below and
    inside its region."""
    origin = envelope.origin
    if statement.key_id.partition(":")[0] != statement.node:
        return False
    if statement.parent is None:
        return origin == statement.node and statement.tier == "city" and _is_root_key(ledger, envelope, statement)
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


def _is_root_key(ledger: Ledger, envelope: Envelope, statement: NodeStatement) -> bool:
    """Whether the city may state this key of itself: the pinned one, a later one by its present one, an earlier one by
    any later one. Whoever got hold of a key that was replaced cannot make another city of it."""
    present = ledger.node(statement.node)
    if present is not None and present.parent is not None:  # another node's child makes no city of itself
        return False
    if is_known(ledger, statement):
        return True
    if envelope.key_id == statement.key_id:
        pinned = ledger.meta().root_key
        return pinned == statement.public_key_bytes or (pinned is None and present is None)
    is_earlier = number_of(statement.key_id) < number_of(envelope.key_id)
    return present is not None and (is_earlier or present.key_id == envelope.key_id)


def is_known(ledger: Ledger, statement: NodeStatement) -> bool:
    """Whether the key that is stated is one that counts already, so that the statement adds nothing."""
    return statement.public_key_bytes in ledger.keys(statement.node, statement.key_id)


def may_revoke(ledger: Ledger, envelope: Envelope, revocation: Revocation) -> bool:
    """Whether the origin of `envelope` may revoke these keys: those of its child, and its own by a later one."""
    known = ledger.node(revocation.node)
    if known is None:
        return False
    is_own = envelope.origin == revocation.node and revocation.through < number_of(envelope.key_id)
    return known.parent == envelope.origin or is_own


def is_inside(region: str, ancestor: str) -> bool:
    """Whether a division code lies in another by the structure of GB/T 2260 codes: 440104003 in 440104 in 440100."""
    prefix = ancestor[:4] if len(ancestor) == 6 and ancestor.endswith("00") else ancestor
    return region.startswith(prefix)


def signing_keys(ledger: Ledger, envelope: Envelope) -> list[bytes]:
    """The public keys with which a record may be signed, by the name that it gives; none if no statement names it.

    A city's statement of itself brings the key that it is signed with. A node knows its own key before it has read the
    statement about it.
    """
    statement = read_statement(envelope)
    if statement is not None and statement.parent is None and statement.key_id == envelope.key_id:
        return [statement.public_key_bytes]
    local = ledger.local
    own = [local.key.public] if (envelope.origin, envelope.key_id) == (local.node, local.key.key_id) else []
    signer = ledger.node(envelope.origin)
    if signer is None:
        return own
    first = [signer.public_key] if signer.key_id == envelope.key_id else []
    return own or first or ledger.keys(envelope.origin, envelope.key_id)


def is_revoked(ledger: Ledger, envelope: Envelope) -> bool:
    """Whether the key of a record counts no more for what has not been accepted yet.

    What only says again that a city has the key that it has is not asked: new nodes have to take it in, too.
    """
    signer = ledger.node(envelope.origin)
    if signer is None or not signer.revoked or number_of(envelope.key_id) > signer.revoked:
        return False
    statement = read_statement(envelope)
    return statement is None or statement.parent is not None or not is_known(ledger, statement)


def learn(ledger: Ledger, envelope: Envelope, body: BaseModel) -> None:
    """Take in an accepted statement: from now on records signed with this key count, or no longer."""
    if isinstance(body, Revocation) and may_revoke(ledger, envelope, body):
        ledger.revoke(body.node, body.through)
    if not isinstance(body, NodeStatement) or not is_lawful(ledger, envelope, body):
        return
    known, stated = ledger.node(body.node), body.public_key_bytes
    is_present = known is None or key_order(body.key_id, stated) >= key_order(known.key_id, known.public_key)
    ledger.learn(
        KnownNode(
            node=body.node,
            parent=body.parent,
            name=body.name,
            tier=body.tier,
            region=body.region,
            key_id=body.key_id,
            public_key=stated,
            statement=envelope.rid,
            revoked=known.revoked if known is not None else 0,
        ),
        is_present=is_present,
    )


def forget(ledger: Ledger, envelope: Envelope) -> None:
    """Take back what the statement said: records signed with that key no longer count on first receipt.

    Only whoever made a statement takes it back: ids of records are known to all, and anybody can sign an end of one.
    A revocation is never taken back.
    """
    if envelope.kind == KIND:
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
