"""What anybody may know of a node: where it stands in the tree, what it knows, what waits, since when."""

from datetime import datetime

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import __version__
from app.exchange.models import SyncQuarantine, SyncReject
from app.exchange.node import LocalNode
from app.exchange.sql_ledger import SqlLedger
from app.kernel.access import public
from app.kernel.deps import CurrentClock, ReadSession
from app.kernel.http import router
from app.sync import feed, push
from app.sync.authentication import CurrentExchange
from app.sync.figures import last_push_age_s
from app.vacancies.listings import counts

routes = router("/v1", "node")


class NodeStatus(BaseModel):
    """One node at a glance."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "node": "beijing",
                    "name": "北京街道",
                    "tier": "street",
                    "region": "440104003",
                    "parent": "yuexiu",
                    "own_listings": 216,
                    "known_listings": 432,
                    "backlog": 0,
                    "quarantined": 0,
                    "rejected": 0,
                    "last_push_age_s": 4,
                    "data_as_of": "2026-11-24T02:30:05Z",
                    "is_recovering": False,
                    "is_suspended": False,
                    "last_error": None,
                    "version": "0.1.0",
                }
            ]
        }
    )

    node: str
    name: str
    tier: str
    region: str
    parent: str | None
    own_listings: int = Field(description="Open listings of this node's own offices.")
    known_listings: int = Field(description="Open listings this node knows, its own and received.")
    backlog: int = Field(description="Records that wait to be pushed to the parent.")
    quarantined: int = Field(description="Records that arrived and could not be accepted.")
    rejected: int = Field(description="Records of this node and below that the parent could not accept.")
    last_push_age_s: int | None = Field(description="Seconds since the parent last took something in; null if never.")
    data_as_of: datetime | None = Field(
        description="When the parent's feed was last taken in to its end: so old is what is known of other offices."
        " Null if never, and at the city."
    )
    is_recovering: bool = Field(description="Restored from a backup, and not yet reconciled with the parent.")
    is_suspended: bool = Field(
        description="The parent takes nothing from this node, since a copy of it is or was at work."
    )
    last_error: str | None = Field(description="Why the last try to push failed; null if it did not.")
    version: str


def node_status(session: Session, local: LocalNode, now: datetime, last_error: str | None) -> NodeStatus:
    """The status of `local`; `last_error` is the courier's."""
    ledger = SqlLedger(session)
    own, known = counts(session, local.node, now)
    pushed_s = last_push_age_s(session, local, now)
    return NodeStatus(
        node=local.node,
        name=local.name,
        tier=local.tier,
        region=local.region,
        parent=local.parent,
        own_listings=own,
        known_listings=known,
        backlog=push.backlog(ledger),
        quarantined=session.execute(select(func.count()).select_from(SyncQuarantine)).scalar_one(),
        rejected=session.execute(select(func.count()).select_from(SyncReject)).scalar_one(),
        last_push_age_s=None if pushed_s is None else int(pushed_s),
        data_as_of=feed.data_as_of(ledger, local.parent or ""),
        is_recovering=ledger.meta().recovering,
        is_suspended=push.is_suspended(ledger, local.parent or "", "out"),
        last_error=last_error,
        version=__version__,
    )


@routes.get("/node", dependencies=[public()], summary="This node at a glance")
def get_node(request: Request, session: ReadSession, clock: CurrentClock, exchange: CurrentExchange) -> NodeStatus:
    """Where this node stands in the tree, how many listings it knows, and how its records travel."""
    return node_status(session, exchange.local, clock.now(), request.app.state.courier.last_error)
