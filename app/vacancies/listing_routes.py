"""Listings over HTTP: everything open that this node knows. Public."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Path
from fastapi import Query as QueryParam
from pydantic import Field
from sqlalchemy.orm import Session

from app.exchange.models import SyncNode
from app.kernel.access import public
from app.kernel.clock import Clock
from app.kernel.deps import CurrentClock, ReadSession
from app.kernel.http import router
from app.kernel.paging import After, Limit, Page, decode_cursor, encode_cursor, no_cursor
from app.kernel.types import Asked, Id, NodeId, Query
from app.regions.deps import CurrentRegions
from app.taxonomy.deps import CurrentTaxonomy
from app.vacancies import listings
from app.vacancies.listing import ListingBody
from app.vacancies.models import Listing
from app.vacancies.schemas import Freshness, ListingOut, Origin

routes = router("/v1/listings", "listings")


def shown(found: Sequence[Listing], session: Session, clock: Clock) -> list[ListingOut]:
    """Listings as they are answered. Where one comes from is said by its node's parent, not by the listing."""
    nodes = listings.origins(session, found)
    return [_shown(listing, nodes.get(listing.origin), clock) for listing in found]


def _shown(listing: Listing, node: SyncNode | None, clock: Clock) -> ListingOut:
    body = ListingBody.model_validate(listing.body)
    return ListingOut(
        id=listing.rid,
        origin=Origin(
            node=listing.origin,
            name=node.name if node else "",
            office=body.office.name,
            region=node.region if node else body.office.region,
            tier=node.tier if node else "",
        ),
        freshness=Freshness(
            updated_at=listing.updated_at,
            received_at=listing.received_at,
            age_s=max(0, int((clock.now() - listing.received_at).total_seconds())),
        ),
        listing=body,
    )


@routes.get("", dependencies=[public()], summary="Search listings")
def search_listings(
    session: ReadSession,
    clock: CurrentClock,
    regions: CurrentRegions,
    taxonomy: CurrentTaxonomy,
    q: Annotated[
        Query | None, QueryParam(description="Part of the title, employer, occupation, skills or stated place.")
    ] = None,
    place: Annotated[
        Annotated[Asked, Field(max_length=40)] | None,
        QueryParam(description="A city, district, street or community: its code, or words like 天河 or 珠江新城."),
    ] = None,
    occupation: Annotated[
        Annotated[Asked, Field(max_length=64)] | None,
        QueryParam(description="An occupation: its id, or words like 烧焊; an umbrella includes what is below it."),
    ] = None,
    limit: Limit = 50,
    after: After = None,
) -> Page[ListingOut]:
    """Every open listing this node knows, its own and received. Ordered by `opened_at`, newest first (a time in the
    future counts as that of its arrival), then by origin and id. `total` counts all that match. A code that is in no
    table is an error that names the nearest ones."""
    found = listings.search(clock.now(), regions, taxonomy, q=q, place=place, occupation=occupation)
    total = listings.count(session, found)
    rows = session.scalars(listings.newest_first(found, _cursor(after)).limit(limit + 1)).all()
    page = rows[:limit]
    return Page(
        items=shown(page, session, clock),
        total=total,
        next=_next(page[-1]) if len(rows) > limit else None,
    )


@routes.get("/{origin}/{rid}", dependencies=[public()], summary="One listing")
def get_listing(
    session: ReadSession,
    clock: CurrentClock,
    origin: Annotated[NodeId, Path(description="The node that answers for it.")],
    rid: Annotated[Id, Path(description="Its id there.")],
) -> ListingOut:
    """One open listing. 410 once it ended or while it is hidden."""
    return shown([listings.get_listing(session, clock.now(), origin, rid)], session, clock)[0]


def _next(last: Listing) -> str:
    return encode_cursor(last.opened_at.isoformat(), last.origin, last.rid)


def _cursor(after: str | None) -> tuple[datetime, str, str] | None:
    if after is None:
        return None
    moment, origin, rid = (str(part) for part in decode_cursor(after, str, str, str))
    try:
        opened_at = datetime.fromisoformat(moment)
        if opened_at.tzinfo is None:
            raise ValueError("naive")
        return opened_at.astimezone(UTC), origin, rid
    except (ValueError, OverflowError):
        raise no_cursor() from None
