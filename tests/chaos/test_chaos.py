"""A short run of real processes, every kind of fault among them: nothing is lost, doubled or resurrected."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.chaos.__main__ import exit_code
from tests.chaos.schedule import Fault

CLEAN: dict[str, object] = {
    "faults": dict.fromkeys(map(str, Fault), 1),
    "lost": 0,
    "doubled": 0,
    "resurrected": 0,
    "findings": 0,
    "converged_s": 1.5,
}


@pytest.mark.slow
def test_half_a_minute_of_every_fault_loses_doubles_and_resurrects_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.chaos", "--seed", "1", "--minutes", "0.4", "--dir", str(tmp_path)]
    folder = Path(__file__).parents[2]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=600, cwd=folder)
    report = json.loads(done.stdout.splitlines()[-1])
    assert all(report["faults"].values()), done.stdout
    assert (report["lost"], report["doubled"], report["resurrected"], report["findings"]) == (0, 0, 0, 0), done.stdout
    assert report["acknowledged"] > 50
    assert report["converged_s"] is not None
    assert done.returncode == exit_code(report)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, 0),
        ({"lost": 1}, 1),
        ({"doubled": 1}, 1),
        ({"resurrected": 1}, 1),
        ({"findings": 1}, 1),
        ({"converged_s": 5.1}, 1),
        ({"converged_s": None}, 1),
        ({"faults": {**dict.fromkeys(map(str, Fault), 1), "kill": 0}}, 2),
    ],
)
def test_the_exit_code_says_whether_the_promises_held(changes: dict[str, object], code: int) -> None:
    assert exit_code({**CLEAN, **changes}) == code
