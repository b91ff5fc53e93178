"""Verbs of the CLI as processes of their own, forked from one that has imported everything.

Starting Python and importing costs more than a second of processor time a verb; forking costs some milliseconds. Each
verb still has its own process, environment, output and exit code, and goes through `main` as from a terminal.
"""

import atexit
import gc
import importlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

from sqlalchemy.orm import configure_mappers

from app.cli import main

# What the verbs import when they run; what is missing here only costs time.
PRELOADED = (
    "app.main", "app.cli.matching.audit", "app.cli.matching.batch", "app.kernel.migrate", "app.sync.link",
    "app.regions.service", "psycopg", "sqlite3", "uvicorn",
)  # fmt: skip


class Verbs:
    """The process that verbs are forked from; it is started with the first of them."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def run(self, arguments: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
        """Run `sanlian ARGUMENTS` in an environment; what it printed and its exit code."""
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        with tempfile.TemporaryDirectory() as folder:
            files = [str(Path(folder, name)) for name in ("out", "err")]
            process.stdin.write(json.dumps([arguments, env, files]) + "\n")
            process.stdin.flush()
            code = int(process.stdout.readline())
            out, err = (Path(file).read_text("utf-8") for file in files)
        return subprocess.CompletedProcess(arguments, code, out, err)

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


VERBS = Verbs()


def _serve() -> None:
    """Fork a process for every line of standard input, and answer its exit code; in the fork, run the verb."""
    for module in PRELOADED:
        importlib.import_module(module)
    configure_mappers()
    gc.freeze()
    for line in iter(sys.stdin.readline, ""):
        child = os.fork()
        if not child:
            _run(*json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _run(arguments: list[str], env: dict[str, str], files: list[str]) -> NoReturn:
    os.environ.clear()
    os.environ.update(env)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, file in enumerate(files, 1):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), number)
    sys.argv = ["sanlian", *arguments]
    main()
    sys.exit()


if __name__ == "__main__":
    _serve()
