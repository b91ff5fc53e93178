"""Whether enough is known: names and skills of deep concepts, the law behind a certificate, who has a skill. Pure."""

from collections import Counter
from collections.abc import Iterator

from app.taxonomy.checking.fault import Fault, Rows
from app.taxonomy.terms import CertificateKind

DEEP_ALIASES, DEEP_SKILLS = 8, 4
LEGAL_KINDS = (
    CertificateKind.ACCESS,
    CertificateKind.SPECIAL_OPERATION,
    CertificateKind.SPECIAL_EQUIPMENT,
    CertificateKind.DRIVING,
    CertificateKind.HEALTH,
)


def depth_faults(rows: Rows) -> Iterator[Fault]:
    """Deep concepts with too few names of their own or skills, law without article, skills that nobody has."""
    yield from _deep(rows)
    yield from _law(rows)
    used = {row["skill"] for row in rows("occupation_skills")}
    for row in rows("skills"):
        if row["id"] not in used and row["generic"] != "1":
            yield Fault("skills", row["id"], "no occupation has it")


def _deep(rows: Rows) -> Iterator[Fault]:
    aliases = Counter(row["id"] for row in rows("aliases"))
    skills = Counter(row["occupation"] for row in rows("occupation_skills"))
    for row in rows("occupations"):
        if row["depth"] != "deep":
            continue
        if aliases[row["id"]] < DEEP_ALIASES:
            yield Fault("occupations", row["id"], f"deep with {aliases[row['id']]} aliases, not {DEEP_ALIASES}")
        if skills[row["id"]] < DEEP_SKILLS:
            yield Fault("occupations", row["id"], f"deep with {skills[row['id']]} skills, not {DEEP_SKILLS}")


def _law(rows: Rows) -> Iterator[Fault]:
    """A law is named with its article: of the certificate, or of the occupation that asks for it by another law."""
    whole = {row["id"] for row in rows("certificates") if row["law"] and row["article"]}
    for row in rows("certificates"):
        if row["id"] not in whole and (row["kind"] in LEGAL_KINDS or row["law"] or row["article"]):
            yield Fault("certificates", row["id"], "asked for by law, without law and article")
    for row in rows("occupation_certificates"):
        key = f"{row['occupation']}/{row['certificate']}"
        law, article = row.get("law") or "", row.get("article") or ""
        if bool(law) != bool(article):
            yield Fault("occupation_certificates", key, "law and article belong together")
        elif not law and row["certificate"] not in whole:
            yield Fault("occupation_certificates", key, "asked for by law, without law and article")
