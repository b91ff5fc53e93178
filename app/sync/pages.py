"""What a batch, a page of the feed and a page of what a parent holds have in common: how far one goes. Pure.

A part of the sequence is read from behind a number, and cut where a body is full or the records asked for are out. Its
end is the last record in it, or the head where nothing more was found; its mark is always that of the **head** of the
read, which names the history it was cut from (docs/wire.md §4).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.exchange.envelope import Envelope, encode_line
from app.exchange.ledger import Change, Ledger
from app.kernel.problems import Problem
from app.sync.protocol import MAX_WIRE, START, Cursor, Page, PageHeader, Place

_ROOM = 4096  # of a body, for its header line


class CursorGone(Problem):
    """What the cursor speaks of is not this node's present history, or not what it offers now."""

    status, slug, zh, en = (
        410,
        "cursor-unknown",
        "上级不认得此游标，请从头读取",
        "This cursor is of another history: read anew",
    )


@dataclass(frozen=True)
class Part:
    """Lines of a part of the sequence, where it ends, and whether more waits behind it."""

    lines: list[bytes]
    to: Place
    more: bool


def part_of(
    ledger: Ledger, found: Sequence[Change], limit: int, line: Callable[[Envelope], bytes] = encode_line
) -> Part:
    """As many of the `found` records as one body takes, at least one; at most `limit` had been asked for.

    The size is counted before compression, so that a body always fits.
    """
    head = ledger.head()
    lines: list[bytes] = []
    size = last = 0
    for change in found:
        made = line(change.envelope)
        if lines and size + len(made) > MAX_WIRE - _ROOM:
            break
        lines.append(made)
        size, last = size + len(made), change.seq
    more = len(found) == limit or len(lines) < len(found)
    reached = last if more else head
    return Part(lines, Place(seq=reached, mark=ledger.mark_at(head)), more)


def page_of(
    ledger: Ledger, part: Part, at: Place, cursor: Cursor | None, *, confirmed: bool, owned_head: int, offer: "Offer"
) -> Page:
    """`part` as the page that a child gets which had asked with `cursor`, from `at` on."""
    header = PageHeader(
        log_id=ledger.meta().log_id,
        sub=offer.name,
        kinds=sorted(offer.kinds),
        from_=at,
        to=part.to,
        more=part.more,
        confirmed=confirmed,
        owned_head=owned_head,
        began=ledger.head() if cursor is None else cursor.began,
        n=len(part.lines),
    )
    return Page(header=header, lines=part.lines)


@dataclass(frozen=True)
class Offer:
    """What is offered: kinds, and a short name for them. A cursor of another offer would pass by what that lacked."""

    name: str = ""
    kinds: frozenset[str] = frozenset()


def place_of(ledger: Ledger, cursor: Cursor | None, offer: Offer) -> Place:
    """Where a page begins; CursorGone (410) for a cursor of another history, another offer, or from before the floor
    below which ends may have been collected.

    Whoever began from the start when the head was at the floor or above holds nothing that these ends would take away:
    it reads on below the floor.
    """
    if cursor is None:
        return START
    meta = ledger.meta()
    is_known = cursor.log_id == meta.log_id and (cursor.seq == 0 or ledger.has_mark(cursor.mark))
    if not is_known or cursor.sub != offer.name or max(cursor.seq, cursor.began) < meta.gc_floor:
        raise CursorGone()
    return Place(seq=cursor.seq, mark=cursor.mark)
