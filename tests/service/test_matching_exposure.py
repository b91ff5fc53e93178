"""Measuring exposure over a real node: everybody counted once in each group, one row of the trail, nobody kept."""

from functools import partial
from pathlib import Path

from sqlalchemy import select

from app.audit.models import EVERYBODY, PersonAccess
from app.kernel.db import Database
from app.matching.batch.finding import find
from app.matching.batch.job import EVERY_OFFICE, Job
from app.matching.batch.people import active_people, asking
from app.matching.batch.workers import processes
from app.matching.exposure.groups import INSIDE, OUTSIDE
from app.matching.exposure.measure import Measure
from app.people.citizen_id import CitizenId
from tests.fakes import FakeClock
from tests.service import seekers
from tests.service.market import make_market, regions, taxonomy


def test_every_active_person_is_counted_with_what_the_batch_finds(
    database: Database, clock: FakeClock, tmp_path: Path
) -> None:
    market = make_market(database, clock, tmp_path / "keys")
    seekers.open_posts(market, 8)
    persons = [seekers.register(market, number) for number in range(6)]
    persons += [
        seekers.register(market, number, citizen_id=seekers.citizen_id("19900101", number, "980104"))
        for number in range(6, 10)
    ]
    seekers.register(market, 11, draft=True)
    measure = Measure(database, market.officer, clock, regions(), taxonomy(), "980100")
    job, folder = Job(clock.today(), 3), tmp_path / "market"
    ids = measure.begin(folder, EVERY_OFFICE)
    assert ids == sorted(person.id for person in persons)
    tally = measure.exposure(folder, job, ids, partial(processes, count=1), lambda _: None)

    with database.read() as session:
        found = dict(find(folder, job, asking(active_people(session, ids))))
    totals = [one.total for placed in found.values() for one in placed]
    assert (tally.all.persons, tally.all.matches, tally.all.points) == (10, len(totals), sum(totals))
    assert totals
    issued = tally.groups["citizen id issued"]
    assert (issued[INSIDE].persons, issued[OUTSIDE].persons) == (4, 6)
    women = [person for person in persons if CitizenId(person.citizen_id).sex == "female"]
    assert tally.groups["sex"]["female"].matches == sum(len(found[person.id]) for person in women)

    with database.read() as session:
        rows = session.scalars(select(PersonAccess).where(PersonAccess.person_id == EVERYBODY)).all()
    assert [(row.action, row.purpose, row.actor_id) for row in rows] == [("read", "match-audit", market.officer.id)]
