"""A backup holds one moment of a node, and a restore puts just that in the place of what is there."""

import os
import re
import time
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, inspect, select, text

from app.auth.models import Credential
from app.auth.roles import Role
from app.auth.service import add_staff, check_password, create_token, find_presented, sign_in
from app.backup.archive import ArchiveReader
from app.backup.postgresql import PostgresqlStore
from app.backup.restoring import plan
from app.backup.sqlite import SqliteStore
from app.backup.store import LEFT_FOR_S, WORKING, Store
from app.backup.taking import take
from app.exchange import models, retract, trust
from app.kernel import migrate
from app.kernel.db import Database
from app.regions.queries import own_office
from tests.architecture.tables import DOCS
from tests.postgresql import administer
from tests.service.backup_site import PASSWORD, Site, store_at


def test_what_was_written_before_a_backup_comes_back_and_what_came_after_lies_aside(site: Site) -> None:
    site.note("before")
    taken = site.back_up()
    assert taken.path.stat().st_mode & 0o777 == 0o600
    site.note("after")
    done = site.close().restore(taken.path)
    assert site.open().notes() == ["before"]
    assert done.aside is not None
    if isinstance(site.store, SqliteStore):
        beside = Database(f"sqlite:///{done.aside}")
        with beside.read() as session:
            assert session.scalar(select(func.count()).where(models.SyncRecord.kind == "note")) == 2
        beside.dispose()
    else:
        schema = done.aside.removeprefix("schema ")
        with site.database.reader.connect() as connection:
            counted = text(f"SELECT count(*) FROM {schema}.sync_record WHERE kind = 'note'")
            assert connection.execute(counted).scalar_one() == 2


def test_a_restored_node_goes_on_with_a_higher_incarnation_and_a_schema_that_the_models_agree_with(site: Site) -> None:
    taken = site.back_up()
    site.close().restore(taken.path)
    site.open().note("again")
    assert site.notes() == ["again"]
    assert migrate.differences(site.database) == []
    with site.database.read() as session:
        assert session.get_one(models.SyncMeta, 1).inc > taken.manifest.facts.inc


def test_a_backup_holds_every_kind_of_value_as_it_was(site: Site) -> None:
    nasty = 'tab\tbackslash\\ quote" 汉字𠮷 \\N \\. end'
    with site.database.write() as session:
        session.execute(
            text("INSERT INTO idempotent_answer VALUES (:a, :k, :h, NULL, :j, :b, :t)"),
            {"a": nasty, "k": "k", "h": b"\x00\xff" * 16, "j": '{"x":"\\n"}', "b": b"", "t": site.clock.now()}
            if site.url.get_backend_name() != "sqlite"
            else {
                "a": nasty,
                "k": "k",
                "h": b"\x00\xff" * 16,
                "j": '{"x":"\\n"}',
                "b": b"",
                "t": "2026-01-01 00:00:00",
            },
        )
    asked = text("SELECT * FROM idempotent_answer")
    with site.database.reader.connect() as connection:
        before = connection.execute(asked).all()
    site.close().restore(site.back_up().path)
    with site.open().database.reader.connect() as connection:
        assert connection.execute(asked).all() == before


@pytest.fixture
def older(site: Site, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """The same node's database as the first version of the program left it."""
    if site.url.get_backend_name() == "sqlite":
        url = site.url.set(database=str(tmp_path / "older.db"))
    else:
        url = site.url.set(database="older_" + uuid.uuid4().hex)
        administer(request.getfixturevalue("postgresql_server"), f"CREATE DATABASE {url.database}")
    database = Database(url.render_as_string(hide_password=False))
    migrate.upgrade(database, "0001")
    with site.database.reader.connect() as connection:
        now = dict(connection.execute(text("SELECT * FROM sync_meta")).mappings().one())
    meta = {column["name"]: now[column["name"]] for column in inspect(database.reader).get_columns("sync_meta")}
    with database.writer.begin() as connection:
        connection.execute(text("INSERT INTO sync_head VALUES (1, 0)"))
        connection.execute(text(f"INSERT INTO sync_meta ({', '.join(meta)}) VALUES (:{', :'.join(meta)})"), meta)
    database.dispose()
    yield store_at(url)
    if site.url.get_backend_name() != "sqlite":
        administer(request.getfixturevalue("postgresql_server"), f"DROP DATABASE {url.database} WITH (FORCE)")


def test_a_backup_of_an_older_schema_is_brought_up(site: Site, older: Store) -> None:
    taken = take(older, site.clock, site.backups)
    assert taken.manifest.facts.revision == "0001"
    done = site.close().restore(taken.path)
    site.open()
    assert done.revision == migrate.newest()
    assert migrate.differences(site.database) == []


def test_a_node_that_is_rebuilt_keeps_its_register_and_whom_it_trusts_and_begins_its_exchange_anew(
    site: Site,
) -> None:
    with site.database.write() as session:
        meta = session.get_one(models.SyncMeta, 1)
        meta.parent, before = "guangdong", (meta.log_id, meta.inc)
        office = own_office(session).id
        add_staff(
            session, site.clock, username="admin", name="李示例", role=Role.ADMIN, office_id=office, password=PASSWORD
        )
    site.note("old words")
    ended = site.note("ended")
    with site.database.write() as session:
        retract(session, "note", ended)
    path = site.back_up().path
    with site.database.read() as session:
        head = session.get_one(models.SyncHead, 1).head
    site.clock.advance(days=200)
    site.close().restore(path, rebuild=True)
    database = site.open().database
    with database.read() as session:
        meta = session.get_one(models.SyncMeta, 1)
        assert meta.recovering
        assert meta.log_id != before[0]
        assert meta.inc > before[1]
        assert session.get_one(models.SyncHead, 1).head == head
        kept = {row.kind: (row.op, row.rid) for row in session.scalars(select(models.SyncRecord))}
        assert set(kept) == {"note", trust.KIND}
        assert kept["note"] == ("D", ended)
        assert [row.seq for row in session.scalars(select(models.SyncMark))] == [head]
        assert session.scalar(select(func.count()).select_from(models.SyncPeer)) == 0
        assert session.get(models.SyncNode, "guangzhou") is not None
    assert check_password(database, "admin", PASSWORD).username == "admin"


def test_a_node_that_is_rebuilt_is_above_every_incarnation_that_its_parent_has_seen(site: Site) -> None:
    seen = int(site.clock.now().timestamp() * 1000) * 2  # as after a time when its clock was ahead
    place = {"log_id": "0" * 32, "seq": 0, "mark": "", "suspended": False, "sub": "", "updated_at": site.clock.now()}
    with site.database.write() as session:
        session.get_one(models.SyncMeta, 1).parent = "guangdong"
        session.add(models.SyncPeer(peer="guangdong", dir="out", stream="live", inc_seen=seen, began=0, **place))
    path = site.back_up().path
    site.close().restore(path, rebuild=True)
    with site.open().database.read() as session:
        assert session.get_one(models.SyncMeta, 1).inc > seen


def test_sessions_end_with_a_restore_and_tokens_stay(site: Site) -> None:
    with site.database.write() as session:
        office = own_office(session).id
        staff = add_staff(
            session, site.clock, username="admin", name="李示例", role=Role.ADMIN, office_id=office, password=PASSWORD
        )
        signed_in, _ = sign_in(session, site.clock, staff)
        token, _ = create_token(session, site.clock, "admin", "api")
    site.close().restore(site.back_up().path)
    with site.open().database.read() as session:
        assert find_presented(session, site.clock.now(), signed_in) is None
        assert find_presented(session, site.clock.now(), token) is not None
        assert session.scalar(select(func.count()).select_from(Credential)) == 2


def test_keys_are_left_out_unless_they_are_asked_for(site: Site) -> None:
    secret = (site.keys / "guangzhou.key").read_bytes()
    without = site.back_up(name="without.sanlian-backup")
    with_keys = site.back_up(name="with.sanlian-backup", keys=site.keys)
    with zipfile.ZipFile(without.path) as file:
        assert not [name for name in file.namelist() if "key" in name and not name.startswith("tables/")]
    (site.keys / "guangzhou.key").unlink()
    with ArchiveReader(without.path) as archive:
        assert plan(archive, site.store, site.clock, site.keys).lacks_key
    site.close().restore(with_keys.path)
    assert (site.keys / "guangzhou.key").read_bytes() == secret
    assert (site.keys / "guangzhou.key").stat().st_mode & 0o777 == 0o600


def test_only_the_newest_backups_of_the_node_are_kept_and_other_files_are_left_alone(site: Site) -> None:
    site.backups.mkdir()
    stranger = site.backups / "holiday.sanlian-backup"
    stranger.write_bytes(b"not ours")
    paths = []
    for _ in range(3):
        paths.append(site.back_up(keep=2).path)
        site.clock.advance(hours=1)
    assert sorted(site.backups.iterdir()) == sorted([*paths[1:], stranger])


def test_a_database_that_was_lost_or_is_damaged_is_made_again(site: Site) -> None:
    site.note("words")
    path = site.back_up().path
    site.close()
    if isinstance(site.store, SqliteStore):
        site.store.path.write_bytes(b"SQLite format 3\x00" + bytes(range(256)) * 64)
        site.restore(path)
        assert site.open().notes() == ["words"]
        site.close().store.path.unlink()  # type: ignore[attr-defined]
    else:
        with site.open().database.writer.begin() as connection:
            connection.execute(text("DROP TABLE sync_meta, sync_record"))
        site.close()
    site.restore(path)
    assert site.open().notes() == ["words"]


def test_a_restore_is_undone_as_the_manual_says(site: Site) -> None:
    taken = site.back_up()
    site.note("after")
    aside = site.close().restore(taken.path).aside
    assert aside is not None
    assert site.open().notes() == []
    site.close()
    if isinstance(site.store, SqliteStore):
        site.store.path.rename(site.folder / "undone.db")
        Path(aside).rename(site.store.path)
    else:
        block = re.search(r"```sql\n(.*?)```", (DOCS / "backup.md").read_text("utf-8"), re.DOTALL)
        assert block is not None
        undo = block[1].replace("before_restore_TIME", aside.removeprefix("schema "))
        database = Database(site.url.render_as_string(hide_password=False))
        with database.writer.begin() as connection:
            connection.exec_driver_sql(undo.replace("%", "%%"))
        database.dispose()
    assert site.open().notes() == ["after"]


def test_what_a_killed_backup_left_is_swept_after_a_day_and_not_before(site: Site) -> None:
    old, young = site.backups / f"{WORKING}backup-old", site.backups / f"{WORKING}backup-young"
    for folder in (old, young):
        folder.mkdir(parents=True)
        (folder / "copy.db").write_bytes(b"persons")
    os.utime(old, (0, 0))
    if isinstance(site.store, PostgresqlStore):
        with site.database.writer.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA sanlian_working_{int(time.time()) - LEFT_FOR_S - 5}_old"))
            connection.execute(text(f"CREATE SCHEMA sanlian_working_{int(time.time())}_young"))
    site.back_up()
    assert [path for path in (old, young) if path.exists()] == [young]
    if isinstance(site.store, PostgresqlStore):
        with site.database.reader.connect() as connection:
            left = connection.execute(text("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'sanlian_working%'"))
            assert [name.rpartition("_")[2] for name in left.scalars()] == ["young"]


def test_nothing_is_left_behind_by_a_backup_or_a_restore(site: Site) -> None:
    path = site.back_up().path
    site.close().restore(path)
    assert sorted(p.name for p in site.backups.iterdir()) == [path.name]
    assert not list(site.folder.glob(f"{WORKING}*"))
    if isinstance(site.store, PostgresqlStore):
        with site.open().database.reader.connect() as connection:
            schemas = connection.execute(text("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'sanlian_working%'"))
            assert schemas.all() == []
