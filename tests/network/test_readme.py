"""The walk through the API works as it is printed, in both languages."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.network.local_network import Network

ROOT = Path(__file__).resolve().parents[2]


def walk(page: str) -> str:
    """The longest block of commands in a page."""
    blocks: list[str] = re.findall(r"```sh\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL)
    return max(blocks, key=len)


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
@pytest.mark.slow
def test_the_walk_works_as_printed(sample_network: Network, page: str) -> None:
    network, script = sample_network, walk(page)
    for printed, plan in (("8000", network.plans[0]), ("8011", network.plans[2])):
        assert f"127.0.0.1:{printed}" in script
        script = script.replace(f"127.0.0.1:{printed}", f"127.0.0.1:{plan.port}")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=network.folder.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    best, *factors = done.stdout.splitlines()[:7]
    assert re.fullmatch(r"\d+ .*保洁.*", best)
    assert len([line for line in factors if re.match(r" +\d+  \S", line)]) == 6
    assert done.stdout.splitlines()[7:] == ["submitted", "approved", "open", "1", "closed_early", "0"]
