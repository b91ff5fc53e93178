"""From what was entered to codes: words become concepts and a division where they are clear, codes are checked. Pure.

What was understood is a function of what is stored, words beside concept: a repeated answer says the same.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from app.kernel import problems
from app.lookup.understood import Understood
from app.regions.tree import Regions
from app.regions.understanding import recall_place, require_place
from app.taxonomy.tables import Taxonomy
from app.taxonomy.understanding import hear_occupation, hear_skill, recall_occupation, recall_skill
from app.vacancies.content import Place, SkillAsked, VacancyContent

EVERYTHING = frozenset({"occupation", "skills"})


def check_codes(content: VacancyContent, regions: Regions, taxonomy: Taxonomy) -> None:
    """UnknownCode (422) naming every field whose code is in no table, each with the nearest codes."""
    problems.check_codes(_codes(content, regions, taxonomy))


def placed(said: Place, regions: Regions) -> Place:
    """The place as a code, with the words that said it beside; what looks like a code is not looked at.

    UnclearWords (422) naming the choices.
    """
    text, stated = said.region.strip(), said.stated.strip()
    if text.isdecimal() and text.isascii():
        return Place(region=text, stated=said.stated)
    if not text:
        return Place(region=str(require_place(regions, stated, "place.stated").code), stated=said.stated)
    code = str(require_place(regions, text, "place.region").code)
    return Place(region=code, stated=said.stated if text in stated else f"{text} {stated}".strip()[:200])


def understood(content: VacancyContent, taxonomy: Taxonomy, named: Collection[str] = EVERYTHING) -> VacancyContent:
    """The content with a concept wherever its words are clear: occupation (or else the title) and skills, if `named`.

    The words stay beside the concept; what is not clear stays words alone.
    """
    if "skills" in named:
        content = content.model_copy(update={"skills": [_with_concept(asked, taxonomy) for asked in content.skills]})
    if "occupation" not in named or content.occupation is not None:
        return content
    words = content.occupation_stated.strip() or content.title
    found = hear_occupation(taxonomy, words).code
    return content.model_copy(update={"occupation": found, "occupation_stated": words})


def changed(before: VacancyContent, values: Mapping[str, Any], taxonomy: Taxonomy) -> VacancyContent:
    """`before` with `values`, and the words among them understood; what nobody named is not read anew.

    An occupation that only the title had said follows a new title; one that somebody chose stays.
    """
    merged = {**before.model_dump(), **values}
    named = {"skills"} & values.keys()
    if "occupation" in values or "occupation_stated" in values:
        named.add("occupation")
        merged["occupation"] = values.get("occupation")
    elif "title" in values and _is_of_title(before, taxonomy):
        named.add("occupation")
        merged |= {"occupation": None, "occupation_stated": ""}
    return understood(VacancyContent.model_validate(merged), taxonomy, named)


def heard(content: VacancyContent, regions: Regions, taxonomy: Taxonomy) -> list[Understood]:
    """What each of the words was taken to mean: of the occupation, the skills, and the place."""
    lines = []
    if content.occupation_stated.strip():
        lines.append(recall_occupation(taxonomy, content.occupation_stated, "occupation", content.occupation))
    if content.place.stated.strip():
        lines.append(recall_place(regions, content.place.stated, "place.region", content.place.region))
    for position, asked in enumerate(content.skills):
        if asked.stated.strip():
            lines.append(recall_skill(taxonomy, asked.stated, f"skills.{position}.skill", asked.skill))
    return lines


def _is_of_title(content: VacancyContent, taxonomy: Taxonomy) -> bool:
    is_title = content.occupation_stated == content.title
    return is_title and content.occupation == hear_occupation(taxonomy, content.title).code


def _with_concept(asked: SkillAsked, taxonomy: Taxonomy) -> SkillAsked:
    if asked.skill is not None or not asked.stated.strip():
        return asked
    return asked.model_copy(update={"skill": hear_skill(taxonomy, asked.stated).code})


def _codes(
    content: VacancyContent, regions: Regions, taxonomy: Taxonomy
) -> Iterator[tuple[str, str, Callable[[str], object]]]:
    yield "place.region", content.place.region, regions.require
    if content.occupation is not None:
        yield "occupation", content.occupation, taxonomy.occupation
    for position, asked in enumerate(content.skills):
        if asked.skill is not None:
            yield f"skills.{position}.skill", asked.skill, taxonomy.skill
    for position, certificate in enumerate(content.certificates):
        yield f"certificates.{position}.certificate", certificate.certificate, taxonomy.certificate
