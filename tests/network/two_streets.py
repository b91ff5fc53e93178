"""The three levels with a second street below the same district: what one street says, the next has to hear."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.network.office import Office
from tests.network.processes import NodeProcess, wait_until
from tests.network.three_levels import ThreeLevels, three_levels


@dataclass
class Market:
    """The three levels, and a second street below the same district with an office of its own."""

    levels: ThreeLevels
    hongqiao: NodeProcess
    office: Office

    @property
    def nodes(self) -> list[NodeProcess]:
        return [*self.levels.nodes, self.hongqiao]

    def settle(self) -> None:
        """Wait until nothing waits and all know the same listings."""

        def is_settled() -> bool:
            found = [node.status() for node in self.nodes]
            return all(s["backlog"] == 0 for s in found) and len({s["known_listings"] for s in found}) == 1

        wait_until(is_settled, 20, lambda: [node.status() for node in self.nodes])


@contextmanager
def two_streets(folder: Path) -> Iterator[Market]:
    """Four nodes that run for the length of the block."""
    with three_levels(folder) as three:
        hongqiao = NodeProcess(three.folder / "hongqiao", "hongqiao", "洪桥街道", "street", "440104004")
        hongqiao.init(three.district)
        office = Office(hongqiao.url, hongqiao.add_staff("admin"))
        try:
            hongqiao.start()
            yield Market(three, hongqiao, office)
        finally:
            hongqiao.stop()
            office.close()
