"""A node changes its key (docs/wire.md §7): it asks its parent, signed with the old key, to state the new one.

The request carries its own proofs, that of the old key and that of the new, and no time: it stays true, and may be sent
again. It is kept with the new key: a parent that was restored to a time before, and knows only the old key, is told
once more. The parent states a key once; only the present key names the one that follows.

Afterwards the node signs its live records anew (`reissue`).
"""

import base64
import os
from collections.abc import Callable

from pydantic import ConfigDict

from app.exchange import trust
from app.exchange.envelope import Envelope, decode_line, encode_line
from app.exchange.keys import NodeKey, number_of, verify
from app.exchange.ledger import Ledger
from app.exchange.node import LocalNode
from app.exchange.records import Draft, next_version
from app.exchange.trust import NodeStatement
from app.kernel.problems import Forbidden
from app.kernel.types import KeyId, NodeId, PublicKey, Signature
from app.sync.callers import NotAChild, RevokedKey, SupersededKey, UnknownKey
from app.sync.protocol import Frame

Verify = Callable[[bytes, bytes, bytes], bool]


class BadRotation(Forbidden):
    slug, zh, en = "rotation-proof", "换钥请求的签名无效", "The request for another key is not signed by both keys"


class RotationRequest(Frame):
    """What a node sends its parent; `signature` by the key before and `proof` by the new one cover `rotation_bytes`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "node": "beijing",
                    "parent": "yuexiu",
                    "previous": "beijing:1",
                    "key_id": "beijing:2",
                    "public_key": "A" * 43 + "=",
                    "signature": "A" * 86 + "==",
                    "proof": "A" * 86 + "==",
                }
            ]
        }
    )

    node: NodeId
    parent: NodeId
    previous: KeyId
    key_id: KeyId
    public_key: PublicKey
    signature: Signature
    proof: Signature

    @property
    def signed_bytes(self) -> bytes:
        return rotation_bytes(self.parent, self.node, self.previous, self.key_id, self.public_key)


def rotation_bytes(parent: str, node: str, previous: str, key_id: str, public_key: str) -> bytes:
    """What both keys sign."""
    return f"SYNC1-ROTATE\n{parent}\n{node}\n{previous}\n{key_id}\n{public_key}".encode()


def following_key(local: LocalNode, new_rid: Callable[[], str]) -> NodeKey:
    """A new key to follow the present one, with what that signs for it: a request, or a city's statement."""
    seed, key_id = os.urandom(32), f"{local.node}:{number_of(local.key.key_id) + 1}"
    following = NodeKey(key_id, seed)
    if local.parent is None:
        handover = root_handover(local, key_id, following.public, new_rid())
    else:
        handover = request_rotation(local, following).model_dump_json()
    return NodeKey(key_id, seed, (*local.key.handovers, handover))


def root_handover(local: LocalNode, key_id: str, public: bytes, rid: str) -> str:
    """The statement in which a city's present key names the one that follows, as an envelope line."""
    return encode_line(_stated(local, root_statement(local, key_id, public), rid, local.key)).decode().rstrip("\n")


def request_rotation(local: LocalNode, following: NodeKey) -> RotationRequest:
    """The request to the parent that `following` be stated; `local` still has the key before."""
    named = {
        "parent": local.parent or "",
        "node": local.node,
        "previous": local.key.key_id,
        "key_id": following.key_id,
        "public_key": base64.b64encode(following.public).decode(),
    }
    covered = rotation_bytes(**named)
    signature, proof = (base64.b64encode(key.sign(covered)).decode() for key in (local.key, following))
    return RotationRequest(**named, signature=signature, proof=proof)


def statement_after(ledger: Ledger, request: RotationRequest, verify: Verify = verify) -> NodeStatement | None:
    """What the parent has to state; None if it has stated that already.

    NotAChild, BadRotation (403), UnknownKey, RevokedKey, SupersededKey (401).
    """
    known, own = ledger.node(request.node), ledger.meta().node
    if known is None or known.parent != own or request.parent != own:
        raise NotAChild()
    _check_proofs(ledger, request, verify)
    if number_of(request.key_id) <= known.revoked:
        raise RevokedKey()
    if base64.b64decode(request.public_key) in ledger.keys(request.node, request.key_id):
        return None
    if number_of(request.previous) <= known.revoked:
        raise RevokedKey()
    if request.previous != known.key_id:
        raise SupersededKey()
    stated = {name: getattr(known, name) for name in ("node", "name", "tier", "region", "parent")}
    return NodeStatement(**stated, key_id=request.key_id, public_key=request.public_key)


def state(ledger: Ledger, statement: NodeStatement, rid: str, by: NodeKey | None = None) -> None:
    """State a key of a node, signed `by` this key or the present one.

    Each statement is a record of its own: whoever meets what an earlier key signed needs the statement about that.
    """
    ledger.stage(_stated(ledger.local, statement, rid, by or ledger.local.key), None)


def _stated(local: LocalNode, statement: NodeStatement, rid: str, by: NodeKey) -> Envelope:
    draft = Draft(trust.KIND, rid, "P", trust.SCHEMA, statement.region, None, statement.model_dump_json())
    return next_version(local, draft, None, by)


def root_statement(local: LocalNode, key_id: str, public: bytes) -> NodeStatement:
    """What a city says of itself and one of its keys."""
    return NodeStatement(
        node=local.node, name=local.name, tier=local.tier, region=local.region, parent=None,
        key_id=key_id, public_key=base64.b64encode(public).decode(),
    )  # fmt: skip


def state_root_key(ledger: Ledger, key: NodeKey, new_rid: Callable[[], str]) -> bool:
    """A city states its key, unless it has; whether it did.

    With the old key, for all who know that one; with the new one, for those who will be told the new one; and with the
    new one the earlier ones, since much is signed with them. What the old keys signed lies with the key: a city that
    was put back to an earlier state says it once more.
    """
    local, known = ledger.local, ledger.node(ledger.local.node)
    if known is None or key.public in ledger.keys(local.node, key.key_id):
        return False
    named = {known.public_key: known.key_id}
    for envelope in (decode_line(line.encode()) for line in key.handovers):
        statement = trust.read_statement(envelope)
        if statement is not None:
            named[statement.public_key_bytes] = statement.key_id
        if envelope.key not in ledger.held([envelope.key]):
            ledger.stage(envelope, None)
    for public, key_id in reversed(named.items()):
        state(ledger, root_statement(local, key_id, public), new_rid(), key)
    return True


def _check_proofs(ledger: Ledger, request: RotationRequest, verify: Verify) -> None:
    previous = ledger.keys(request.node, request.previous)
    if not previous:
        raise UnknownKey()
    signature, proof, public = map(base64.b64decode, (request.signature, request.proof, request.public_key))
    is_next = request.key_id == f"{request.node}:{number_of(request.previous) + 1}"
    signed = request.signed_bytes
    by_previous = any(verify(key, signed, signature) for key in previous)
    if not is_next or not by_previous or not verify(public, signed, proof):
        raise BadRotation()
