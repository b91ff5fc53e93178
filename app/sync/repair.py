"""Mending what a comparison with the parent found (docs/wire.md §8): both ways, by what both are always ready to do.

What the parent holds of this subtree is read as in a recovery and ranked against what is here, so that whatever is
missing, older or spoilt here is replaced. What differs is then numbered anew, so that it is pushed once more, and the
parent ranks it likewise. Nothing is decided here; so nothing can be lost by it, and it may be run at any time.
"""

from collections.abc import Collection

from app.exchange.ledger import Key, Ledgers
from app.exchange.node import LocalNode
from app.sync import recovery
from app.sync.carrier import Carrier
from app.sync.link import Link
from app.sync.protocol import Cursor


def repair(ledgers: Ledgers, local: LocalNode, link: Link, keys: Collection[Key], batch: int) -> None:
    """Let this node and its parent agree on the records `keys`. LinkDown or Refused as the way to the parent says."""
    parent = local.parent or ""
    cursor: Cursor | None = None
    more = True
    while more:
        page = link.owned(cursor, everything=True)
        with ledgers.write() as ledger:
            recovery.take_owned(ledger, parent, page)
        cursor, more = page.header.end, page.header.more
    with ledgers.write() as ledger:
        ledger.take_turn()
        ledger.forget_rejects(parent, keys)
        for envelope in ledger.held(list(keys)).values():
            ledger.stage(envelope, local.node)
    Carrier(ledgers, local, batch).drain(link)
