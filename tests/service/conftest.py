"""Trees of nodes for the tests of exchange and sync, on both kinds of database."""

import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from app.kernel.db import Database
from tests.fakes import FakeClock
from tests.postgresql import Clones
from tests.service.backup_site import Site
from tests.service.exchange_nodes import Market, Network, Node, add_tables


@pytest.fixture(scope="session")
def sqlite_node_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file with the table of the tests' own kinds, which tests copy."""
    path = tmp_path_factory.mktemp("nodes") / "template.db"
    shutil.copyfile(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    add_tables(database)
    with database.writer.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
    database.dispose()
    return path


@pytest.fixture(scope="session")
def postgresql_nodes(postgresql_server: URL, postgresql_clones: Clones) -> Clones:
    """The same of PostgreSQL."""
    template = postgresql_clones.lend()
    database = Database(postgresql_clones.url(template))
    add_tables(database)
    database.dispose()
    return Clones(postgresql_server, template)


@pytest.fixture
def sqlite_nodes(sqlite_node_template: Path, tmp_path: Path) -> Callable[[], Database]:
    """Makes SQLite databases for nodes."""

    def make() -> Database:
        path = tmp_path / f"{uuid.uuid4().hex}.db"
        shutil.copyfile(sqlite_node_template, path)
        return Database(f"sqlite:///{path}", pool_size=4)

    return make


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest) -> Iterator[Callable[[], Database]]:
    """Makes as many fresh migrated databases as a test needs; the test runs once on each kind."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_nodes")
        return
    clones: Clones = request.getfixturevalue("postgresql_nodes")
    lent: list[str] = []

    def new() -> Database:
        lent.append(clones.lend())
        return Database(clones.url(lent[-1]), pool_size=4)

    yield new
    for name in lent:
        clones.give_back(name)


@pytest.fixture
def network(new_database: Callable[[], Database], clock: FakeClock, tmp_path: Path) -> Iterator[Network]:
    """An empty tree; the test runs once on each kind of database."""
    found = Network(new_database, clock, tmp_path / "keys")
    yield found
    found.close()


@pytest.fixture
def city(network: Network) -> Node:
    """A city alone."""
    return network.grow("guangzhou")[0]


@pytest.fixture
def market(network: Network) -> Market:
    """A city, a district, and two streets below it, which have told their parents who they are."""
    city, district, beijing, hongqiao = network.grow("guangzhou", "yuexiu", "beijing", "hongqiao")
    network.drain(beijing, hongqiao, district)
    return city, district, beijing, hongqiao


@pytest.fixture
def site(database_url: str, clock: FakeClock, tmp_path: Path) -> Iterator[Site]:
    """A city that backs itself up; the test runs once on each kind of database."""
    found = Site(database_url, clock, tmp_path)
    yield found
    found.close()
