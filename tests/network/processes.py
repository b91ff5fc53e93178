"""Real nodes as real processes on loopback, for tests: init, enrol, serve, stop, kill."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

PASSWORD = "correct horse battery"
DEMO = {
    "SANLIAN_MODE": "demo",
    "SANLIAN_PUSH_FIRST_DELAY_S": "0.2",
    "SANLIAN_PUSH_CAP_S": "1",
    "SANLIAN_PUSH_JITTER_S": "0",
}


def free_port() -> int:
    """A loopback port that nobody listens on just now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


class NodeProcess:
    """One node: its folder, its port, and its process while it runs."""

    def __init__(self, folder: Path, node: str, name: str, tier: str, region: str, database_url: str = "") -> None:
        self.folder, self.node, self.name, self.tier, self.region = folder, node, name, tier, region
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self.env = {**os.environ, **DEMO, "SANLIAN_DIR": str(folder), "SANLIAN_PORT": str(self.port)}
        self.env.pop("DATABASE_URL", None)
        if database_url:
            self.env["DATABASE_URL"] = database_url

    def sanlian(self, *arguments: str, check: bool = True, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a verb of the CLI with this node's environment."""
        done = subprocess.run(
            [sys.executable, "-m", "app", *arguments],
            check=False,
            env={**self.env, **env},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def init(self, parent: "NodeProcess | None" = None) -> None:
        """Set the node up; with a running `parent`, enrol it there."""
        arguments = ["--node", self.node, "--name", self.name, "--tier", self.tier, "--region", self.region]
        if parent is not None:
            code = parent.sanlian(
                "enrol", self.node, "--tier", self.tier, "--region", self.region, "--quiet"
            ).stdout.strip()
            arguments += ["--parent", parent.url, "--code", code]
        self.sanlian("init", *arguments)

    def add_staff(self, username: str, role: str) -> str:
        """A staff member with a token; the token."""
        self.sanlian("user", "add", username, "--role", role, SANLIAN_PASSWORD=PASSWORD)
        return self.sanlian("token", "create", username).stdout.split()[0]

    def start(self) -> "NodeProcess":
        """Serve, and return once the node is ready."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "stdio.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app", "serve"], env=self.env, stdout=log, stderr=subprocess.STDOUT
            )
        wait_until(self.is_ready, 30, lambda: (self.folder / "stdio.log").read_text("utf-8", "replace")[-3000:])
        return self

    def is_ready(self) -> bool:
        try:
            return httpx.get(self.url + "/readyz", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop the process, by default kindly; SIGKILL asks nobody."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(20)
            self.process = None

    def get(self, path: str, token: str = "", **query: Any) -> Any:
        """The JSON of a GET that must succeed."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = httpx.get(self.url + path, params=query, headers=headers, timeout=20)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any, token: str, **headers: str) -> httpx.Response:
        return httpx.post(
            self.url + path, json=body, headers={"Authorization": f"Bearer {token}", **headers}, timeout=20
        )


def wait_until(condition: Any, seconds: float, what: Any = lambda: "") -> float:
    """Wait until `condition()` holds; how long it took. AssertionError with `what()` after `seconds`."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < seconds, f"not within {seconds} s: {what()}"
        time.sleep(0.05)
    return time.monotonic() - start
