"""One city node with two offices on a real database: what tests of the registers' services stand on."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.roles import ROLE_PERMISSIONS, Role
from app.employers.schemas import EmployerIn
from app.employers.service import register_employer
from app.exchange.commit import install
from app.exchange.envelope import Envelope
from app.exchange.identity import create_node, open_node
from app.exchange.models import SyncRecord
from app.exchange.node import Exchange
from app.exchange.rows import ENVELOPE, envelope_of
from app.kernel.actor import Actor
from app.kernel.db import Database
from app.kernel.ids import new_id
from app.main import build_kinds
from app.matching.live_market import LiveMarket
from app.matching.live_pool import LivePool
from app.matching.service import Matcher
from app.regions.service import create_office
from app.regions.shipped import load_shipped as load_regions
from app.regions.tree import Regions
from app.sync.enrolment import state_root
from app.taxonomy.shipped import load_shipped as load_taxonomy
from app.taxonomy.tables import Taxonomy
from app.vacancies import service
from app.vacancies.models import Listing, Vacancy, VacancyLog
from app.vacancies.schemas import VacancyIn, VacancyPatch
from tests.fakes import FakeClock

VACANCY: dict[str, Any] = {
    "title": "保洁员",
    "occupation": "cleaner",
    "place": {"region": "440104003", "stated": "中山五路"},
    "duties": "写字楼公共区域日常保洁。",
    "requirements": "不限",
    "pay": {"basis": "range", "period": "month", "min_fen": 380000, "max_fen": 420000},
    "seats": 2,
    "valid_until": "2027-01-31",
}
SEEN = {"licence_seen_on": "2026-11-20", "agent_identity_seen_on": "2026-11-20"}
# No province begins with 99: the code can belong to nobody.
EMPLOYER: dict[str, Any] = {"name": "虚构示例·晨光物业", "uscc": "91990104MA0000001A", **SEEN}


@cache
def regions() -> Regions:
    return load_regions()


@cache
def taxonomy() -> Taxonomy:
    return load_taxonomy()


@dataclass
class Market:
    """The node, an officer of the office that most tests speak of, and one of another office."""

    database: Database
    clock: FakeClock
    officer: Actor
    stranger: Actor
    employer_id: str = ""

    def create(self, actor: Actor | None = None, **values: Any) -> Vacancy:
        with self.database.write() as session:
            return self.create_in(session, actor, **values)[0]

    def create_in(self, session: Session, actor: Actor | None = None, **values: Any) -> tuple[Vacancy, bool]:
        entered = VacancyIn.model_validate({**VACANCY, "employer_id": self.employer_id, **values})
        return service.create_vacancy(session, actor or self.officer, self.clock, regions(), taxonomy(), entered)

    def move(self, vacancy_id: str, *verbs: str, actor: Actor | None = None, **why: Any) -> Vacancy:
        """Do each verb in a transaction of its own."""
        for verb in verbs:
            with self.database.write() as session:
                moved = service.move(session, actor or self.officer, self.clock, vacancy_id, verb, **why)
        return moved

    def erase(self, vacancy_id: str) -> Vacancy:
        with self.database.write() as session:
            return service.erase(
                session,
                self.officer,
                self.clock,
                vacancy_id,
                reason="写入了个人信息",
                article="个人信息保护法第四十七条",
            )

    def open(self, **values: Any) -> Vacancy:
        """A vacancy that was submitted, approved and opened."""
        return self.move(self.create(**values).id, "submit", "approve", "open")

    def change(self, vacancy: Vacancy, actor: Actor | None = None, **values: Any) -> Vacancy:
        changes = VacancyPatch.model_validate(values)
        with self.database.write() as session:
            return service.change_vacancy(
                session, actor or self.officer, self.clock, regions(), taxonomy(), vacancy.id, vacancy.version, changes
            )

    def get(self, vacancy_id: str) -> Vacancy:
        with self.database.read() as session:
            return session.get_one(Vacancy, vacancy_id)

    def log(self, vacancy_id: str) -> list[VacancyLog]:
        wanted = select(VacancyLog).where(VacancyLog.vacancy_id == vacancy_id).order_by(VacancyLog.version)
        with self.database.read() as session:
            return list(session.scalars(wanted))

    def listing(self, vacancy_id: str) -> Listing | None:
        with self.database.read() as session:
            return session.scalar(select(Listing).where(Listing.rid == vacancy_id))

    def record(self, vacancy_id: str) -> Envelope | None:
        """The signed record of a vacancy's listing, as it would travel."""
        with self.database.read() as session:
            row = session.execute(select(*ENVELOPE).where(SyncRecord.rid == vacancy_id)).first()
        return None if row is None else envelope_of(row)


def make_market(database: Database, clock: FakeClock, keys_dir: Path) -> Market:
    """The node with its root statement, its offices, and one employer at the first."""
    with database.write() as session:
        create_node(session, clock, keys_dir, node="gz", name="广州市", tier="city", region="440100")
    local = open_node(database, clock, keys_dir)
    install(database.write_sessions, Exchange(local, build_kinds(taxonomy(), clock), clock))
    with database.write() as session:
        state_root(session, clock)
    return staffed(database, clock, "440104003", "440104001")


def staffed(database: Database, clock: FakeClock, *divisions: str) -> Market:
    """A running node with an office in each of two divisions, and one employer at the first."""
    with database.write() as session:
        offices = [create_office(session, clock, regions(), code).id for code in divisions]
    officer, stranger = (
        Actor(new_id(clock), "示例", Role.OFFICER, office, ROLE_PERMISSIONS[Role.OFFICER]) for office in offices
    )
    with database.write() as session:
        entered = EmployerIn.model_validate(EMPLOYER)
        employer = register_employer(session, officer, clock, regions(), entered)
        return Market(database, clock, officer, stranger, employer.id)


def matcher_of(market: Market, folder: Path) -> Matcher:
    """What the routes of the node match with; `folder` is for the generations of its market."""
    live, pool = LiveMarket(taxonomy(), regions(), folder), LivePool(taxonomy(), regions())
    return Matcher(market.database.read, live, pool, market.clock, regions(), taxonomy())
