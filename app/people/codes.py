"""From what was entered to codes: words become concepts and divisions where they are clear, codes are checked. Pure.

Profiles are stored values here (`profile.stored`): dictionaries in which a field that nobody named is absent.
"""

from collections.abc import Callable, Iterator
from typing import Any

from app.kernel import problems
from app.lookup.understood import Understood
from app.regions.tree import Regions
from app.regions.understanding import recall_place, require_place
from app.taxonomy.tables import Taxonomy
from app.taxonomy.understanding import hear_occupation, hear_skill, recall_occupation, recall_skill

_Check = tuple[str, str, Callable[[str], object]]
# The lists whose lines have words (`stated`) beside a concept, and the field of the concept.
_SAID = {"wishes": "occupation", "experience": "occupation", "skills": "skill"}
_ONCE = ("wishes", "skills")  # two jobs may be alike
_HEAR = {"occupation": hear_occupation, "skill": hear_skill}
_RECALL = {"occupation": recall_occupation, "skill": recall_skill}


def check_codes(profile: dict[str, Any], regions: Regions, taxonomy: Taxonomy) -> None:
    """UnknownCode or UnclearWords (422) naming every field of `profile` whose code is in no table, or whose place is
    not clear, each with the nearest.

    Fields that are absent or null are not looked at.
    """
    problems.check_codes(_codes(profile, regions, taxonomy))


def understood(profile: dict[str, Any], regions: Regions, taxonomy: Taxonomy) -> dict[str, Any]:
    """The profile with a concept beside words that have none, where it is clear, and every place as a code.

    The words are kept. A wish or skill that was said in words and by its code is kept once. What `check_codes` refuses
    is refused here too.
    """
    known = dict(profile)
    for name, concept in _SAID.items():
        if known.get(name):
            lines = [_with_concept(line, concept, taxonomy) for line in known[name]]
            known[name] = _each_once(lines) if name in _ONCE else lines
    if "places" in known:
        known |= _placed(known["places"], known.get("places_stated") or [], regions)
    if known.get("home") is not None:
        place, words = _place(known["home"], known.get("home_stated") or "", regions, "home")
        known |= {"home": place, "home_stated": words}
    elif "home" in known:
        known["home_stated"] = ""
    return known


def heard(profile: dict[str, Any], regions: Regions, taxonomy: Taxonomy) -> list[Understood]:
    """What each of a profile's words was taken to mean; a function of what is stored."""
    lines = []
    for name, concept in _SAID.items():
        for position, line in enumerate(profile.get(name) or ()):
            if line["stated"].strip():
                field = f"{name}.{position}.{concept}"
                lines.append(_RECALL[concept](taxonomy, line["stated"], field, line[concept]))
    places, stated = profile.get("places") or (), profile.get("places_stated") or ()
    for position, words in enumerate(stated):
        if words:
            lines.append(recall_place(regions, words, f"places.{position}", places[position]))
    if profile.get("home") and profile.get("home_stated"):
        lines.append(recall_place(regions, profile["home_stated"], "home", profile["home"]))
    return lines


def _with_concept(line: dict[str, Any], concept: str, taxonomy: Taxonomy) -> dict[str, Any]:
    if line[concept] is not None or not line["stated"].strip():
        return line
    return {**line, concept: _HEAR[concept](taxonomy, line["stated"]).code}


def _each_once(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [line for position, line in enumerate(lines) if line not in lines[:position]]


def _placed(places: list[str], stated: list[str], regions: Regions) -> dict[str, Any]:
    """The fields `places` and `places_stated`: each division once, with the words that named it first."""
    found: dict[str, str] = {}
    for position, said in enumerate(places):
        code, words = _place(said, stated[position] if stated else "", regions, f"places.{position}")
        found.setdefault(code, words)
    return {"places": list(found), "places_stated": list(found.values()) if any(found.values()) else []}


def _place(said: str, stated: str, regions: Regions, field: str) -> tuple[str, str]:
    """The code and the words of a place that was said by either."""
    code = said if said in regions else str(require_place(regions, said, field).code)
    return code, stated or ("" if said == code else said)


def _codes(profile: dict[str, Any], regions: Regions, taxonomy: Taxonomy) -> Iterator[_Check]:
    yield from _unknown_places(profile, regions)
    for name in ("wishes", "experience"):
        for position, line in enumerate(profile.get(name) or ()):
            if line["occupation"] is not None:
                yield f"{name}.{position}.occupation", line["occupation"], taxonomy.occupation
    for position, line in enumerate(profile.get("skills") or ()):
        if line["skill"] is not None:
            yield f"skills.{position}.skill", line["skill"], taxonomy.skill
    for position, code in enumerate(profile.get("certificates") or ()):
        yield f"certificates.{position}", code, taxonomy.certificate


def _unknown_places(profile: dict[str, Any], regions: Regions) -> Iterator[_Check]:
    """What stands for a place and is no code: words, to be listened to."""

    def place(text: str) -> object:
        return require_place(regions, text, "place")

    for position, said in enumerate(profile.get("places") or ()):
        if said not in regions:
            yield f"places.{position}", said, place
    if profile.get("home") is not None and profile["home"] not in regions:
        yield "home", profile["home"], place
