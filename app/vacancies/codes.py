"""Whether the codes of a vacancy are in the tables, and which occupation its words name. Pure."""

from collections.abc import Callable, Iterator

from app.kernel import problems
from app.regions.tree import Regions
from app.taxonomy.tables import Taxonomy
from app.vacancies.content import VacancyContent


def check_codes(content: VacancyContent, regions: Regions, taxonomy: Taxonomy) -> None:
    """UnknownCode (422) naming every field whose code is in no table, each with the nearest codes."""
    problems.check_codes(_codes(content, regions, taxonomy))


def understood(content: VacancyContent, taxonomy: Taxonomy) -> VacancyContent:
    """The content with a concept wherever its words are the name of one: occupation (or else the title) and skills.

    The words stay beside the concept; what is not clear stays words alone.
    """
    skills = [
        asked
        if asked.skill is not None or not asked.stated
        else asked.model_copy(update={"skill": taxonomy.resolve_skill_text(asked.stated)})
        for asked in content.skills
    ]
    content = content.model_copy(update={"skills": skills})
    if content.occupation is not None:
        return content
    words = content.occupation_stated or content.title
    found = taxonomy.resolve_occupation_text(words)
    return content.model_copy(update={"occupation": found, "occupation_stated": words})


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
