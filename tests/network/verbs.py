"""Verbs of the CLI as processes of their own, forked from one that has imported everything.

Starting Python, importing and making what searches need costs seconds of processor time a node; forking costs some
milliseconds. Each verb still has its own process, environment, output and exit code, and goes through `main` as from a
terminal. What a node does from a cold start is shown by `sanlian network up` and the tutorial.
"""

import atexit
import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from sqlalchemy.orm import configure_mappers

from app.matching.engine.market import Market
from app.matching.profile import Profile
from app.regions.shipped import load_shipped as load_regions
from app.taxonomy.shipped import load_shipped as load_taxonomy

SANLIAN = "app.cli:main"
# What the verbs import when they run; what is missing here only costs time.
PRELOADED = (
    "app.cli", "app.main", "app.cli.matching.audit", "app.cli.matching.batch", "app.kernel.migrate", "app.sync.link",
    "app.regions.service", "psycopg", "sqlite3", "uvicorn",
)  # fmt: skip


class Verbs:
    """The process that verbs are forked from; it is started with the first of them."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._turn = threading.Lock()

    def run(self, arguments: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
        """Run `sanlian ARGUMENTS` in an environment to its end; what it printed and its exit code."""
        with tempfile.TemporaryDirectory() as folder:
            files = [str(Path(folder, name)) for name in ("out", "err")]
            pid = self.ask("start", [arguments, env, files, SANLIAN])
            code = self.ask("wait", pid)
            out, err = (Path(file).read_text("utf-8") for file in files)
        return subprocess.CompletedProcess(arguments, code, out, err)

    def start(self, arguments: list[str], env: dict[str, str], output: Path, program: str = SANLIAN) -> "Started":
        """Start `sanlian ARGUMENTS` and leave it running; what it prints is added to `output`.

        `program` is the `module:function` to run in its place.
        """
        return Started(self, self.ask("start", [arguments, env, [str(output)] * 2, program]))

    def ask(self, what: str, about: Any) -> Any:
        """Have the other process do something; its answer."""
        with self._turn:
            process = self._started()
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps([what, about]) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

    def _started(self) -> "subprocess.Popen[str]":
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.network.verbs"],
                cwd=Path(__file__).parents[2],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            atexit.register(self.close)
        return self._process

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            with self._process:  # closes its input, at which it ends
                pass
            self._process = None


class Started:
    """A verb that runs, as `subprocess.Popen` shows a process of its own."""

    def __init__(self, verbs: Verbs, pid: int) -> None:
        self._verbs, self.pid = verbs, pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit code; None while it runs."""
        if self.returncode is None:
            self.returncode = self._verbs.ask("poll", self.pid)
        return self.returncode

    def wait(self, seconds: float = 20) -> int:
        """The exit code once it has ended; TimeoutError if it does not."""
        until = time.monotonic() + seconds
        while (code := self.poll()) is None:
            if time.monotonic() > until:
                raise TimeoutError(f"process {self.pid} still runs")
            time.sleep(0.01)
        return code

    def send_signal(self, how: signal.Signals) -> None:
        if self.poll() is None:  # what has ended and was waited for may be somebody else's number by now
            os.kill(self.pid, how)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


VERBS = Verbs()


def _serve() -> None:
    """Do what each line of standard input asks, and answer it on a line: fork a verb, look for its end, wait for it."""
    for module in PRELOADED:
        importlib.import_module(module)
    configure_mappers()
    taxonomy = load_taxonomy()
    taxonomy.warm()
    Market.empty(taxonomy, load_regions()).best(Profile(), date.min, limit=1, side=1)  # loads what numba compiled
    gc.freeze()
    for line in iter(sys.stdin.readline, ""):
        what, about = json.loads(line)
        if what == "start":
            answer: int | None = os.fork()
            if not answer:
                _run(*about)
        else:
            pid, status = os.waitpid(about, os.WNOHANG if what == "poll" else 0)
            answer = os.waitstatus_to_exitcode(status) if pid else None
        print(json.dumps(answer), flush=True)


def _run(arguments: list[str], env: dict[str, str], files: list[str], program: str) -> NoReturn:
    os.environ.clear()
    os.environ.update(env)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, file in enumerate(files, 1):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), number)
    sys.argv = ["sanlian", *arguments]
    module, _, function = program.partition(":")
    getattr(importlib.import_module(module), function)()
    sys.exit()


if __name__ == "__main__":
    _serve()
