"""A city, a district and a street as three processes that run for many tests, and an office at work in the street."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.exchange.key_folder import KeyFolder
from tests.network.office import Office
from tests.network.processes import NodeProcess, wait_until


class ThreeLevels:
    """Three nodes, each the parent of the next, and the staff of the street."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.city = NodeProcess(folder / "guangzhou", "guangzhou", "广州市", "city", "440100")
        self.district = NodeProcess(folder / "yuexiu", "yuexiu", "越秀区", "district", "440104")
        self.street = NodeProcess(folder / "beijing", "beijing", "北京街道", "street", "440104003")
        self.nodes = [self.city, self.district, self.street]

    def start(self) -> "ThreeLevels":
        """Set all three up, each under its running parent, and serve them."""
        self.city.init().start()
        self.district.init(self.city).start()
        self.street.init(self.district)
        self.office = Office(self.street.url, self.street.add_staff("admin"))
        self.street.start()
        return self

    def public_key(self, node: str) -> bytes:
        """The public key of any node below this folder, from the key file of the node itself."""
        return KeyFolder(self.folder / node / "keys", node).present().public

    def settle(self, seconds: float = 10) -> None:
        """Wait until nothing waits to be pushed and all three know the same number of listings."""
        wait_until(self.is_settled, seconds, lambda: [node.status() for node in self.nodes])

    def is_settled(self) -> bool:
        found = [node.status() for node in self.nodes]
        return all(s["backlog"] == 0 for s in found) and len({s["known_listings"] for s in found}) == 1

    def stop(self) -> None:
        for node in reversed(self.nodes):
            node.stop()
        if hasattr(self, "office"):
            self.office.close()


@contextmanager
def three_levels(folder: Path) -> Iterator[ThreeLevels]:
    """Three nodes that run for the length of the block."""
    network = ThreeLevels(folder)
    try:
        yield network.start()
    finally:
        network.stop()
