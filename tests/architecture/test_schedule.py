"""The table by which the tests are handed out keeps together what shares a network."""

import re
from pathlib import Path

import pytest

from tests.schedule import NETWORKS

TESTS = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("network", "asked_for"), [("network_of_three", r"\bthree: ThreeLevels"), ("sample_network", r"\bsample_network:")]
)
def test_every_file_that_asks_for_a_shared_network_stays_in_its_worker(network: str, asked_for: str) -> None:
    files = {
        file.stem for file in (TESTS / "network").glob("test_*.py") if re.search(asked_for, file.read_text("utf-8"))
    }
    assert files == set(NETWORKS[network])
