"""Stating another key, and revoking keys, in the node's own transactions (docs/wire.md §7, docs/keys.md)."""

from collections.abc import Callable
from dataclasses import replace
from time import monotonic

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.exchange import publish, trust
from app.exchange.changes import signed_otherwise
from app.exchange.commit import write_now
from app.exchange.key_folder import KeyFolder
from app.exchange.keys import NodeKey, number_of
from app.exchange.node import Exchange, LocalNode
from app.exchange.receive import receive, retry_quarantine
from app.exchange.sql_ledger import SqlLedger
from app.kernel.clock import Clock
from app.kernel.db import Database
from app.kernel.ids import new_id
from app.kernel.problems import Conflict, NotFound
from app.sync.enrolment import EnrolAnswer, UntrustedParent, chain_lines, read_chain
from app.sync.reissue import sign_anew
from app.sync.rotation import RotationRequest, state, state_root_key, statement_after

AT_ONCE = 200  # records signed anew in one transaction


class AlreadyRevoked(Conflict):
    slug, zh, en = "already-revoked", "该节点的密钥已全部吊销", "Every key of this node is revoked already"


def accept_rotation(session: Session, clock: Clock, request: RotationRequest) -> EnrolAnswer:
    """State the key that follows, unless that was done before: the parent's side. Refusals as `statement_after`."""
    ledger = SqlLedger(session)
    ledger.take_turn()  # two requests at once must not state the key twice
    statement = statement_after(ledger, request)
    if statement is not None:
        state(ledger, statement, new_id(clock))
        write_now(session)
        retry_quarantine(ledger, request.node)  # what came signed with the new key before the statement did
    return EnrolAnswer(parent=ledger.meta().node, chain=chain_lines(session, request.node))


def take_statements(session: Session, answer: EnrolAnswer, key: NodeKey) -> None:
    """Take in what the parent answered: the child's side. UntrustedParent unless its key is now stated."""
    ledger = SqlLedger(session)
    # As if they came from below, so that they are pushed back: a parent that is restored to a time before has not said
    # them, and this node's place in its feed does not show it.
    receive(ledger, read_chain(answer), answer.parent, allowed=())
    if key.public not in ledger.keys(ledger.local.node, key.key_id):
        raise UntrustedParent("the statements do not name the new key")


def name_root_key(session: Session, clock: Clock, key: NodeKey) -> None:
    """A city states its key, unless it has."""
    ledger = SqlLedger(session)
    ledger.take_turn()
    if state_root_key(ledger, key, lambda: new_id(clock)):
        write_now(session)
        retry_quarantine(ledger, ledger.local.node)


def revoke(session: Session, clock: Clock, node: str, through: int | None = None) -> int:
    """Let the keys of a child count no more for what was not accepted yet, up to the number `through` or all that it
    has; the number. NotFound for what is no child of this node, AlreadyRevoked (409)."""
    ledger = SqlLedger(session)
    ledger.take_turn()
    known = ledger.node(node)
    if known is None or known.parent != ledger.meta().node:
        raise NotFound()
    last = number_of(known.key_id)
    through = last if through is None else min(through, last)
    if through <= known.revoked:
        raise AlreadyRevoked()
    publish(session, trust.REVOCATION, new_id(clock), trust.Revocation(node=node, through=through), region=known.region)
    return through


def carry_on(
    database: Database, exchange: Exchange, keys: KeyFolder, signed: Callable[[int], object] = lambda _: None
) -> bool:
    """Go on with the key in use, and sign anew what another signed; whether nothing is left, the old key included.

    Many transactions: the counter writes in between, and whatever happens, the next call goes on from there.
    """
    present = keys.present()
    if present.key_id != exchange.local.key.key_id:
        exchange.renew(replace(exchange.local, key=present))
    if exchange.local.parent is None:
        with database.write() as session:
            name_root_key(session, exchange.clock, present)
    while True:
        with database.write() as session:
            count = sign_anew(SqlLedger(session), AT_ONCE)
        signed(count)
        if count == 0:
            break
    with database.read() as session:
        is_done = left_to_sign(session, exchange.local) == 0
    if is_done:
        keys.destroy_old()
    return is_done


class KeyKeeper:
    """Notices a key that was changed beside this process, and carries on with what a rotation left to do.

    What this process signed before it noticed is signed anew; and now and then everything is looked through.
    """

    def __init__(self, database: Database, exchange: Exchange, keys: KeyFolder, every_s: float) -> None:
        self._database, self._exchange, self._keys, self._every_s = database, exchange, keys, every_s
        self._settled, self._at = "", 0.0

    def look(self) -> None:
        """To be called every few seconds."""
        present = self._keys.present().key_id
        if present == self._settled and monotonic() - self._at < self._every_s:
            return
        if carry_on(self._database, self._exchange, self._keys):
            self._settled, self._at = present, monotonic()


def left_to_sign(session: Session, local: LocalNode) -> int:
    """How many own puts another key signed than the one in use."""
    return session.execute(select(func.count()).where(signed_otherwise(local.node, local.key.key_id))).scalar_one()
