"""Reads what the sample is made from: `data/posts.csv`, `data/employers.csv`, `data/places.csv` and `data/people.csv`.

One row of posts.csv is one kind of post. Several values in a cell are divided by `|`, and one is drawn for each vacancy
(all of them for certificates, skills and trades); a certificate with `!` is required, without it is welcome.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Post:
    """A kind of post as it is paid and worded in Guangzhou in 2026. `low` and `high` in yuan per `period`.

    `lodging` and `meals` are the share, in percent, of the vacancies that offer them.
    """

    occupation: str
    titles: tuple[str, ...]
    trades: tuple[str, ...]
    posts: int
    period: str
    low: float
    high: float
    pay_stated: str
    shifts: tuple[str, ...]
    hours: tuple[int, ...]
    days_off: tuple[int, ...]
    lodging: int
    meals: int
    form: str
    reserved_for: str | None
    education: str
    education_must: bool
    months: tuple[int, ...]
    certificates: tuple[tuple[str, str], ...]
    skills: tuple[str, ...]
    duties: str
    requirements: tuple[str, ...]


@dataclass(frozen=True)
class EmployerSeed:
    """An invented employer: its trade, its name without the mark, and whether a company or a shop."""

    trade: str
    name: str
    form: str


@dataclass(frozen=True)
class Place:
    """A street of Guangzhou with roads that run through it. `kind`: town (shops, offices) or works (plants, stores)."""

    region: str
    name: str
    kind: str
    roads: tuple[str, ...]


@cache
def posts() -> tuple[Post, ...]:
    """Every kind of post, in the order of the file."""
    return tuple(_post(row) for row in _rows("posts.csv"))


@cache
def employer_seeds() -> tuple[EmployerSeed, ...]:
    """Every employer, grouped by trade."""
    return tuple(EmployerSeed(**row) for row in _rows("employers.csv"))


@cache
def places() -> tuple[Place, ...]:
    """Every street that occurs as a work place; the streets of 越秀区 first."""
    return tuple(Place(r["region"], r["name"], r["kind"], _split(r["roads"])) for r in _rows("places.csv"))


@cache
def words(kind: str) -> tuple[str, ...]:
    """The words of one kind in people.csv: surname, given, stated_wish, stated_skill."""
    return next(_split(row["words"]) for row in _rows("people.csv") if row["kind"] == kind)


def _post(row: dict[str, str]) -> Post:
    period, _, span = row["pay"].partition(" ")
    low, _, high = span.partition("-")
    return Post(
        occupation=row["occupation"],
        titles=_split(row["titles"]),
        trades=_split(row["trades"]),
        posts=int(row["posts"]),
        period=period,
        low=float(low),
        high=float(high),
        pay_stated=row["pay_stated"],
        shifts=_split(row["shifts"]),
        hours=_numbers(row["hours"]),
        days_off=_numbers(row["days_off"]),
        lodging=int(row["lodging"]),
        meals=int(row["meals"]),
        form=row["form"],
        reserved_for=row["reserved_for"] or None,
        education=row["education"].rstrip("!"),
        education_must=row["education"].endswith("!"),
        months=_numbers(row["months"]),
        certificates=tuple((c.rstrip("!"), "must" if c.endswith("!") else "nice") for c in _split(row["certificates"])),
        skills=_split(row["skills"]),
        duties=row["duties"],
        requirements=_split(row["requirements"]),
    )


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _split(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.split("|") if part)


def _numbers(cell: str) -> tuple[int, ...]:
    return tuple(int(part) for part in _split(cell))
