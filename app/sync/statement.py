"""The reconciliation statement 对账单 as both sides sign it, and as it is read and checked again. Pure.

docs/reconciliation.md. The parent signs what it holds of the child's subtree: counts by origin and kind, and the
digest, at a checkpoint. The child sets its own beside it, names what differs, and signs it all with the parent's part.
There is nothing of a person in it: names of nodes, kinds, numbers, sums, and ids of records.
"""

import base64
import csv
import hashlib
import io
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from pydantic import ValidationError

from app.exchange.keys import NodeKey, verify
from app.kernel.cells import as_text
from app.kernel.strict_json import decode_json
from app.kernel.types import StrictModel
from app.sync.protocol import SignedPart
from app.sync.reconciliation import Statement

MOST_NAMED = 1000  # differences in one statement; more are only counted
_PARENT, _NODE = "parent", "node"
PublicKeys = Callable[[str, str], Sequence[bytes]]  # node, key id → what statements have named so


class DoesNotHold(ValueError):
    """A statement that is not what both sides have signed; the text says what is wrong with it."""


class Document(StrictModel):
    """A statement as it is kept and handed on: what the child signed, and what its parent did."""

    node: SignedPart
    parent: SignedPart


def parent_part(
    key: NodeKey,
    parent: str,
    node: str,
    at: datetime,
    checkpoints: Mapping[str, Any],
    counts: Mapping[tuple[str, str], int],
    digest: str,
) -> SignedPart:
    """What a parent says of its child `node`: what it holds of that subtree."""
    said = {
        "parent": parent,
        "node": node,
        "at": at.isoformat(),
        "checkpoints": dict(checkpoints),
        "counts": [{"origin": o, "kind": k, "records": n} for (o, k), n in sorted(counts.items())],
        "digest": digest,
    }
    return _signed(key, _PARENT, said)


def draw(key: NodeKey, day: date, found: Statement, parent: SignedPart) -> Document:
    """The whole statement of a day, signed by the child."""
    fields = found.as_fields()
    named = fields.pop("differences")
    said = {
        "day": day.isoformat(),
        **fields,
        "differing": len(named),
        "differences": named[:MOST_NAMED],
        "parent_sha256": hashlib.sha256(parent.text.encode()).hexdigest(),
    }
    return Document(node=_signed(key, _NODE, said), parent=parent)


def said_in(document: Document) -> dict[str, Any]:
    """What the child says in a statement."""
    said: dict[str, Any] = json.loads(document.node.text)
    return said


def as_fields(document: Document) -> dict[str, Any]:
    """A statement as it is handed on: what it says, to be read, and what both sides have signed."""
    return {"statement": said_in(document), "signed": document.model_dump()}


def read(content: bytes) -> tuple[Document, Any]:
    """The statement in a file, and what the file shows of it; DoesNotHold if it is none."""
    try:
        fields = decode_json(content)
        return Document.model_validate(fields["signed"]), fields["statement"]
    except (ValueError, KeyError, TypeError):
        raise DoesNotHold("this is no statement") from None


def check(document: Document, public_keys: PublicKeys) -> dict[str, Any]:
    """What a statement says, once both signatures hold and both parts say the same; DoesNotHold otherwise."""
    try:
        said = decode_json(document.node.text.encode())
        theirs = decode_json(document.parent.text.encode())
        node, parent = said["node"]["node"], said["parent"]["node"]
        _check_signature(document.node, _NODE, node, public_keys)
        _check_signature(document.parent, _PARENT, parent, public_keys)
        _check_parts(document, said, theirs)
    except (KeyError, TypeError, ValidationError, json.JSONDecodeError):
        raise DoesNotHold("this is no statement") from None
    found: dict[str, Any] = said
    return found


def as_csv(said: Mapping[str, Any]) -> str:
    """The lines as a table with headings in both languages, each with the day, both nodes and both digests."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(f"{zh} {en}" for zh, en in (*_WHOLE, *_LINE))
    node, parent = said["node"], said["parent"]
    agrees = "一致 yes" if said["agrees"] else "不一致 no"
    both = (node["node"], node["name"], node["digest"], parent["node"], parent["name"], parent["digest"])
    for line in said["lines"]:
        cells = (said["day"], said["at"], agrees, *both, *(line[en] for _, en in _LINE))
        writer.writerow([as_text(str(cell)) for cell in cells])
    return text.getvalue()


_WHOLE = (
    ("日期", "day"), ("时间", "at"), ("一致", "agrees"),
    ("本节点", "node"), ("本节点名称", "node_name"), ("本节点摘要", "node_digest"),
    ("上级", "parent"), ("上级名称", "parent_name"), ("上级摘要", "parent_digest"),
)  # fmt: skip
_LINE = (
    ("来源节点", "origin"), ("名称", "name"), ("种类", "kind"), ("本节点条数", "here"), ("上级条数", "there"),
    ("待上报", "waiting"), ("被拒", "rejected"), ("不一致条数", "differing"),
)  # fmt: skip


def signed_bytes(part: str, text: str) -> bytes:
    """What a signature covers: the format, whose part it is, and the text."""
    return b"SANLIAN-STATEMENT-1\n" + part.encode() + b"\n" + text.encode()


def _signed(key: NodeKey, part: str, said: Mapping[str, Any]) -> SignedPart:
    text = json.dumps(said, separators=(",", ":"))  # ASCII: the same bytes in every file
    signature = base64.b64encode(key.sign(signed_bytes(part, text))).decode()
    return SignedPart(text=text, key_id=key.key_id, signature=signature)


def _check_signature(signed: SignedPart, part: str, node: Any, public_keys: PublicKeys) -> None:
    is_its_own = signed.key_id.partition(":")[0] == node  # whatever the text has for a node's name
    known = public_keys(node, signed.key_id) if is_its_own else ()
    if not known:
        raise DoesNotHold(f"the key {signed.key_id} of {node} is not known here")
    covered, signature = signed_bytes(part, signed.text), base64.b64decode(signed.signature)
    if not any(verify(public, covered, signature) for public in known):
        raise DoesNotHold(f"the signature of {node} does not hold")


def _check_parts(document: Document, said: Mapping[str, Any], theirs: Mapping[str, Any]) -> None:
    if said["parent_sha256"] != hashlib.sha256(document.parent.text.encode()).hexdigest():
        raise DoesNotHold("the parent's part is that of another statement")
    if (theirs["parent"], theirs["node"]) != (said["parent"]["node"], said["node"]["node"]):
        raise DoesNotHold("the two parts are of other nodes")
    there = {(line["origin"], line["kind"]): line["there"] for line in said["lines"] if line["there"]}
    counts = {(one["origin"], one["kind"]): one["records"] for one in theirs["counts"]}
    if counts != there or theirs["digest"] != said["parent"]["digest"]:
        raise DoesNotHold("the parent has signed other numbers")
