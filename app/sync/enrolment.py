"""Joining: a one-time code at the parent, a key at the child, a statement signed by the parent (docs/wire.md §7).

The code is `secret-fingerprint`. The secret lets one node in, once, within ten minutes; the fingerprint is that of
the city's key, so the child knows that the chain it gets is the one its clerk was told about, even over plain HTTP.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from pydantic import ConfigDict, Field
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.exchange import publish, trust
from app.exchange.commit import write_now
from app.exchange.envelope import Envelope, decode_line, encode_line
from app.exchange.identity import join_parent
from app.exchange.keys import NodeKey, fingerprint, number_of, verify
from app.exchange.models import EnrolmentCode, SyncMeta, SyncNode, SyncRecord
from app.exchange.node import exchange_of
from app.exchange.receive import receive, retry_quarantine
from app.exchange.rows import ENVELOPE, envelope_of
from app.exchange.sql_ledger import SqlLedger
from app.kernel.clock import Clock
from app.kernel.ids import new_id
from app.kernel.problems import Conflict, Forbidden, Invalid, invalid
from app.kernel.types import KeyId, Line, NodeId, PublicKey, RegionCode, Signature
from app.sync.protocol import Carrying, Frame
from app.sync.rotation import root_statement, state

LASTS = timedelta(minutes=10)
KEPT_AFTER_EXPIRY = timedelta(days=1)
_CODE = re.compile(r"[a-z2-7]{16}-[a-z2-7]{16}")


class WrongCode(Forbidden):
    slug, zh, en = "enrolment-code", "入网码无效、已用过或已过期", "The enrolment code is wrong, used or expired"


class KeyTaken(Conflict):
    slug, zh, en = "node-has-key", "该节点已用另一把密钥入网", "A node of this name has joined with another key"


class KeyNumber(Conflict):
    """An earlier key of the node had this number; `next` is one that none had."""

    slug, zh, en = "key-number", "该密钥序号已用过", "A key of this number was stated before"


class UntrustedParent(RuntimeError):
    """The parent's answer does not chain to the city key that the code names."""


class EnrolRequest(Frame):
    """What a node says of itself when it joins; `proof` is its signature over `proof_bytes`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "k3w9x5r2m7q4t8z1",
                    "node": "beijing",
                    "name": "北京街道",
                    "tier": "street",
                    "region": "440104003",
                    "key_id": "beijing:1",
                    "public_key": "A" * 43 + "=",
                    "proof": "A" * 86 + "==",
                }
            ]
        }
    )

    code: Annotated[str, Field(max_length=40)]
    node: NodeId
    name: Line
    tier: Annotated[str, Field(pattern="^(district|street)$")]
    region: RegionCode
    key_id: KeyId
    public_key: PublicKey
    proof: Signature


class EnrolAnswer(Carrying):
    """The parent's name, and the statements from the city down to the new node, as envelope lines."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"parent": "yuexiu", "chain": ['{"o":"guangzhou","k":"trust.node",…}', '{"o":"yuexiu",…}']}]
        }
    )

    parent: NodeId
    chain: list[str]


@dataclass(frozen=True)
class Code:
    """An enrolment code in its two parts."""

    secret: str
    root_fingerprint: str

    def __str__(self) -> str:
        return f"{self.secret}-{self.root_fingerprint}"


def parse_code(text: str) -> Code:
    """The parts of a code as typed; Invalid (422) if it has not the shape of one."""
    if not _CODE.fullmatch(text.strip().lower()):
        raise invalid("code", "入网码格式不对", "an enrolment code looks like xxxxxxxxxxxxxxxx-xxxxxxxxxxxxxxxx")
    secret, _, found = text.strip().lower().partition("-")
    return Code(secret, found)


def issue_code(session: Session, clock: Clock, *, node: str, tier: str, region: str) -> Code:
    """A new code for the node `node`; Invalid if a node of this tier and region cannot be a child of this one, or the
    node has joined before for another division: it says its own again, and the code would not fit."""
    meta = session.get_one(SyncMeta, 1)
    below = trust.TIER_BELOW.get(meta.tier)
    if below is None:
        raise invalid("tier", "街道之下没有下级节点", f"there is nothing below a {meta.tier}")
    if below != tier:
        raise invalid("tier", f"本级之下只能是{below}", f"below a {meta.tier} there is only a {below}")
    if region == meta.region or not trust.is_inside(region, meta.region):
        raise invalid("region", f"{region} 不在 {meta.region} 之内", f"{region} does not lie in {meta.region}")
    known = session.get(SyncNode, node)
    if known is not None and known.region != region:
        raise invalid("region", f"{node} 是 {known.region} 的节点", f"{node} is the node of {known.region}")
    chain = trust.chain(SqlLedger(session), meta.node)
    if not chain or meta.root_key is None:
        raise Invalid("本节点尚未入网", "this node has not joined its own parent yet")
    secret = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    session.add(
        EnrolmentCode(code_sha256=_digest(secret), node=node, tier=tier, region=region, expires_at=clock.now() + LASTS)
    )
    return Code(secret, fingerprint(chain[0].public_key))


def forget_old_codes(session: Session, clock: Clock) -> int:
    """Drop the codes, used or not, that ended more than a day ago; how many."""
    old = delete(EnrolmentCode).where(EnrolmentCode.expires_at < clock.now() - KEPT_AFTER_EXPIRY)
    return int(session.execute(old).rowcount)  # type: ignore[attr-defined]


def request_to_join(meta: SyncMeta, key: NodeKey, secret: str) -> EnrolRequest:
    """What the child sends."""
    public = base64.b64encode(key.public).decode()
    unsigned = {
        "code": secret,
        "node": meta.node,
        "name": meta.name,
        "tier": meta.tier,
        "region": meta.region,
        "key_id": key.key_id,
        "public_key": public,
    }
    proof = base64.b64encode(key.sign(_proof_bytes(secret, meta.node, public))).decode()
    return EnrolRequest(**unsigned, proof=proof)


def admit(session: Session, clock: Clock, request: EnrolRequest) -> EnrolAnswer:
    """Let a node in: the parent's side; also one whose keys were all revoked, with another key.

    WrongCode (403), KeyTaken, KeyNumber (409). Repeating it with the same key is no harm.
    """
    if request.key_id.partition(":")[0] != request.node:
        raise invalid("key_id", "密钥名须以节点名开头", "the name of a key begins with the name of its node")
    code = session.execute(
        select(EnrolmentCode).where(EnrolmentCode.code_sha256 == _digest(request.code)).with_for_update()
    ).scalar_one_or_none()
    public = base64.b64decode(request.public_key)
    proven = verify(
        public, _proof_bytes(request.code, request.node, request.public_key), base64.b64decode(request.proof)
    )
    meant = code is not None and (code.node, code.tier, code.region) == (request.node, request.tier, request.region)
    if code is None or not proven or not meant or code.expires_at < clock.now():
        raise WrongCode()
    ledger = SqlLedger(session)
    ledger.take_turn()  # before a number is taken: a batch that waits for the numbers has the turn
    meta = session.get_one(SyncMeta, 1)
    known = session.get(SyncNode, request.node)
    is_stated = known is not None and known.public_key == public
    if known is not None and not is_stated:
        _check_follows(known, request)
    if code.used_at is not None and not is_stated:
        raise WrongCode()
    code.used_at = clock.now()
    if not is_stated:
        statement = trust.NodeStatement(
            node=request.node,
            name=request.name,
            tier=request.tier,
            region=request.region,
            parent=meta.node,
            key_id=request.key_id,
            public_key=request.public_key,
        )
        state(ledger, statement, new_id(clock))
        write_now(session)
        retry_quarantine(ledger, request.node)
    return EnrolAnswer(parent=meta.node, chain=chain_lines(session, request.node))


def _check_follows(known: SyncNode, request: EnrolRequest) -> None:
    """Another key for a known node: only once the keys before it count no more, and under a number of its own."""
    last = number_of(known.key_id)
    if last > known.revoked or known.parent is None:
        raise KeyTaken()
    if number_of(request.key_id) <= last:
        raise KeyNumber(next=last + 1)


def chain_lines(session: Session, node: str) -> list[str]:
    """Every statement about the nodes from the city down to `node`, as envelope lines: first the one in which the city
    names its present key with that key, and each behind those that its own signature needs."""
    path = [known.node for known in trust.chain(SqlLedger(session), node)]
    r = SyncRecord.__table__.c
    stated = select(*ENVELOPE).where(r.origin.in_(path), r.kind.in_(trust.KINDS), r.op == "P")
    envelopes = map(envelope_of, session.execute(stated.order_by(r.seq)))
    return [encode_line(e).decode() for e in statements_about(path, envelopes)]


def statements_about(path: Sequence[str], envelopes: Iterable[Envelope]) -> list[Envelope]:
    """Of these statements those about the nodes of a path from the city down, each behind those that it needs."""
    found: dict[str, list[Envelope]] = {name: [] for name in path}
    for envelope in envelopes:
        statement = trust.read_statement(envelope) or trust.read_revocation(envelope)
        if statement is not None and statement.node in found:
            found[statement.node].append(envelope)
    return [envelope for name in path for envelope in sorted(found[name], key=_turn)]


def _turn(envelope: Envelope) -> tuple[bool, int, bool]:
    """A city's later keys vouch for its earlier ones; what is revoked comes after what was stated."""
    statement = trust.read_statement(envelope)
    is_of_itself = statement is not None and statement.key_id == envelope.key_id
    return statement is None, -number_of(envelope.key_id), not is_of_itself


def read_chain(answer: EnrolAnswer) -> list[Envelope]:
    """The statements in a parent's answer; UntrustedParent if one cannot be read."""
    try:
        return [decode_line(line.encode()) for line in answer.chain]
    except ValueError:  # no envelope, or a lone surrogate that cannot even be encoded
        raise UntrustedParent("the parent's answer cannot be read") from None


def join(session: Session, answer: EnrolAnswer, code: Code, parent_url: str, own_key: NodeKey) -> None:
    """Take in the parent's answer: the child's side. UntrustedParent unless everything chains to the city's key."""
    envelopes = read_chain(answer)
    root_key = _root_key(envelopes)
    if root_key is None or fingerprint(root_key) != code.root_fingerprint:
        raise UntrustedParent("the city key is not the one that the code names")
    join_parent(session, parent=answer.parent, parent_url=parent_url, root_key=root_key)
    verdicts = receive(SqlLedger(session), envelopes, answer.parent)
    meta = session.get_one(SyncMeta, 1)
    mine = session.get(SyncNode, meta.node)
    if verdicts.rejected or mine is None or mine.public_key != own_key.public or mine.parent != answer.parent:
        raise UntrustedParent("the statements do not lead from the city to this node")


def state_root(session: Session, clock: Clock) -> None:
    """The city states itself: the root of every chain."""
    local = exchange_of(session).local
    statement = root_statement(local, local.key.key_id, local.key.public)
    publish(session, trust.KIND, new_id(clock), statement, region=local.region)


def _root_key(envelopes: list[Envelope]) -> bytes | None:
    statement = trust.read_statement(envelopes[0]) if envelopes else None
    return statement.public_key_bytes if statement is not None and statement.parent is None else None


def _digest(secret: str) -> bytes:
    return hashlib.sha256(b"SYNC1-ENROL" + secret.encode()).digest()


def _proof_bytes(secret: str, node: str, public_key: str) -> bytes:
    return b"SYNC1-ENROL\n" + f"{secret}\n{node}\n{public_key}".encode()
