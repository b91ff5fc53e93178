"""What is wrong with the tables, found before anybody meets it: the rules that `sanlian taxonomy check` applies. Pure.

The rules look at the rows as they are written, not at the concepts made of them: a row that the loader would swallow
is just what has to be found.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from app.lookup.forms import forms_of
from app.lookup.normalise import normalise

Row = Mapping[str, str]
Rows = Callable[[str], list[dict[str, str]]]
DEEP_ALIASES, DEEP_SKILLS = 8, 4
LEGAL_KINDS = ("access", "special_operation", "special_equipment", "driving", "health")


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: the table, the row's key, and what is wrong with it."""

    table: str
    key: str
    what: str


def faults(rows: Rows) -> Iterator[Fault]:
    """Every fault of the tables that `rows(name)` gives."""
    yield from _ids(rows)
    yield from _references(rows)
    yield from _tree(rows)
    yield from _names(rows, "occupations", "aliases", "ambiguous")
    yield from _names(rows, "skills", "skill_aliases")
    yield from _names(rows, "certificates", "certificate_aliases")
    yield from _depth(rows)
    yield from _law(rows)
    yield from _pairs(rows)
    yield from _unused_skills(rows)


def same_sound(rows: Rows) -> list[tuple[str, str]]:
    """Pairs of occupation names that sound the same and are written differently: for people to review."""
    heard: dict[str, list[str]] = defaultdict(list)
    for row in (*rows("occupations"), *({"zh": row["text"], "id": row["id"]} for row in rows("aliases"))):
        heard[forms_of(normalise(row["zh"])).sound].append(f"{row['zh']} ({row['id']})")
    return [
        (one, other)
        for names in heard.values()
        for place, one in enumerate(names)
        for other in names[place + 1 :]
        if one.rpartition("(")[2] != other.rpartition("(")[2]
    ]


def _ids(rows: Rows) -> Iterator[Fault]:
    for table in ("occupations", "skills", "certificates"):
        for id_, count in Counter(row["id"] for row in rows(table)).items():
            if count > 1:
                yield Fault(table, id_, "the id stands twice")


def _references(rows: Rows) -> Iterator[Fault]:
    known = {table: {row["id"] for row in rows(table)} for table in ("occupations", "skills", "certificates")}
    columns = {
        "aliases": {"id": "occupations"},
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
    for table, references in columns.items():
        for row in rows(table):
            for column, target in references.items():
                if row[column] not in known[target]:
                    yield Fault(table, "/".join(row.values())[:60], f"{row[column]} is not in {target}")


def _tree(rows: Rows) -> Iterator[Fault]:
    kinds = {row["id"]: row["kind"] for row in rows("occupations")}
    parents = {row["id"]: row["parent"] for row in rows("occupations") if row["parent"]}
    for row in rows("occupations"):
        if row["parent"] and kinds.get(row["parent"]) != "umbrella":
            yield Fault("occupations", row["id"], f"its parent {row['parent']} is no umbrella")
        if row["kind"] == "leaf" and not row["group"]:
            yield Fault("occupations", row["id"], "a leaf without a small class")
        here, steps = row["id"], 0
        while here in parents and steps <= len(parents):
            here, steps = parents[here], steps + 1
        if steps > len(parents):
            yield Fault("occupations", row["id"], "its parents go round in a ring")


def _names(rows: Rows, table: str, alias_table: str, ambiguous_table: str = "") -> Iterator[Fault]:
    own = {normalise(row["zh"]): row["id"] for row in rows(table)}
    for name, count in Counter(normalise(row["zh"]) for row in rows(table)).items():
        if count > 1:
            yield Fault(table, name, "the name stands twice")
    meanings = Counter(normalise(row["text"]) for row in rows(ambiguous_table)) if ambiguous_table else Counter()
    for text, count in meanings.items():
        if count < 2:
            yield Fault(ambiguous_table, text, "an ambiguous word with one meaning")
    named: dict[str, str] = {}
    for row in rows(alias_table):
        text = normalise(row["text"])
        if what := _alias_fault(text, row["id"], own, meanings, named):
            yield Fault(alias_table, row["text"], what)
        named.setdefault(text, row["id"])


def _alias_fault(
    text: str, id_: str, own: Mapping[str, str], meanings: Mapping[str, int], named: Mapping[str, str]
) -> str | None:
    if not text:
        return "nothing is left of it after normalising"
    if text in own:
        return f"it is the name of {own[text]}"
    if text in meanings:
        return "it stands among the ambiguous words, too"
    if text in named:
        return "it stands twice" if named[text] == id_ else f"it names {named[text]}, too"
    return None


def _depth(rows: Rows) -> Iterator[Fault]:
    aliases = Counter(row["id"] for table in ("aliases", "ambiguous") for row in rows(table))
    skills = Counter(row["occupation"] for row in rows("occupation_skills"))
    for row in rows("occupations"):
        if row["depth"] != "deep":
            continue
        if aliases[row["id"]] < DEEP_ALIASES:
            yield Fault("occupations", row["id"], f"deep with {aliases[row['id']]} aliases, not {DEEP_ALIASES}")
        if skills[row["id"]] < DEEP_SKILLS:
            yield Fault("occupations", row["id"], f"deep with {skills[row['id']]} skills, not {DEEP_SKILLS}")


def _law(rows: Rows) -> Iterator[Fault]:
    asked = {row["certificate"] for row in rows("occupation_certificates")}
    for row in rows("certificates"):
        is_legal = row["kind"] in LEGAL_KINDS or row["id"] in asked
        if is_legal and not (row["law"] and row["article"]):
            yield Fault("certificates", row["id"], "asked for by law, without law and article")


def _pairs(rows: Rows) -> Iterator[Fault]:
    near = [frozenset((row["a"], row["b"])) for row in rows("near")]
    apart = [frozenset((row["a"], row["b"])) for row in rows("not_same")]
    for table, pairs in (("near", near), ("not_same", apart)):
        for pair, count in Counter(pairs).items():
            if count > 1 or len(pair) == 1:
                yield Fault(table, "/".join(sorted(pair)), "the pair stands twice, or is one with itself")
    for pair in set(near) & set(apart):
        yield Fault("near", "/".join(sorted(pair)), "near and not the same at once")


def _unused_skills(rows: Rows) -> Iterator[Fault]:
    used = {row["skill"] for row in rows("occupation_skills")}
    for row in rows("skills"):
        if row["id"] not in used and row["generic"] != "1" and not row["family"]:
            yield Fault("skills", row["id"], "no occupation has it, and it belongs to no family")
