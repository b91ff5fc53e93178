"""A backup that is damaged, or does not belong here, is not restored, and nothing is changed."""

import hashlib
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from app.backup.archive import ArchiveReader, ArchiveWriter, UnusableBackup
from app.backup.postgresql import PostgresqlStore
from app.backup.restoring import RefusedRestore, plan
from app.backup.store import InUse
from app.backup.taking import take
from app.cli.console import Refusal
from app.cli.restore import restore
from app.exchange.keys import create_key
from app.kernel import migrate
from tests.fakes import FakeClock
from tests.service.backup_site import Site


def test_one_byte_that_changed_anywhere_is_noticed(site: Site) -> None:
    site.note("words")
    path = site.back_up().path
    whole = path.read_bytes()
    site.close()
    for place in (*range(0, len(whole), len(whole) // 40), *range(len(whole) - 75, len(whole))):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(UnusableBackup):
            site.restore(path)
    assert site.open().notes() == ["words"]


def test_a_backup_that_was_cut_short_is_noticed(site: Site) -> None:
    path = site.back_up().path
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(UnusableBackup):
        site.restore(path)


FLAGS, METHOD = 8, 10  # where an entry of a ZIP's directory has them


def say_of(path: Path, member: str, place: int, value: int) -> None:
    """Let the ZIP's directory say something else of a member, and the hash at the end of the file hold."""
    whole = bytearray(path.read_bytes())
    entry = whole.rindex(member.encode()) - 46
    assert whole[entry : entry + 4] == b"PK\x01\x02"
    whole[entry + place] = value
    path.write_bytes(whole[:-64] + hashlib.sha256(whole[:-71]).hexdigest().encode())


@pytest.mark.parametrize(("place", "value"), [(METHOD, 99), (FLAGS, 1)], ids=["packed in no known way", "encrypted"])
def test_a_manifest_that_cannot_be_read_as_it_lies_there_is_of_no_backup(site: Site, place: int, value: int) -> None:
    path = site.back_up().path
    say_of(path, "manifest.json", place, value)
    with pytest.raises(UnusableBackup, match="is no backup, or is damaged"):
        ArchiveReader(path)


def test_a_strange_zip_whose_manifest_does_not_unpack_is_no_backup(tmp_path: Path) -> None:
    path = tmp_path / "strange.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("manifest.json", "words " * 100)
    whole = bytearray(path.read_bytes())
    whole[whole.index(b"manifest.json") + len("manifest.json")] = 0xFF
    path.write_bytes(whole)
    with pytest.raises(UnusableBackup, match="is no backup, or is damaged"):
        ArchiveReader(path)


def test_a_part_that_is_packed_in_no_known_way_is_damaged(site: Site) -> None:
    path = site.back_up().path
    with ArchiveReader(path) as archive:
        part = archive.manifest.parts[0]
    say_of(path, f"{part.name}.zst", METHOD, 99)
    with ArchiveReader(path) as archive:
        archive.check()
        with pytest.raises(UnusableBackup, match="is damaged in"):
            list(archive.read(part))


def forged(path: Path, **said: object) -> Path:
    """A whole and well-hashed copy of a backup that says something else of its database."""
    target = path.with_name("forged.sanlian-backup")
    with ArchiveReader(path) as archive, ArchiveWriter(target) as other:
        for part in archive.manifest.parts:
            with other.part(part.name) as writer:
                for chunk in archive.read(part):
                    writer.write(chunk)
        facts = archive.manifest.facts.model_copy(update=said)
        other.finish(archive.manifest.model_copy(update={"facts": facts}))
    return target


def test_a_backup_whose_rows_are_not_those_of_its_manifest_fails_its_trial(site: Site) -> None:
    taken = site.back_up()
    tables = taken.manifest.facts.tables
    other = forged(taken.path, tables={**tables, "sync_record": tables["sync_record"] + 1})
    with pytest.raises(UnusableBackup, match="does not hold what its manifest says"):
        site.close().restore(other)


def test_another_nodes_backup_is_refused(
    sqlite_url: str, sqlite_template: Path, clock: FakeClock, tmp_path: Path
) -> None:
    site = Site(sqlite_url, clock, tmp_path / "site")
    file = tmp_path / "other.db"
    file.write_bytes(sqlite_template.read_bytes())
    other = Site(f"sqlite:///{file}", clock, tmp_path / "other", "shenzhen")
    path = other.back_up().path
    with pytest.raises(RefusedRestore, match="backup of shenzhen"):
        site.restore(path)
    site.close()
    other.close()


def test_a_database_that_is_at_work_is_not_replaced(site: Site) -> None:
    path = site.back_up().path
    with site.database.read() as session:
        session.execute(text("SELECT 1"))
        with pytest.raises(InUse):
            site.restore(path)


def test_the_refusal_names_the_file_that_is_at_work_as_it_is_written(
    sqlite_template: Path, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "Amt" / "Knoten.db"
    file.parent.mkdir()
    file.write_bytes(sqlite_template.read_bytes())
    site = Site(f"sqlite:///{file}", clock, tmp_path)
    path = site.back_up().path
    monkeypatch.setenv("SANLIAN_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{file}")
    with site.database.read() as session:
        session.execute(text("SELECT 1"))
        with pytest.raises(Refusal, match=rf"^Another process works on {file}\.$"):
            restore(path)
    site.close()


def test_a_database_that_another_program_reads_is_not_replaced(
    postgresql_url: str, clock: FakeClock, tmp_path: Path
) -> None:
    site = Site(postgresql_url, clock, tmp_path)
    site.note("words")
    path = site.back_up().path
    site.close()
    reader = create_engine(site.url)  # as a dump would: not one of our own connections, and no reason to wait
    with reader.connect() as connection:
        connection.execute(text("SELECT 1 FROM sync_record"))
        with pytest.raises(InUse, match="Another program"):
            site.restore(path)
    reader.dispose()
    assert site.open().notes() == ["words"]
    site.close()


def test_an_account_that_may_not_make_a_schema_is_told_what_it_lacks(
    postgresql_url: str, clock: FakeClock, tmp_path: Path
) -> None:
    site = Site(postgresql_url, clock, tmp_path)
    with site.database.writer.begin() as connection:
        connection.execute(text("CREATE ROLE poor LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO poor"))
    try:
        with pytest.raises(UnusableBackup, match="GRANT CREATE ON DATABASE"):
            take(PostgresqlStore(site.url.set(username="poor")), clock, tmp_path)
    finally:
        with site.database.writer.begin() as connection:
            connection.execute(text("DROP OWNED BY poor; DROP ROLE poor"))
        site.close()


def test_a_backup_of_a_later_schema_is_refused(site: Site) -> None:
    with pytest.raises(RefusedRestore, match=r"schema 9999 of version .* does not know"):
        site.restore(forged(site.back_up().path, revision="9999"))


def test_the_chain_knows_its_own_revisions_and_no_others(site: Site) -> None:
    newest = migrate.newest()
    assert newest is not None
    assert migrate.knows(newest)
    assert not migrate.knows("9999")


def test_a_backup_of_150_days_is_restored_and_an_older_one_is_not(site: Site) -> None:
    path = site.back_up().path
    site.clock.advance(days=150)
    with ArchiveReader(path) as archive:
        assert plan(archive, site.store, site.clock, site.keys).present is not None
    site.clock.advance(seconds=1)
    with pytest.raises(RefusedRestore, match=r"A city|more than 150 days"):
        site.restore(path)


def test_a_city_cannot_be_rebuilt_from_a_parent(site: Site) -> None:
    path = site.back_up().path
    with pytest.raises(RefusedRestore, match="no parent"):
        site.restore(path, rebuild=True)


def test_a_key_of_another_time_is_refused(site: Site) -> None:
    path = site.back_up().path
    (site.keys / "guangzhou.key").unlink()
    create_key(site.keys / "guangzhou.key", "guangzhou:1")
    with pytest.raises(RefusedRestore, match="is not the one"):
        site.restore(path)
