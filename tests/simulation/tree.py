"""The nodes of the simulated network, and how their disks are when everybody has joined."""

import base64
import random
from collections.abc import Sequence
from typing import cast

from app.exchange import trust
from app.exchange.envelope import Envelope
from app.exchange.keys import NodeKey
from app.exchange.ledger import Meta
from app.exchange.node import LocalNode
from app.exchange.receive import receive
from tests.simulation.disk import Clock, Disk
from tests.simulation.memory_keys import MemoryKey
from tests.simulation.memory_ledger import MemoryLedgers

TREE = {"city": None, "d1": "city", "d2": "city", "s1": "d1", "s2": "d1", "s3": "d2"}
TIERS = {"city": "city", "d1": "district", "d2": "district", "s1": "street", "s2": "street", "s3": "street"}
REGIONS = {"city": "440100", "d1": "440104", "d2": "440105", "s1": "440104003", "s2": "440104004", "s3": "440105001"}


def local_node(meta: Meta, key: NodeKey | None = None) -> LocalNode:
    """The process that begins with what `meta` says."""
    return LocalNode(
        node=meta.node,
        name=meta.node,
        tier=meta.tier,
        region=meta.region,
        parent=meta.parent,
        parent_url=None,
        log_id=meta.log_id,
        inc=meta.inc,
        key=key or cast("NodeKey", MemoryKey(meta.node)),
        since=meta.inc,
    )


def enrolled() -> dict[str, Disk]:
    """The disks of the network after everybody has joined: each knows the statements from the city down to itself."""
    chance, clock, disks = random.Random(0), Clock(0), dict[str, Disk]()
    for position, (name, parent) in enumerate(TREE.items()):
        disks[name] = Disk(_meta(name, f"{chance.getrandbits(128):032x}"))
        stating = MemoryLedgers(disks[parent or name], clock, chance)
        stating.local = local_node(stating.disk.meta)
        with stating.write() as ledger:
            ledger.publish(trust.KIND, f"00000000-0000-7000-9000-{position:012x}", _statement(name), REGIONS[name])
        disks[parent or name] = stating.disk
        if parent is None:
            continue
        joining = MemoryLedgers(disks[name], clock, chance)
        joining.local = local_node(joining.disk.meta)
        with joining.write() as ledger:
            assert not receive(ledger, _chain(disks, name), parent).rejected
        disks[name] = joining.disk
    return disks


def _meta(name: str, log_id: str) -> Meta:
    return Meta(
        node=name,
        tier=TIERS[name],
        region=REGIONS[name],
        parent=TREE[name],
        root_key=MemoryKey("city").public,
        log_id=log_id,
        inc=1,
        recovering=False,
        confirmed=False,
        current=False,
        gc_floor=0,
    )


def _statement(name: str) -> str:
    key = MemoryKey(name)
    return trust.NodeStatement(
        node=name,
        name=name,
        tier=TIERS[name],
        region=REGIONS[name],
        parent=TREE[name],
        key_id=key.key_id,
        public_key=base64.b64encode(key.public).decode(),
    ).model_dump_json()


def _chain(disks: dict[str, Disk], name: str) -> list[Envelope]:
    """The statements that make `name` trusted, the city's first."""
    line = (*_above(name), name)
    stated = {}
    for row in (row for above in line for row in disks[above].records.values()):
        statement = trust.read_statement(row.envelope)
        if statement is not None and statement.node in line:
            stated[statement.node] = row.envelope
    return [stated[node] for node in line]


def _above(name: str) -> Sequence[str]:
    parent = TREE[name]
    return () if parent is None else (*_above(parent), parent)
