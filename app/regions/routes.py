"""Divisions and offices over HTTP: public, read only. Divisions change by `sanlian regions import` alone."""

from typing import Annotated

from fastapi import Path, Query

from app.kernel.access import public
from app.kernel.deps import ReadSession
from app.kernel.http import router
from app.kernel.paging import After, Limit, Page, decode_cursor, encode_cursor
from app.kernel.types import Query as SearchText
from app.regions.deps import CurrentRegions
from app.regions.queries import list_offices
from app.regions.schemas import OfficeOut, RegionDetail, RegionOut, RegionStep
from app.regions.tier import Tier
from app.regions.tree import Region, Regions

routes = router("/v1", "regions")

ParentCode = Annotated[SearchText | None, Query(description="Only divisions directly below this code.")]
NamePart = Annotated[SearchText, Query(description="Only names, with those above, that contain this text.")]


def _out(regions: Regions, region: Region) -> RegionOut:
    return RegionOut(
        code=region.code,
        name=region.name,
        full_name=regions.full_name(region.code),
        tier=region.tier,
        parent=region.parent,
    )


@routes.get("/regions", dependencies=[public()], summary="List divisions")
def list_regions(
    regions: CurrentRegions,
    parent: ParentCode = None,
    q: NamePart = "",
    tier: Annotated[Tier | None, Query(description="Only this level.")] = None,
    limit: Limit = 50,
    after: After = None,
) -> Page[RegionOut]:
    """Divisions in the order of their codes."""
    if parent is not None:
        found = regions.children(regions.require(parent, "parent").code)
    else:
        found = list(regions.by_code.values())
    if tier is not None:
        found = [region for region in found if region.tier is tier]
    if q:
        found = [region for region in found if q in regions.full_name(region.code)]
    start = 0
    if after is not None:
        last = str(decode_cursor(after, str)[0])
        start = sum(1 for region in found if region.code <= last)
    page = found[start : start + limit]
    has_more = start + limit < len(found)
    return Page(
        items=[_out(regions, region) for region in page],
        total=len(found),
        next=encode_cursor(page[-1].code) if has_more else None,
    )


@routes.get("/regions/{code}", dependencies=[public()], summary="One division")
def get_region(
    regions: CurrentRegions, code: Annotated[SearchText, Path(examples=["440104"], description="6, 9 or 12 digits.")]
) -> RegionDetail:
    """One division, its path from the city down, and its neighbours. An unknown code names the nearest."""
    region = regions.require(code, "code")
    return RegionDetail(
        **_out(regions, region).model_dump(),
        path=[RegionStep(code=step.code, name=step.name, tier=step.tier) for step in regions.path(code)],
        children=len(regions.children(code)),
        adjacent=regions.neighbours(code),
    )


@routes.get("/offices", dependencies=[public()], summary="Offices of this node")
def list_all_offices(session: ReadSession, regions: CurrentRegions) -> list[OfficeOut]:
    """The offices of this node, by region and name. They are few, so there are no pages."""
    return [
        OfficeOut(
            id=office.id,
            name=office.name,
            region=office.region_code,
            region_name=regions.full_name(office.region_code),
            tier=Tier(office.tier),
        )
        for office in list_offices(session)
    ]
