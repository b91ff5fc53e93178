"""Which division was meant by what somebody typed, down to the street. Public."""

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from app.kernel.access import public
from app.kernel.http import router
from app.kernel.types import Query as SearchText
from app.lookup import Channel
from app.regions.deps import CurrentRegions

routes = router("/v1/find", "find")


class PlaceFoundOut(BaseModel):
    """A division that may be meant, with the words that say so."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"code": "440106", "full_name": "广州市天河区", "score": 99.0, "matched": "珠江新城", "channel": "text"}
            ]
        }
    )

    code: str
    full_name: str
    score: float = Field(description="0 to 100.")
    matched: str
    channel: Channel


class PlaceMeantOut(BaseModel):
    """What a text means: `meant` where that is clear, and in any case what it may mean, best first."""

    meant: str | None = Field(description="The code, only where it is clear; else ask.", examples=["440106"])
    elsewhere: str | None = Field(
        default=None, description="The place in another city that the text names, if any.", examples=[None]
    )
    items: list[PlaceFoundOut]


@routes.get("/places", dependencies=[public()], summary="Find a place however it was written")
def find_places(
    regions: CurrentRegions,
    q: Annotated[SearchText, Query(description="A name, an area or a whole address.", examples=["珠江新城"])],
    prefix: Annotated[bool, Query(description="It is the beginning of a name: what may it become?")] = False,
    limit: Annotated[int, Query(ge=1, le=20, description="How many at most.")] = 8,
) -> PlaceMeantOut:
    """Divisions, merged districts, business areas and whole addresses. What is ambiguous is never picked silently."""
    meant = regions.places.resolve(q)
    ours = meant.elsewhere is None or meant.code is not None or bool(meant.choices) or prefix
    items = [
        PlaceFoundOut(
            code=hit.id,
            full_name=regions.full_name(hit.id),
            score=round(hit.score, 1),
            matched=hit.name,
            channel=hit.channel,
        )
        for hit in (regions.places.search(q, limit, prefix=prefix) if ours else [])
    ]
    return PlaceMeantOut(meant=meant.code, elsewhere=meant.elsewhere and meant.elsewhere.full_name, items=items)
