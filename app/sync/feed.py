"""Both ends of the way down (docs/wire.md §9): the parent cuts a page of its sequence, the child takes it in.

The cursor is kept by the child, in the transaction that takes the page in. The parent only checks that it speaks of its
own present history and of what it offers today; if not, the child reads from the start, and drops in the end whatever
came by the parent and is no longer there: a sweep. A node never gets its own subtree this way.
"""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import replace

from app.exchange import trust
from app.exchange.envelope import Envelope, MalformedEnvelope, decode_line, encode_line
from app.exchange.ledger import Change, Key, Ledger, Peer
from app.exchange.receive import MALFORMED, receive
from app.kernel.problems import Problem
from app.sync.protocol import MAX_RECORDS, MAX_WIRE, Cursor, Page, PageHeader, Place
from app.sync.push import ROOM, owned_head

DOWN = "down"  # the feed carries all its kinds in one order


class CursorGone(Problem):
    """What the cursor speaks of is not this node's present history, or not what it offers now."""

    status, slug = 410, "cursor-unknown"
    zh, en = "上级不认得此游标，请从头读取", "This cursor is of another history: read anew"


def offered(kinds: Collection[str]) -> str:
    """A short name for a set of kinds: a cursor from another set would pass by what it did not hold."""
    return hashlib.sha256(" ".join(sorted(kinds)).encode()).hexdigest()[:16]


def cut_page(ledger: Ledger, child: str, kinds: Collection[str], cursor: Cursor | None, limit: int) -> Page:
    """The next page of `kinds` for a child, in this read snapshot; CursorGone (410) if it has to begin anew."""
    meta, head, sub = ledger.meta(), ledger.head(), offered(kinds)
    at = Place(seq=0, mark="")
    if cursor is not None:
        is_known = cursor.log_id == meta.log_id and (cursor.seq == 0 or ledger.has_mark(cursor.mark))
        if not is_known or cursor.sub != sub or cursor.seq < meta.gc_floor:
            raise CursorGone()
        at = Place(seq=cursor.seq, mark=cursor.mark)
    below = trust.subtree(ledger, child)
    found = ledger.changes(at.seq, min(limit, MAX_RECORDS), kinds=kinds, besides=below, drops=True)
    lines, last = _lines(found)
    is_whole = len(found) < min(limit, MAX_RECORDS) and len(lines) == len(found)
    header = PageHeader(
        log_id=meta.log_id,
        sub=sub,
        kinds=sorted(kinds),
        from_=at,
        to=Place(seq=head if is_whole else last, mark=ledger.mark_at(head)),
        more=not is_whole,
        confirmed=is_current(ledger),
        owned_head=owned_head(ledger, child),
        n=len(lines),
    )
    return Page(header=header, lines=lines)


def is_current(ledger: Ledger) -> bool:
    """Whether this node vouches for what its feed lacks: it has taken in all that its own parent offers."""
    meta = ledger.meta()
    return meta.parent is None or (meta.confirmed and meta.current and not meta.recovering)


def cursor_of(ledger: Ledger, parent: str) -> Cursor | None:
    """Where the next page begins; None for the start, which a first reading and a begun sweep have in common."""
    peer = ledger.peer(parent, "sweep", DOWN) or ledger.peer(parent, "feed", DOWN)
    if peer is None or not peer.log_id:
        return None
    return Cursor(log_id=peer.log_id, sub=peer.sub, seq=peer.seq, mark=peer.mark)


def begin_sweep(ledger: Ledger, parent: str) -> None:
    """Read everything anew, and drop in the end what is not there any more."""
    ledger.forget_seen()
    ledger.drop_peer(parent, "feed", DOWN)
    ledger.save_peer(Peer(parent, "sweep", DOWN, log_id=""))


def take_page(ledger: Ledger, parent: str, page: Page, asked: Cursor | None) -> int:
    """Take a page in, with the cursor, in one transaction; how many records were new.

    `asked` is the cursor it was asked for with: if this node stands elsewhere by now, nothing is taken.
    """
    ledger.take_turn()
    if cursor_of(ledger, parent) != asked:
        return 0
    own = trust.subtree(ledger, ledger.local.node)
    envelopes, drops = _read(ledger, parent, page)
    verdicts = receive(ledger, [e for e in envelopes if e.origin not in own], parent)
    _drop(ledger, [key for key in drops if key[0] not in own], parent)
    for held in verdicts.newer:  # the parent has lost it: it goes back up, as if it were of our own subtree
        ledger.stage(held, ledger.local.node)
    header = page.header
    before = ledger.peer(parent, "feed", DOWN)
    is_end = header.confirmed and not header.more
    as_of = ledger.now() if is_end or before is None else before.updated_at
    stand = Peer(parent, "feed", DOWN, header.log_id, header.to.seq, header.to.mark, sub=header.sub, updated_at=as_of)
    if before is None:
        ledger.note_seen(e.key for e in envelopes)
        if header.more or not header.confirmed:
            stand = replace(stand, dir="sweep")
        else:
            _end_sweep(ledger, parent, header.kinds, own)
    ledger.save_peer(stand)
    meta = ledger.meta()
    if meta.current != is_end:
        ledger.save_meta(replace(meta, current=is_end))
    return verdicts.applied


def _end_sweep(ledger: Ledger, parent: str, kinds: Sequence[str], own: Collection[str]) -> None:
    """Drop what the parent once brought and has no more. Statements stay: who was known is not forgotten this way."""
    swept = [kind for kind in kinds if not kind.startswith("trust.")]
    held = [e.key for e in ledger.brought_by((parent, ledger.local.node), swept, own)]
    seen = ledger.seen(held)
    _drop(ledger, [key for key in held if key not in seen], parent)
    ledger.forget_seen()
    ledger.drop_peer(parent, "sweep", DOWN)


def _drop(ledger: Ledger, keys: Sequence[Key], parent: str) -> None:
    dropped = [replace(e, op="X", body=None) for e in ledger.held(keys).values() if e.op != "X"]
    for envelope in dropped:
        ledger.stage(envelope, parent)
    ledger.bring_in(dropped)


def _lines(found: Sequence[Change]) -> tuple[list[bytes], int]:
    lines: list[bytes] = []
    size = last = 0
    for change in found:
        e = change.envelope
        line = json.dumps({"drop": e.key}).encode() + b"\n" if e.op == "X" else encode_line(e)
        if lines and size + len(line) > MAX_WIRE - ROOM:
            break
        lines.append(line)
        size, last = size + len(line), change.seq
    return lines, last


def _read(ledger: Ledger, parent: str, page: Page) -> tuple[list[Envelope], list[Key]]:
    envelopes: list[Envelope] = []
    drops: list[Key] = []
    for position, line in enumerate(page.lines):
        try:
            if line.startswith(b'{"drop"'):
                origin, kind, rid = json.loads(line)["drop"]
                drops.append((origin, kind, rid))
            else:
                envelopes.append(decode_line(line))
        except (MalformedEnvelope, ValueError, TypeError):
            ledger.quarantine_raw(parent, line, position, MALFORMED)
    return envelopes, drops
