"""Reads the judged set (its README says what the keys mean)."""

import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from app.matching.profile import KnownListing, Profile
from app.matching.reading import read_listing, read_profile

FOLDER = Path(__file__).parent
RECEIVED = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
PARTS = ("development", "frozen")

COMMON: dict[str, Any] = {
    "title": "",
    "employer": {"name": "示例单位", "verified": True},
    "place": {"region": "440104003"},
    "pay": {"basis": "guaranteed", "period": "month", "min_fen": 450_000},
    "seats": 2,
    "opened_at": "2026-11-20T02:00:00Z",
    "valid_until": "2026-12-31",
}
_JUDGEMENT = ("id", "grade", "why", "lure", "near_miss", "fails")


@dataclass(frozen=True)
class JudgedPost:
    """One vacancy with its grade for the seeker."""

    listing: KnownListing
    grade: int
    why: str
    is_lure: bool
    is_near_miss: bool
    fails: frozenset[str]


@dataclass(frozen=True)
class JudgedSeeker:
    """One seeker with the judged vacancies."""

    id: str
    family: str
    situations: frozenset[str]
    why: str
    profile: Profile
    posts: tuple[JudgedPost, ...]


@cache
def seekers(part: str) -> tuple[JudgedSeeker, ...]:
    """The seekers of one part, by family and in the order of the file."""
    return tuple(
        _seeker(path.stem, entry)
        for path in sorted((FOLDER / part).glob("*.toml"))
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["seeker"]
    )


def _seeker(family: str, entry: dict[str, Any]) -> JudgedSeeker:
    return JudgedSeeker(
        entry["id"],
        family,
        frozenset(entry["situation"]),
        entry["why"],
        read_profile(entry["profile"]),
        tuple(_post(entry["id"], post) for post in entry["post"]),
    )


def _post(seeker: str, entry: dict[str, Any]) -> JudgedPost:
    body = {**COMMON, **{key: value for key, value in entry.items() if key not in _JUDGEMENT}}
    return JudgedPost(
        read_listing(f"{seeker}/{entry['id']}", "judged", body, RECEIVED),
        entry["grade"],
        entry["why"],
        entry.get("lure", False),
        entry.get("near_miss", False),
        frozenset(entry.get("fails", ())),
    )
