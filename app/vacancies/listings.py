"""The read model of listings: filled by the appliers for own and received records alike, and read in order.

What a search finds stands in `search`.

A listing is shown while it is open and, by this node's own clock, not past its last day: expiry needs no message.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select
from sqlalchemy.orm import Session

from app.exchange.envelope import Envelope
from app.exchange.models import SyncNode, SyncRecord
from app.kernel.bulk import upsert
from app.kernel.clock import Clock
from app.kernel.columns import WrittenJson
from app.kernel.db import Base
from app.kernel.keys import among
from app.kernel.problems import NotFound, Problem
from app.taxonomy.tables import Taxonomy
from app.vacancies.listing import KIND, ListingBody, ListingStatus
from app.vacancies.models import Listing
from app.vacancies.search.plain_words import listing_text


class ListingGone(Problem):
    status, slug, zh, en = 410, "listing-gone", "该岗位已结束", "This post has ended"


class OtherOffice(ValueError):
    """A listing whose office lies in another division than its record: it is kept and relayed, and not shown."""


_TABLE = Base.metadata.tables[Listing.__tablename__]


class ListingIndex:
    """The appliers of kind `listing`; they need the taxonomy for what a listing can be found by."""

    def __init__(self, taxonomy: Taxonomy, clock: Clock) -> None:
        self._taxonomy = taxonomy
        self._clock = clock

    def apply(self, session: Session, envelope: Envelope, body: BaseModel) -> None:
        """Take in one version of a listing, as `apply_many`."""
        self.apply_many(session, [(envelope, body)])

    def apply_many(self, session: Session, listings: Iterable[tuple[Envelope, BaseModel]]) -> None:
        """Take in versions of different listings; OtherOffice unless every office is where its record belongs.

        The exchange holds a record's region against what the parent stated of its origin; the office in the body is
        held against that region here. The time of opening orders what people see, so a later one than this node's own
        clock says counts as now, and a listing that is known does not become newer.
        """
        now = self._clock.now()
        rows = (self._row(envelope, body, now) for envelope, body in listings)
        upsert(session, _TABLE, rows, least=["opened_at"])

    def _row(self, envelope: Envelope, body: BaseModel, now: datetime) -> dict[str, Any]:
        if not isinstance(body, ListingBody):
            raise TypeError(type(body).__name__)
        if body.office.region != envelope.scope:
            raise OtherOffice(body.office.region)
        return {
            "origin": envelope.origin,
            "rid": envelope.rid,
            "status": body.status.value,
            "occupation": body.occupation,
            "region_code": body.place.region,
            "opened_at": min(body.opened_at, now),
            "updated_at": min(body.updated_at, now),
            "received_at": now,
            "expires_at": datetime.fromtimestamp(envelope.expires or 0, UTC),
            "search_text": listing_text(body, body.employer.name, self._taxonomy),
            "body": WrittenJson(body.model_dump_json()),
        }

    def remove(self, session: Session, envelope: Envelope) -> None:
        """Take a listing out: it ended."""
        session.execute(delete(Listing).where(Listing.origin == envelope.origin, Listing.rid == envelope.rid))


def shown(now: datetime) -> ColumnElement[bool]:
    """Open, and not past the last day by our clock."""
    return and_(Listing.status == ListingStatus.OPEN.value, Listing.expires_at >= now)


def within(place: str) -> ColumnElement[bool]:
    """Work places in a division and everything below it, by the structure of the codes.

    The bounds are digits only: every collation sorts those alike.
    """
    prefix = place[:4] if len(place) == 6 and place.endswith("00") else place
    return Listing.region_code.between(prefix, prefix.ljust(12, "9"))


def newest_first(found: Select[Listing], after: tuple[datetime, str, str] | None) -> Select[Listing]:
    """`found` with the latest opened first, then by origin and id; from just behind `after`."""
    if after is not None:
        opened_at, origin, rid = after
        found = found.where(
            or_(
                Listing.opened_at < opened_at,
                and_(Listing.opened_at == opened_at, Listing.origin > origin),
                and_(Listing.opened_at == opened_at, Listing.origin == origin, Listing.rid > rid),
            )
        )
    return found.order_by(Listing.opened_at.desc(), Listing.origin, Listing.rid)


def by_keys(session: Session, keys: Sequence[tuple[str, str]]) -> list[Listing]:
    """The listings with these keys (origin, id), in their order."""
    rows = session.scalars(select(Listing).where(among((Listing.origin, Listing.rid), keys))).all()
    found = {(row.origin, row.rid): row for row in rows}
    return [found[key] for key in keys if key in found]


def counts(session: Session, node: str, now: datetime) -> tuple[int, int]:
    """How many shown listings are this node's own, and how many it knows."""
    own = func.count().filter(Listing.origin == node)
    row = session.execute(select(own, func.count()).select_from(Listing).where(shown(now))).one()
    return row[0], row[1]


def origins(session: Session, found: Iterable[Listing]) -> dict[str, SyncNode]:
    """The nodes that answer for these listings, as their parents stated them."""
    names = {listing.origin for listing in found}
    return {node.node: node for node in session.scalars(select(SyncNode).where(SyncNode.node.in_(names)))}


def get_listing(session: Session, now: datetime, origin: str, rid: str) -> Listing:
    """One shown listing; ListingGone (410) if it ended or is hidden, NotFound if it was never known here."""
    found = session.scalar(select(Listing).where(Listing.origin == origin, Listing.rid == rid, shown(now)))
    if found is not None:
        return found
    if session.get(SyncRecord, (origin, KIND, rid)) is not None:
        raise ListingGone()
    raise NotFound()
