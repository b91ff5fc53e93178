"""What a node signs anew with its present key (docs/wire.md §7): its own records, so that every tier can take them in.

Its puts follow each change of its key, so that nobody has to keep the old one for long. What ended and what was stated
stays as it is and is verified with the key of its time, unless that key counts no more: because it was revoked, or
because every node that had been told of it was put back to a time before, and nobody can name it again.

A record that the node itself may not take back, since a revoked key signed it, has to be dealt with, too: whoever took
it in before the revocation keeps it for good, and no other tier may have it. What a node has lost so is either taken
away again, under a key that counts (docs/adr/0010), or outranked by what the node holds.
"""

from dataclasses import replace

import structlog

from app.exchange import identity, trust
from app.exchange.envelope import FINALITY, Envelope, resigned
from app.exchange.keys import key_order, number_of
from app.exchange.ledger import KnownNode, Ledger
from app.exchange.receive import OVERRULED, REVOKED_KEY
from app.sync.recovery import is_confirmed

log = structlog.get_logger(__name__)
_HIGHEST = 2**52  # of a version that one is put above: half of the numbers are left, whatever a thief has signed


def sign_anew(ledger: Ledger, limit: int) -> int:
    """Give own records that another key signed the next version under the present key, the same otherwise; how many.

    To be repeated until it finds none. A node that may have been put back to an earlier state does nothing yet: what it
    issued anew would outrank what it has lost. Neither does a process that still has a key that was replaced.
    """
    local, known = ledger.local, ledger.node(ledger.local.node)
    if known is None or not is_confirmed(ledger) or number_of(local.key.key_id) <= known.revoked:
        return 0
    if key_order(local.key.key_id, local.key.public) < key_order(known.key_id, known.public_key):
        return 0
    ledger.take_turn()
    found = ledger.signed_otherwise(local.key.key_id, keys_without_force(ledger, known), limit)
    for envelope in found:
        ledger.stage(resigned(envelope, max(local.inc, envelope.inc), local.key.key_id, local.key.sign), None)
    return len(found) + _settle_own(ledger)


def keys_without_force(ledger: Ledger, known: KnownNode) -> list[str]:
    """The names of this node's keys before the present one with which nothing new is taken in: revoked, or named by no
    statement that is left."""
    numbers = range(1, number_of(ledger.local.key.key_id))
    names = ((number, f"{known.node}:{number}") for number in numbers)
    return [name for number, name in names if number <= known.revoked or not ledger.keys(known.node, name)]


def _settle_own(ledger: Ledger) -> int:
    """Make the next version of each own record of which one that is not outranked waits here under a revoked key; how
    many."""
    made = []
    for peer, waiting in ledger.quarantined(ledger.local.node, (REVOKED_KEY,)):
        held = ledger.held([waiting.key]).get(waiting.key)
        # The same rank: two lives drew the same incarnation, since no parent had heard of the first one's.
        if held is None or held.rank <= waiting.rank:
            held = _after(ledger, waiting, held)
            if held is None:
                continue
            log.warning("own record taken back under another key", peer=peer, kind=waiting.kind, op=waiting.op)
            ledger.stage(held, None)
            made.append(held)
        if held.op == "E":
            ledger.purge(held.key)
        elif waiting.body in (None, held.body):
            ledger.release(peer, waiting)
        else:
            ledger.quarantine(peer, waiting, OVERRULED)
    ledger.bring_in(made)  # the registers follow: for them this came from elsewhere
    return len(made)


def _after(ledger: Ledger, waiting: Envelope, held: Envelope | None) -> Envelope | None:
    """The version that follows a genuine one which may not be taken in itself; None if nothing is to follow it.

    An end stays an end and a revocation a revocation: they only take away, and no node that took one in could ever be
    told otherwise. Of a put nothing is taken but its place: what this node holds is put above it.
    """
    if max(waiting.version) > _HIGHEST:
        return None
    if not any(ledger.is_signed(public, waiting) for public in trust.signing_keys(ledger, waiting)):
        return None
    revocation = trust.read_revocation(waiting)
    if revocation is not None:
        following = waiting if trust.may_revoke(ledger, waiting, revocation) else None
    elif held is None:
        following = None
    else:
        is_end = FINALITY[waiting.op] > FINALITY[held.op]
        following = replace(held, op=waiting.op, body=None) if is_end else held
    if following is None:
        return None
    local, inc = ledger.local, waiting.inc
    # The life that made it may have made the version after it, too: what follows is of an incarnation of its own.
    inc = local.inc if inc < local.inc else identity.draw(ledger, inc)
    return resigned(replace(following, ver=waiting.ver), inc, local.key.key_id, local.key.sign)
