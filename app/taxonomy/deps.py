"""What routes ask for: the tables that `main` loaded at start-up."""

from typing import Annotated

from fastapi import Depends, Request

from app.taxonomy.tables import Taxonomy


async def _taxonomy(request: Request) -> Taxonomy:
    taxonomy: Taxonomy = request.app.state.taxonomy
    return taxonomy


CurrentTaxonomy = Annotated[Taxonomy, Depends(_taxonomy)]
