"""Whose requests count: a child's, signed with its present key (docs/wire.md §6). Pure rules on the ledger."""

from app.exchange.keys import number_of
from app.exchange.ledger import Ledger
from app.kernel.problems import Forbidden, Unauthenticated


class NotAChild(Forbidden):
    slug, zh, en = "not-a-child", "该节点不是本节点的直属下级", "That node is not a child of this one"


class UnknownKey(Unauthenticated):
    slug, zh, en = "unknown-key", "没有声明提到这把密钥", "No statement names this key"


class SupersededKey(Unauthenticated):
    """A later key has taken its place: whoever still has this one alone was put back to an earlier state."""

    slug, zh, en = "superseded-key", "该密钥已被更新的密钥取代", "A later key has taken the place of this one"


class RevokedKey(Unauthenticated):
    slug, zh, en = "revoked-key", "该密钥已被上级吊销", "This key was revoked by the parent"


def keys_of_caller(ledger: Ledger, key_id: str) -> list[bytes]:
    """The public keys that a request may be signed with, by the name it gives; UnknownKey (401) if there is none."""
    found = ledger.keys(key_id.partition(":")[0], key_id)
    if not found:
        raise UnknownKey()
    return found


def check_caller(ledger: Ledger, key_id: str, public: bytes) -> str:
    """The child that signed with this key; NotAChild (403), RevokedKey or SupersededKey (401)."""
    known = ledger.node(key_id.partition(":")[0])
    if known is None or known.parent != ledger.meta().node:
        raise NotAChild()
    if number_of(key_id) <= known.revoked:
        raise RevokedKey(
            "请向上级申请入网码，在本节点运行 sanlian keys rotate --code",
            "ask the parent for a code (sanlian enrol), and run `sanlian keys rotate --code CODE` at this node",
        )
    if public != known.public_key:
        raise SupersededKey(
            "请放回最新的密钥；若已遗失，请上级吊销后重新入网",
            "put the newest key back; if it is lost, have the parent revoke it and enrol this node anew",
        )
    return known.node
