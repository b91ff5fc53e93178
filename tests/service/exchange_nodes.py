"""Nodes on real databases that enrol with each other and exchange batches without a network between them."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel
from sqlalchemy import Column, MetaData, String, Table, Text, delete, insert, inspect, select
from sqlalchemy.orm import Session

from app.exchange import PublicBody, erase, publish, retract
from app.exchange.commit import install
from app.exchange.envelope import Envelope, decode_line
from app.exchange.identity import create_node, open_node, register_trust
from app.exchange.key_folder import KeyFolder
from app.exchange.keys import NodeKey, keep_key
from app.exchange.kinds import Kinds
from app.exchange.models import SyncHead, SyncMeta, SyncQuarantine, SyncRecord
from app.exchange.node import Exchange
from app.exchange.receive import Verdicts, receive
from app.exchange.rows import ENVELOPE, envelope_of
from app.exchange.sql_ledger import SqlLedger, SqlLedgers
from app.kernel.db import Base, Database
from app.kernel.ids import new_id
from app.kernel.problems import Problem
from app.kernel.types import Whole, Words
from app.sync import callers, enrolment, feed, proof, push, recovery, rekeying
from app.sync.carrier import Carrier
from app.sync.greeting import greeting
from app.sync.link import Refused
from app.sync.protocol import (
    MAX_RECORDS,
    Batch,
    Cursor,
    DigestAnswer,
    Hello,
    Page,
    PushAnswer,
    UnreadableBatch,
    VersionsAnswer,
    unpack,
    unpack_page,
    wrap,
)
from app.sync.rotation import RotationRequest
from app.sync.subscriber import Reader
from tests.fakes import FakeClock
from tests.simulation.at_once import AtOnce

_own = MetaData()
NOTES = Table(
    "test_note",
    _own,
    Column("origin", String(63), primary_key=True),
    Column("rid", String(36), primary_key=True),
    Column("text", Text, nullable=False),
)
REGIONS = {"guangzhou": "440100", "yuexiu": "440104", "beijing": "440104003", "hongqiao": "440104004"}
TIERS = ("city", "district", "street")


def add_tables(database: Database) -> None:
    """Add the table of these tests' own kinds to a migrated database."""
    with database.writer.begin() as connection:
        _own.create_all(connection)


Backup = dict[str, list[dict[str, Any]]]


def rows_of(database: Database) -> Backup:
    """Everything that a database holds, by table, those that others refer to first."""
    there = set(inspect(database.reader).get_table_names())
    tables = [table for table in (*Base.metadata.sorted_tables, NOTES) if table.name in there]
    with database.reader.connect() as connection:
        return {t.name: [dict(r._mapping) for r in connection.execute(select(t))] for t in tables}


def put_back(database: Database, backup: Backup) -> None:
    """Let a database hold what `backup` does, and nothing else."""
    deletions = [f"DELETE FROM {name}" for name in reversed(backup)]
    tables = {**Base.metadata.tables, NOTES.name: NOTES}
    with database.writer.begin() as connection:
        for deletion in deletions if database.is_sqlite else ["; ".join(deletions)]:  # each is a way to the server
            connection.exec_driver_sql(deletion)
        for name, rows in backup.items():
            if rows:
                connection.execute(insert(tables[name]), rows)


def bodies_in(lines: Sequence[bytes]) -> list[str]:
    """The texts of the notes in envelope lines."""
    return [NoteBody.model_validate_json(decode_line(line).body or "").text for line in lines]


class NoteBody(PublicBody):
    """The body of the kinds that these tests publish."""

    text: Words
    number: Whole = 0


def take_note(session: Session, envelope: Envelope, body: BaseModel) -> None:
    """An applier. The text `poison` makes it fail in the database, `bug` before it."""
    assert isinstance(body, NoteBody)
    if body.text == "bug":
        raise LookupError("an applier's own mistake")
    drop_note(session, envelope)
    text = None if body.text == "poison" else body.text
    session.execute(insert(NOTES).values(origin=envelope.origin, rid=envelope.rid, text=text))


def drop_note(session: Session, envelope: Envelope) -> None:
    session.execute(delete(NOTES).where(NOTES.c.origin == envelope.origin, NOTES.c.rid == envelope.rid))


def kinds() -> Kinds:
    """Trust, and two kinds of note: one in the stream `live`, which goes down, too, and one in `msg`, up only."""
    found = Kinds()
    register_trust(found)
    found.register("note", NoteBody, apply=take_note, remove=drop_note, goes_down=True)
    found.register("msg.note", NoteBody, apply=take_note, remove=drop_note)
    return found


@dataclass
class Node:
    """One node with its database; `start` is what a process does when it begins."""

    database: Database
    clock: FakeClock
    keys_dir: Path
    name: str
    make_kinds: Callable[[], Kinds] = kinds
    exchange: Exchange = field(init=False)
    carrier: Carrier = field(init=False)
    reader: Reader = field(init=False)

    @property
    def keys(self) -> KeyFolder:
        return KeyFolder(self.keys_dir, self.name)

    @property
    def key(self) -> NodeKey:
        return self.exchange.local.key

    def start(self) -> "Node":
        """Begin a new process: who this node is, read anew, with a fresh incarnation."""
        local = open_node(self.database, self.clock, self.keys_dir, "http://parent.invalid")
        self.exchange = Exchange(local, self.make_kinds(), self.clock)
        install(self.database.write_sessions, self.exchange)
        ledgers = SqlLedgers(self.database)
        self.carrier = Carrier(ledgers, local, batch=50, renewed=self.exchange.renew, keys=self.keys, beside=AtOnce())
        self.reader = Reader(ledgers, local.parent or "", self.carrier.hear_owned)
        return self

    def new_rid(self) -> str:
        return new_id(self.clock)

    def publish(self, text: str, rid: str | None = None, kind: str = "note", **options: Any) -> str:
        """Publish one version of a note in a transaction of its own; its rid."""
        rid = rid or self.new_rid()
        with self.database.write() as session:
            publish(session, kind, rid, NoteBody(text=text), **options)
        return rid

    def retract(self, rid: str, kind: str = "note") -> None:
        with self.database.write() as session:
            retract(session, kind, rid)

    def erase(self, rid: str, kind: str = "note") -> None:
        with self.database.write() as session:
            erase(session, kind, rid)

    def receive(self, *envelopes: Envelope, via: str = "peer", allowed: Collection[str] | None = None) -> Verdicts:
        with self.database.write() as session:
            return receive(SqlLedger(session), envelopes, via, allowed)

    def envelope(self, rid: str, kind: str = "note", origin: str | None = None) -> Envelope:
        """The stored version of a record."""
        return self.records()[origin or self.name, kind, rid]

    def records(self) -> dict[tuple[str, str, str], Envelope]:
        with self.database.read() as session:
            found = [envelope_of(row) for row in session.execute(select(*ENVELOPE))]
        return {e.key: e for e in found}

    def numbers(self) -> list[int]:
        """The sequence numbers in use, in order."""
        with self.database.read() as session:
            return list(session.scalars(select(SyncRecord.seq).order_by(SyncRecord.seq)))

    def head(self) -> int:
        with self.database.read() as session:
            return session.execute(select(SyncHead.head)).scalar_one()

    def notes(self) -> dict[tuple[str, str], str]:
        """What the table above shows: (origin, rid) → text."""
        with self.database.read() as session:
            return {(r.origin, r.rid): r.text for r in session.execute(select(NOTES))}

    def quarantine(self) -> list[SyncQuarantine]:
        with self.database.read() as session:
            return list(session.scalars(select(SyncQuarantine).order_by(SyncQuarantine.rid)))

    def backup(self) -> Backup:
        return rows_of(self.database)

    def restore(self, backup: Backup) -> "Node":
        """Put the database back to what it was, as from last night's copy, and start the process again."""
        put_back(self.database, backup)
        return self.start()


Market = tuple[Node, Node, Node, Node]  # a city, a district, and two streets below it


@dataclass
class DirectLink:
    """The way to a parent without HTTP: the same frames, the same two ends. `mishap` may raise before or after."""

    parent: Node
    child: str
    encoding: str = "zstd"
    pushes: list[tuple[str, Batch]] = field(default_factory=list)
    mishap: Callable[[str], None] = lambda _: None
    page: int = MAX_RECORDS
    pages: int = 0
    has_more: bool = False
    key: Callable[[], NodeKey] | None = None  # with which requests are signed; None: whichever the parent knows

    def hello(self) -> Hello:
        self.mishap("hello")
        self._sign()
        with self.parent.database.snapshot() as session:
            answer = greeting(SqlLedger(session), self.child, self.parent.clock.now())
        return Hello.model_validate_json(answer.model_dump_json())

    def prepare(self, batch: Batch) -> None: ...

    def push(self, stream: str, batch: Batch) -> PushAnswer:
        self.mishap("before")
        self._sign()
        self.pushes.append((stream, batch))
        encoding, body = wrap(batch, self.encoding)
        try:
            received = unpack(body, encoding)
        except UnreadableBatch:
            raise Refused(422, "malformed", {}) from None
        answer = accept(self.parent, self.child, stream, received)
        self.mishap("after")
        return PushAnswer.model_validate_json(answer.model_dump_json())

    def owned(self, cursor: Cursor | None, *, everything: bool) -> Page:
        self.mishap("owned")
        return self._page(
            lambda ledger: recovery.cut_owned(ledger, self.child, cursor, self.page, everything=everything)
        )

    def feed(self, cursor: Cursor | None, wait_s: int, owned_head: int) -> Page:
        self.mishap("feed")
        kinds = self.parent.exchange.kinds.going_down
        return self._page(lambda ledger: feed.cut_page(ledger, self.child, kinds, cursor, self.page))

    def rotate(self, request: RotationRequest) -> enrolment.EnrolAnswer:
        self.mishap("rotate")
        with refusals(), self.parent.database.write() as session:
            answer = rekeying.accept_rotation(session, self.parent.clock, request)
        self.mishap("rotated")
        return answer

    def _sign(self) -> None:
        """What the parent's routes ask first."""
        if self.key is None:
            return
        key = self.key()
        with refusals(), self.parent.database.read() as session:
            assert key.public in callers.keys_of_caller(SqlLedger(session), key.key_id)
            callers.check_caller(SqlLedger(session), key.key_id, key.public)

    def _page(self, cut: Callable[[SqlLedger], Page]) -> Page:
        self._sign()
        with refusals(), self.parent.database.snapshot() as session:
            page = cut(SqlLedger(session))
        self.pages, self.has_more = self.pages + 1, page.header.more
        encoding, body = wrap(page, self.encoding)
        return unpack_page(body, encoding)

    def digest(self) -> DigestAnswer:
        with self.parent.database.snapshot() as session:
            return proof.digest_for(session, self.parent.clock, self.parent.exchange.local, self.child)

    def versions(self, buckets: Sequence[int]) -> VersionsAnswer:
        with self.parent.database.snapshot() as session:
            return proof.versions_for(session, self.child, buckets)

    def hang_up(self) -> None: ...

    def close(self) -> None: ...


def accept(parent: Node, child: str, stream: str, batch: Batch) -> PushAnswer:
    """What the parent's route does with a batch; Refused as the child's link would see it."""
    try:
        with refusals(), parent.database.write() as session:
            return push.accept_batch(SqlLedger(session), child, stream, batch.header, batch.lines)
    except Refused as refused:
        if refused.slug == push.Fenced.slug:
            with refusals(), parent.database.write() as session:
                is_suspended = push.note_fencing(SqlLedger(session), child, batch.header.inc)
            if is_suspended:
                raise Refused(403, push.Suspended.slug, {}) from None
        raise


@contextmanager
def refusals() -> Iterator[None]:
    """A parent's problem document, as its child sees it."""
    try:
        yield
    except Problem as problem:
        raise Refused(problem.status, problem.slug, problem.extra) from None


def read_all(reader: Reader, link: DirectLink) -> int:
    """Take in page after page until the parent has no more; how many records were new."""
    applied = 0
    for _ in range(200):
        pages, taken = link.pages, reader.read(link)
        applied += taken.applied
        if link.pages > pages and not link.has_more:
            return applied
    raise AssertionError("the feed has no end")


@dataclass(frozen=True)
class Grown:
    """A node of a tree that was grown once: what its database held then, and its key file."""

    rows: Backup
    key: bytes


class Network:
    """A tree of nodes on databases of one kind."""

    _grown: ClassVar[dict[tuple[datetime, tuple[str, ...]], list[Grown]]] = {}  # by when, and by the names

    def __init__(
        self,
        make_database: Callable[[], Database],
        clock: FakeClock,
        directory: Path,
        make_kinds: Callable[[], Kinds] = kinds,
    ) -> None:
        self._make_database, self._make_kinds = make_database, make_kinds
        self.clock, self._directory = clock, directory
        self.nodes: dict[str, Node] = {}

    def make(self, name: str, tier: str, region: str | None = None) -> Node:
        """A node that has not joined anybody; a city states itself."""
        node = self._new(name)
        with node.database.write() as session:
            create_node(
                session, self.clock, node.keys_dir, node=name, name=name, tier=tier, region=region or REGIONS[name]
            )
        node.start()
        if tier == "city":
            with node.database.write() as session:
                enrolment.state_root(session, self.clock)
        return node

    def _new(self, name: str) -> Node:
        """A node on a database in which there is nothing yet."""
        node = Node(self._make_database(), self.clock, self._directory / name, name, self._make_kinds)
        self.nodes[name] = node
        return node

    def join(self, child: Node, parent: Node) -> Node:
        """Enrol `child` below `parent` with a one-time code."""
        local = child.exchange.local
        with parent.database.write() as session:
            code = enrolment.issue_code(session, self.clock, node=child.name, tier=local.tier, region=local.region)
        with child.database.read() as session:
            request = enrolment.request_to_join(session.get_one(SyncMeta, 1), child.key, code.secret)
        with parent.database.write() as session:
            answer = enrolment.admit(session, self.clock, request)
        with child.database.write() as session:
            enrolment.join(session, answer, code, "http://parent.invalid", child.key)
        return child.start()

    def grow(self, *names: str) -> list[Node]:
        """A city and, one below the other, a district and a street; further names are more streets.

        A tree comes about once in each test process; every later test finds a copy of it, in databases of its own.
        """
        names = names or ("guangzhou", "yuexiu", "beijing")
        known = (self.clock.now(), names)
        if known in self._grown:
            return [self._laid_down(name, grown) for name, grown in zip(names, self._grown[known], strict=True)]
        made: list[Node] = []
        for depth, name in enumerate(names):
            node = self.make(name, TIERS[min(depth, 2)])
            made.append(self.join(node, made[min(depth, 2) - 1]) if depth else node)
        self._grown[known] = [Grown(node.backup(), node.keys.path.read_bytes()) for node in made]
        return made

    def _laid_down(self, name: str, grown: Grown) -> Node:
        node = self._new(name)
        keep_key(node.keys.path, grown.key)
        return node.restore(grown.rows)

    def link(self, child: Node) -> DirectLink:
        parent = child.exchange.local.parent
        assert parent is not None
        return DirectLink(self.nodes[parent], child.name, key=lambda: child.key)

    def drain(self, *children: Node) -> int:
        """Let the carriers of `children` carry everything, the lowest first."""
        return sum(child.carrier.drain(self.link(child)) for child in children)

    def feed(self, *children: Node) -> int:
        """Let the readers of `children` take in everything their parents offer, the highest first."""
        return sum(read_all(child.reader, self.link(child)) for child in children)

    def close(self) -> None:
        for node in self.nodes.values():
            node.database.dispose()
