"""`sanlian init`: make this folder a node, and let it join its parent."""

from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.as_node import take_part
from app.cli.console import Refusal, console, is_absent, settings, usable_database
from app.regions.tier import Tier

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from app.exchange.keys import NodeKey
    from app.exchange.models import SyncMeta
    from app.kernel.db import Database
    from app.settings import Settings
    from app.sync import enrolment


def init(
    node: Annotated[str, typer.Option(help="Its own short name for good: small letters, digits, hyphens.")],
    region: Annotated[str, typer.Option(help="Code of its division, like 440104003.")],
    name: Annotated[str, typer.Option(help="What people call it; by default the division's name.")] = "",
    tier: Annotated[str, typer.Option(help="city, district or street; by default the division's level.")] = "",
    parent: Annotated[str, typer.Option(help="Address of the parent node, like https://yuexiu.example.")] = "",
    code: Annotated[str, typer.Option(help="The one-time code that the parent's `sanlian enrol` printed.")] = "",
) -> None:
    """Create keys and database of this node and enrol it with its parent.

    A city has no parent. Safe to repeat: what is done is kept, and a node that could not reach its parent joins later.
    """
    found = settings()
    initialise(found, node=node, name=name, tier=tier, region=region, parent_url=parent or None, code=code or None)
    console.print(f"{node} is set up in {found.dir}", highlight=False)
    console.print("next: `sanlian user add NAME --role admin`, then `sanlian serve`", highlight=False)


def is_initialised(settings: "Settings") -> bool:
    """Whether there is a node here that has joined its parent, or is a city; Refusal if its database was lost."""
    from app.exchange.models import SyncMeta
    from app.kernel import migrate
    from app.kernel.db import Database

    if not _has_schema(settings):
        refuse_lost_database(settings)
        return False
    database = Database(settings.effective_database_url)
    try:
        migrate.upgrade(database)
        with database.read() as session:
            meta = session.get(SyncMeta, 1)
            return meta is not None and _has_joined(session, meta)
    finally:
        database.dispose()


def refuse_lost_database(settings: "Settings") -> None:
    """Refusal if there is a key but no database: a node made anew beside its old key would be cut off for good.

    A database that has its tables and no node in it is let through: that is how an `init` leaves things that died
    before its first commit. Nothing else makes tables beside a key, since `migrate` asks this, too.
    """
    keys = sorted(settings.keys_dir.glob("*.key"))
    if keys and not _has_schema(settings):
        raise Refusal(
            f"{settings.dir} has the key {keys[0].name}, but its database is gone: there is no node in"
            f" {_shown_url(settings)}.",
            "Set DATABASE_URL if the database is another one, or put a backup back with `sanlian restore FILE`."
            " To begin anew, remove the node's whole folder, and enrol it at its parent under another name.",
        )


def _has_schema(settings: "Settings") -> bool:
    """Whether the database has its tables; Refusal if it cannot be read."""
    from sqlalchemy.exc import SQLAlchemyError

    from app.kernel import migrate
    from app.kernel.db import Database

    if is_absent(settings):
        return False
    database = Database(settings.effective_database_url)
    try:
        return migrate.current(database) is not None
    except SQLAlchemyError as error:
        raise Refusal(
            f"{_shown_url(settings)} cannot be read ({type(error).__name__}): is it damaged?",
            "Put a backup back with `sanlian restore FILE`."
            if database.is_sqlite
            else "Check DATABASE_URL and the server.",
        ) from None
    finally:
        database.dispose()


def _shown_url(settings: "Settings") -> str:
    """The address of the database without its password."""
    from sqlalchemy import make_url

    return make_url(settings.effective_database_url).render_as_string()


def initialise(
    settings: "Settings",
    *,
    node: str,
    region: str,
    name: str = "",
    tier: str = "",
    parent_url: str | None = None,
    code: str | None = None,
) -> None:
    """Make the node `node` in the folder and database of `settings`, and join its parent; Refusal with the way out."""
    from app.exchange.keys import KeyFileUnusable
    from app.kernel import migrate
    from app.kernel.db import Database
    from app.kernel.problems import Problem

    settings.dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with usable_database():
        refuse_lost_database(settings)
        database = Database(settings.effective_database_url)
        try:
            migrate.upgrade(database)
            key = _make(database, settings, node, region, name, tier, parent_url)
            _join(database, settings, key, parent_url, code)
        except Problem as problem:
            raise Refusal(problem.detail_en or problem.en) from None
        except KeyFileUnusable as error:
            raise Refusal(str(error)) from None
        finally:
            database.dispose()


def _make(
    database: "Database", settings: "Settings", node: str, region: str, name: str, tier: str, parent_url: str | None
) -> "NodeKey":
    """The node's rows, key and first office; nothing is changed if they are there already."""
    from app.exchange.identity import create_node
    from app.exchange.key_folder import KeyFolder
    from app.exchange.models import SyncMeta
    from app.kernel.clock import SystemClock
    from app.regions.service import create_office, load

    with database.write() as session:
        meta = session.get(SyncMeta, 1)
        if meta is not None:
            if (meta.node, meta.region) != (node, region) or (tier and tier != meta.tier):
                raise Refusal(
                    f"There is a node here already: {meta.node}, the {meta.tier} {meta.region}.",
                    "Choose another folder (SANLIAN_DIR) or another database (DATABASE_URL).",
                )
            return KeyFolder(settings.keys_dir, node).present()
        regions = load(session)
        division = regions.require(region, "region")
        if tier and tier != division.tier.value:
            raise Refusal(f"{division.code} {division.name} is a {division.tier.value}, not a {tier}.")
        if division.tier is Tier.COMMUNITY:
            raise Refusal("A community has no node of its own.", f"Use its street: {division.parent}.")
        if (division.tier is Tier.CITY) != (parent_url is None):
            raise Refusal(
                "A city has no parent." if division.tier is Tier.CITY else f"A {division.tier.value} needs its parent.",
                "Leave out --parent and --code."
                if division.tier is Tier.CITY
                else "Give --parent and --code; run `sanlian enrol` at the parent for the code.",
            )
        called = name or division.name
        check_name(node)
        _check_called(called)
        clock = SystemClock()
        tier_name = division.tier.value
        key = create_node(session, clock, settings.keys_dir, node=node, name=called, tier=tier_name, region=region)
        create_office(session, clock, regions, region)
        return key


def check_name(node: str) -> None:
    """Refusal for what is no name of a node."""
    from pydantic import TypeAdapter, ValidationError

    from app.kernel.types import NodeId

    try:
        TypeAdapter(NodeId).validate_python(node)
    except ValidationError:
        raise Refusal(
            f"'{node}' is no name for a node.", "Use 2 to 63 small letters, digits and hyphens, like beijing-street."
        ) from None


def _check_called(called: str) -> None:
    from pydantic import TypeAdapter

    from app.kernel.text import clean_text
    from app.kernel.types import Line

    try:
        TypeAdapter(Line).validate_python(clean_text(called))
    except ValueError:
        raise Refusal(f"{called!r} is no name to show.", "Give one line of at most 200 characters.") from None


def _join(database: "Database", settings: "Settings", key: "NodeKey", parent_url: str | None, code: str | None) -> None:
    """Let the node into the network: a city states itself, every other node is admitted by its parent."""
    from app.exchange.identity import open_node
    from app.exchange.key_folder import KeyFolder
    from app.exchange.keys import replace_key
    from app.exchange.models import SyncMeta
    from app.kernel.clock import SystemClock
    from app.sync import enrolment

    with database.read() as session:
        meta = session.get_one(SyncMeta, 1)
        if _has_joined(session, meta):
            return
    clock = SystemClock()
    take_part(database, open_node(database, clock, settings.keys_dir))
    if meta.tier == Tier.CITY:
        with database.write() as session:
            enrolment.state_root(session, clock)
        return
    if not parent_url or not code:
        raise Refusal(f"{meta.node} has not joined its parent yet.", "Give --parent and --code.")

    def keep(key: "NodeKey") -> None:
        replace_key(KeyFolder(settings.keys_dir, meta.node).path, key)

    join_parent_with(settings, database, meta, key, parent_url, code, keep)


def join_parent_with(
    settings: "Settings",
    database: "Database",
    meta: "SyncMeta",
    key: "NodeKey",
    parent_url: str,
    code: str,
    keep: "Callable[[NodeKey], object]",
) -> "NodeKey":
    """Join the parent with a code; the key, under a later name if its number was taken, which `keep` has kept by then.

    Refusal if the parent is not reached, not to be trusted, or refuses.
    """
    from app.kernel.problems import Problem
    from app.sync import enrolment

    _check_address(settings, parent_url)
    try:
        parsed = enrolment.parse_code(code)
    except Problem as problem:
        raise Refusal(problem.detail_en or problem.en) from None
    key, answer = _ask(parent_url, meta, key, parsed.secret, keep)
    try:
        with database.write() as session:
            enrolment.join(session, answer, parsed, parent_url, key)
    except enrolment.UntrustedParent as error:
        raise Refusal(
            f"{parent_url} is not to be trusted: {error}.", "Check the address, and ask for a new code by telephone."
        ) from None
    return key


def _ask(
    parent_url: str, meta: "SyncMeta", key: "NodeKey", secret: str, keep: "Callable[[NodeKey], object]"
) -> "tuple[NodeKey, enrolment.EnrolAnswer]":
    from app.exchange.keys import NodeKey
    from app.sync import enrolment, link

    try:
        try:
            return key, link.enrol(parent_url, enrolment.request_to_join(meta, key, secret))
        except link.Refused as refused:
            if refused.slug != enrolment.KeyNumber.slug or not isinstance(refused.extra.get("next"), int):
                raise
            key = NodeKey(f"{meta.node}:{refused.extra['next']}", key.seed)
            keep(key)
            return key, link.enrol(parent_url, enrolment.request_to_join(meta, key, secret))
    except link.LinkDown as down:
        raise Refusal(
            f"The parent at {parent_url} was not reached ({down}).", "Once it runs, give the same command again."
        ) from None
    except link.Refused as refused:
        raise Refusal(
            f"The parent refused: {refused.extra.get('title', refused.slug)}.",
            "Ask for a new code (`sanlian enrol` at the parent): it is for one node and lasts ten minutes.",
        ) from None


def _check_address(settings: "Settings", url: str) -> None:
    from app.sync.link import UnusableAddress, check_address

    try:
        check_address(url, is_demo=settings.mode == "demo")
    except UnusableAddress as error:
        raise Refusal(str(error), error.way_out) from None


def _has_joined(session: "Session", meta: "SyncMeta") -> bool:
    from app.exchange import trust
    from app.exchange.sql_ledger import SqlLedger

    return bool(trust.chain(SqlLedger(session), meta.node))
