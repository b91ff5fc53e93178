"""What has to hold when the network has come to rest."""

from collections.abc import Collection

from app.exchange import trust
from app.exchange.ledger import Key
from app.exchange.receive import REVOKED_KEY
from tests.simulation.disk import Disk
from tests.simulation.tree import TREE
from tests.simulation.wire import NOTE
from tests.simulation.world import World, rank_of


class Violation(AssertionError):
    """The network did what it promises never to do."""


def check_rest(world: World) -> None:
    """Violation if nodes do not agree, something acknowledged is lost or came back, or a table shows something else."""
    disks = {name: world.disk_of(name) for name in TREE}
    for name, disk in disks.items():
        _check_shown(name, disk)
        _check_erased(name, disk)
        parent = TREE[name]
        if parent is not None:
            _check_agree(name, disk, parent, disks[parent], world.forgotten.keys())
        if disk.meta.recovering:
            raise Violation(f"{name} is still recovering")
    for key, ranks in world.acknowledged.items():
        row = disks[key[0]].records.get(key)
        held = world.forgotten.get(key) if row is None else rank_of(row.envelope)
        if held is not None and held not in ranks:
            raise Violation(f"a version that nobody wrote: {key} {held}")
        for rank in ranks:
            if (key, rank) not in world.gone and (held is None or held < rank):
                raise Violation(f"acknowledged, and lost: {key} {rank}, held {held}")


def _check_agree(name: str, disk: Disk, parent: str, above: Disk, forgotten: Collection[Key]) -> None:
    """I1: a node and its parent hold the same, each of the other's part what goes that way.

    An end that some node has forgotten may be missing on one side: there is nothing left that it could end.
    """
    here, there = _known(disk, forgotten), _known(above, forgotten)
    for key in here.keys() | there.keys():
        if here.get(key) != there.get(key) and not (key not in there and _is_revoked(above, key)):
            raise Violation(f"{name} and {parent} differ on {key}: {here.get(key)}, {there.get(key)}")


def _is_revoked(disk: Disk, key: Key) -> bool:
    """Whether this node refused a statement because the key that signed it was revoked before it came here first."""
    return key[1] in trust.KINDS and any(
        (waiting, reason) == (key, REVOKED_KEY) for (_, waiting, _), (reason, _) in disk.quarantine.items()
    )


def _known(disk: Disk, forgotten: Collection[Key]) -> dict[Key, tuple[object, bytes]]:
    rows = [(key, row.envelope) for key, row in disk.records.items() if row.envelope.op != "X"]
    return {key: (rank_of(e), e.sha256) for key, e in rows if not (e.op == "D" and key in forgotten)}


def _check_erased(name: str, disk: Disk) -> None:
    """Of what was erased nothing is kept, in the quarantine either."""
    erased = {key for key, row in disk.records.items() if row.envelope.op == "E"}
    if any(key in erased and envelope.body is not None for (_, key, _), (_, envelope) in disk.quarantine.items()):
        raise Violation(f"{name} keeps words of an erased record")


def _check_shown(name: str, disk: Disk) -> None:
    """What people see is just what the records say."""
    said = {key: row.envelope.body for key, row in disk.records.items() if key[1] == NOTE and row.envelope.op == "P"}
    if said != disk.shown:
        raise Violation(f"{name} shows something else than its records")
