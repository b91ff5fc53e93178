"""A whole node for route tests, and people who work there: see `import_node`, which this shares."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal
from fastapi.testclient import TestClient
from sqlalchemy.engine import URL

from app.auth.roles import Role
from tests.fakes import FakeClock
from tests.postgresql import Clones
from tests.routes.import_node import ImportNode, opened, set_up


@pytest.fixture(scope="package", autouse=True)
def event_loop_of_all() -> Iterator[None]:
    """One event loop for all clients, as a served node has; otherwise each request would start a thread for its own."""
    with start_blocking_portal() as portal:
        TestClient.portal = portal
        yield
        TestClient.portal = None


@pytest.fixture(scope="session")
def sqlite_city(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city node that has just been set up, which tests copy: its folder `node` and its SQLite file."""
    folder = tmp_path_factory.mktemp("city")
    shutil.copyfile(sqlite_template, folder / "sanlian.db")
    set_up(folder / "node", f"sqlite:///{folder / 'sanlian.db'}")
    return folder


@pytest.fixture(scope="session")
def postgresql_city(
    postgresql_server: URL, postgresql_clones: Clones, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Clones]:
    """The same on PostgreSQL: what its folder `node` is in, and its database."""
    folder, template = tmp_path_factory.mktemp("city"), postgresql_clones.lend()
    set_up(folder / "node", postgresql_clones.url(template))
    return folder, Clones(postgresql_server, template)


@pytest.fixture
def sqlite_city_url(sqlite_city: Path, sqlite_url: str, tmp_path: Path) -> str:
    """The address of a city's database; the folder of the city is `node`, in the test's own."""
    shutil.copytree(sqlite_city, tmp_path, dirs_exist_ok=True)
    return sqlite_url


@pytest.fixture
def postgresql_city_url(postgresql_city: tuple[Path, Clones], tmp_path: Path) -> Iterator[str]:
    """The same on PostgreSQL."""
    folder, clones = postgresql_city
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    name = clones.lend()
    yield clones.url(name)
    clones.give_back(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def node(request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock) -> Iterator[ImportNode]:
    """A city node with the real application; the test runs once on each kind of database."""
    node, end = opened(tmp_path / "node", request.getfixturevalue(f"{request.param}_city_url"), clock)
    yield node
    end()


@pytest.fixture
def sqlite_node(tmp_path: Path, sqlite_city_url: str, clock: FakeClock) -> Iterator[ImportNode]:
    """The same on SQLite alone, for what is the same on both."""
    node, end = opened(tmp_path / "node", sqlite_city_url, clock)
    yield node
    end()


@pytest.fixture
def anybody(node: ImportNode) -> TestClient:
    """A client without a token."""
    return TestClient(node.app, raise_server_exceptions=False)


@pytest.fixture
def clerk(node: ImportNode) -> TestClient:
    return node.client(node.token(Role.CLERK))


@pytest.fixture
def officer(node: ImportNode) -> TestClient:
    return node.client(node.token(Role.OFFICER))


@pytest.fixture
def stranger(node: ImportNode) -> TestClient:
    """An administrator of another office of the same node."""
    return node.client(node.token(Role.ADMIN, "440104001"))


@pytest.fixture(scope="module")
def module_node(sqlite_city: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ImportNode]:
    """One node on SQLite for the tests of a module that leave it as it was."""
    folder = tmp_path_factory.mktemp("node")
    shutil.copytree(sqlite_city, folder, dirs_exist_ok=True)
    node, end = opened(folder / "node", f"sqlite:///{folder / 'sanlian.db'}", FakeClock())
    yield node
    end()
