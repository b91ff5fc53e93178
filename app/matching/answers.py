"""From judgements to JSON: each list with its explanations, and true totals."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from typing import Any, TypeVar

from app.matching.explain import NOT_CONSIDERED, Explanation, explain
from app.matching.profile import Concepts, KnownListing, Places
from app.matching.rank import Judgement, Match, PersonMatch
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
from app.matching.service import Lists, Matched, MatchedPeople
from app.matching.table import SCORE_TABLE
from app.matching.texts import Said

_T = TypeVar("_T")
_Out = TypeVar("_Out")


def matches_out(found: Matched, taxonomy: Concepts, regions: Places) -> MatchesOut:
    """The answer for one profile."""

    def out(match: Match) -> MatchOut:
        explanation = explain(match.judgement, found.profile, match.listing, taxonomy, regions)
        return MatchOut(listing=_listing(match.listing, regions), **_judgement(match.judgement, explanation))

    return MatchesOut(**_lists(found.lists, out))


def people_out(found: MatchedPeople, taxonomy: Concepts, regions: Places) -> PeopleMatchesOut:
    """The answer for one listing."""

    def out(match: PersonMatch) -> PersonMatchOut:
        explanation = explain(match.judgement, match.person.profile, found.listing, taxonomy, regions)
        person = MatchedPerson(id=match.person_id, name=found.masked_names[match.person_id])
        return PersonMatchOut(person=person, **_judgement(match.judgement, explanation))

    return PeopleMatchesOut(**_lists(found.lists, out))


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


def _lists(lists: Lists[_T], out: Callable[[_T], _Out]) -> dict[str, Any]:
    return {
        "score_table": SCORE_TABLE.version,
        "considered": lists.considered,
        "total": lists.matches_total,
        "items": [out(match) for match in lists.matches],
        "other_nearby_total": lists.other_nearby_total,
        "other_nearby": [out(match) for match in lists.other_nearby],
        "why_not_total": lists.not_shown_total,
        "why_not": [out(match) for match in lists.not_shown],
        "not_considered": _said(NOT_CONSIDERED),
    }


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
