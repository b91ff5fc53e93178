"""The tables that come with the program, read from `data/`."""

import csv
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from app.taxonomy.concepts import Certificate, Occupation, OccupationKind, Skill
from app.taxonomy.tables import Taxonomy
from app.taxonomy.terms import CertificateKind, Refusal

DATA = Path(__file__).parent / "data"


def rows(name: str) -> list[dict[str, str]]:
    """The rows of one table by column."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def load_shipped() -> Taxonomy:
    """The shipped taxonomy."""
    return Taxonomy(
        _occupations(),
        _skills(),
        _certificates(),
        near=[frozenset((row["a"], row["b"])) for row in rows("near")],
        not_same=[frozenset((row["a"], row["b"])) for row in rows("not_same")],
        skill_near={frozenset((row["a"], row["b"])): int(row["similarity"]) for row in rows("skill_near")},
    )


def _occupations() -> Iterable[Occupation]:
    aliases = _grouped("aliases", "id", "text")
    skills = _grouped("occupation_skills", "occupation", "skill")
    certificates = _grouped("occupation_certificates", "occupation", "certificate")
    for row in rows("occupations"):
        yield Occupation(
            row["id"],
            OccupationKind(row["kind"]),
            row["zh"],
            row["en"],
            row["group"],
            parent=row["parent"] or None,
            dadian=row["dadian"] or None,
            dadian_version=row["dadian_version"] or None,
            aliases=aliases[row["id"]],
            skills=skills[row["id"]],
            certificates=certificates[row["id"]],
            traits=frozenset(Refusal(trait) for trait in row["traits"].split("|") if trait),
            min_age=int(row["min_age"]),
        )


def _skills() -> Iterable[Skill]:
    aliases = _grouped("skill_aliases", "id", "text")
    for row in rows("skills"):
        is_generic = row["generic"] == "1"
        yield Skill(row["id"], row["zh"], row["en"], is_generic, row["family"] or None, aliases[row["id"]])


def _certificates() -> Iterable[Certificate]:
    covers = _grouped("covers", "held", "covers")
    for row in rows("certificates"):
        yield Certificate(
            row["id"],
            row["zh"],
            row["en"],
            CertificateKind(row["kind"]),
            row["law"],
            row["article"],
            int(row["obtainable_days"]) if row["obtainable_days"] else None,
            frozenset(covers[row["id"]]),
        )


def _grouped(table: str, key: str, value: str) -> defaultdict[str, tuple[str, ...]]:
    found: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for row in rows(table):
        found[row[key]] += (row[value],)
    return found
