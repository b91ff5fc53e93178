"""Which tests run in one worker of pytest-xdist, and which run first.

A file stays in one worker, so that what its module's fixtures set up is set up once; files that share a network of
nodes stay together, too. What takes longest begins first: then the workers end at the same time.
"""

from collections.abc import Iterable

import pytest
from xdist.scheduler import LoadScopeScheduling

# Files by the network of `tests/network/conftest.py` that they share.
NETWORKS = {
    "network_of_three": (
        "test_cli",
        "test_privacy",
        "test_refusals",
        "test_slow_clients",
        "test_sync_verify",
        "test_three_levels",
    ),
    "sample_network": ("test_network_up", "test_readme"),
}
TOGETHER = {f"tests/network/{file}.py": network for network, files in NETWORKS.items() for file in files}
ONE_BY_ONE = ("tests/routes/test_openapi.py",)  # each of its tests is long, and they share little
LONGEST_FIRST = ("tests/network/", "tests/durability/", "tests/routes/", "tests/service/")


class Schedule(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Hands out whole files, and the files of a network together, in the order in which they were collected."""

    def __init__(self, config: pytest.Config, log: object = None) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False  # xdist would begin with the most tests, which are the quickest

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return nodeid if file in ONE_BY_ONE else TOGETHER.get(file, file)


def in_order(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """The tests, those that take longest first."""
    return sorted(items, key=_rank)


def _rank(item: pytest.Item) -> tuple[int, bool]:
    folder = next((place for place, one in enumerate(LONGEST_FIRST) if item.nodeid.startswith(one)), len(LONGEST_FIRST))
    return folder, item.nodeid.partition("::")[0] not in TOGETHER
