"""Real databases for every test: a migrated SQLite file and a migrated PostgreSQL database, fresh each time."""

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy.engine import URL

from app.kernel import log, migrate
from app.kernel.db import Database
from tests.compiled_once import compile_once
from tests.fakes import FakeClock
from tests.postgresql import Clones, administer, serving
from tests.rounds import examples, is_drawn
from tests.schedule import Schedule, in_order

_ran_on_postgresql = 0
log.configure("error")
compile_once()
hypothesis.settings.register_profile("rounds", max_examples=examples(100), deadline=None)
hypothesis.settings.load_profile("rounds")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that tests copy."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    database = Database(f"sqlite:///{path}")
    migrate.upgrade(database)
    with database.writer.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
    database.dispose()
    return path


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[URL]:
    """PostgreSQL, one server per test process."""
    with serving() as url:
        yield url


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: URL) -> str:
    """The name of a migrated PostgreSQL database that tests clone."""
    name = "template_" + uuid.uuid4().hex
    administer(postgresql_server, f"CREATE DATABASE {name}")
    database = Database(postgresql_server.set(database=name).render_as_string(hide_password=False))
    migrate.upgrade(database)
    database.dispose()
    return name


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "sanlian.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def postgresql_clones(postgresql_server: URL, postgresql_template: str) -> Clones:
    return Clones(postgresql_server, postgresql_template)


@pytest.fixture
def postgresql_url(postgresql_clones: Clones) -> Iterator[str]:
    name = postgresql_clones.lend()
    yield postgresql_clones.url(name)
    postgresql_clones.give_back(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a fresh migrated database; the test runs once on each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh migrated database; the test runs once on SQLite and once on PostgreSQL."""
    database = Database(database_url)
    yield database
    database.dispose()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Schedule:
    return Schedule(config, log)


@pytest.hookimpl(tryfirst=True)  # before pytest leaves out what is slow
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if not is_drawn(item):
            item.add_marker(pytest.mark.slow)
    items[:] = in_order(items)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    global _ran_on_postgresql  # noqa: PLW0603  # pytest's hooks have no other memory
    if report.when == "call" and report.passed and "postgresql" in report.nodeid:
        _ran_on_postgresql += 1


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail a full run in which nothing ran on PostgreSQL: half of what we promise would be untested."""
    is_worker = hasattr(session.config, "workerinput")
    if os.environ.get("SANLIAN_REQUIRE_POSTGRESQL") and not is_worker and exitstatus == 0 and not _ran_on_postgresql:
        print("\nno PostgreSQL test ran")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
