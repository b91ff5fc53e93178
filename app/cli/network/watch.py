"""Watching over the running nodes: what has stopped, and starting it again when somebody asks."""

import sys
from collections.abc import Sequence
from pathlib import Path

from app.cli.network import folder
from app.cli.network.keys import Keys
from app.cli.network.processes import NodeProcess, restart_stopped
from app.cli.network.stopping import StopSignals


class Watch:
    """Asked once a second by the table; a node that has died stops nobody else."""

    def __init__(self, nodes: Sequence[NodeProcess], signals: StopSignals, directory: Path, typed: Keys) -> None:
        self._nodes, self._signals, self._directory, self._typed = nodes, signals, directory, typed

    def look(self) -> dict[str, str]:
        """Start again what has stopped, if that was asked for; then how each stopped node ended, by its name."""
        by_key = "r" in self._typed.pressed()
        if folder.take_restart_request(self._directory) or by_key:
            restart_stopped(self._nodes, self._signals)
        return {
            node.plan.node: f"{node.plan.name} ({node.plan.node}) {how}; the end of {node.output} says more"
            for node in self._nodes
            if (how := node.ending)
        }

    @property
    def way_out(self) -> str:
        """How to start again what has stopped."""
        command = f"{sys.executable} -m app network up --dir {self._directory}"
        key = "r starts again what has stopped; so does, " if self._typed.are_read else "to start it again, "
        return f"{key}in another terminal: {command}"
