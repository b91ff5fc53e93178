"""Matching over HTTP: read only, both languages in every answer, nothing stored."""

from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Path, Query, Response
from pydantic import Field

from app.kernel.access import public, requires
from app.kernel.actor import Permission
from app.kernel.deps import CurrentActor
from app.kernel.http import router
from app.kernel.types import Asked, Day, Id
from app.matching import answers
from app.matching.deps import MatcherInTurn, PublicMatcherInTurn
from app.matching.filters import Filters
from app.matching.schemas import MatchesOut, MatchIn, PeopleMatchesOut, ScoreTableOut
from app.matching.service import Matcher, Wanted
from app.regions.understanding import require_place
from app.taxonomy.terms import Shift
from app.taxonomy.understanding import require_occupation

routes = router("/v1", "matching")

Most = Annotated[int, Query(ge=1, le=200, description="How many to show at most; the totals count all.")]
Side = Annotated[
    int, Query(ge=0, le=50, description="How many of other nearby work, and of near misses, to show at most.")
]
SeekerId = Annotated[Id, Path(description="The id of a job seeker of your own office.")]
VacancyId = Annotated[Id, Path(description="The id of a vacancy or listing that this node knows.")]


async def _asked_listings(
    limit: Most = 20,
    side: Side = 10,
    place: Annotated[
        Annotated[Asked, Field(max_length=40)] | None, Query(description="Only posts in this division: code or words.")
    ] = None,
    occupation: Annotated[
        Annotated[Asked, Field(max_length=64)] | None,
        Query(description="Only posts of this occupation or below it: id or words."),
    ] = None,
    pay_min_fen: Annotated[
        int | None, Query(ge=0, le=10**10, description="Only posts that guarantee this in a full-time month, in fen.")
    ] = None,
    shift: Annotated[Shift | None, Query(description="Only posts with this shift.")] = None,
    since: Annotated[Day | None, Query(description="Only posts opened on this day or later.")] = None,
) -> Wanted:
    return Wanted(limit, side, Filters(place, occupation, pay_min_fen, shift, since))


def _read(asked: Wanted, matcher: Matcher) -> Wanted:
    """What is wanted, with the words for a place and an occupation as codes.

    UnknownCode and UnclearWords (422) name the parameter.
    """
    place, occupation = asked.filters.place, asked.filters.occupation
    if place is not None:
        place = require_place(matcher.regions, place, "place").code
    if occupation is not None:
        occupation = require_occupation(matcher.taxonomy, occupation).code
    return replace(asked, filters=replace(asked.filters, place=place, occupation=occupation))


AskedListings = Annotated[Wanted, Depends(_asked_listings)]


@routes.get(
    "/seekers/{seeker_id}/matches",
    dependencies=[requires(Permission.MATCH_READ)],
    operation_id="matchSeeker",
    response_model=MatchesOut,
    summary="Posts for a person",
)
def match_seeker(
    matcher: MatcherInTurn,
    actor: CurrentActor,
    seeker_id: SeekerId,
    asked: AskedListings,
) -> Response:
    """The listings that this node knows, judged for one of your job seekers: what suits and why, and why not."""
    found = matcher.for_seeker(actor, seeker_id, _read(asked, matcher))
    return _answer(answers.matches_json(found, matcher.taxonomy, matcher.regions))


@routes.get(
    "/vacancies/{vacancy_id}/matches",
    dependencies=[requires(Permission.MATCH_READ)],
    operation_id="matchVacancy",
    response_model=PeopleMatchesOut,
    summary="Persons for a post",
)
def match_vacancy(
    matcher: MatcherInTurn,
    actor: CurrentActor,
    vacancy_id: VacancyId,
    limit: Most = 20,
    side: Side = 10,
) -> Response:
    """The active job seekers of your office, masked, judged for one post by the same points."""
    found = matcher.for_vacancy(actor, vacancy_id, Wanted(limit, side))
    return _answer(answers.people_json(found, matcher.taxonomy, matcher.regions))


@routes.post(
    "/match",
    dependencies=[public()],
    operation_id="matchProfile",
    response_model=MatchesOut,
    summary="Posts for a profile",
)
def match_profile(
    matcher: PublicMatcherInTurn,
    entered: MatchIn,
    asked: AskedListings,
) -> Response:
    """The open listings that this node knows, judged for the profile in the request. Nothing of it is stored.

    Wishes, skills and places may be words; `understood` shows what they were taken to mean."""
    found = matcher.for_profile(entered, _read(asked, matcher))
    return _answer(answers.matches_json(found, matcher.taxonomy, matcher.regions))


@routes.get("/match/score-table", dependencies=[public()], operation_id="getScoreTable", summary="The score table")
def get_score_table() -> ScoreTableOut:
    """Every number that a score depends on, with its version: what `score_table` in an answer refers to."""
    return answers.score_table_out()


def _answer(content: bytes) -> Response:
    """Persons and what was asked for them are in no cache."""
    return Response(content, media_type="application/json", headers={"Cache-Control": "no-store"})
