"""What people do in the simulated network: change a key, revoke it, let a node in with another, end a suspension."""

import base64
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from app.exchange import trust
from app.exchange.envelope import Envelope
from app.exchange.keys import NodeKey, number_of
from app.exchange.receive import receive, retry_quarantine
from app.sync import push
from app.sync.callers import check_caller, keys_of_caller
from app.sync.enrolment import statements_about
from app.sync.link import LinkDown, Refused
from app.sync.reissue import sign_anew
from app.sync.rotation import RotationRequest, root_handover, state, state_root_key, statement_after
from tests.simulation.memory_keys import MemoryKey
from tests.simulation.memory_ledger import MemoryLedger
from tests.simulation.tree import TREE
from tests.simulation.wire import Killed, Wire

if TYPE_CHECKING:
    from tests.simulation.world import Process, World

_NO_SIGNATURE = base64.b64encode(bytes(64)).decode()


def rotate(world: "World", process: "Process") -> None:
    """Change the key of a node; broken off whenever the wire or a process fails, and taken up again later."""
    keys = process.keys
    if keys.following() is None:
        keys.prepare(_following(world, process))
    following = keys.following()
    assert following is not None
    if TREE[process.node] is None:
        _name_root_key(world, process, following)
    else:
        with suppress(LinkDown, Refused, Killed):
            said = Wire(world, process).rotate(RotationRequest.model_validate_json(following.handovers[-1]))
            with process.ledgers.write() as ledger:
                receive(ledger, said, TREE[process.node] or "", ())
    with process.ledgers.read() as ledger:
        if following.public not in ledger.keys(process.node, following.key_id):
            return
    if world.chance.random() < 0.2:
        return  # it dies before it takes the new key up
    process.take_up(keys.adopt())


def _name_root_key(world: "World", process: "Process", key: NodeKey) -> None:
    with process.ledgers.write() as ledger:
        if state_root_key(ledger, key, world.new_rid):
            _settle(ledger, process.node)


def _settle(ledger: MemoryLedger, node: str) -> None:
    ledger.bring_in(ledger.made)
    retry_quarantine(ledger, node)


def _following(world: "World", process: "Process") -> MemoryKey:
    node, previous = process.node, process.keys.present()
    number, salt = number_of(previous.key_id) + 1, f"/{world.chance.getrandbits(32)}"
    key = MemoryKey(node, number, salt)
    request = RotationRequest(
        node=node, parent=TREE[node] or node, previous=previous.key_id, key_id=key.key_id,
        public_key=base64.b64encode(key.public).decode(), signature=_NO_SIGNATURE, proof=_NO_SIGNATURE,
    )  # fmt: skip
    handover = request.model_dump_json()
    if TREE[node] is None:
        assert process.ledgers.local is not None
        handover = root_handover(process.ledgers.local, key.key_id, key.public, world.new_rid())
    return MemoryKey(node, number, salt, (*previous.handovers, handover))


def accept(world: "World", ledger: MemoryLedger, request: RotationRequest) -> Sequence[Envelope]:
    """The parent's side; every statement on the way from the city to the node."""
    statement = statement_after(ledger, request, lambda *_: True)
    if statement is not None:
        state(ledger, statement, world.new_rid())
        _settle(ledger, request.node)
    return statements(ledger, request.node)


def statements(ledger: MemoryLedger, node: str) -> list[Envelope]:
    """What makes `node` trusted."""
    path = [known.node for known in trust.chain(ledger, node)]
    envelopes = [*(row.envelope for row in ledger.disk.records.values()), *ledger.made]
    return statements_about(path, (e for e in envelopes if e.origin in path))


def revoke(world: "World", name: str) -> None:
    """A person at the parent revokes every key of a node."""
    parent = world.processes.get(TREE[name] or "")
    if parent is None:
        return
    with parent.ledgers.write() as ledger:
        known = ledger.node(name)
        if known is None or known.parent != parent.node or number_of(known.key_id) <= known.revoked:
            return
        body = trust.Revocation(node=name, through=number_of(known.key_id)).model_dump_json()
        ledger.publish(trust.REVOCATION, world.new_rid(), body, known.region)


def enrol_anew(world: "World", name: str) -> None:
    """With a code from the parent a node that has no key that counts gets another one."""
    process, parent = world.processes.get(name), world.processes.get(TREE[name] or "")
    if process is None or parent is None or counts(process, parent):
        return
    with parent.ledgers.write() as ledger:
        known = ledger.node(name)
        if known is None or number_of(known.key_id) > known.revoked:
            return
        own = [number_of(key.key_id) for key in (process.keys.present(), process.keys.following()) if key is not None]
        key = MemoryKey(name, max(number_of(known.key_id), *own) + 1, f"/{world.chance.getrandbits(32)}")
        stated = {field: getattr(known, field) for field in ("node", "name", "tier", "region", "parent")}
        public = base64.b64encode(key.public).decode()
        state(ledger, trust.NodeStatement(**stated, key_id=key.key_id, public_key=public), world.new_rid())
        _settle(ledger, name)
        said = statements(ledger, name)
    with process.ledgers.write() as ledger:
        receive(ledger, said, parent.node, ())
    process.keys.prepare(key)
    process.take_up(process.keys.adopt())


def lift(world: "World", name: str) -> None:
    """A person at the parent lets a suspended node push again."""
    parent = world.processes.get(TREE[name] or "")
    if parent is not None:
        with parent.ledgers.write() as ledger:
            push.lift(ledger, name)


def counts(process: "Process", parent: "Process") -> bool:
    """Whether the parent answers requests that the node signs with its key, or with the one that is to follow it."""
    with parent.ledgers.read() as ledger:
        for key in (process.keys.present(), process.keys.following()):
            if key is None:
                continue
            with suppress(Exception):
                assert key.public in keys_of_caller(ledger, key.key_id)
                return bool(check_caller(ledger, key.key_id, key.public))
    return False


def carry_on(world: "World", process: "Process") -> None:
    """What a node does every minute: sign anew what another key has signed."""
    if TREE[process.node] is None:
        _name_root_key(world, process, process.keys.present())
    with process.ledgers.write() as ledger:
        sign_anew(ledger, 100)
        made = ledger.made
    world.acknowledge(made)
