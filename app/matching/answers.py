"""From rankings to JSON: the best of each list with its explanation, and true totals."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from typing import Any, TypeVar

from app.lookup.understood import Understood
from app.matching.explain import NOT_CONSIDERED, Explanation, explain
from app.matching.profile import Concepts, KnownListing, Places, Profile
from app.matching.rank import Judgement, Match, PeopleRanking, PersonMatch, Ranking
from app.matching.schemas import (
    ConditionOut,
    FactorOut,
    MatchedListing,
    MatchedPerson,
    MatchesOut,
    MatchOut,
    PayOut,
    PeopleMatchesOut,
    PersonMatchOut,
    SaidOut,
    ScoreTableOut,
    SkillOut,
)
from app.matching.table import SCORE_TABLE
from app.matching.texts import Said

SIDE_LIST = 10  # other nearby work and near misses: enough to see what to change, whatever the limit

_T = TypeVar("_T")
_Out = TypeVar("_Out")


def matches_out(
    ranking: Ranking,
    profile: Profile,
    understood: Sequence[Understood],
    taxonomy: Concepts,
    regions: Places,
    limit: int,
) -> MatchesOut:
    """The answer for one profile: at most `limit` matches, and a few of each other list."""

    def out(match: Match) -> MatchOut:
        explanation = explain(match.judgement, profile, match.listing, taxonomy, regions)
        return MatchOut(listing=_listing(match.listing, regions), **_judgement(match.judgement, explanation))

    return MatchesOut(**_lists(ranking, out, limit), understood=list(understood))


def people_out(
    ranking: PeopleRanking,
    listing: KnownListing,
    masked_names: dict[str, str],
    taxonomy: Concepts,
    regions: Places,
    limit: int,
) -> PeopleMatchesOut:
    """The answer for one listing; `masked_names` by the person's id."""

    def out(match: PersonMatch) -> PersonMatchOut:
        explanation = explain(match.judgement, match.person.profile, listing, taxonomy, regions)
        person = MatchedPerson(id=match.person_id, name=masked_names[match.person_id])
        return PersonMatchOut(person=person, **_judgement(match.judgement, explanation))

    return PeopleMatchesOut(**_lists(ranking, out, limit))


def score_table_out() -> ScoreTableOut:
    """The published table."""
    factors = ("occupation", "experience", "skills", "place", "pay", "conditions")
    values = {field.name: getattr(SCORE_TABLE, field.name) for field in fields(SCORE_TABLE)}
    numbers = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
        if name not in (*factors, "version", "board")
    }
    return ScoreTableOut(
        version=SCORE_TABLE.version,
        points={name: values[name] for name in factors},
        numbers=numbers,
        board=[asdict(board) for board in SCORE_TABLE.board],
    )


def _lists(ranking: Any, out: Callable[[Any], Any], limit: int) -> dict[str, Any]:
    side = min(limit, SIDE_LIST)
    return {
        "score_table": ranking.version,
        "considered": ranking.considered,
        "total": len(ranking.matches),
        "items": _some(ranking.matches, out, limit),
        "other_nearby_total": len(ranking.other_nearby),
        "other_nearby": _some(ranking.other_nearby, out, side),
        "why_not_total": len(ranking.not_shown),
        "why_not": _some(ranking.not_shown, out, side),
        "not_considered": _said(NOT_CONSIDERED),
    }


def _some(found: Sequence[_T], out: Callable[[_T], _Out], limit: int) -> list[_Out]:
    return [out(one) for one in found[:limit]]


def _judgement(judgement: Judgement, explanation: Explanation) -> dict[str, Any]:
    return {
        "score": judgement.total,
        "factors": [FactorOut.model_validate(line) for line in explanation.factors],
        "skills": [SkillOut.model_validate(line) for line in explanation.skills],
        "conditions": [ConditionOut.model_validate(line) for line in explanation.conditions],
        "failed": list(judgement.failed),
        "would_change": _said(explanation.would_change),
        "inferred": _said(explanation.inferred),
        "unknown": _said(explanation.unknown),
    }


def _said(sentences: Sequence[Said]) -> list[SaidOut]:
    return [SaidOut.model_validate(said) for said in sentences]


def _listing(listing: KnownListing, regions: Places) -> MatchedListing:
    pay = listing.pay
    return MatchedListing(
        id=listing.id,
        origin=listing.origin,
        title=listing.title,
        employer=listing.employer_name,
        occupation=listing.occupation,
        region=listing.region,
        region_name=regions.name(listing.region),
        place_stated=listing.place_stated,
        pay=PayOut(basis=pay.basis, period=pay.period, min_fen=pay.min_fen, max_fen=pay.max_fen, stated=pay.stated),
        seats=listing.seats,
        referred=listing.referred,
        opened_at=listing.opened_at,
        valid_until=listing.valid_until,
        received_at=listing.received_at,
    )
