"""The text by which a listing is found: its own words, and the names of its concepts and its conditions. Pure.

The first line is the title. Everything stands as it was written, in one case, and once more as `lookup` compares text
where that differs, so that both 100% and 保潔 are found.
"""

from collections.abc import Iterable
from functools import lru_cache

from app.lookup.normalise import normalise
from app.taxonomy.tables import Taxonomy
from app.vacancies.content import VacancyContent
from app.vacancies.search.conditions import held_by


def listing_text(content: VacancyContent, employer: str, taxonomy: Taxonomy) -> str:
    """What a listing can be found by: the line of the title, the rest, and the ids of its skills and conditions."""
    rest = [content.occupation_stated, employer, content.place.stated]
    occupation = taxonomy.occupations.get(content.occupation or "")
    if occupation is not None:
        rest += [occupation.zh, occupation.en]
    for asked in content.skills:
        skill = taxonomy.skills.get(asked.skill or "")
        rest += [asked.stated, *((skill.zh, skill.en) if skill else ())]
    held = list(held_by(content))
    rest += [one.name for one in held]
    ids = "".join(
        (
            *(skill_mark(asked.skill) for asked in content.skills if asked.skill),
            *(condition_mark(one.code) for one in held),
        )
    )
    return f"{_searched([content.title])}\n{_searched(rest)}\n{ids}"


def skill_mark(skill: str) -> str:
    """How a skill's id stands in the text: between characters that nobody can type."""
    return f"\x1f{skill}\x1f"


def condition_mark(condition: str) -> str:
    """How a condition's code stands in the text: between characters that nobody can type, and no skill's."""
    return f"\x1e{condition}\x1e"


def _searched(words: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(one for word in words for one in _spelt(word) if one))


@lru_cache(maxsize=16_384)  # the names of concepts and conditions return all the time, and so do employers
def _spelt(word: str) -> tuple[str, str]:
    return word.casefold().replace("\n", " "), normalise(word)
