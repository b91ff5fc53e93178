"""A whole node with two offices for tests of the import: the real application, its staff and their tokens."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.auth.roles import Role
from app.auth.service import add_staff, create_token
from app.cli.init import initialise
from app.kernel.actor import Permission
from app.main import create_app
from app.regions.queries import list_offices
from app.regions.service import create_office
from app.settings import Settings
from tests.fakes import FakeClock

PASSWORD = "a long pass phrase"
_NUMBERS = itertools.count(1)


@dataclass
class ImportNode:
    """The application of one city node, and who works there."""

    app: FastAPI
    clock: FakeClock

    def token(self, role: Role, region: str = "440100", permissions: list[Permission] | None = None) -> str:
        """A token of a new staff member at the office of `region`, made if there is none."""
        state = self.app.state
        with state.database.write() as session:
            offices = {office.region_code: office for office in list_offices(session)}
            office = offices.get(region) or create_office(session, self.clock, state.regions, region)
            name = f"{role}-{region}-{next(_NUMBERS)}"
            add_staff(session, self.clock, username=name, name=name, role=role, office_id=office.id, password=PASSWORD)
            secret, _ = create_token(session, self.clock, name, "test", permissions=permissions)
        return secret

    def client(self, token: str) -> TestClient:
        """A client that bears `token`. Threads of the node do not run."""
        return TestClient(self.app, headers={"Authorization": f"Bearer {token}"}, raise_server_exceptions=False)


def set_up(directory: Path, database_url: str) -> None:
    """Make a city node in a folder and on a migrated database."""
    initialise(_settings(directory, database_url), node="gz", region="440100")


def opened(directory: Path, database_url: str, clock: FakeClock) -> tuple[ImportNode, Callable[[], None]]:
    """The node of a folder and its database, and what ends it."""
    app = create_app(_settings(directory, database_url), clock)
    return ImportNode(app, clock), app.state.database.dispose


def make_node(directory: Path, database_url: str, clock: FakeClock) -> tuple[ImportNode, Callable[[], None]]:
    """A city node on a migrated database, and what ends it."""
    set_up(directory, database_url)
    return opened(directory, database_url, clock)


def _settings(directory: Path, database_url: str) -> Settings:
    return Settings.model_validate({"dir": directory, "DATABASE_URL": database_url})
