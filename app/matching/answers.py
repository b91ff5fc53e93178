"""From judgements to JSON: each list with its explanations, and true totals.

An answer of thirty explained matches holds some thousand sentences. They are ours and were valid when they were made,
so they are written as they are, without being checked again; the tests hold every answer to the schemas.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from functools import lru_cache
from typing import Any, TypeVar

from pydantic_core import to_json

from app.matching.explain import NOT_CONSIDERED, ConditionLine, Explanation, FactorLine, SkillLine, explain
from app.matching.lists import Lists
from app.matching.profile import Concepts, KnownListing, Places
from app.matching.rank import Judgement, Match, PersonMatch
from app.matching.schemas import ScoreTableOut
from app.matching.service import Matched, MatchedPeople
from app.matching.table import SCORE_TABLE
from app.matching.texts import Said

_M = TypeVar("_M")
_Json = dict[str, Any]


def matches_json(found: Matched, taxonomy: Concepts, regions: Places) -> bytes:
    """The answer for one profile: a `MatchesOut`."""

    def out(match: Match) -> _Json:
        explanation = explain(match.judgement, found.profile, match.listing, taxonomy, regions)
        return {"listing": _listing(match.listing, regions), **_judgement(match.judgement, explanation)}

    return to_json({**_lists(found.lists, out), "understood": found.understood})


def people_json(found: MatchedPeople, taxonomy: Concepts, regions: Places) -> bytes:
    """The answer for one listing: a `PeopleMatchesOut`."""

    def out(match: PersonMatch) -> _Json:
        explanation = explain(match.judgement, match.person.profile, found.listing, taxonomy, regions)
        person = {"id": match.person_id, "name": found.masked_names[match.person_id]}
        return {"person": person, **_judgement(match.judgement, explanation)}

    return to_json(_lists(found.lists, out))


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


def _lists(lists: Lists[_M], out: Callable[[_M], _Json]) -> _Json:
    return {
        "score_table": SCORE_TABLE.version,
        "considered": lists.considered,
        "total": lists.matches_total,
        "items": [out(match) for match in lists.matches],
        "other_nearby_total": lists.other_nearby_total,
        "other_nearby": [out(match) for match in lists.other_nearby],
        "why_not_total": lists.not_shown_total,
        "why_not": [out(match) for match in lists.not_shown],
        "not_considered": _each(NOT_CONSIDERED),
    }


def _judgement(judgement: Judgement, explanation: Explanation) -> _Json:
    return {
        "score": judgement.total,
        "factors": [_factor(line) for line in explanation.factors],
        "skills": [_skill(line) for line in explanation.skills],
        "conditions": [_condition(line) for line in explanation.conditions],
        "failed": [str(name) for name in judgement.failed],
        "would_change": _each(explanation.would_change),
        "inferred": _each(explanation.inferred),
        "unknown": _each(explanation.unknown),
    }


def _factor(line: FactorLine) -> _Json:
    return {"factor": line.factor, "points": line.points, "of": line.of, "said": _said(line.said)}


def _skill(line: SkillLine) -> _Json:
    return {
        "listed": _said(line.listed),
        "claim": None if line.claim is None else _said(line.claim),
        "similarity": line.similarity,
        "must": line.must,
        "generic": line.generic,
        "inferred": line.inferred,
        "said": _said(line.said),
    }


@lru_cache(maxsize=16_384)  # as many as are kept of the lines; nobody changes what is returned
def _condition(line: ConditionLine) -> _Json:
    return {
        "name": line.name.value,
        "status": line.status.value,
        "subject": str(line.subject),
        "said": _said(line.said),
        "change": None if line.change is None else _said(line.change),
    }


def _each(sentences: Sequence[Said]) -> list[_Json]:
    return [_said(said) for said in sentences]


@lru_cache(maxsize=16_384)  # as many as `texts.say` keeps; nobody changes what is returned
def _said(said: Said) -> _Json:
    return {"zh": said.zh, "en": said.en}


def _listing(listing: KnownListing, regions: Places) -> _Json:
    pay = listing.pay
    return {
        "id": listing.id,
        "origin": listing.origin,
        "title": listing.title,
        "employer": listing.employer_name,
        "occupation": listing.occupation,
        "region": listing.region,
        "region_name": regions.name(listing.region),
        "place_stated": listing.place_stated,
        "pay": {
            "basis": pay.basis.value,
            "period": pay.period.value,
            "min_fen": pay.min_fen,
            "max_fen": pay.max_fen,
            "stated": pay.stated,
        },
        "seats": listing.seats,
        "referred": listing.referred,
        "opened_at": listing.opened_at,
        "valid_until": listing.valid_until,
        "received_at": listing.received_at,
    }
