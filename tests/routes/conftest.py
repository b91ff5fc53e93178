"""A whole node for route tests, and people who work there: see `import_node`, which this shares."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal
from fastapi.testclient import TestClient

from app.auth.roles import Role
from tests.fakes import FakeClock
from tests.routes.import_node import ImportNode, make_node


@pytest.fixture(scope="package", autouse=True)
def event_loop_of_all() -> Iterator[None]:
    """One event loop for all clients, as a served node has; otherwise each request would start a thread for its own."""
    with start_blocking_portal() as portal:
        TestClient.portal = portal
        yield
        TestClient.portal = None


@pytest.fixture
def node(tmp_path: Path, database_url: str, clock: FakeClock) -> Iterator[ImportNode]:
    """A city node with the real application; the test runs once on each kind of database."""
    node, end = make_node(tmp_path / "node", database_url, clock)
    yield node
    end()


@pytest.fixture
def sqlite_node(tmp_path: Path, sqlite_url: str, clock: FakeClock) -> Iterator[ImportNode]:
    """The same on SQLite alone, for what is the same on both."""
    node, end = make_node(tmp_path / "node", sqlite_url, clock)
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
def module_node(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ImportNode]:
    """One node on SQLite for the tests of a module that leave it as it was."""
    folder = tmp_path_factory.mktemp("node")
    shutil.copyfile(sqlite_template, folder / "sanlian.db")
    node, end = make_node(folder / "node", f"sqlite:///{folder / 'sanlian.db'}", FakeClock())
    yield node
    end()
