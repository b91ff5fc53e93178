"""What verbs share that write for this node, or ask its parent."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.cli.console import Refusal

if TYPE_CHECKING:
    from app.exchange.node import Exchange, LocalNode
    from app.kernel.db import Database
    from app.settings import Settings
    from app.sync.link import HttpLink


def take_part(database: "Database", local: "LocalNode") -> "Exchange":
    """Let the transactions of this process write for the node."""
    from app.exchange import commit
    from app.exchange.node import Exchange
    from app.kernel.clock import SystemClock
    from app.main import build_kinds
    from app.taxonomy.shipped import load_shipped

    clock = SystemClock()
    exchange = Exchange(local, build_kinds(load_shipped(), clock), clock)
    commit.install(database.write_sessions, exchange)
    return exchange


@contextmanager
def parent_of(local: "LocalNode", of: "Settings") -> Iterator["HttpLink"]:
    """The way to the parent, closed at the end; Refusal if its address may not be used."""
    from app.kernel.clock import SystemClock
    from app.sync.link import HttpLink, UnusableAddress, check_address

    try:
        check_address(local.parent_url or "", is_demo=of.mode == "demo")
        link = HttpLink(local, SystemClock().now)
    except UnusableAddress as error:
        raise Refusal(str(error), error.way_out) from None
    try:
        yield link
    finally:
        link.close()
