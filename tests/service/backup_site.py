"""A city on a database of its own, and what backs it up: what the tests of backup and restore stand on."""

import json
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.engine import URL, make_url

from app.auth.service import end_sessions
from app.backup import restoring
from app.backup.archive import ArchiveReader
from app.backup.postgresql import PostgresqlStore
from app.backup.restoring import Restored, plan
from app.backup.sqlite import SqliteStore
from app.backup.store import Store
from app.backup.taking import Taken, take
from app.exchange import PublicBody, models, publish
from app.exchange.commit import install
from app.exchange.identity import create_node, open_node, register_trust
from app.exchange.kinds import Kinds
from app.exchange.node import Exchange
from app.kernel.db import Database
from app.kernel.ids import new_id
from app.kernel.types import Words
from app.regions.service import create_office, load
from app.sync import enrolment
from tests.fakes import FakeClock

PASSWORD = "correct horse battery"


class NoteBody(PublicBody):
    text: Words


class Site:
    """A city on a database of its own, with what backups need to know of it."""

    def __init__(self, url: str, clock: FakeClock, folder: Path, node: str = "guangzhou") -> None:
        self.url, self.clock, self.folder, self.node = make_url(url), clock, folder, node
        self.keys, self.backups = folder / "keys", folder / "backups"
        self.store = store_at(self.url)
        database = Database(url)
        with database.write() as session:
            create_node(session, clock, self.keys, node=node, name="广州市", tier="city", region="440100")
            create_office(session, clock, load(session), "440100")
        database.dispose()
        self.open()
        with self.database.write() as session:
            enrolment.state_root(session, clock)

    def open(self) -> "Site":
        """What a process does when it begins."""
        self.database = Database(self.url.render_as_string(hide_password=False))
        kinds = Kinds()
        register_trust(kinds)
        kinds.register("note", NoteBody, apply=lambda *_: None, remove=lambda *_: None)
        install(
            self.database.write_sessions, Exchange(open_node(self.database, self.clock, self.keys), kinds, self.clock)
        )
        return self

    def close(self) -> "Site":
        self.database.dispose()
        return self

    def note(self, words: str) -> str:
        """Publish a note; its rid."""
        rid = new_id(self.clock)
        with self.database.write() as session:
            publish(session, "note", rid, NoteBody(text=words))
        return rid

    def notes(self) -> list[str]:
        with self.database.read() as session:
            bodies = session.scalars(select(models.SyncRecord.body).where(models.SyncRecord.kind == "note"))
            return sorted(json.loads(body or "{}")["text"] for body in bodies)

    def back_up(self, **options: object) -> Taken:
        return take(self.store, self.clock, self.backups, **options)  # type: ignore[arg-type]

    def settle(self, database: Database) -> None:
        with database.write() as session:
            end_sessions(session, self.clock)

    def restore(self, path: Path, *, rebuild: bool = False) -> Restored:
        with ArchiveReader(path) as archive:
            wanted = plan(archive, self.store, self.clock, self.keys, rebuild=rebuild)
            return restoring.restore(
                archive, self.store, self.clock, self.keys, self.folder, wanted,
                self.settle,
            )  # fmt: skip


def store_at(url: URL) -> Store:
    return SqliteStore(Path(url.database or "")) if url.get_backend_name() == "sqlite" else PostgresqlStore(url)
