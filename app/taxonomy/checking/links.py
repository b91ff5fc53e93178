"""Whether what refers to something refers to something that is there, and where it may lead. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from app.taxonomy.checking.fault import Fault, Rows, key_of

REFERENCES: dict[str, dict[str, str]] = {
    "aliases": {"id": "occupations"},
    "aliases_en": {"id": "occupations"},
    "ambiguous": {"id": "occupations"},
    "near": {"a": "occupations", "b": "occupations"},
    "not_same": {"a": "occupations", "b": "occupations"},
    "occupation_skills": {"occupation": "occupations", "skill": "skills"},
    "occupation_certificates": {"occupation": "occupations", "certificate": "certificates"},
    "skill_aliases": {"id": "skills"},
    "skill_near": {"a": "skills", "b": "skills"},
    "certificate_aliases": {"id": "certificates"},
    "covers": {"held": "certificates", "covers": "certificates"},
}


def link_faults(rows: Rows) -> Iterator[Fault]:
    """References to nothing, parents that are no umbrella or go round, certificates that cover themselves."""
    known = {table: {row["id"] for row in rows(table)} for table in ("occupations", "skills", "certificates")}
    for table, references in REFERENCES.items():
        for row in rows(table):
            for column, target in references.items():
                if row[column] not in known[target]:
                    yield Fault(table, "/".join(map(str, row.values()))[:60], f"{row[column]} is not in {target}")
    yield from _tree(rows)
    yield from _covers(rows)


def _tree(rows: Rows) -> Iterator[Fault]:
    kinds = {row["id"]: row["kind"] for row in rows("occupations")}
    parents = {row["id"]: {row["parent"]} for row in rows("occupations") if row["parent"]}
    for row in rows("occupations"):
        if row["parent"] and kinds.get(row["parent"]) != "umbrella":
            yield Fault("occupations", row["id"], f"its parent {row['parent']} is no umbrella")
        if row["kind"] == "leaf" and not row["group"]:
            yield Fault("occupations", row["id"], "a leaf without a small class")
        if _comes_back(row["id"], parents):
            yield Fault("occupations", row["id"], "its parents go round in a ring")


def _covers(rows: Rows) -> Iterator[Fault]:
    covers: dict[str, set[str]] = defaultdict(set)
    seen: dict[str, set[str]] = defaultdict(set)
    for row in rows("covers"):
        if row["covers"] in seen[row["held"]]:
            yield Fault("covers", key_of(row), "it stands twice")
        seen[row["held"]].add(row["covers"])
        if row["relation"] != "equal":  # by law two may stand for each other: 高中 and 中职 teachers
            covers[row["held"]].add(row["covers"])
    for held in list(seen):
        if held in seen[held]:
            yield Fault("covers", held, "it covers itself")
        elif _comes_back(held, covers):
            yield Fault("covers", held, "what it covers covers it")


def _comes_back(start: str, links: Mapping[str, set[str]]) -> bool:
    seen: set[str] = set()
    ahead = list(links.get(start, ()))
    while ahead:
        here = ahead.pop()
        if here == start:
            return True
        if here not in seen:
            seen.add(here)
            ahead += links.get(here, ())
    return False
