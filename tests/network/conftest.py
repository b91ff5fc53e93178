"""Networks shared by all tests that leave them as they found them: running, and with nothing to push."""

from collections.abc import Iterator

import pytest

from tests.network.local_network import Network
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


@pytest.fixture(scope="session")
def sample_network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """The network of `make run` with one street and its sample; it runs."""
    network = Network(tmp_path_factory.mktemp("sample") / "var", streets=1).start()
    yield network
    if network.process.poll() is None:
        assert network.stop() == 0, network.said
