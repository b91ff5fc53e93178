"""What routes ask for: the tree of divisions that `main` loaded at start-up."""

from typing import Annotated

from fastapi import Depends, Request

from app.regions.tree import Regions


async def _regions(request: Request) -> Regions:
    regions: Regions = request.app.state.regions
    return regions


CurrentRegions = Annotated[Regions, Depends(_regions)]
