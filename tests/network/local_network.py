"""`sanlian network up` as a process under test."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from app.cli.network.plan import DISTRICT, NodePlan, plan_network
from tests.network.processes import free_port, wait_until

READY_WITHIN_S = 150
PROCESSES = 6  # of pytest, at most


class Network:
    """One `sanlian network up` under test."""

    def __init__(self, folder: Path, streets: int = 2, *, has_sample: bool = True) -> None:
        self.folder, self.has_sample = folder, has_sample
        self.streets = streets
        self.base_port = self._free_base()
        self.plans = plan_network(folder, self.base_port, streets)
        self.output = folder.parent / f"{folder.name}.out"

    def start(self) -> "Network":
        """Start it, and return once it says that it is ready."""
        self._begin()
        wait_until(
            lambda: "ready in" in self.said or self.process.poll() is not None, READY_WITHIN_S, lambda: self.said
        )
        assert self.process.poll() is None, self.said
        return self

    def stop_while_it_is_set_up(self) -> None:
        """Start it and stop it as soon as the district has a folder."""
        self._begin()
        wait_until((self.folder / DISTRICT).exists, 60, lambda: self.said)
        time.sleep(0.3)
        assert self.stop() == 0, self.said
        assert "ready in" not in self.said

    def _begin(self) -> None:
        command = [sys.executable, "-m", "app", "network", "up", "--dir", str(self.folder)]
        command += ["--base-port", str(self.base_port), "--streets", str(self.streets)]
        command += [] if self.has_sample else ["--no-sample"]
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )

    @property
    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(30)

    def status(self, plan: NodePlan) -> dict[str, Any]:
        found: dict[str, Any] = httpx.get(plan.url + "/v1/node", timeout=5).raise_for_status().json()
        return found

    def children(self) -> list[int]:
        return [
            int(pid) for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        ]

    def _free_base(self) -> int:
        # Below the range that the system hands out, so that no other test is given one of these by chance. Each test
        # process takes from a part of its own: a network listens only some seconds after it was given its ports.
        process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % PROCESSES
        return 21_000 + (free_port() % (90 // PROCESSES) * PROCESSES + process) * 100
