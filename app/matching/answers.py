"""From judgements to JSON: each list with its explanations, and true totals.

An answer of thirty explained matches holds some thousand sentences. They are ours and were valid when they were made,
so they are written as they are, without being checked again; the tests hold every answer to the schemas.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, fields
from functools import lru_cache
from typing import Any, TypeVar

from pydantic_core import to_json

from app.matching.explain import NOT_CONSIDERED, ConditionLine, Explanation, FactorLine, SkillLine, explain
from app.matching.judging import Judgement, Post
from app.matching.lists import Lists
from app.matching.profile import Concepts, Places
from app.matching.rank import Match, PersonMatch
from app.matching.schemas import ScoreTableOut
from app.matching.service import Matched, MatchedPeople
from app.matching.table import SCORE_TABLE
from app.matching.texts import Said

_M = TypeVar("_M")
_Json = dict[str, Any]
_KEPT = 16_384  # parts of a kind: as many as are kept of the sentences
_LISTINGS_KEPT = 4_096  # half a kilobyte each


def matches_json(found: Matched, taxonomy: Concepts, regions: Places) -> bytes:
    """The answer for one profile: a `MatchesOut`."""

    def out(match: Match) -> str:
        explanation = explain(match.judgement, found.profile, match.post, taxonomy, regions)
        return f'{{"listing":{_listing(match.post, regions)},{_judgement(match.judgement, explanation)}}}'

    return f'{{{_lists(found.lists, out)},"understood":{_text(found.understood)}}}'.encode()


def people_json(found: MatchedPeople, taxonomy: Concepts, regions: Places) -> bytes:
    """The answer for one listing: a `PeopleMatchesOut`."""

    def out(match: PersonMatch) -> str:
        explanation = explain(match.judgement, match.person.profile, found.post, taxonomy, regions)
        person = {"id": match.person_id, "name": found.masked_names[match.person_id]}
        return f'{{"person":{_text(person)},{_judgement(match.judgement, explanation)}}}'

    return f"{{{_lists(found.lists, out)}}}".encode()


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


# Below: parts of the JSON as text, with the braces left to who puts them together.


def _lists(lists: Lists[_M], out: Callable[[_M], str]) -> str:
    return (
        f'"score_table":"{SCORE_TABLE.version}","considered":{lists.considered},'
        f'"total":{lists.matches_total},"items":{_array(map(out, lists.matches))},'
        f'"other_nearby_total":{lists.other_nearby_total},"other_nearby":{_array(map(out, lists.other_nearby))},'
        f'"why_not_total":{lists.not_shown_total},"why_not":{_array(map(out, lists.not_shown))},'
        f'"not_considered":{_each(NOT_CONSIDERED)}'
    )


def _judgement(judgement: Judgement, explanation: Explanation) -> str:
    return (
        f'"score":{judgement.total},'
        f'"factors":{_array(map(_factor, explanation.factors))},'
        f'"skills":{_array(map(_skill, explanation.skills))},'
        f'"conditions":{_array(map(_condition, explanation.conditions))},'
        f'"failed":{_text(judgement.failed) if judgement.failed else "[]"},'
        f'"would_change":{_each(explanation.would_change)},'
        f'"inferred":{_each(explanation.inferred)},'
        f'"unknown":{_each(explanation.unknown)}'
    )


def _factor(line: FactorLine) -> str:
    return f'{{"factor":"{line.factor}","points":{line.points},"of":{line.of},"said":{_said(line.said)}}}'


@lru_cache(maxsize=_KEPT)
def _skill(line: SkillLine) -> str:
    return _text(
        {
            "listed": _in_both(line.listed),
            "claim": None if line.claim is None else _in_both(line.claim),
            "similarity": line.similarity,
            "must": line.must,
            "generic": line.generic,
            "inferred": line.inferred,
            "said": _in_both(line.said),
        }
    )


@lru_cache(maxsize=_KEPT)
def _condition(line: ConditionLine) -> str:
    return _text(
        {
            "name": line.name.value,
            "status": line.status.value,
            "subject": str(line.subject),
            "said": _in_both(line.said),
            "change": None if line.change is None else _in_both(line.change),
        }
    )


def _each(sentences: Sequence[Said]) -> str:
    return _array(map(_said, sentences))


@lru_cache(maxsize=_KEPT)
def _said(said: Said) -> str:
    return _text(_in_both(said))


def _in_both(said: Said) -> _Json:
    return {"zh": said.zh, "en": said.en}


@lru_cache(maxsize=_LISTINGS_KEPT)
def _listing(post: Post, regions: Places) -> str:
    listing, pay = post.listing, post.listing.pay
    return _text(
        {
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
    )


def _array(parts: Iterable[str]) -> str:
    return f"[{','.join(parts)}]"


def _text(value: Any) -> str:
    return to_json(value).decode()
