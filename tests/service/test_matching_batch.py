"""A batch over a real node: everybody as at the counter, carried on where it stopped, the same whoever computes it."""

import csv
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.pool import QueuePool

from app.audit.models import EVERYBODY, PersonAccess
from app.kernel.db import Database
from app.matching.batch import generation, parts, run, tables
from app.matching.batch.job import Job
from app.matching.batch.parts import Occupied, Parts, Unreadable
from app.matching.batch.run import Batch, OtherRun, Outcome, write_file
from app.matching.batch.spread import Rule
from app.matching.batch.tables import NotATable
from app.matching.batch.workers import NoWorkers, Workers, cluster, processes
from app.matching.engine.snapshot import Unusable
from app.matching.filters import Filters
from app.matching.live_market import LiveMarket
from app.matching.service import Matcher, Wanted
from app.people.models import JobSeeker
from app.people.registration import cancel
from app.taxonomy.terms import Shift
from tests.fakes import FakeClock
from tests.service import seekers
from tests.service.market import Market, make_market, matcher_of, regions, taxonomy

PERSONS, POSTS = 24, 14
alone = partial(processes, count=1)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of seven persons, so that two dozen make several."""
    monkeypatch.setattr(parts, "PART", 7)


@pytest.fixture
def market(database: Database, clock: FakeClock, tmp_path: Path) -> Market:
    return filled(make_market(database, clock, tmp_path / "keys"))


@pytest.fixture(scope="module")
def filled_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """A filled market on SQLite that tests copy."""
    folder = tmp_path_factory.mktemp("filled")
    shutil.copyfile(sqlite_template, folder / "template.db")
    database = Database(f"sqlite:///{folder / 'template.db'}")
    yield filled(make_market(database, FakeClock(), folder / "keys"))
    database.dispose()


@pytest.fixture
def sqlite_market(filled_template: Market, clock: FakeClock, tmp_path: Path) -> Iterator[Market]:
    """The same on SQLite alone, for what does not depend on the database; nothing can be published there."""
    with closing(sqlite3.connect(str(filled_template.database.url.database))) as source:
        with closing(sqlite3.connect(tmp_path / "sanlian.db")) as copy:
            source.backup(copy)
    database = Database(f"sqlite:///{tmp_path / 'sanlian.db'}")
    yield replace(filled_template, database=database, clock=clock)
    database.dispose()


def filled(market: Market) -> Market:
    seekers.open_posts(market, POSTS)
    for number in range(PERSONS):
        seekers.register(market, number, market.stranger if number % 5 == 4 else market.officer)
    return market


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "matches.csv.parts"
    made.mkdir()
    return made


def batch_of(market: Market) -> Batch:
    return Batch(market.database, market.officer, market.clock, regions(), taxonomy())


def job_of(market: Market, depth: int = 5, **values: Any) -> Job:
    return Job(market.clock.today(), depth, **values)


def written(
    market: Market, folder: Path, job: Job | None = None, with_workers: Any = alone, name: str = "matches.csv"
) -> tuple[Path, Outcome]:
    """A whole run: its file, and what it came to."""
    batch, out = batch_of(market), folder.with_name(name)
    begun = batch.begin(folder, job or job_of(market))
    batch.compute(begun, with_workers, lambda _: None)
    return out, write_file(begun, out)


def rows_of(out: Path) -> list[dict[str, str]]:
    with out.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def people(market: Market) -> list[JobSeeker]:
    with market.database.read() as session:
        return list(session.scalars(select(JobSeeker).order_by(JobSeeker.id)))


def test_everybody_finds_in_the_file_what_the_counter_finds(market: Market, folder: Path, tmp_path: Path) -> None:
    matcher = matcher_of(market, tmp_path / "live")
    for filters in (
        Filters(),
        Filters(place="440104", shift=Shift.DAY),
        Filters(occupation="cleaner", pay_fen=350_000, since=date(2026, 11, 23)),
    ):
        out, outcome = written(market, folder, job_of(market, filters=filters))
        expected = [row for person in people(market) for row in at_the_counter(market, matcher, person, filters)]
        assert rows_of(out) == expected
        assert outcome == Outcome(PERSONS, len({row["seeker_id"] for row in expected}), len(expected), 0)
        assert expected


def at_the_counter(market: Market, matcher: Matcher, person: JobSeeker, filters: Filters) -> list[dict[str, str]]:
    """The rows that the file should have for a person."""
    actor = market.officer if person.office_id == market.officer.office_id else market.stranger
    found = matcher.for_seeker(actor, person.id, Wanted(5, 0, filters))
    return [
        {
            "seeker_id": person.id,
            "rank": str(rank),
            "listing_id": match.listing_id,
            "origin": match.origin,
            "total": str(match.total),
            "score_table": "2026.1",
            "generated": "2026-11-23",
        }
        for rank, match in enumerate(found.lists.matches, 1)
    ]


def test_words_that_the_node_was_taught_count_in_the_file_too(
    sqlite_market: Market, folder: Path, tmp_path: Path
) -> None:
    node = taxonomy().for_node()
    node.occupation_index.add("security-guard", "睇水佬")
    person = seekers.register(sqlite_market, 900, wishes=[{"stated": "睇水佬"}], refusals=None)
    matcher = replace(matcher_of(sqlite_market, tmp_path / "live"), taxonomy=node)
    matcher = replace(matcher, market=LiveMarket(node, regions(), tmp_path / "live"))
    job, batch = job_of(sqlite_market, 50), replace(batch_of(sqlite_market), taxonomy=node)
    begun, out = batch.begin(folder, job), folder.with_name("matches.csv")
    batch.compute(begun, alone, lambda _: None)
    write_file(begun, out)
    found = matcher.for_seeker(sqlite_market.officer, person.id, Wanted(50, 0)).lists.matches
    own = [(row["listing_id"], int(row["total"])) for row in rows_of(out) if row["seeker_id"] == person.id]
    assert own == [(match.listing_id, match.total) for match in found]
    assert any(match.factors.occupation.points == 4000 for match in found)


def test_only_persons_of_the_office_that_was_named_are_matched(sqlite_market: Market, folder: Path) -> None:
    out, outcome = written(sqlite_market, folder, job_of(sqlite_market, office=sqlite_market.stranger.office_id))
    own = {person.id for person in people(sqlite_market) if person.office_id == sqlite_market.stranger.office_id}
    assert (outcome.persons, len(own)) == (4, 4)
    assert rows_of(out)
    assert {row["seeker_id"] for row in rows_of(out)} <= own


def test_the_file_says_nothing_of_a_person_but_the_id(sqlite_market: Market, folder: Path) -> None:
    out, _ = written(sqlite_market, folder)
    text = out.read_text("utf-8")
    for person in people(sqlite_market):
        for personal in (person.name, person.citizen_id, person.phone, str(person.address), str(person.birth_on)):
            assert personal not in text


def test_file_and_parts_are_for_their_owner_only(sqlite_market: Market, folder: Path) -> None:
    batch = batch_of(sqlite_market)
    begun = batch.begin(folder, job_of(sqlite_market, spread=Rule()))
    batch.compute(begun, alone, lambda _: None)
    for name in ("manifest.json", "seats.json", "part-000000.json"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600, name
    out = folder.with_name("matches.csv")
    write_file(begun, out)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_a_run_leaves_one_row_in_the_audit_trail(market: Market, folder: Path) -> None:
    written(market, folder)
    wanted = select(PersonAccess).where(PersonAccess.person_id == EVERYBODY)
    with market.database.read() as session:
        rows = list(session.scalars(wanted))
    found = [(row.action, row.purpose, row.actor_id, row.office_id) for row in rows]
    assert found == [("read", "match-batch", market.officer.id, market.officer.office_id)]


class Stopped(Exception):
    """The end of a run that did not come to its end."""


def stop_after(count: int) -> Callable[[int], None]:
    """An `advance` at which a run ends after so many parts."""
    left = iter(range(count - 1))

    def advance(_: int) -> None:
        if next(left, None) is None:
            raise Stopped

    return advance


@contextmanager
def noting(asked: list[str], folder: Path, job: Job) -> Iterator[Workers]:
    """Workers that note whom they were asked for."""
    with processes(folder, job, 1) as workers:

        def submit(people: Any) -> Any:
            asked.extend(id_ for id_, _ in people)
            return workers.submit(people)

        yield Workers(submit, 1)


def interrupted(market: Market, folder: Path, job: Job | None = None) -> Parts:
    """A run that ended after two parts."""
    batch = batch_of(market)
    begun = batch.begin(folder, job or job_of(market))
    with pytest.raises(Stopped):
        batch.compute(begun, alone, stop_after(2))
    return begun


def test_an_interrupted_run_is_carried_on_and_computes_nothing_twice(market: Market, folder: Path) -> None:
    whole, _ = written(market, folder, name="whole.csv")
    interrupted(market, folder)
    batch = batch_of(market)
    found = batch.carry_on(folder, job_of(market))
    assert found is not None
    left = [id_ for number in found.unfinished() for id_ in found.ids_of(number)]
    assert 0 < len(left) < PERSONS
    asked: list[str] = []
    batch.compute(found, partial(noting, asked), lambda _: None)
    assert asked == left
    assert batch.carry_on(folder, job_of(market)) is not None
    out = folder.with_name("matches.csv")
    write_file(found, out)
    assert out.read_bytes() == whole.read_bytes()
    assert batch.carry_on(folder, job_of(market)) is None


def test_no_connection_is_held_while_the_workers_work(sqlite_market: Market, folder: Path) -> None:
    pool, held = sqlite_market.database.reader.pool, list[int]()
    assert isinstance(pool, QueuePool)

    @contextmanager
    def watching(folder: Path, job: Job) -> Iterator[Workers]:
        with processes(folder, job, 1) as workers:

            def submit(people: Any) -> Any:
                held.append(pool.checkedout())
                return workers.submit(people)

            yield Workers(submit, 1)

    written(sqlite_market, folder, with_workers=watching)
    assert len(held) > 1
    assert set(held) == {0}


def test_a_run_keeps_to_the_market_and_the_day_it_began_with(market: Market, folder: Path) -> None:
    whole, _ = written(market, folder, name="whole.csv")
    begun = interrupted(market, folder)
    batch = batch_of(market)
    assert not batch.has_moved_on(begun)
    seekers.open_posts(market, 5)
    gone = rows_of(whole)[-1]["listing_id"]
    market.move(gone, "close", reason="已招满")
    market.clock.advance(days=1)
    found = batch.carry_on(folder, job_of(market))
    assert found is not None
    assert batch.has_moved_on(found)
    batch.compute(found, alone, lambda _: None)
    out = folder.with_name("matches.csv")
    write_file(found, out)
    assert out.read_bytes() == whole.read_bytes()
    anew, _ = written(market, folder, name="anew.csv")
    assert {row["generated"] for row in rows_of(anew)} == {"2026-11-24"}
    assert gone not in {row["listing_id"] for row in rows_of(anew)}


def test_a_person_who_is_no_longer_active_is_left_out(sqlite_market: Market, folder: Path) -> None:
    begun = interrupted(sqlite_market, folder)
    last = people(sqlite_market)[-1]
    actor = sqlite_market.officer if last.office_id == sqlite_market.officer.office_id else sqlite_market.stranger
    with sqlite_market.database.write() as session:
        cancel(session, actor, sqlite_market.clock, last.id, "不再求职")
    batch_of(sqlite_market).compute(begun, alone, lambda _: None)
    out = folder.with_name("matches.csv")
    outcome = write_file(begun, out)
    assert (outcome.persons, outcome.left_out) == (PERSONS - 1, 1)
    assert last.id not in out.read_text("utf-8")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"depth": 6}, "depth 5, now 6"),
        ({"filters": Filters(since=date(2026, 11, 1))}, "filters {}, now {'since': '2026-11-01'}"),
        ({"spread": Rule()}, "spread None, now {'offers': 3, 'per_seat': 3, 'good': 30}"),
        ({"office": "another"}, "office '', now 'another'"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_another_job_does_not_carry_on_an_unfinished_one(
    sqlite_market: Market, folder: Path, changes: dict[str, Any], words: str
) -> None:
    interrupted(sqlite_market, folder)
    with pytest.raises(OtherRun, match=words.replace("{", r"\{")):
        batch_of(sqlite_market).carry_on(folder, Job(**{"day": sqlite_market.clock.today(), "depth": 5, **changes}))


def test_a_run_is_not_carried_on_at_another_node(
    sqlite_market: Market, sqlite_nodes: Callable[[], Database], clock: FakeClock, folder: Path, tmp_path: Path
) -> None:
    interrupted(sqlite_market, folder)
    other = make_market(sqlite_nodes(), clock, tmp_path / "other-keys")
    with pytest.raises(OtherRun, match="another node"):
        batch_of(other).carry_on(folder, job_of(other))
    other.database.dispose()


def test_a_run_of_another_version_of_the_program_is_not_carried_on(
    sqlite_market: Market, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(sqlite_market, folder)
    monkeypatch.setattr(run, "made_of", lambda *_: "another")
    with pytest.raises(OtherRun, match="another version"):
        batch_of(sqlite_market).carry_on(folder, job_of(sqlite_market))


@pytest.mark.parametrize("name", ["manifest.json", "persons.txt"])
def test_a_damaged_run_is_not_carried_on(sqlite_market: Market, folder: Path, name: str) -> None:
    interrupted(sqlite_market, folder)
    (folder / name).write_text("{", encoding="utf-8")
    with pytest.raises(Unreadable):
        batch_of(sqlite_market).carry_on(folder, job_of(sqlite_market))


def test_a_damaged_market_is_not_searched(sqlite_market: Market, folder: Path) -> None:
    begun = interrupted(sqlite_market, folder)
    generation._opened.cache_clear()
    column = next(begun.market.glob("market-*/pay_fen.npy"))
    column.write_bytes(column.read_bytes()[:-1] + b"\xff")
    with pytest.raises(Unusable, match="pay_fen"):
        batch_of(sqlite_market).compute(begun, alone, lambda _: None)


def test_two_processes_do_not_write_one_file(tmp_path: Path) -> None:
    with parts.occupied(tmp_path / "parts"), pytest.raises(Occupied), parts.occupied(tmp_path / "parts"):
        pass


def test_two_processes_write_what_one_writes(sqlite_market: Market, folder: Path) -> None:
    one, _ = written(sqlite_market, folder, name="one.csv")
    two, _ = written(sqlite_market, folder, with_workers=partial(processes, count=2), name="two.csv")
    assert two.read_bytes() == one.read_bytes()


def test_a_cluster_of_two_workers_writes_what_one_process_writes(sqlite_market: Market, folder: Path) -> None:
    distributed: Any = pytest.importorskip("distributed", reason="Dask is not installed: pip install 'sanlian[batch]'")
    job = job_of(sqlite_market, spread=Rule())
    one, _ = written(sqlite_market, folder, job, name="one.csv")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as local:
        on_it = partial(cluster, scheduler=local.scheduler_address)
        two, _ = written(sqlite_market, folder, job, with_workers=on_it, name="two.csv")
    assert two.read_bytes() == one.read_bytes()


def test_workers_that_cannot_use_what_was_sent_are_named(sqlite_market: Market, folder: Path) -> None:
    distributed: Any = pytest.importorskip("distributed", reason="Dask is not installed: pip install 'sanlian[batch]'")
    begun = batch_of(sqlite_market).begin(folder, job_of(sqlite_market))
    (begun.market / "regions.json").write_text("[]", encoding="utf-8")
    with distributed.LocalCluster(
        n_workers=1, processes=False, protocol="tcp", dashboard_address=None, host="127.0.0.1"
    ) as local:
        on_it = partial(cluster, scheduler=local.scheduler_address)
        with pytest.raises(NoWorkers, match="is it the same version"):
            batch_of(sqlite_market).compute(begun, on_it, lambda _: None)


def test_a_scheduler_that_does_not_answer_is_named(sqlite_market: Market, folder: Path) -> None:
    pytest.importorskip("distributed", reason="Dask is not installed: pip install 'sanlian[batch]'")
    with pytest.raises(NoWorkers, match="no scheduler answers at tcp"):
        written(sqlite_market, folder, with_workers=partial(cluster, scheduler="tcp://127.0.0.1:9", timeout_s=1))


def test_parquet_holds_what_csv_holds(sqlite_market: Market, folder: Path) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow is not installed: pip install 'sanlian[batch]'")
    from pyarrow import parquet

    text, _ = written(sqlite_market, folder, name="matches.csv")
    table, _ = written(sqlite_market, folder, name="matches.parquet")
    read = parquet.read_table(table)
    assert [{name: str(cell) for name, cell in row.items()} for row in read.to_pylist()] == rows_of(text)
    assert str(read.schema.field("total").type) == "int32"


def test_a_file_of_another_kind_is_refused_by_name() -> None:
    with pytest.raises(NotATable, match=r"matches\.xlsx ends in neither \.csv nor \.parquet"):
        tables.check(Path("matches.xlsx"))


def test_a_cell_of_the_file_never_becomes_a_formula(tmp_path: Path) -> None:
    out = tmp_path / "matches.csv"
    with tables.writing(out, tmp_path / "draft") as write:
        write([tables.Row("=1+1", 1, "@a", "-b", 1, "2026.1", date(2026, 11, 23))])
    assert out.read_text("utf-8").splitlines()[1] == "'=1+1,1,'@a,'-b,1,2026.1,2026-11-23"


def test_spreading_offers_no_seat_to_more_than_the_rule_says(sqlite_market: Market, folder: Path) -> None:
    rule = Rule(offers=2, per_seat=1)
    out, _ = written(sqlite_market, folder, job_of(sqlite_market, depth=10, spread=rule))
    rows = rows_of(out)
    assert max(int(row["rank"]) for row in rows) == 2
    for listing in {row["listing_id"] for row in rows}:
        assert sum(row["listing_id"] == listing for row in rows) <= sqlite_market.get(listing).seats
    everything, _ = written(sqlite_market, folder, job_of(sqlite_market, depth=10), name="all.csv")
    suits = {(row["seeker_id"], row["listing_id"], row["total"]) for row in rows_of(everything)}
    assert {(row["seeker_id"], row["listing_id"], row["total"]) for row in rows} <= suits
    assert len(rows) < len(suits)


def test_a_job_survives_being_written(clock: FakeClock) -> None:
    filters = Filters("440104", "cleaner", 400_000, Shift.NIGHT, date(2026, 11, 1))
    for job in (Job(clock.today(), 10), Job(clock.today(), 3, "office", filters, Rule(2, 5, 20))):
        assert Job.read(job.written()) == job


def test_rooms_depend_on_nothing_but_what_the_listing_says(sqlite_market: Market, folder: Path) -> None:
    begun = batch_of(sqlite_market).begin(folder, job_of(sqlite_market, spread=Rule(per_seat=2)))
    assert begun.rooms()
    for (id_, _), room in begun.rooms().items():
        assert room == 2 * sqlite_market.get(id_).seats
