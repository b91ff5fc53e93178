"""Matching over HTTP: read only, both languages in every answer, nothing stored."""

from typing import Annotated

from fastapi import Path, Query, Response

from app.kernel.access import Permission, public, requires
from app.kernel.deps import CurrentActor, CurrentClock
from app.kernel.http import router
from app.kernel.types import Id
from app.matching import answers, service
from app.matching.deps import CurrentListings, MatchTurn, PublicMatchTurn, Reads
from app.matching.schemas import MatchesOut, MatchIn, PeopleMatchesOut, ScoreTableOut
from app.regions.deps import CurrentRegions
from app.taxonomy.deps import CurrentTaxonomy

routes = router("/v1", "matching")

Most = Annotated[int, Query(ge=1, le=200, description="How many to show at most; the totals count all.")]
SeekerId = Annotated[Id, Path(description="The id of a job seeker of your own office.")]
VacancyId = Annotated[Id, Path(description="The id of a vacancy or listing that this node knows.")]


@routes.get(
    "/seekers/{seeker_id}/matches",
    dependencies=[requires(Permission.MATCH_READ)],
    operation_id="matchSeeker",
    summary="Posts for a person",
)
def match_seeker(
    _: MatchTurn,
    reads: Reads,
    known: CurrentListings,
    actor: CurrentActor,
    clock: CurrentClock,
    regions: CurrentRegions,
    taxonomy: CurrentTaxonomy,
    seeker_id: SeekerId,
    response: Response,
    limit: Most = 20,
) -> MatchesOut:
    """The listings that this node knows, judged for one of your job seekers: what suits and why, and why not."""
    response.headers["Cache-Control"] = "no-store"
    found = service.match_seeker(reads, known, actor, clock, regions, taxonomy, seeker_id)
    return answers.matches_out(found.ranking, found.profile, found.understood, taxonomy, regions, limit)


@routes.get(
    "/vacancies/{vacancy_id}/matches",
    dependencies=[requires(Permission.MATCH_READ)],
    operation_id="matchVacancy",
    summary="Persons for a post",
)
def match_vacancy(
    _: MatchTurn,
    reads: Reads,
    actor: CurrentActor,
    clock: CurrentClock,
    regions: CurrentRegions,
    taxonomy: CurrentTaxonomy,
    vacancy_id: VacancyId,
    response: Response,
    limit: Most = 20,
) -> PeopleMatchesOut:
    """The active job seekers of your office, masked, judged for one post by the same points."""
    response.headers["Cache-Control"] = "no-store"
    found = service.match_vacancy(reads, actor, clock, regions, taxonomy, vacancy_id)
    return answers.people_out(found.ranking, found.listing, found.masked_names, taxonomy, regions, limit)


@routes.post("/match", dependencies=[public()], operation_id="matchProfile", summary="Posts for a profile")
def match_profile(
    _: PublicMatchTurn,
    reads: Reads,
    known: CurrentListings,
    clock: CurrentClock,
    regions: CurrentRegions,
    taxonomy: CurrentTaxonomy,
    entered: MatchIn,
    response: Response,
    limit: Most = 20,
) -> MatchesOut:
    """The open listings that this node knows, judged for the profile in the request. Nothing of it is stored.

    Wishes, skills and places may be words; `understood` shows what they were taken to mean."""
    response.headers["Cache-Control"] = "no-store"
    found = service.match_profile(reads, known, clock, regions, taxonomy, entered)
    return answers.matches_out(found.ranking, found.profile, found.understood, taxonomy, regions, limit)


@routes.get("/match/score-table", dependencies=[public()], operation_id="getScoreTable", summary="The score table")
def get_score_table() -> ScoreTableOut:
    """Every number that a score depends on, with its version: what `score_table` in an answer refers to."""
    return answers.score_table_out()
