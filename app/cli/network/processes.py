"""The nodes as processes: started, watched, stopped. One process each, its output kept in the node's log folder."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

import httpx

from app.cli.console import Refusal
from app.cli.network.plan import NodePlan
from app.cli.network.stopping import StopSignals

STARTS_WITHIN_S = 60
STOPS_WITHIN_S = 10
TAIL_LINES = 20
_POLL_S = 0.1


class NodeProcess:
    """One node's server process."""

    def __init__(self, plan: NodePlan) -> None:
        self.plan = plan
        self.output = plan.folder / "log" / "console.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, signals: StopSignals, *, again: bool = False) -> None:
        """Start the server; it is not ready yet. `again` keeps the log of the process before it."""
        self.output.parent.mkdir(parents=True, exist_ok=True)
        with self.output.open("ab" if again else "wb") as output, signals.deferred():
            # A session of its own: Ctrl-C at the terminal reaches only us, and we stop it in order.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "app", "serve"],
                env=environment(self.plan),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def ending(self) -> str:
        """How the process ended by itself; empty while it runs."""
        code = self._process.poll() if self._process is not None else None
        if code is None:
            return ""
        return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"

    def check(self) -> None:
        """Refusal with the end of its log if the process has ended by itself."""
        if how := self.ending:
            raise Refusal(f"{self.plan.name} ({self.plan.node}) {how}.", f"The end of {self.output}:\n{self.tail()}")

    def is_ready(self) -> bool:
        """Whether it answers."""
        try:
            return httpx.get(self.plan.url + "/readyz", timeout=2, trust_env=False).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def tail(self) -> str:
        """The last lines of its output."""
        lines = self.output.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-TAIL_LINES:]) or "(nothing)"

    def ask_to_stop(self) -> None:
        """SIGTERM: finish what is under way, then end."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def wait(self, until: float) -> None:
        """Wait until it has ended; kill it at monotonic time `until`."""
        if self._process is None:
            return
        try:
            self._process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


def environment(plan: NodePlan) -> dict[str, str]:
    """The environment of a node's process: ours, without what would give it another database or place."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("SANLIAN_") and k != "DATABASE_URL"}
    own = {f"SANLIAN_{name.upper()}": str(value) for name, value in node_settings(plan).items()}
    return {**kept, **own, "PYTHONUNBUFFERED": "1"}


def node_settings(plan: NodePlan) -> dict[str, object]:
    """What differs from the defaults of `Settings` on the local network: it reacts within seconds."""
    found: dict[str, object] = {
        "dir": plan.folder.absolute(),
        "mode": "demo",
        "port": plan.port,
        "push_first_delay_s": 0.5,
        "push_cap_s": 2,
        "push_jitter_s": 0.5,
        "housekeeping_s": 10,
    }
    if plan.parent is not None:
        found["parent_url"] = plan.parent.url  # the network may have moved to other ports since it was made
    return found


def wait_ready(nodes: Sequence[NodeProcess]) -> None:
    """Return when every one of them answers; Refusal if one ends or takes longer than a minute."""
    waiting = list(nodes)
    until = time.monotonic() + STARTS_WITHIN_S
    while waiting:
        for node in waiting:
            node.check()
        waiting = [node for node in waiting if not node.is_ready()]
        if waiting and time.monotonic() > until:
            node = waiting[0]
            raise Refusal(f"{node.plan.name} does not answer at {node.plan.url}.", f"{node.output}:\n{node.tail()}")
        if waiting:
            time.sleep(_POLL_S)


def restart_stopped(nodes: Sequence[NodeProcess], signals: StopSignals) -> None:
    """Start again those that have ended by themselves."""
    for node in nodes:
        if node.ending:
            node.start(signals, again=True)


def stop_all(nodes: Sequence[NodeProcess]) -> None:
    """End every process, children of the tree first: kindly, after ten seconds for good."""
    for node in reversed(nodes):
        node.ask_to_stop()
    until = time.monotonic() + STOPS_WITHIN_S
    for node in nodes:
        node.wait(until)
