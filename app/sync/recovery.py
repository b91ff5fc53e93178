"""What a node does whose history is not what it thinks: restored from a backup, or copied (docs/wire.md §10).

Fence, read, resume. First the node takes a new name for its history and a new incarnation, and lets the parent confirm
that: from then on nothing that an earlier life of it sent can count any more. Then it reads what the parent holds of
its subtree, and ranks it against its own. Only then is it the node it was, and pushes from the start, which repeats
nothing. While it recovers, its office goes on working.

The parent of a restored node may have been restored, too, and get back from above what both have lost: `owned_head`
tells the child that something of its subtree came another way, and it reads just that.
"""

from app.exchange import horizons, identity, trust
from app.exchange.ledger import Ledger, Peer, Which
from app.exchange.receive import read_lines, receive
from app.exchange.streams import STREAMS
from app.sync.pages import Offer, page_of, part_of, place_of
from app.sync.protocol import Checkpoint, Cursor, Hello, Page
from app.sync.push import other_ways, owned_head, unite

OWNED = "owned"


def begin(ledger: Ledger) -> None:
    """From here on this is another history under a higher incarnation; until `finish`, it is not reconciled."""
    identity.draw(ledger)
    ledger.begin_history(log_id=ledger.token(16), mark=ledger.token(8))
    ledger.change_meta(recovering=True)
    ledger.drop_peer(ledger.meta().parent or "", "owned", OWNED)


def is_fenced(hello: Hello, log_id: str, inc: int) -> bool:
    """Whether the parent stands as it did when the life `inc` of the history `log_id` had fenced all before it."""
    start = Checkpoint(log_id=log_id, seq=0, mark="")
    return hello.inc_seen == inc and all(hello.checkpoints.get(stream) == start for stream in STREAMS)


def cut_owned(ledger: Ledger, child: str, cursor: Cursor | None, limit: int, *, everything: bool) -> Page:
    """A page of what this node holds of a child's subtree: all of it, or only what did not come from the child.

    CursorGone (410) if the cursor is of another history of this node.
    """
    at = place_of(ledger, cursor, Offer())
    vias = None if everything else other_ways(ledger, child)
    found = ledger.changes(at.seq, limit, Which(origins=trust.subtree(ledger, child), vias=vias))
    part = part_of(ledger, found, limit)
    owned = owned_head(ledger, child)
    return page_of(ledger, part, at, cursor, confirmed=is_confirmed(ledger), owned_head=owned, offer=Offer())


def is_confirmed(ledger: Ledger) -> bool:
    """Whether this node knows its own history to be whole: it has asked its parent, or has none."""
    meta = ledger.meta()
    return meta.parent is None or (meta.confirmed and not meta.recovering)


def owned_cursor(ledger: Ledger, parent: str) -> Cursor | None:
    """How far this node has read what the parent holds of its subtree: all of it since a recovery began, or, since
    that ended, what came from elsewhere."""
    peer = ledger.peer(parent, "owned", OWNED)
    return None if peer is None else Cursor(log_id=peer.log_id, seq=peer.seq, mark=peer.mark, began=peer.began)


def take_owned(ledger: Ledger, parent: str, page: Page) -> int:
    """Take in what the parent held of this subtree, and how far that was; how many records were new."""
    ledger.take_turn()
    envelopes, _ = read_lines(ledger, page.lines, parent)
    verdicts = receive(ledger, envelopes, parent, trust.subtree(ledger, ledger.local.node))
    unite(ledger, parent, envelopes)  # it may have come out of the parent's quarantine
    header = page.header
    ledger.save_peer(Peer(parent, "owned", OWNED, header.log_id, header.to.seq, header.to.mark, began=header.began))
    return verdicts.applied


def finish(ledger: Ledger) -> None:
    """This node is reconciled with what its parent held.

    What the parent had before, it has been told by another life of this node: what it holds counts from here on.
    """
    horizons.void(ledger)
    ledger.change_meta(recovering=False)
