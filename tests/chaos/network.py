"""The network under test: a city, a district and three streets as processes, a wire from each child to its parent."""

import json
import shutil
import sqlite3
import threading
import zlib
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from app.cli.network.plan import plan_network
from app.exchange.envelope import Envelope, decode_line
from app.exchange.models import SyncQuarantine
from app.exchange.sql_ledger import SqlLedger
from app.kernel.db import Database
from app.sync.push import backlog
from app.vacancies.listing import KIND
from tests.chaos import wrong_clock
from tests.chaos.book import ENDED, Book, Photograph, Said
from tests.chaos.clerks import Clerk
from tests.chaos.judge import Held, Seen
from tests.chaos.schedule import Place
from tests.chaos.wires import Wire, Wires
from tests.network.office import Office, records
from tests.network.processes import NodeProcess, wait_until
from tests.network.verbs import VERBS, Started

STREETS = 3
PACE = {"SANLIAN_HOUSEKEEPING_S": "2", "SANLIAN_WRITE_WAIT_S": "3"}
READY_WITHIN_S = 60


@dataclass(frozen=True)
class Backup:
    """A file of a node, and what it has to hold."""

    path: Path
    photograph: Photograph


class Node(NodeProcess):
    """A node, its clerks, its backups, and how wrong its clock is."""

    def __init__(self, folder: Path, node: str, name: str, tier: str, region: str, database_url: str = "") -> None:
        super().__init__(folder, node, name, tier, region, database_url)
        self.env.update(PACE)
        self.clock_offset_s = 0
        self.turn = threading.RLock()  # one thing at a time is done to its process or its disk
        self.clerks: list[Clerk] = []
        self.backups: list[Backup] = []

    @property
    def database_url(self) -> str:
        return self.settings.effective_database_url

    def begin(self) -> Started:
        if not self.clock_offset_s:
            return super().begin()
        log = self.folder / "stdio.log"
        return VERBS.start([str(self.clock_offset_s)], self.env, log, wrong_clock.PROGRAM)

    def begin_verb(self, *arguments: str) -> Started:
        """A verb of the CLI on this node, beside others: `VERBS.run` would make them wait for it."""
        return VERBS.start(list(arguments), self.env, self.folder / "stdio.log")

    def back_up(self, book: Book) -> None:
        """One more backup, made while the node serves."""
        photograph = book.photograph(self.node)
        path = self.folder / "backups" / f"{len(self.backups)}.sanlian-backup"
        path.parent.mkdir(exist_ok=True)
        if self.begin_verb("backup", "--out", str(path)).wait(60) == 0:
            self.backups.append(Backup(path, photograph))

    def restore(self, backup: Backup) -> Started:
        return self.begin_verb("restore", str(backup.path))

    def copy(self, folder: Path) -> "Node":
        """A node on a copy of this one's disk, as after a careless move to another machine."""
        found = Node(folder, self.node, self.name, self.tier, self.region)
        found.env["SANLIAN_PARENT_URL"] = self.env["SANLIAN_PARENT_URL"]
        folder.mkdir(parents=True)
        shutil.copytree(self.folder / "keys", folder / "keys")
        with (
            closing(sqlite3.connect(self.folder / "sanlian.db")) as here,
            closing(sqlite3.connect(folder / "sanlian.db")) as there,
        ):
            here.backup(there)
        return found


class Network:
    """Five nodes and four wires."""

    def __init__(self, folder: Path, seed: int, database_urls: Mapping[str, str]) -> None:
        self.folder = folder
        plans = plan_network(folder, 0, STREETS)
        self.nodes = {
            p.node: Node(p.folder, p.node, p.name, p.tier, p.region, database_urls.get(p.tier, "")) for p in plans
        }
        self.parents = {p.node: p.parent.node if p.parent else None for p in plans}
        city, district, *streets = self.nodes
        self.place = Place(city, district, streets)
        self._wires = Wires()
        self.wires: dict[str, Wire] = {}
        for child, parent in self.parents.items():
            if parent is not None:
                port = self.nodes[parent].port
                self.wires[child] = self._wires.lay(child, port, seed ^ zlib.crc32(child.encode()))
        self.do = self._wires.do

    def set_up(self) -> dict[str, Office]:
        """Make the nodes, each under its running parent, and serve them; the office of each district and street."""
        offices = {}
        for name, node in self.nodes.items():
            parent = self.parents[name]
            node.init(None if parent is None else self.nodes[parent])
            if parent is not None:
                node.env["SANLIAN_PARENT_URL"] = f"http://127.0.0.1:{self.wires[name].port}"
                offices[name] = Office(node.url, node.add_staff("admin"))
            node.start()
        for office in offices.values():
            office.employer()
        wait_until(self.is_settled, 30)
        return offices

    def start(self, nodes: Iterable[Node]) -> None:
        """Start these processes at once, and return once all are ready."""
        nodes = list(nodes)
        for node in nodes:
            node.process = node.begin()
        for node in nodes:
            process = node.process
            assert process is not None
            wait_until(lambda n=node, p=process: n.is_ready() or p.poll() is not None, READY_WITHIN_S, node.output)
            assert process.poll() is None, node.output()

    def stop(self) -> None:
        for node in reversed(self.nodes.values()):
            node.stop()
        self._wires.stop()

    # What a look at the nodes shows.

    def is_settled(self) -> bool:
        """Whether every node holds the same, shows the same, has nothing to push, and recovers no more.

        Read from the databases: to ask processes that wait for a processor would take longer than what is measured.
        """
        first: tuple[object, ...] | None = None
        for node in self.nodes.values():
            there, is_idle = _stand(node.database_url)
            first = first or there
            if there != first or not is_idle:
                return False
        return True

    def lift_suspensions(self) -> int:
        """What a person at a parent does whose child is suspended and runs once by now: a request of an earlier life
        that comes late looks like a copy at work. How many were lifted."""
        found = [(node, peer) for node in self.nodes.values() for (peer,) in _ask(node.database_url, _SUSPENDED)]
        return sum(node.begin_verb("sync", "lift", peer).wait(60) == 0 for node, peer in found)

    def stand(self) -> str:
        """How far each node has come, for people."""
        said = ("known_listings", "backlog", "is_recovering", "last_error")
        status = {name: node.status() for name, node in self.nodes.items()}
        return "; ".join(f"{name} {' '.join(str(found[word]) for word in said)}" for name, found in status.items())

    def processor_times(self) -> tuple[float, float]:
        """Seconds that the nodes' threads have run, and that they were ready to and waited for a processor."""
        tasks = [t for n in self.nodes.values() if n.process for t in Path(f"/proc/{n.process.pid}/task").iterdir()]
        times = [(task / "schedstat").read_text().split() for task in tasks]
        return sum(int(ran) for ran, _, _ in times) / 1e9, sum(int(waited) for _, waited, _ in times) / 1e9

    def look(self) -> dict[str, Seen]:
        """What every node holds, and shows by its API."""
        return {
            name: Seen(
                {key: _held(e) for key, e in records(node.database_url).items() if e.op != "X"},
                _shown(node),
                _overruled(node.database_url),
            )
            for name, node in self.nodes.items()
        }

    def halves(self) -> list[str]:
        """What is damaged or half-written at any node, a line each."""
        return [line for name, node in self.nodes.items() for line in _halves(name, node.database_url)]

    def complaints(self) -> list[str]:
        """What the nodes have logged that must never happen, a line each."""
        return [
            f"{name}: {line}"
            for name, node in self.nodes.items()
            for line in (node.folder / "log" / "sanlian.log").read_text("utf-8").splitlines()
            if _is_complaint(line)
        ]

    def observe(self, book: Book, besides: Iterable[str] = ()) -> None:
        """Write down how far the disks of all nodes have come, but for some."""
        for name in self.nodes.keys() - set(besides):
            held = records(self.nodes[name].database_url)
            says = {key[2]: said for key, e in held.items() if e.op != "X" and (said := _said(e)) is not None}
            book.observe(name, says)


# Errors of the program. That the database cannot be written for a while is the full disk's doing.
_NEVER = ("record not understood", "register cannot follow", "own listing has no office", "equivocation")
_UNEXPECTED = ("courier failed", "subscriber failed", "job failed", "unhandled")


def _is_complaint(line: str) -> bool:
    try:
        said = json.loads(line)
    except ValueError:  # half a line, on the full disk
        return False
    return said["event"] in _NEVER or (said["event"] in _UNEXPECTED and said.get("error") != "OperationalError")


# What one transaction writes in several tables is there whole or not at all: each question has no answer.
_HALVES = {
    "a head that no record has": "SELECT head FROM sync_head WHERE head <> (SELECT max(seq) FROM sync_record)",
    "a head without a mark": "SELECT head FROM sync_head WHERE head <> (SELECT max(seq) FROM sync_mark)",
    "a vacancy without its step in the log": "SELECT id FROM vacancy WHERE version <>"
    " (SELECT max(version) FROM vacancy_log WHERE vacancy_id = vacancy.id)",
    "a key without its answer": "SELECT key FROM idempotent_answer WHERE status IS NULL",
    "an open vacancy without its listing": "SELECT id FROM vacancy WHERE state = 'open' AND id NOT IN"
    " (SELECT rid FROM sync_record WHERE kind = 'listing' AND op = 'P')",
    "a listing of an ended vacancy": "SELECT id FROM vacancy WHERE state = 'closed_early' AND id IN"
    " (SELECT rid FROM sync_record WHERE kind = 'listing' AND op = 'P')",
}


def _halves(node: str, database_url: str) -> list[str]:
    """What is damaged or half-written in a node's database."""
    found = [f"{node}: {what}: {row[0]}" for what, asked in _HALVES.items() for row in _ask(database_url, asked)]
    if database_url.startswith("sqlite"):
        found += [f"{node}: {said}" for (said,) in _ask(database_url, "PRAGMA integrity_check") if said != "ok"]
    return found


_ALL = "SELECT origin, kind, rid, inc, ver, op, sig FROM sync_record WHERE op <> 'X'"
_SUSPENDED = "SELECT DISTINCT peer FROM sync_peer WHERE dir = 'in' AND suspended"
_SHOWN = "SELECT origin, rid, status FROM listing"


def _stand(database_url: str) -> tuple[tuple[object, ...], bool]:
    """What a node holds and what it shows, and whether it has nothing to push and is not recovering.

    Records count by their signatures: an Ed25519 signature is of one content.
    """
    database = Database(database_url)
    try:
        with database.snapshot() as session:
            records, shown = (frozenset(map(tuple, session.execute(text(asked)))) for asked in (_ALL, _SHOWN))
            ledger = SqlLedger(session)
            return (records, shown), not ledger.meta().recovering and not backlog(ledger)
    finally:
        database.dispose()


def _ask(database_url: str, question: str) -> list[tuple[Any, ...]]:
    """The answer of a node's database, read beside the running node."""
    database = Database(database_url)
    try:
        with database.reader.connect() as connection:
            return [tuple(row) for row in connection.execute(text(question))]
    finally:
        database.dispose()


def _said(envelope: Envelope) -> Said | None:
    """What a listing says; None of another kind of record."""
    if envelope.kind != KIND:
        return None
    if envelope.body is None:
        return Said(ENDED)
    body = json.loads(envelope.body)
    return Said(body["status"], body["valid_until"])


def _held(envelope: Envelope) -> Held:
    said = _said(envelope)
    title = json.loads(envelope.body)["title"] if said is not None and envelope.body is not None else None
    return Held(envelope.inc, envelope.ver, envelope.op, envelope.sha256.hex(), said, title)


def _shown(node: Node) -> list[tuple[str, str]]:
    """The listings that a node shows to anybody, page by page."""
    found: list[tuple[str, str]] = []
    after: str | None = None
    while True:
        page = node.get("/v1/listings", limit=100, **({} if after is None else {"after": after}))
        found += [(item["origin"]["node"], item["id"]) for item in page["items"]]
        after = page["next"]
        if after is None:
            return found


def _overruled(database_url: str) -> dict[str, list[Said]]:
    """The versions of its own records that a node keeps for a person to see, by id."""
    database = Database(database_url)
    with database.read() as session:
        q = SyncQuarantine
        raw = session.scalars(select(q.raw).where(q.reason == "overruled")).all()
    database.dispose()
    found: dict[str, list[Said]] = {}
    for line in raw:
        envelope = decode_line(line)
        said = _said(envelope)
        if said is not None:
            found.setdefault(envelope.rid, []).append(said)
    return found
