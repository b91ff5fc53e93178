"""The tables that come with the program, read from `data/`."""

import csv
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from app.taxonomy.concepts import AliasKind, Certificate, Ground, Occupation, OccupationKind, Skill, SkillKind
from app.taxonomy.tables import Taxonomy
from app.taxonomy.terms import CertificateKind, Refusal

DATA = Path(__file__).parent / "data"


def rows(name: str) -> list[dict[str, str]]:
    """The rows of one table by column."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def load_shipped() -> Taxonomy:
    """The shipped taxonomy, read once in a process."""
    return Taxonomy(
        _occupations(),
        _skills(),
        _certificates(),
        near=[pair for row in rows("near") for pair in _directed(row)],
        not_same=[frozenset((row["a"], row["b"])) for row in rows("not_same")],
        ambiguous=_grouped("ambiguous", "text", "id"),
        skill_near={pair: int(row["similarity"]) for row in rows("skill_near") for pair in _directed(row)},
    )


def _directed(row: dict[str, str]) -> Iterable[tuple[str, str]]:
    """(wish, post): `forward` means that whoever wishes a may well take b, and not the reverse."""
    yield row["a"], row["b"]
    if row["direction"] == "both":
        yield row["b"], row["a"]


def _occupations() -> Iterable[Occupation]:
    shown, hidden = _aliases()
    english = _grouped("aliases_en", "id", "text")
    skills = _grouped("occupation_skills", "occupation", "skill")
    certificates = _grouped("occupation_certificates", "occupation", "certificate")
    grounds: defaultdict[str, dict[str, Ground]] = defaultdict(dict)
    for row in rows("occupation_certificates"):
        if row["law"]:
            grounds[row["occupation"]][row["certificate"]] = Ground(row["law"], row["article"])
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
            gbt6565=row["gbt6565"] or None,
            isco08=row["isco08"] or None,
            isco_relation=row["isco_relation"] or None,
            is_deep=row["depth"] == "deep",
            aliases=shown[row["id"]],
            hidden=hidden[row["id"]],
            english=english[row["id"]],
            skills=skills[row["id"]],
            certificates=certificates[row["id"]],
            grounds=grounds[row["id"]],
            traits=frozenset(Refusal(trait) for trait in row["traits"].split("|") if trait),
            min_age=int(row["min_age"]),
        )


def _aliases() -> tuple[defaultdict[str, tuple[str, ...]], defaultdict[str, tuple[str, ...]]]:
    """The aliases that may be shown, and those that are only found by, by occupation."""
    shown: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    hidden: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for row in rows("aliases"):
        kept = hidden if AliasKind(row["kind"]) in (AliasKind.GENDERED, AliasKind.TYPO) else shown
        kept[row["id"]] += (row["text"],)
    return shown, hidden


def _skills() -> Iterable[Skill]:
    aliases = _grouped("skill_aliases", "id", "text")
    for row in rows("skills"):
        is_generic = row["generic"] == "1"
        yield Skill(
            row["id"],
            row["zh"],
            row["en"],
            is_generic,
            row["family"] or None,
            SkillKind(row["kind"]),
            aliases[row["id"]],
        )


def _certificates() -> Iterable[Certificate]:
    covers, aliases = _covers(), _grouped("certificate_aliases", "id", "text")
    for row in rows("certificates"):
        yield Certificate(
            row["id"],
            row["zh"],
            row["en"],
            CertificateKind(row["kind"]),
            tuple(int(level) for level in row["levels"].split("|") if level),
            row["law"],
            row["article"],
            int(row["obtainable_days"]) if row["obtainable_days"] else None,
            frozenset(covers[row["id"]]),
            aliases[row["id"]],
        )


def _covers() -> defaultdict[str, tuple[str, ...]]:
    """What a certificate stands for; of two that are `equal` each stands for the other."""
    covers: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for row in rows("covers"):
        covers[row["held"]] += (row["covers"],)
        if row["relation"] == "equal":
            covers[row["covers"]] += (row["held"],)
    return covers


def _grouped(table: str, key: str, value: str) -> defaultdict[str, tuple[str, ...]]:
    found: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for row in rows(table):
        found[row[key]] += (row[value],)
    return found
