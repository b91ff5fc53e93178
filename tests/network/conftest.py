"""One three-level network for all tests that leave it as they found it: running, and with nothing to push."""

from collections.abc import Iterator

import pytest

from tests.network.three_levels import ThreeLevels, three_levels


@pytest.fixture(scope="session")
def network_of_three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ThreeLevels]:
    with three_levels(tmp_path_factory.mktemp("three")) as network:
        yield network


@pytest.fixture
def three(network_of_three: ThreeLevels) -> ThreeLevels:
    """The shared network, all of it running and settled."""
    for node in network_of_three.nodes:
        if node.process is None:
            node.start()
    network_of_three.settle()
    return network_of_three
