"""The division tables that come with the program, read from `data/` (its README says where they are from)."""

import csv
from pathlib import Path

from app.regions.tier import Tier
from app.regions.tree import Region, Regions

DATA = Path(__file__).parent / "data"


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def shipped_regions() -> list[Region]:
    """Every division of Guangzhou, in the order of the codes."""
    return [
        Region(row["code"], row["name"], row["parent"] or None, Tier(row["tier"])) for row in _rows("guangzhou.csv")
    ]


def shipped_borders() -> list[tuple[str, str]]:
    """Pairs of codes of districts that touch."""
    return [(row["a"], row["b"]) for row in _rows("adjacent_districts.csv")]


def former_districts() -> dict[str, str]:
    """Name of a merged district → code of today's."""
    return {row["former"]: row["code"] for row in _rows("former_districts.csv")}


def load_shipped() -> Regions:
    """The shipped tree alone, without what an office imported."""
    return Regions(shipped_regions(), borders=shipped_borders(), former=former_districts())
