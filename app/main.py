"""The composition root: builds one node out of the floors, and starts and stops what runs beside the requests."""

import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Protocol

import structlog
from fastapi import FastAPI
from sqlalchemy.orm import Session

import app.audit.models
import app.auth.models
import app.employers.models
import app.exchange.models
import app.kernel.writing
import app.people.models
import app.regions.models
import app.sync.models
import app.taxonomy.models
import app.vacancies.models  # noqa: F401  # the tables of every slice stand in the one metadata from here on
from app import __version__
from app.auth.middleware import Authentication
from app.auth.quotas import Quotas, forget_old_use
from app.auth.routes import routes as auth_routes
from app.auth.service import forget_old_credentials
from app.employers.routes import routes as employer_routes
from app.exchange import commit, identity
from app.exchange.key_folder import KeyFolder
from app.exchange.kinds import Kinds
from app.exchange.node import Exchange, LocalNode
from app.exchange.sql_ledger import SqlLedger, SqlLedgers
from app.kernel import openapi, responses
from app.kernel.access import declared_access
from app.kernel.bell import Bell
from app.kernel.clock import Clock, SystemClock
from app.kernel.db import Database
from app.kernel.periodic import Periodic, in_transaction
from app.kernel.request_metrics import Measuring
from app.kernel.security_headers import SecurityHeaders
from app.kernel.writing import WriteTurn, forget_old_answers
from app.matching.deps import MatchTurns
from app.matching.live_market import LiveMarket
from app.matching.live_pool import LivePool
from app.matching.routes import routes as matching_routes
from app.matching.service import Matcher
from app.people.registration import expire_due_registrations
from app.people.routes import routes as people_routes
from app.regions import service as regions_service
from app.regions.find_routes import routes as find_place_routes
from app.regions.routes import routes as region_routes
from app.regions.tree import Regions
from app.settings import Settings
from app.sync import collection, recovery, rekeying
from app.sync.admission import Admission
from app.sync.backoff import Backoff
from app.sync.courier import Courier, Pace
from app.sync.enrolment import forget_old_codes
from app.sync.landing import routes as landing_routes
from app.sync.link import HttpLink, check_address
from app.sync.metrics import Measured
from app.sync.metrics import routes as metrics_routes
from app.sync.page_routes import CHILDREN_LISTENING
from app.sync.page_routes import routes as page_routes
from app.sync.protocol import Batch
from app.sync.routes import routes as sync_routes
from app.sync.statement_routes import routes as statement_routes
from app.sync.statements import Daily
from app.sync.status import routes as status_routes
from app.sync.subscriber import Subscriber
from app.taxonomy import esco
from app.taxonomy.find_routes import routes as find_concept_routes
from app.taxonomy.routes import routes as taxonomy_routes
from app.taxonomy.shipped import load_shipped as load_taxonomy
from app.taxonomy.synonym_routes import routes as synonym_routes
from app.taxonomy.synonyms import take_up as take_up_synonyms
from app.taxonomy.tables import Taxonomy
from app.vacancies import listing, recovered
from app.vacancies.intake.routes import routes as import_routes
from app.vacancies.listing_routes import routes as listing_routes
from app.vacancies.listings import ListingIndex
from app.vacancies.routes import routes as vacancy_routes
from app.vacancies.service import expire_due, follow_employer
from app.vacancies.stream.deps import Copies
from app.vacancies.stream.routes import routes as stream_routes

log = structlog.get_logger(__name__)
LOOKS_AT_KEY_S = 5.0
LOOKS_THROUGH_S = 3600.0  # for records that another key signed
COMPARES_EVERY_S = 600.0  # with the parent, on a day on which the two have not yet been compared
FORGETS_EVERY_S = 3600.0  # it looks so often; what it looks for is half a year old
MARKET_FRESH_S = 0.05  # so late a match hears of what another process of the node committed
WARMS_AFTER_S = 1.0  # a node answers first, and then makes what searches need
ROUTERS = (  # they are asked in this order whose a request is: what is asked most stands first
    openapi.routes,
    matching_routes,
    landing_routes,
    status_routes,
    metrics_routes,
    auth_routes,
    region_routes,
    taxonomy_routes,
    find_concept_routes,
    synonym_routes,
    find_place_routes,
    employer_routes,
    vacancy_routes,
    import_routes,
    listing_routes,
    stream_routes,
    people_routes,
    statement_routes,
    sync_routes,
    page_routes,
)


def create_app(settings: Settings, clock: Clock | None = None) -> FastAPI:
    """The application of one node.

    It needs a migrated database with a node in it (NoNode otherwise) and the node's key (KeyFileUnusable). Every call
    opens the node anew, with a fresh incarnation. UnusableAddress if the parent's address may not be used. Threads
    start with the application, not here.
    """
    clock = clock or SystemClock()
    database = Database(settings.effective_database_url, pool_size=settings.pool_size)
    local = identity.open_node(database, clock, settings.keys_dir, settings.parent_url)
    taxonomy = node_taxonomy(settings, database)
    exchange = Exchange(local, build_kinds(taxonomy, clock), clock)
    commit.install(database.write_sessions, exchange)
    if local.parent and local.parent_url:
        check_address(local.parent_url, is_demo=settings.mode == "demo")
    measured, quotas = Measured(), Quotas(database, clock)
    courier, subscriber = _carriers(settings, database, exchange, measured)
    housekeeping = _housekeeping(settings, database, clock, taxonomy)
    key_keeping = _key_keeping(settings, database, exchange)
    forgetting = _forgetting(settings, database, measured)
    daily = Daily(database, exchange, partial(_link, exchange), lambda: courier.is_at_work)
    comparing = Periodic("comparing", [daily], COMPARES_EVERY_S)

    with database.read() as session:
        known_regions = regions_service.load(session)
    market, pool = _market(settings, exchange, taxonomy, known_regions), LivePool(taxonomy, known_regions)
    matcher = Matcher(database.read, market, pool, clock, known_regions, taxonomy)

    at_work = (courier, subscriber, housekeeping, key_keeping, forgetting, comparing, quotas)
    lifespan = _lifespan(database, market, taxonomy, at_work)
    app = FastAPI(
        title="Sanlian 三联",
        version=__version__,
        lifespan=lifespan,
        openapi_url=None,
        redirect_slashes=False,
        # As their routers made them: `include_router` would make each a second time, a tenth of a second for all.
        routes=[route for router in ROUTERS for route in router.routes],
    )
    app.state.database, app.state.clock, app.state.exchange, app.state.courier = database, clock, exchange, courier
    app.state.taxonomy, app.state.employer_followers = taxonomy, (follow_employer,)
    app.state.regions = known_regions
    # SQLite has one writer; on PostgreSQL one connection is kept free for readers and one for the jobs.
    width = 1 if database.is_sqlite else settings.pool_size - 2
    app.state.write_turn = WriteTurn(width, settings.write_queue, settings.write_wait_s)
    app.state.match_turns, app.state.matcher = _match_turns(settings), matcher
    app.state.copies, app.state.feed_bell = _copies(settings, exchange), _feed_bell(exchange)
    app.state.measured, app.state.is_open_here = measured, settings.metrics_on_loopback
    app.state.admission = Admission()
    responses.install(app)
    declared_access(app.routes)
    # What stands around every request, the innermost first.
    app.add_middleware(Authentication, database=database, clock=clock, quotas=quotas)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(Measuring, metrics=measured.requests)
    return app


class _Runs(Protocol):
    """What runs in a thread of its own beside the requests."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


def _lifespan(
    database: Database, market: LiveMarket, taxonomy: Taxonomy, beside: Sequence[_Runs]
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Starts what runs beside the requests, and stops it after the last of them, the database last."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        market.start(database)
        for one in beside:
            one.start()
        warming = threading.Timer(WARMS_AFTER_S, taxonomy.warm)
        warming.start()
        try:
            yield
        finally:
            for one in reversed(beside):
                one.stop()
            warming.cancel()
            warming.join()
            market.stop()
            database.dispose()

    return lifespan


def build_kinds(taxonomy: Taxonomy, clock: Clock) -> Kinds:
    """Every kind of record this program understands."""
    kinds = Kinds()
    identity.register_trust(kinds)
    index = ListingIndex(taxonomy, clock)
    kinds.register(
        listing.KIND,
        listing.ListingBody,
        apply=index.apply,
        apply_many=index.apply_many,
        remove=index.remove,
        goes_down=True,
        returned=partial(recovered.take_back, clock),
    )
    return kinds


def _market(settings: Settings, exchange: Exchange, taxonomy: Taxonomy, regions: Regions) -> LiveMarket:
    market = LiveMarket(taxonomy, regions, settings.dir / "market", fresh_s=MARKET_FRESH_S)
    exchange.on_commit(market.ring)
    return market


def _match_turns(settings: Settings) -> MatchTurns:
    public = (settings.public_match_at_once, settings.public_match_queue, settings.public_match_wait_s)
    return MatchTurns(
        WriteTurn(settings.match_at_once, settings.match_queue, settings.match_wait_s), WriteTurn(*public)
    )


def _copies(settings: Settings, exchange: Exchange) -> Copies:
    copies = Copies(settings.dir)
    exchange.on_commit(copies.commits.ring)
    return copies


def _feed_bell(exchange: Exchange) -> Bell:
    bell = Bell(CHILDREN_LISTENING)
    exchange.on_commit(bell.ring)
    return bell


def _link(exchange: Exchange, taken: Callable[[str, Batch], object] = lambda *_: None) -> HttpLink:
    """The parent over HTTP, with the key that is the node's at each request; `taken` is told of what it committed."""
    return HttpLink(exchange.local, exchange.clock.now, taken=taken, key=lambda: exchange.local.key)


def _carriers(
    settings: Settings, database: Database, exchange: Exchange, measured: Measured
) -> tuple[Courier, Subscriber]:
    """What carries records to the parent, and what takes in those that it offers."""
    local = exchange.local
    pace = Pace(settings.push_first_delay_s, settings.push_cap_s, settings.push_jitter_s, settings.push_batch)
    measured.drawn.add()

    def renewed(again: LocalNode) -> None:
        if again.inc != exchange.local.inc:
            measured.drawn.add()
        exchange.renew(again)

    carrying = partial(_link, exchange, partial(measured.note_hop, database, exchange.clock, local))
    keys = KeyFolder(settings.keys_dir, local.node)
    courier = Courier(database, local, carrying, pace, settings.dir, renewed, keys, exchange.watch)
    exchange.on_commit(courier.wake)
    subscriber = Subscriber(
        SqlLedgers(database),
        local.parent if local.parent_url else None,
        partial(_link, exchange),
        Backoff(settings.push_first_delay_s, settings.push_cap_s),
        lambda: courier.is_at_work,
        courier.ask_anew,
        courier.hear_owned,
    )
    return courier, subscriber


def node_taxonomy(settings: Settings, database: Database) -> Taxonomy:
    """The shipped tables with what this node has of its own: ESCO's names if they were imported, and local synonyms."""
    shipped = load_taxonomy()
    try:
        english = list(esco.english_names(shipped.occupations, esco.load_kept(settings.dir)))
    except esco.EscoUnreadable as unreadable:
        # Somebody spoilt the file; the node works without it.
        log.error("esco not loaded", reason=str(unreadable))
        english = []
    taxonomy = shipped.for_node(english)
    with database.read() as session:
        take_up_synonyms(session, taxonomy)
    return taxonomy


def _key_keeping(settings: Settings, database: Database, exchange: Exchange) -> Periodic:
    keys = KeyFolder(settings.keys_dir, exchange.local.node)
    keeper = rekeying.KeyKeeper(database, exchange, keys, LOOKS_THROUGH_S)
    return Periodic("keys", [keeper.look], min(LOOKS_AT_KEY_S, settings.housekeeping_s))


def _housekeeping(settings: Settings, database: Database, clock: Clock, taxonomy: Taxonomy) -> Periodic:
    def take_up_words(session: Session) -> object:
        return take_up_synonyms(session, taxonomy)

    def expire_vacancies(session: Session) -> object:
        # A restored register may not know of a renewal until the parent was asked, and an end is final.
        has_asked = settings.parent_url is None or recovery.is_confirmed(SqlLedger(session))
        return expire_due(session, clock) if has_asked else 0

    def rebuild_vacancies(session: Session) -> object:
        return recovered.rebuild_missing(session, clock)

    def end_listings(session: Session) -> object:
        return recovered.end_listings(session)

    def expire_registrations(session: Session) -> object:
        return expire_due_registrations(session, clock)

    def forget_answers(session: Session) -> object:
        return forget_old_answers(session, clock)

    def forget_credentials(session: Session) -> object:
        return forget_old_credentials(session, clock)

    def forget_codes(session: Session) -> object:
        return forget_old_codes(session, clock)

    def forget_use(session: Session) -> object:
        return forget_old_use(session, clock)

    forgetting = [forget_answers, forget_credentials, forget_codes, forget_use]
    vacancies = [expire_vacancies, rebuild_vacancies, end_listings]
    jobs = [*vacancies, expire_registrations, *forgetting, take_up_words]
    return Periodic("housekeeping", [in_transaction(database, job) for job in jobs], settings.housekeeping_s)


def _forgetting(settings: Settings, database: Database, measured: Measured) -> Periodic:
    kept = timedelta(days=settings.tombstone_days)

    def forget_ended() -> object:
        forgotten = collection.tidy(SqlLedgers(database), kept)
        measured.forgotten.add(by=forgotten)
        return forgotten

    return Periodic("forgetting", [forget_ended], FORGETS_EVERY_S)
