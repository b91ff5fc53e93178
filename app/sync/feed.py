"""Both ends of the way down (docs/wire.md §9): the parent cuts a page of its sequence, the child takes it in.

The cursor is kept by the child, in the transaction that takes the page in. The parent only checks that it speaks of its
own present history and of what it offers today; if not, the child reads from the start, and drops in the end whatever
came by the parent and is no longer there: a sweep. A node never gets its own subtree this way.
"""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice

from app.exchange import trust
from app.exchange.envelope import MAX_DEPTH, Envelope, encode_line, read_key
from app.exchange.ledger import NEVER, Key, Ledger, Peer, Which
from app.exchange.receive import WAITING, read_lines, receive
from app.exchange.streams import stream_of
from app.kernel.strict_json import decode_json
from app.sync.pages import Offer, page_of, part_of, place_of
from app.sync.protocol import MAX_RECORDS, Cursor, Page, PageHeader
from app.sync.push import owned_head, unite

DOWN = "down"  # the feed carries all its kinds in one order
_DROP = b'{"drop"'
_AT_ONCE = 1000  # keys in memory


def offer(kinds: Collection[str]) -> Offer:
    """These kinds, under a name that changes with them."""
    name = hashlib.sha256(" ".join(sorted(kinds)).encode()).hexdigest()[:16]
    return Offer(name, frozenset(kinds))


def cut_page(ledger: Ledger, child: str, kinds: Collection[str], cursor: Cursor | None, limit: int) -> Page:
    """The next page of `kinds` for a child, in this read snapshot; CursorGone (410) if it has to begin anew."""
    offered, most = offer(kinds), min(limit, MAX_RECORDS)
    at = place_of(ledger, cursor, offered)
    below = trust.subtree(ledger, child)
    found = ledger.changes(at.seq, most, Which(kinds=offered.kinds, besides=below, drops=True))
    part = part_of(ledger, found, most, _line)
    owned = owned_head(ledger, child)
    return page_of(ledger, part, at, cursor, confirmed=is_current(ledger), owned_head=owned, offer=offered)


def is_current(ledger: Ledger) -> bool:
    """Whether this node vouches for what its feed lacks: it has taken in all that its own parent offers."""
    meta = ledger.meta()
    return meta.parent is None or (meta.confirmed and meta.current and not meta.recovering)


def cursor_of(ledger: Ledger, parent: str) -> Cursor | None:
    """Where the next page begins; None for the start, which a first reading and a begun sweep have in common."""
    peer = ledger.peer(parent, "sweep", DOWN) or ledger.peer(parent, "feed", DOWN)
    if peer is None or not peer.log_id:
        return None
    return Cursor(log_id=peer.log_id, sub=peer.sub, seq=peer.seq, mark=peer.mark, began=peer.began)


def data_as_of(ledger: Ledger, parent: str) -> datetime | None:
    """When the parent's feed was last taken in to its end; None if never."""
    peer = ledger.peer(parent, "sweep", DOWN) or ledger.peer(parent, "feed", DOWN)
    return None if peer is None or peer.updated_at == NEVER else peer.updated_at


def begin_sweep(ledger: Ledger, parent: str) -> None:
    """Read everything anew, and drop in the end what is not there any more.

    What waits for a key comes once more, or the parent has lost it: it must not get in when the key comes.
    """
    ledger.forget_seen()
    ledger.forget_waiting(parent, WAITING)
    as_of = data_as_of(ledger, parent) or NEVER
    ledger.drop_peer(parent, "feed", DOWN)
    ledger.save_peer(Peer(parent, "sweep", DOWN, log_id="", updated_at=as_of))


def take_page(ledger: Ledger, parent: str, page: Page, asked: Cursor | None) -> int:
    """Take a page in, with the cursor, in one transaction; how many records were new.

    `asked` is the cursor it was asked for with: if this node stands elsewhere by now, nothing is taken.
    """
    ledger.take_turn()
    if cursor_of(ledger, parent) != asked:
        return 0
    own = trust.subtree(ledger, ledger.local.node)
    others, drops = _split(page.lines)
    envelopes, _ = read_lines(ledger, others, parent)
    verdicts = receive(ledger, [e for e in envelopes if e.origin not in own], parent)
    unite(ledger, parent, envelopes)
    _drop(ledger, [key for key in drops if key[0] not in own and not _is_statement(key)], parent)
    for held in verdicts.newer:  # the parent has lost it: it goes back up, as if it were of our own subtree
        ledger.stage(held, ledger.local.node)
    header = page.header
    is_end = header.confirmed and not header.more
    as_of = ledger.now() if is_end else data_as_of(ledger, parent) or NEVER
    stand = replace(_stand_after(parent, header), updated_at=as_of)
    if ledger.peer(parent, "feed", DOWN) is None:
        ledger.note_seen(e.key for e in envelopes)
        if is_end:
            _end_sweep(ledger, parent, header.kinds, own)
        else:
            stand = replace(stand, dir="sweep")
    ledger.save_peer(stand)
    if ledger.meta().current != is_end:
        ledger.change_meta(current=is_end)
    return verdicts.applied


def _stand_after(parent: str, header: PageHeader) -> Peer:
    h = header
    return Peer(parent, "feed", DOWN, h.log_id, h.to.seq, h.to.mark, sub=h.sub, began=h.began)


def _end_sweep(ledger: Ledger, parent: str, kinds: Sequence[str], own: Collection[str]) -> None:
    """Drop what the parent once brought and has no more; statements go back up to it."""
    held = iter(ledger.brought_by((parent, ledger.local.node), kinds, own))
    while some := list(islice(held, _AT_ONCE)):
        seen = ledger.seen([e.key for e in some])
        gone = [e for e in some if e.key not in seen]
        _drop(ledger, [e.key for e in gone if not _is_statement(e.key)], parent)
        for statement in (e for e in gone if _is_statement(e.key)):
            ledger.stage(statement, ledger.local.node)  # the parent has forgotten it: it is told
    ledger.forget_seen()
    ledger.drop_peer(parent, "sweep", DOWN)


def _is_statement(key: Key) -> bool:
    """Statements are never dropped: who was known is not forgotten because a parent has lost its knowledge."""
    return stream_of(key[1]) == "trust"


def _drop(ledger: Ledger, keys: Sequence[Key], parent: str) -> None:
    dropped = [replace(e, op="X", body=None) for e in ledger.held(keys).values() if e.op != "X"]
    for envelope in dropped:
        ledger.stage(envelope, parent)
    ledger.bring_in(dropped)


def _line(envelope: Envelope) -> bytes:
    return json.dumps({"drop": envelope.key}).encode() + b"\n" if envelope.op == "X" else encode_line(envelope)


def _split(lines: Sequence[bytes]) -> tuple[list[bytes], list[Key]]:
    """The lines of a page that should be envelopes, and the keys of what the parent has dropped."""
    others: list[bytes] = []
    drops: list[Key] = []
    for line in lines:
        key = _dropped(line) if line.startswith(_DROP) else None
        if key is None:
            others.append(line)
        else:
            drops.append(key)
    return others, drops


def _dropped(line: bytes) -> Key | None:
    """The key in a line that says what was dropped; None if it is no such line."""
    try:
        found = decode_json(line, MAX_DEPTH)
        return read_key(found["drop"]) if isinstance(found, dict) else None
    except (ValueError, KeyError):
        return None
