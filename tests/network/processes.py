"""Real nodes as real processes on loopback, for tests: init, enrol, serve, stop, kill.

What runs beside the tests is always a process of its own. Setting a node up is done here in the test's process by the
functions that the verbs call, which takes a third of the time; the verbs themselves are run in `test_cli`.
"""

import os
import random
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx

from app.auth.roles import Role
from app.auth.service import add_staff, create_token
from app.cli.enrol import issue_code
from app.cli.init import initialise
from app.kernel.clock import SystemClock
from app.kernel.db import Database
from app.regions.queries import own_office
from app.settings import Settings
from tests.network.verbs import VERBS, Started

PASSWORD = "correct horse battery"
DEMO = {
    "SANLIAN_MODE": "demo",
    "SANLIAN_PUSH_FIRST_DELAY_S": "0.2",
    "SANLIAN_PUSH_CAP_S": "1",
    "SANLIAN_PUSH_JITTER_S": "0",
}


def free_port() -> int:
    """A loopback port that nobody listens on just now.

    Below the range that the system takes outgoing ports from: otherwise a node that is stopped and started again could
    find its port taken by somebody's connection.
    """
    while True:
        port = random.randrange(10_000, 20_000)
        with socket.socket() as sock:
            try:
                sock.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


class NodeProcess:
    """One node: its folder, its port, and its process while it runs."""

    def __init__(self, folder: Path, node: str, name: str, tier: str, region: str, database_url: str = "") -> None:
        self.folder, self.node, self.name, self.tier, self.region = folder, node, name, tier, region
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: Started | None = None
        self.env = {**os.environ, **DEMO, "SANLIAN_DIR": str(folder), "SANLIAN_PORT": str(self.port)}
        self.env.pop("DATABASE_URL", None)
        if database_url:
            self.env["DATABASE_URL"] = database_url

    def sanlian(self, *arguments: str, check: bool = True, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a verb of the CLI with this node's environment, in a process of its own."""
        done = VERBS.run(list(arguments), {**self.env, **env})
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    @property
    def settings(self) -> Settings:
        """The settings that this node's process has."""
        return Settings(
            DATABASE_URL=self.env.get("DATABASE_URL"),
            dir=self.folder,
            port=self.port,
            mode="demo",
        )

    @property
    def place(self) -> list[str]:
        """What `sanlian init` has to be told of this node."""
        return ["--node", self.node, "--name", self.name, "--tier", self.tier, "--region", self.region]

    def init(self, parent: "NodeProcess | None" = None) -> "NodeProcess":
        """Set the node up; with a running `parent`, enrol it there."""
        place = {"node": self.node, "name": self.name, "tier": self.tier, "region": self.region}
        if parent is None:
            initialise(self.settings, **place)
        else:
            code = issue_code(parent.settings, self.node, self.tier, self.region)
            initialise(self.settings, **place, parent_url=parent.url, code=code)
        return self

    def add_staff(self, username: str, role: Role = Role.ADMIN) -> str:
        """A staff member with a token; the token."""
        database = Database(self.settings.effective_database_url)
        try:
            with database.write() as session:
                clock = SystemClock()
                office = own_office(session).id
                add_staff(
                    session, clock, username=username, name=username, role=role, office_id=office, password=PASSWORD
                )
                return create_token(session, clock, username, "test")[0]
        finally:
            database.dispose()

    def start(self) -> "NodeProcess":
        """Serve, and return once the node is ready."""
        self.folder.mkdir(parents=True, exist_ok=True)
        process = self.process = self.begin()
        wait_until(lambda: self.is_ready() or process.poll() is not None, 30, self.output)
        assert process.poll() is None, self.output()
        return self

    def begin(self) -> Started:
        """A process that serves this node."""
        return VERBS.start(["serve"], self.env, self.folder / "stdio.log")

    def output(self) -> str:
        """The end of what the process has printed."""
        return (self.folder / "stdio.log").read_text("utf-8", "replace")[-3000:]

    def is_ready(self) -> bool:
        try:
            return httpx.get(self.url + "/readyz", timeout=2, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop the process, by default kindly; SIGKILL asks nobody."""
        if self.process is not None:
            self.process.send_signal(how)
            try:
                self.process.wait(20)
            finally:
                if self.process.poll() is None:
                    self.process.kill()
                    self.process.wait()
                self.process = None

    def get(self, path: str, token: str = "", **query: Any) -> Any:
        """The JSON of a GET that must succeed."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = httpx.get(self.url + path, params=query, headers=headers, timeout=20, trust_env=False)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def status(self) -> dict[str, Any]:
        """What the node says of itself."""
        found: dict[str, Any] = self.get("/v1/node")
        return found

    def listed(self) -> int:
        """How many open listings the node knows, by its public search."""
        total: int = self.get("/v1/listings", limit=1)["total"]
        return total


def said(done: subprocess.CompletedProcess[str]) -> str:
    """Everything printed, on one line; never a traceback."""
    text = done.stdout + done.stderr
    assert "Traceback" not in text, text
    return " ".join(text.split())


def refused(node: NodeProcess, *arguments: str, **env: str) -> str:
    """What a verb says that ends with exit code 1."""
    done = node.sanlian(*arguments, check=False, **env)
    assert done.returncode == 1, done
    return said(done)


def wait_until(condition: Any, seconds: float, what: Any = lambda: "") -> float:
    """Wait until `condition()` holds; how long it took. AssertionError with `what()` after `seconds`."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < seconds, f"not within {seconds} s: {what()}"
        time.sleep(0.05)
    return time.monotonic() - start
