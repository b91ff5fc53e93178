"""Reads the hand-judged cases of `cases/` (its README says what the keys mean)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from app.matching.profile import KnownListing, Profile
from app.matching.reading import read_listing, read_profile

CASES = Path(__file__).parent / "cases"
TODAY = date(2026, 11, 23)
RECEIVED = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)

# An ordinary open post; a case says only what matters to it.
COMMON: dict[str, Any] = {
    "title": "",
    "employer": {"name": "示例单位", "verified": True},
    "place": {"region": "440104003"},
    "pay": {"basis": "guaranteed", "period": "month", "min_fen": 450_000},
    "seats": 2,
    "opened_at": "2026-11-20T02:00:00Z",
    "valid_until": "2026-12-31",
}
_KEYS = frozenset({"id", "why", "profile", "base", "listing", "order", "excluded", "other"})


@dataclass(frozen=True)
class Case:
    """One judged situation. `profile` and `bodies` are the JSON forms."""

    id: str
    theme: str
    why: str
    profile: dict[str, Any]
    bodies: dict[str, dict[str, Any]]
    order: tuple[frozenset[str], ...]
    excluded: dict[str, frozenset[str]]
    other: frozenset[str]

    def read_profile(self) -> Profile:
        """The person."""
        return read_profile(self.profile)

    def read_listings(self) -> list[KnownListing]:
        """The posts, in the order of the file."""
        return [read_listing(id_, "golden", body, RECEIVED) for id_, body in self.bodies.items()]

    @property
    def included(self) -> frozenset[str]:
        """What is to be offered."""
        return frozenset().union(*self.order)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Every (better, worse) that the judgement implies; what is level or not offered has no order in itself."""
        ranked = [
            (better, worse)
            for place, group in enumerate(self.order)
            for better in sorted(group)
            for later in self.order[place + 1 :]
            for worse in sorted(later)
        ]
        last = sorted({*self.excluded, *self.other})
        return ranked + [(better, worse) for better in sorted(self.included) for worse in last]


@cache
def cases() -> tuple[Case, ...]:
    """Every case, by file and in its order."""
    return tuple(
        _case(path.stem, entry)
        for path in sorted(CASES.glob("*.toml"))
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["case"]
    )


def _case(theme: str, entry: dict[str, Any]) -> Case:
    if unknown := entry.keys() - _KEYS:
        raise ValueError(f"{theme}/{entry.get('id')}: no such key: {sorted(unknown)}")
    base = _over(COMMON, entry.get("base", {}))
    bodies = {
        listing["id"]: _over(base, {key: value for key, value in listing.items() if key != "id"})
        for listing in entry["listing"]
    }
    if len(bodies) != len(entry["listing"]):
        raise ValueError(f"{theme}/{entry['id']}: a listing's id stands twice")
    return Case(
        entry["id"],
        theme,
        entry["why"],
        entry["profile"],
        bodies,
        tuple(frozenset([step] if isinstance(step, str) else step) for step in entry.get("order", [])),
        {
            id_: frozenset([reasons] if isinstance(reasons, str) else reasons)
            for id_, reasons in entry.get("excluded", {}).items()
        },
        frozenset(entry.get("other", [])),
    )


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """`above` laid over `below`; a table inside is laid over its like."""
    laid = {**below}
    for key, value in above.items():
        under = laid.get(key)
        laid[key] = _over(under, value) if isinstance(value, Mapping) and isinstance(under, Mapping) else value
    return laid
