"""Whether the codes of a profile are in the tables: regions, occupations, skills, certificates. Pure."""

from collections.abc import Callable, Iterator
from typing import Any

from app.kernel import problems
from app.regions.tree import Regions
from app.taxonomy.tables import Taxonomy

_Check = tuple[str, str, Callable[[str], object]]


def check_codes(profile: dict[str, Any], regions: Regions, taxonomy: Taxonomy) -> None:
    """UnknownCode (422) naming every field of `profile` whose code is in no table, each with the nearest codes.

    `profile` holds stored values; fields that are absent or null are not looked at.
    """
    problems.check_codes(_codes(profile, regions, taxonomy))


def understood(profile: dict[str, Any], taxonomy: Taxonomy) -> dict[str, Any]:
    """The profile with a concept beside the words of wishes, experience and skills where they are the name of one."""
    known = dict(profile)
    for name, resolve in (
        ("wishes", taxonomy.resolve_occupation_text),
        ("experience", taxonomy.resolve_occupation_text),
    ):
        if known.get(name):
            known[name] = [_with(line, "occupation", resolve) for line in known[name]]
    if known.get("skills"):
        known["skills"] = [_with(line, "skill", taxonomy.resolve_skill_text) for line in known["skills"]]
    return known


def _with(line: dict[str, Any], field: str, resolve: Callable[[str], str | None]) -> dict[str, Any]:
    if line[field] is not None or not line.get("stated"):
        return line
    return {**line, field: resolve(line["stated"])}


def _codes(profile: dict[str, Any], regions: Regions, taxonomy: Taxonomy) -> Iterator[_Check]:
    for place, code in enumerate(profile.get("places") or ()):
        yield f"places.{place}", code, regions.require
    if profile.get("home") is not None:
        yield "home", profile["home"], regions.require
    for name in ("wishes", "experience"):
        for place, line in enumerate(profile.get(name) or ()):
            if line["occupation"] is not None:
                yield f"{name}.{place}.occupation", line["occupation"], taxonomy.occupation
    for place, line in enumerate(profile.get("skills") or ()):
        if line["skill"] is not None:
            yield f"skills.{place}.skill", line["skill"], taxonomy.skill
    for place, code in enumerate(profile.get("certificates") or ()):
        yield f"certificates.{place}", code, taxonomy.certificate
