"""Words that this node was taught, over HTTP: for officers."""

from typing import Annotated

from fastapi import Path, Response
from sqlalchemy import func, select

from app.kernel.access import requires
from app.kernel.actor import Permission
from app.kernel.deps import CurrentActor, CurrentClock, ReadSession, WriteSession
from app.kernel.http import router
from app.kernel.paging import After, Limit, Page, decode_cursor, encode_cursor
from app.kernel.types import Id
from app.taxonomy import synonyms
from app.taxonomy.deps import CurrentTaxonomy
from app.taxonomy.models import LocalSynonym
from app.taxonomy.schemas import SynonymIn, SynonymOut
from app.taxonomy.terms import ConceptKind

routes = router("/v1/synonyms", "occupations")

SynonymId = Annotated[Id, Path(description="The id that the list shows.")]


def _shown(row: LocalSynonym) -> SynonymOut:
    return SynonymOut(
        id=row.id,
        kind=ConceptKind(row.kind),
        word=row.word,
        concept=row.concept,
        note=row.note,
        added_by=row.added_by,
        added_at=row.added_at,
    )


@routes.get("", dependencies=[requires(Permission.SYNONYM_WRITE)], summary="List the words this node was taught")
def list_synonyms(
    session: ReadSession, actor: CurrentActor, limit: Limit = 50, after: After = None
) -> Page[SynonymOut]:
    """The words that your office taught, the latest first. They hold for the whole node and are not sent to others."""
    found = synonyms.visible_to(actor)
    total = session.scalar(select(func.count()).select_from(found.subquery())) or 0
    if after is not None:
        found = found.where(LocalSynonym.id < decode_cursor(after, str)[0])
    rows = session.scalars(found.limit(limit + 1)).all()
    page = rows[:limit]
    cursor = encode_cursor(page[-1].id) if len(rows) > limit else None
    return Page(items=[_shown(row) for row in page], total=total, next=cursor)


@routes.post("", status_code=201, dependencies=[requires(Permission.SYNONYM_WRITE)], summary="Teach this node a word")
def add_synonym(
    session: WriteSession,
    actor: CurrentActor,
    clock: CurrentClock,
    taxonomy: CurrentTaxonomy,
    entered: SynonymIn,
    response: Response,
) -> SynonymOut:
    """Let a word name a concept from now on: in search, at entry and in imports. 409 names what it names already."""
    made = synonyms.add_synonym(session, actor, clock, taxonomy, entered)
    response.headers["Location"] = f"/v1/synonyms/{made.id}"
    return _shown(made)


@routes.delete(
    "/{synonym_id}",
    status_code=204,
    dependencies=[requires(Permission.SYNONYM_WRITE)],
    summary="Take back a word",
)
def remove_synonym(
    session: WriteSession, actor: CurrentActor, clock: CurrentClock, taxonomy: CurrentTaxonomy, synonym_id: SynonymId
) -> None:
    """Forget a word. What was registered by it keeps its concept."""
    synonyms.remove_synonym(session, actor, clock, taxonomy, synonym_id)
