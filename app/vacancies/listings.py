"""The read model of listings: filled by the appliers for own and received records alike, and searched.

A listing is shown while it is open and, by this node's own clock, not past its last day: expiry needs no message.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from pydantic import BaseModel
from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select
from sqlalchemy.orm import Session

from app.exchange.envelope import Envelope
from app.exchange.models import SyncNode, SyncRecord
from app.kernel.clock import Clock
from app.kernel.problems import NotFound, Problem
from app.regions.tree import Regions
from app.taxonomy.tables import Taxonomy
from app.vacancies.listing import KIND, ListingBody, ListingStatus
from app.vacancies.models import Listing
from app.vacancies.understanding import occupation_id, place_code


class ListingGone(Problem):
    status, slug, zh, en = 410, "listing-gone", "该岗位已结束", "This post has ended"


class OtherOffice(ValueError):
    """A listing whose office lies in another division than its record: it is kept and relayed, and not shown."""


class ListingIndex:
    """The appliers of kind `listing`; they need the taxonomy for what a listing can be found by."""

    def __init__(self, taxonomy: Taxonomy, clock: Clock) -> None:
        self._taxonomy = taxonomy
        self._clock = clock

    def apply(self, session: Session, envelope: Envelope, body: BaseModel) -> None:
        """Take in one version of a listing; OtherOffice unless its office is where the record says it belongs.

        The exchange holds a record's region against what the parent stated of its origin; the office in the body is
        held against that region here. The time of opening orders what people see, so a later one than this node's own
        clock says counts as now, and a listing that is known does not become newer.
        """
        if not isinstance(body, ListingBody):
            raise TypeError(type(body).__name__)
        if body.office.region != envelope.scope:
            raise OtherOffice(body.office.region)
        now = self._clock.now()
        row = session.get(Listing, (envelope.origin, envelope.rid)) or Listing(origin=envelope.origin, rid=envelope.rid)
        row.status = body.status.value
        row.occupation = body.occupation
        row.region_code = body.place.region
        row.opened_at = min(body.opened_at, row.opened_at or now, now)
        row.updated_at, row.received_at = min(body.updated_at, now), now
        row.expires_at = datetime.fromtimestamp(envelope.expires or 0, UTC)
        row.search_text = self._words(body)
        row.body = body.model_dump(mode="json")
        session.add(row)

    def remove(self, session: Session, envelope: Envelope) -> None:
        """Take a listing out: it ended."""
        session.execute(delete(Listing).where(Listing.origin == envelope.origin, Listing.rid == envelope.rid))

    def _words(self, body: ListingBody) -> str:
        occupation = self._taxonomy.occupations.get(body.occupation or "")
        words = [body.title, body.occupation_stated, body.employer.name, body.place.stated]
        if occupation is not None:
            words += [occupation.zh, occupation.en]
        for asked in body.skills:
            skill = self._taxonomy.skills.get(asked.skill or "")
            words += [asked.stated] + ([skill.zh, skill.en] if skill else [])
        return "\n".join(word.casefold() for word in words if word)


def shown(now: datetime) -> ColumnElement[bool]:
    """Open, and not past the last day by our clock."""
    return and_(Listing.status == ListingStatus.OPEN.value, Listing.expires_at >= now)


def search(
    now: datetime,
    regions: Regions,
    taxonomy: Taxonomy,
    *,
    q: str | None = None,
    place: str | None = None,
    occupation: str | None = None,
) -> Select[Listing]:
    """Every shown listing that contains `q`, lies in `place` and is of `occupation` or below it, in no order.

    `place` and `occupation` are codes or words; UnknownCode (422) naming the choices where they are not clear.
    """
    found = select(Listing).where(shown(now))
    if q and q.strip():
        pattern = q.strip().casefold().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        found = found.where(Listing.search_text.like(f"%{pattern}%", escape="\\"))
    if place is not None:
        found = found.where(within(place_code(place, regions)))
    if occupation is not None:
        wanted = occupation_id(occupation, taxonomy)
        ids = [o.id for o in taxonomy.occupations.values() if taxonomy.is_below(o.id, wanted)]
        found = found.where(Listing.occupation.in_(ids))
    return found


def within(place: str) -> ColumnElement[bool]:
    """Work places in a division and everything below it, by the structure of the codes.

    The bounds are digits only: every collation sorts those alike.
    """
    prefix = place[:4] if len(place) == 6 and place.endswith("00") else place
    return Listing.region_code.between(prefix, prefix.ljust(12, "9"))


def newest_first(found: Select[Listing], after: tuple[datetime, str, str] | None) -> Select[Listing]:
    """The latest opened first, then by origin and id; from just behind `after`."""
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


def count(session: Session, found: Select[Listing]) -> int:
    """How many there are, whatever a page shows."""
    return session.execute(
        select(func.count()).select_from(found.with_only_columns(Listing.rid).subquery())
    ).scalar_one()


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
