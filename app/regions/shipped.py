"""The division tables that come with the program, read from `data/` (its README says where they are from)."""

import csv
from functools import cache, lru_cache
from pathlib import Path

from app.regions.gazetteer import Area, Elsewhere
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


def business_areas() -> list[Area]:
    """The areas, markets, stations and roads of Guangzhou that people name in place of a division."""
    return [
        Area(row["name"], row["street"] or row["district"], tuple(filter(None, row["aliases"].split("|"))))
        for row in _rows("business_areas.csv")
    ]


def elsewhere() -> list[Elsewhere]:
    """The provinces, cities, districts and counties of China outside Guangzhou, and the towns next door."""
    return [Elsewhere(row["name"], row["kind"], row["lies_in"]) for row in _rows("other_places.csv")]


@lru_cache(maxsize=4)
def regions_of(regions: tuple[Region, ...]) -> Regions:
    """The tree of `regions`, with all that ships beside divisions; the same one for the same divisions."""
    return Regions(
        regions,
        borders=shipped_borders(),
        former=former_districts(),
        areas=business_areas(),
        elsewhere=elsewhere(),
    )


@cache
def load_shipped() -> Regions:
    """The shipped tree alone, without what an office imported; read once by a process."""
    return regions_of(tuple(shipped_regions()))
