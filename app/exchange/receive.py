"""What happens to a record that arrives: verified by its origin's key, kept if it ranks higher, else refused.

One bad record stops nobody: it goes to the quarantine with its raw bytes and the rest goes on. What was refused for
want of a key is tried again as soon as a statement brings one (docs/wire.md §1, §5).
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

import structlog

from app.exchange import trust
from app.exchange.envelope import Envelope, MalformedEnvelope, decode_line
from app.exchange.ledger import Key, Ledger, Rejection
from app.exchange.streams import stream_of

log = structlog.get_logger(__name__)

BAD_SIGNATURE = "bad_signature"
UNKNOWN_KEY = "unknown_key"
REVOKED_KEY = "revoked_key"
FOREIGN_SUBTREE = "foreign_subtree"
FOREIGN_REGION = "foreign_region"  # a record about a division that is not the origin's to speak of
EQUIVOCATION = "equivocation"
SUPERSEDED = "superseded"  # an older version of a record that the same batch brings anew
MALFORMED = "malformed"
WRONG_STREAM = "wrong_stream"  # each stream has its own cursor: a record in another would pass by the order of both
OVERRULED = "overruled"  # two lives of this node changed a record: this version lost, and a person should see it
WAITING = (UNKNOWN_KEY, REVOKED_KEY, FOREIGN_SUBTREE, FOREIGN_REGION)  # what a new statement about the origin may mend
CODES = frozenset({
    BAD_SIGNATURE, UNKNOWN_KEY, REVOKED_KEY, FOREIGN_SUBTREE, FOREIGN_REGION, EQUIVOCATION, SUPERSEDED, MALFORMED,
    WRONG_STREAM, OVERRULED,
})  # fmt: skip


@dataclass
class Verdicts:
    """What became of a batch. `newer` are the versions held here of records that came in an older or another form."""

    applied: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    newer: list[Envelope] = field(default_factory=list)


@dataclass
class _Arrival:
    """One call of `receive` at work: what was taken waits in `taken` for the tables above."""

    ledger: Ledger
    verdicts: Verdicts
    origins: set[str] | None
    held: dict[Key, Envelope] = field(default_factory=dict)
    taken: list[Envelope] = field(default_factory=list)


def read_lines(ledger: Ledger, lines: Sequence[bytes], via: str) -> tuple[list[Envelope], list[Rejection]]:
    """The envelopes in lines that a peer sent; what is none goes to the quarantine and is refused."""
    envelopes: list[Envelope] = []
    refused: list[Rejection] = []
    for position, line in enumerate(lines):
        try:
            envelopes.append(decode_line(line))
        except MalformedEnvelope:
            rid = ledger.quarantine_raw(via, line, position, MALFORMED)
            refused.append(Rejection(via, "unreadable", rid, 0, 0, MALFORMED))
    return envelopes, refused


def receive(
    ledger: Ledger,
    envelopes: Sequence[Envelope],
    via: str,
    allowed: Collection[str] | None = None,
    stream: str | None = None,
) -> Verdicts:
    """Apply what ranks higher than what is held; the verdicts. The records get their numbers at the commit.

    `allowed` are the origins this peer may speak for (None: any), `stream` the one they came in (None: any). Of other
    origins it may bring only statements, and other versions of what is held here: restored nodes get back from below
    what they lost.
    Trust statements take effect within the batch.
    """
    ledger.take_turn()
    origins = set(allowed) if allowed is not None else None
    arrival = _Arrival(ledger, Verdicts(), origins, ledger.held(list({e.key for e in envelopes})))
    _check_ahead(arrival, envelopes)
    for rivals in _greatest_first(envelopes):
        winner: Envelope | None = None
        for envelope in rivals:
            if winner is not None:
                if envelope.sha256 != winner.sha256:
                    code = EQUIVOCATION if envelope.version == winner.version else SUPERSEDED
                    _refuse(arrival, envelope, via, code)
            elif stream is not None and stream_of(envelope.kind) != stream:
                _refuse(arrival, envelope, via, WRONG_STREAM)
            elif not _may_bring(arrival, envelope):
                _refuse(arrival, envelope, via, FOREIGN_SUBTREE)
            elif _take(arrival, envelope, via, as_via=None if _is_theirs(arrival, envelope) else ledger.local.node):
                winner = envelope  # what is not the peer's own goes on upward: others above may lack it, too
    ledger.bring_in(arrival.taken)
    return arrival.verdicts


def _check_ahead(arrival: _Arrival, envelopes: Sequence[Envelope]) -> None:
    """Have the signatures checked together that are going to be asked for, as far as their keys are known by now."""
    signed: list[tuple[bytes, Envelope]] = []
    for envelope in envelopes:
        held, signer = arrival.held.get(envelope.key), arrival.ledger.node(envelope.origin)
        is_asked_for = _may_bring(arrival, envelope) and (held is None or held.rank < envelope.rank)
        if is_asked_for and signer is not None and signer.key_id == envelope.key_id:
            signed.append((signer.public_key, envelope))
    arrival.ledger.check_ahead(signed)


def _may_bring(arrival: _Arrival, envelope: Envelope) -> bool:
    held = arrival.held.get(envelope.key)
    is_held = held is not None and held.op != "X"
    # A statement is never lost while anybody has it: who forgot it is told by those who were told.
    return _is_theirs(arrival, envelope) or is_held or envelope.kind in trust.KINDS


def _is_theirs(arrival: _Arrival, envelope: Envelope) -> bool:
    return arrival.origins is None or envelope.origin in arrival.origins


def retry_quarantine(ledger: Ledger, origin: str) -> Verdicts:
    """Try again what waits for the key of `origin`; what is accepted leaves the quarantine."""
    ledger.take_turn()
    arrival = _Arrival(ledger, Verdicts(), None)
    _retry(arrival, origin)
    ledger.bring_in(arrival.taken)
    return arrival.verdicts


def _settle(arrival: _Arrival, envelope: Envelope) -> None:
    """Note an accepted record for the tables above; a statement counts at once, and frees what waited for it."""
    if envelope.kind not in trust.KINDS:
        arrival.taken.append(envelope)
        return
    arrival.ledger.bring_in([envelope])
    statement = trust.read_statement(envelope)
    if statement is not None:
        if arrival.origins is not None and envelope.origin in arrival.origins:
            arrival.origins.add(statement.node)
        for origin in dict.fromkeys((statement.node, envelope.origin)):  # revocations may have come too early, too
            _retry(arrival, origin)


def _retry(arrival: _Arrival, origin: str) -> None:
    ledger = arrival.ledger
    for peer, envelope in ledger.quarantined(origin, WAITING):
        if peer != ledger.local.parent and origin not in trust.subtree(ledger, peer):
            continue
        if envelope.key not in arrival.held:
            arrival.held.update(ledger.held([envelope.key]))
        again = replace(arrival, verdicts=Verdicts())  # what it says is not about this batch
        # The child that brought it may have been restored since: to it, too, this is news from elsewhere. So may have
        # been a parent that stated something in an answer: its feed would not show that it lacks it.
        is_from_feed = peer == ledger.local.parent and envelope.kind not in trust.KINDS
        _take(again, envelope, peer, as_via=None if is_from_feed else ledger.local.node)
        arrival.verdicts.applied += again.verdicts.applied
        if not again.verdicts.rejected:  # taken now, or no longer needed: this or a newer one came another way
            ledger.release(peer, envelope)


def _greatest_first(envelopes: Sequence[Envelope]) -> Iterator[list[Envelope]]:
    """The versions of each record together, the greatest first; the records in the order in which they came."""
    rivals: dict[Key, list[Envelope]] = {}
    for envelope in envelopes:
        rivals.setdefault(envelope.key, []).append(envelope)
    for versions in rivals.values():
        yield sorted(versions, key=lambda e: (e.rank, e.sha256), reverse=True) if len(versions) > 1 else versions


def _take(arrival: _Arrival, envelope: Envelope, via: str, as_via: str | None = None) -> bool:
    """Apply one record if it ranks higher and is genuine; whether it was. Its way is kept as `as_via`, or `via`."""
    ledger, verdicts, held = arrival.ledger, arrival.verdicts, arrival.held.get(envelope.key)
    if held is not None and held.rank > envelope.rank:
        verdicts.newer.append(held)
        _keep_lost(ledger, lost=envelope, won=held, via=via)
        return False
    if held is not None and held.rank == envelope.rank and held.sha256 == envelope.sha256:
        return False  # already here: a repeated batch is no news
    fault = _fault(ledger, envelope, via)
    if fault is not None:
        _refuse(arrival, envelope, via, fault)
        return False
    if held is not None and held.rank == envelope.rank and _is_spoilt(ledger, held):
        log.error("spoilt record replaced", peer=via, node=envelope.origin, kind=envelope.kind)
    elif held is not None and held.rank == envelope.rank:
        log.error("equivocation", peer=via, node=envelope.origin, kind=envelope.kind)
        if held.sha256 > envelope.sha256:
            _refuse(arrival, envelope, via, EQUIVOCATION)
            verdicts.newer.append(held)
            return False
        _refuse(arrival, held, via, EQUIVOCATION)
    elif held is not None:
        _keep_lost(ledger, lost=held, won=envelope, via=via)
    ledger.stage(envelope, as_via or via)
    if envelope.op == "E":
        ledger.purge(envelope.key)
    arrival.held[envelope.key] = envelope
    verdicts.applied += 1
    _settle(arrival, envelope)
    return True


def _keep_lost(ledger: Ledger, *, lost: Envelope, won: Envelope, via: str) -> None:
    """Keep a version of an own record that another life of this node overruled, for a person to see.

    Lost is an edit of this process that something from before outranks, and an edit from before a restore that the
    restored copy did not know when it was edited on (docs/wire.md §10). What one life wrote after another is no loss.
    """
    if lost.origin != ledger.local.node or lost.body is None or won.op == "E":  # of what was erased nothing is kept
        return
    is_ours = lost.inc >= ledger.local.since
    if is_ours or (lost.inc < won.inc and lost.ver >= won.ver and won.op == "P"):
        log.warning("own version overruled", kind=lost.kind, peer=via)
        ledger.quarantine(via, lost, OVERRULED)


def _is_spoilt(ledger: Ledger, held: Envelope) -> bool:
    """Whether what is held is not what its origin signed: somebody changed the database. A key may be gone since."""
    keys = trust.signing_keys(ledger, held)
    return bool(keys) and not _is_signed(ledger, keys, held)


def _is_signed(ledger: Ledger, keys: Sequence[bytes], envelope: Envelope) -> bool:
    return any(ledger.is_signed(public, envelope) for public in keys)


def _is_given_back(ledger: Ledger, envelope: Envelope, via: str) -> bool:
    """Whether this comes from above and is of the own subtree: an earlier life of this node had accepted it."""
    local = ledger.local
    return via == local.parent and envelope.origin in trust.subtree(ledger, local.node)


def _fault(ledger: Ledger, envelope: Envelope, via: str) -> str | None:
    """Why this record may not be accepted from `via`, or None."""
    keys = trust.signing_keys(ledger, envelope)
    if not keys:
        return UNKNOWN_KEY
    if trust.is_revoked(ledger, envelope) and not _is_given_back(ledger, envelope, via):
        return REVOKED_KEY
    if not _is_signed(ledger, keys, envelope):
        return BAD_SIGNATURE
    statement, revocation = trust.read_statement(envelope), trust.read_revocation(envelope)
    if statement is not None:
        return None if trust.is_lawful(ledger, envelope, statement) else FOREIGN_SUBTREE
    if revocation is not None:
        return None if trust.may_revoke(ledger, envelope, revocation) else FOREIGN_SUBTREE
    signer = ledger.node(envelope.origin)
    # A node hosts offices of its own division and below it, as its parent stated; it speaks for no other's.
    is_inside = envelope.scope is None or (signer is not None and trust.is_inside(envelope.scope, signer.region))
    return None if is_inside else FOREIGN_REGION


def _refuse(arrival: _Arrival, envelope: Envelope, via: str, code: str) -> None:
    e = envelope
    arrival.verdicts.rejected.append(Rejection(e.origin, e.kind, e.rid, e.inc, e.ver, code))
    if code == SUPERSEDED:
        return
    log.warning("record refused", peer=via, node=e.origin, kind=e.kind, reason=code)
    arrival.ledger.quarantine(via, e, code)
