"""Listings as a street office publishes them, about 1 KB of JSON each, made by the project's own code from a seed."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice

from app import exchange
from app.kernel.clock import Clock
from app.kernel.db import Database
from app.kernel.ids import new_id
from app.vacancies.listing import KIND, ListingBody
from tests.bench.loaded_node import body
from tests.bench.workload import Workload

_AT_ONCE = 2_000
_DUTIES = (
    "按排班完成当班工作，保持岗位整洁，与上下班同事做好交接；遇到问题及时向班长报告，不擅自离岗。",
    "服从现场安排，按操作规程作业，正确佩戴劳动防护用品；每月参加一次安全培训，新员工由老员工带教两周。",
    "试用期一个月，工资照发；法定节假日按规定支付加班工资，入职即签订劳动合同。",
)


def bodies(work: Workload, region: str, office: str, count: int) -> Iterator[ListingBody]:
    """The first listings of the workload, as the office of a division would publish them."""
    for number in range(count):
        one = body(work.listing(number))
        one["duties"] += _DUTIES[number % len(_DUTIES)]
        one["office"] = {"region": region, "name": office}
        yield ListingBody.model_validate(one)


def publish(database: Database, clock: Clock, listings: Iterable[ListingBody]) -> None:
    """Publish listings in the node of `database`, whose sessions have an exchange, with ids of their own."""
    ends, waiting = clock.now() + timedelta(days=30), iter(listings)
    while some := list(islice(waiting, _AT_ONCE)):
        with database.write() as session:
            for one in some:
                exchange.publish(session, KIND, new_id(clock), one, region=one.office.region, expires_at=ends)
