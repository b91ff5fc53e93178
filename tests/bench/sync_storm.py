"""Everybody comes back at once: many offices, each with listings that wait, joined straight to one city.

The city is a real process. An office is a thread with a key, an enrolment and the carrier of the program over HTTP;
what it has written lies in memory, where it costs the machine nothing while the city is measured.
"""

import random
import secrets
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from app.exchange.keys import NodeKey
from app.exchange.ledger import Meta
from app.exchange.models import SyncMeta
from app.exchange.node import LocalNode
from app.exchange.records import Draft, next_version
from app.kernel.clock import SystemClock
from app.kernel.db import Database
from app.kernel.ids import new_id
from app.sync import enrolment
from app.sync.backoff import Backoff
from app.sync.carrier import Carrier
from app.sync.link import HttpLink, LinkDown, enrol
from app.vacancies.listing import KIND, ListingBody, PublicOffice
from tests.bench.sync_listings import bodies
from tests.bench.sync_nodes import Site, arrive, head, opened, say
from tests.network.processes import NodeProcess
from tests.simulation.disk import Clock, Disk
from tests.simulation.memory_ledger import MemoryLedgers

OFFICES, EACH = 178, 500
FIRST_DELAY_S, CAP_S = 1.0, 300.0  # as a node waits by default after a failure
WITHIN_S, READY_WITHIN_S = 600.0, 60.0
_TIER = "district"  # what stands below a city; these have a street's division each


def storm_s(site: Site, offices: int = OFFICES, each: int = EACH) -> float:
    """Seconds from when all of them begin to when the city has committed what the last of them had."""
    city = site.node("storm", "city", "440100").init().start()
    streets = [one for one in site.work.regions.by_code if len(one) == 9][:offices]
    if len(streets) < offices:
        raise ValueError(f"there are {len(streets)} streets")
    listings = list(bodies(site.work, city.region, city.node, each))
    with opened(city) as database:
        waiting = [_Office(city, database, region, listings) for region in streets]
        base = head(database)
        say(f"{offices} offices have joined")
        ready, over = threading.Barrier(offices + 1), threading.Event()
        with ThreadPoolExecutor(offices) as pool:
            done = [pool.submit(one.come_back, ready, over) for one in waiting]
            try:
                ready.wait(READY_WITHIN_S)
                began = time.perf_counter()
                arrive(database, base, base + offices * each, began + WITHIN_S, city)
                took = time.perf_counter() - began
            finally:
                over.set()  # whoever still waits for its turn gives up, or nobody would hear what went wrong
            for one in done:
                one.result()
    return took


class _Office:
    """One office: its key, its place under the city, and listings that it has not pushed yet."""

    def __init__(self, city: NodeProcess, database: Database, region: str, listings: Sequence[ListingBody]) -> None:
        node, clock = f"office-{region}", SystemClock()
        self._local = LocalNode(
            node=node,
            name=node,
            tier=_TIER,
            region=region,
            parent=city.node,
            parent_url=city.url,
            log_id=secrets.token_hex(16),
            inc=1,
            key=NodeKey(f"{node}:1", secrets.token_bytes(32)),
            since=1,
        )
        with database.write() as session:
            code = enrolment.issue_code(session, clock, node=node, tier=_TIER, region=region)
        named = SyncMeta(node=node, name=node, tier=_TIER, region=region)
        enrol(city.url, enrolment.request_to_join(named, self._local.key, code.secret))
        meta = Meta(node, _TIER, region, city.node, None, self._local.log_id, 1, False, False, False, 0)
        self._ledgers = MemoryLedgers(Disk(meta), Clock(), random.Random(region))
        self._ledgers.local = self._local
        ends = int((clock.now() + timedelta(days=30)).timestamp())
        with self._ledgers.write() as ledger:
            for listing in listings:
                body = listing.model_copy(update={"office": PublicOffice(region=region, name=node)})
                draft = Draft(KIND, new_id(clock), "P", 1, region, ends, body.model_dump_json())
                ledger.stage(next_version(self._local, draft, None), None)

    def come_back(self, ready: threading.Barrier, over: threading.Event) -> None:
        """Push all there is, and wait as a courier does when the city is busy, unless it is `over`."""
        local, clock, backoff = self._local, SystemClock(), Backoff(FIRST_DELAY_S, CAP_S)
        carrier = Carrier(self._ledgers, replace(local), batch=1000, monotonic=time.monotonic)
        link = HttpLink(local, clock.now)
        ready.wait(READY_WITHIN_S)
        try:
            while not over.is_set():
                try:
                    carrier.drain(link, over.is_set)
                except LinkDown as down:
                    over.wait(max(backoff.failed(), down.retry_after_s or 0.0))
                else:
                    return
        finally:
            link.close()
