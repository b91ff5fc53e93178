"""What a parent says of itself and of the child that asks, before anything else is exchanged (docs/wire.md §4)."""

from datetime import datetime

from app.exchange.ledger import Ledger
from app.sync import push
from app.sync.protocol import ENCODINGS, MAX_RECORDS, MAX_WIRE, PROTO, Hello


def greeting(ledger: Ledger, child: str, now: datetime) -> Hello:
    """How this node is, and where it stands with `child`."""
    return Hello(
        proto=PROTO,
        node=ledger.meta().node,
        max_records=MAX_RECORDS,
        max_bytes=MAX_WIRE,
        encodings=list(ENCODINGS),
        now=int(now.timestamp()),
        checkpoints=push.checkpoints(ledger, child),
        inc_seen=push.highest_inc(ledger, child),
        owned_head=push.owned_head(ledger, child),
    )
