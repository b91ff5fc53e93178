"""The rows of keys and nodes when a statement is taken back: what is left decides which key is the present one."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.exchange.keys import key_order
from app.exchange.models import SyncKey, SyncNode


def forget_key(session: Session, rid: str, stated_by: str) -> None:
    """Forget the key that the statement `rid` of `stated_by` made known; a node without a key that is left, too."""
    stated = (SyncNode.node == SyncKey.node, func.coalesce(SyncNode.parent, SyncNode.node) == stated_by)
    for key, node in session.execute(select(SyncKey, SyncNode).where(SyncKey.statement == rid, *stated)).all():
        session.delete(key)
        session.flush()
        left = session.scalars(select(SyncKey).where(SyncKey.node == node.node)).all()
        if left:
            last = max(left, key=lambda one: key_order(one.key_id, one.public_key))
            node.key_id, node.public_key, node.statement = last.key_id, last.public_key, last.statement
        else:
            session.delete(node)
        session.flush()
