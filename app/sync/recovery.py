"""What a node does whose history is not what it thinks: restored from a backup, or copied (docs/wire.md §10).

Fence, read, resume. First the node takes a new name for its history and a new incarnation, and lets the parent confirm
that: from then on nothing that an earlier life of it sent can count any more. Then it reads what the parent holds of
its subtree, and ranks it against its own. Only then is it the node it was, and pushes from the start, which repeats
nothing. While it recovers, its office goes on working.

The parent of a restored node may have been restored, too, and get back from above what both have lost: `owned_head`
tells the child that something of its subtree came another way, and it reads just that.
"""

from dataclasses import replace

from app.exchange import identity, trust
from app.exchange.envelope import MalformedEnvelope, decode_line
from app.exchange.ledger import Ledger, Peer
from app.exchange.receive import MALFORMED, receive
from app.sync.feed import CursorGone
from app.sync.protocol import Cursor, Page, PageHeader, Place
from app.sync.push import lines_that_fit, other_ways

OWNED = "owned"


def begin(ledger: Ledger) -> None:
    """From here on this is another history under a higher incarnation; until `finish`, it is not reconciled."""
    identity.draw(ledger)
    ledger.begin_history(log_id=ledger.token(16), mark=ledger.token(8))
    ledger.save_meta(replace(ledger.meta(), recovering=True))
    ledger.drop_peer(ledger.meta().parent or "", "owned", OWNED)


def cut_owned(ledger: Ledger, child: str, cursor: Cursor | None, limit: int, *, everything: bool) -> Page:
    """A page of what this node holds of a child's subtree: all of it, or only what did not come from the child.

    CursorGone (410) if the cursor is of another history of this node.
    """
    meta, head = ledger.meta(), ledger.head()
    at = Place(seq=0, mark="")
    if cursor is not None:
        if cursor.log_id != meta.log_id or (cursor.seq > 0 and not ledger.has_mark(cursor.mark)):
            raise CursorGone()
        at = Place(seq=cursor.seq, mark=cursor.mark)
    origins = trust.subtree(ledger, child)
    vias = None if everything else other_ways(ledger, child)
    found = ledger.changes(at.seq, limit, origins=origins, vias=vias)
    lines, last = lines_that_fit((change.seq, change.envelope) for change in found)
    is_whole = len(found) < limit and len(lines) == len(found)
    header = PageHeader(
        log_id=meta.log_id,
        kinds=[],
        from_=at,
        to=Place(seq=head if is_whole else last, mark=ledger.mark_at(head)),
        more=not is_whole,
        confirmed=is_confirmed(ledger),
        n=len(lines),
    )
    return Page(header=header, lines=lines)


def is_confirmed(ledger: Ledger) -> bool:
    """Whether this node knows its own history to be whole: it has asked its parent, or has none."""
    meta = ledger.meta()
    return meta.parent is None or (meta.confirmed and not meta.recovering)


def owned_cursor(ledger: Ledger, parent: str) -> Cursor | None:
    """How far this node has read what the parent holds of its subtree from elsewhere."""
    peer = ledger.peer(parent, "owned", OWNED)
    return None if peer is None else Cursor(log_id=peer.log_id, seq=peer.seq, mark=peer.mark)


def take_owned(ledger: Ledger, parent: str, page: Page) -> int:
    """Take in what the parent held of this subtree, and how far that was; how many records were new."""
    ledger.take_turn()
    envelopes = []
    for position, line in enumerate(page.lines):
        try:
            envelopes.append(decode_line(line))
        except MalformedEnvelope:
            ledger.quarantine_raw(parent, line, position, MALFORMED)
    verdicts = receive(ledger, envelopes, parent, trust.subtree(ledger, ledger.local.node))
    header = page.header
    ledger.save_peer(Peer(parent, "owned", OWNED, header.log_id, header.to.seq, header.to.mark))
    return verdicts.applied


def finish(ledger: Ledger) -> None:
    """This node is reconciled with what its parent held."""
    ledger.save_meta(replace(ledger.meta(), recovering=False))
