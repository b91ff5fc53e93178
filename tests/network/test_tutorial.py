"""The tutorial works as it is printed: its commands, one after another, on a copy of the tree."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.network.processes import free_port

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.xdist_group("tutorial")
def test_the_tutorial_works_as_printed(tmp_path: Path) -> None:
    script = "\n".join(re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "tutorial.md").read_text("utf-8"), re.DOTALL))
    script = script.replace("make setup ", "# make setup ").replace(".venv/bin/python", sys.executable)
    for printed in ("9000", "9010", "9011"):
        assert printed in script
        script = script.replace(printed, str(free_port()))
    done = subprocess.run(
        ["bash", "-emc", "trap 'kill $(jobs -p) 2>tutorial-kill.log || true' EXIT\n" + script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"total": 3' in done.stdout
    assert '"own_listings":0,"known_listings":3' in done.stdout
    assert not (tmp_path / "tutorial").exists()
