"""Listings over HTTP: everything open that this node knows. Public."""

from collections.abc import Sequence
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
from app.kernel.paging import After, Limit
from app.kernel.types import Asked, Id, NodeId, Query
from app.regions.deps import CurrentRegions
from app.taxonomy.deps import CurrentTaxonomy
from app.vacancies import listings
from app.vacancies.listing import ListingBody
from app.vacancies.models import Listing
from app.vacancies.schemas import Freshness, ListingOut, ListingPage, OfferOut, Origin
from app.vacancies.search.service import find
from app.vacancies.search.wanted import Search

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
        Query, QueryParam(description="What is looked for, in any words: 天河保洁, 珠江新城电工夜班, baojie, dhg.")
    ] = "",
    place: Annotated[
        Annotated[Asked, Field(max_length=40)] | None,
        QueryParam(description="A city, district, street or community: its code, or words like 天河 or 珠江新城."),
    ] = None,
    adjacent: Annotated[bool, QueryParam(description="With `place`: its district and those that touch it.")] = False,
    occupation: Annotated[
        Annotated[Asked, Field(max_length=64)] | None,
        QueryParam(description="An occupation: its id, or words like 烧焊; an umbrella includes what is below it."),
    ] = None,
    near: Annotated[bool, QueryParam(description="With `occupation`: near occupations too.")] = False,
    limit: Limit = 50,
    after: After = None,
) -> ListingPage:
    """Every open listing this node knows, its own and received. `total` counts all that match.

    `place` and `occupation` have to hold; words there that are not clear are refused with the choices. `q` is divided
    at blanks and at the names that stand in it, and every part has to be answered: by the words as they stand in the
    title, the employer, the stated place and the names of occupation and skills, or by what they mean, however they
    were typed. An occupation is answered by itself, those below it and those near it, a skill by posts that ask for
    it, a place by posts within it. `understood` says how each part was taken.

    With `q` the order is, each deciding among equals of the one before: the words stand in the title, elsewhere in the
    listing, or only their meaning does; the occupation is the one that was meant, one below it, one near it, another;
    the skill that was meant is asked for; the post is within the place and its words name it too; the latest opened;
    origin and id. Without `q`: the latest opened, then origin and id.

    Where nothing is found, `offers` are wider searches with their true counts: the place widened step by step (street,
    district, the districts around, the city), near occupations, one part less, what unclear words may mean."""
    search = Search(q.strip(), place, adjacent, occupation, near)
    page = find(session, clock.now(), regions, taxonomy, search, after, limit)
    return ListingPage(
        items=shown(page.rows, session, clock),
        total=page.total,
        next=page.next,
        understood=list(page.understood),
        offers=[
            OfferOut(zh=offer.zh, en=offer.en, total=total, query=offer.search.parameters())
            for offer, total in page.offers
        ],
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
