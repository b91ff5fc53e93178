"""The tutorial works as it is printed: its commands, one after another, on a copy of the tree."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.network.processes import free_port

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_the_tutorial_works_as_printed(tmp_path: Path) -> None:
    script = "\n".join(re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "tutorial.md").read_text("utf-8"), re.DOTALL))
    script = script.replace("make setup ", "# make setup ").replace(".venv/bin/python", sys.executable)
    for printed in ("9000", "9010", "9011"):
        assert printed in script
        script = script.replace(printed, str(free_port()))
    output = tmp_path / "output"
    with output.open("wb") as file:
        shell = subprocess.Popen(
            ["bash", "-emc", script],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        code = shell.wait(300)
    finally:
        # With job control every server has a process group of its own, in the shell's session.
        subprocess.run(["pkill", "-KILL", "-s", str(shell.pid)], check=False)
    said = output.read_text("utf-8")
    assert code == 0, said
    assert '"total": 3' in said
    assert '"own_listings":0,"known_listings":3' in said
    assert not (tmp_path / "tutorial").exists()
