"""What was meant by what somebody typed: occupations, skills, certificates, while typing and after. Public."""

from collections.abc import Mapping
from typing import Annotated, Protocol

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from app.kernel.access import public
from app.kernel.http import router
from app.kernel.types import Query as SearchText
from app.lookup import Channel
from app.taxonomy.deps import CurrentTaxonomy
from app.taxonomy.finding import ConceptIndex

routes = router("/v1/find", "find")

Typed = Annotated[SearchText, Query(description="What was typed, in whatever way.", examples=["dhg"])]
IsBeginning = Annotated[bool, Query(description="It is the beginning of a name: what may it become?")]
Most = Annotated[int, Query(ge=1, le=20, description="How many at most.")]


class FoundOut(BaseModel):
    """Something that may be meant, with the evidence."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "welder",
                    "zh": "电焊工",
                    "en": "Welder",
                    "score": 93.0,
                    "matched": "电焊工",
                    "channel": "initials",
                }
            ]
        }
    )

    id: str
    zh: str
    en: str
    score: float = Field(description="0 to 100.")
    matched: str = Field(description="The name that matched; the own name where that one is not for showing.")
    channel: Channel = Field(description="By what it was recognised.")


class MeantOut(BaseModel):
    """What a text means: `meant` where that is clear, and in any case what it may mean, best first."""

    meant: str | None = Field(description="The id, only where it is clear; else ask.", examples=["welder"])
    items: list[FoundOut]


class _Named(Protocol):
    @property
    def zh(self) -> str: ...
    @property
    def en(self) -> str: ...


def _answer(index: ConceptIndex, names: Mapping[str, _Named], q: str, limit: int, *, prefix: bool) -> MeantOut:
    if prefix:
        # A beginning means nothing yet, unless it is a name already.
        found = index.named(q)
        hits = index.search(q, limit, prefix=True)
    else:
        found = index.resolve(q)
        hits = [found.evidence] if found.evidence else list(found.choices)
        known = {hit.id for hit in hits}
        hits += [hit for hit in index.search(q, limit) if hit.id not in known]
    items = [
        FoundOut(
            id=hit.id,
            zh=names[hit.id].zh,
            en=names[hit.id].en,
            score=round(hit.score, 1),
            matched=hit.name,
            channel=hit.channel,
        )
        for hit in hits[:limit]
    ]
    return MeantOut(meant=found.id if found else None, items=items)


@routes.get("/occupations", dependencies=[public()], summary="Find an occupation however it was typed")
def find_occupations(taxonomy: CurrentTaxonomy, q: Typed, prefix: IsBeginning = False, limit: Most = 8) -> MeantOut:
    """Homophones, accents, pinyin, initials, traditional characters, advertising words: all of them find it."""
    return _answer(taxonomy.occupation_index, taxonomy.occupations, q, limit, prefix=prefix)


@routes.get("/skills", dependencies=[public()], summary="Find a skill however it was typed")
def find_skills(taxonomy: CurrentTaxonomy, q: Typed, prefix: IsBeginning = False, limit: Most = 8) -> MeantOut:
    """Like occupations."""
    return _answer(taxonomy.skill_index, taxonomy.skills, q, limit, prefix=prefix)


@routes.get("/certificates", dependencies=[public()], summary="Find a certificate however it was typed")
def find_certificates(taxonomy: CurrentTaxonomy, q: Typed, prefix: IsBeginning = False, limit: Most = 8) -> MeantOut:
    """Like occupations."""
    return _answer(taxonomy.certificate_index, taxonomy.certificates, q, limit, prefix=prefix)
