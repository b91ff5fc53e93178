"""The text by which a listing is found: its own words, the names of its concepts, and plain words for its terms. Pure.

The first line is the title. Everything stands as it was written, in one case, and once more as `lookup` compares text
where that differs, so that both 100% and 保潔 are found.
"""

from collections.abc import Iterable

from app.lookup.normalise import normalise
from app.taxonomy.tables import Taxonomy
from app.vacancies.content import VacancyContent

_TERMS: dict[str, dict[object, str]] = {
    "shift": {
        "day": "白班 日班",
        "early": "早班",
        "late": "中班 晚班",
        "night": "夜班 晚班",
        "rotating": "倒班 轮班 两班倒 三班倒",
        "split": "两头班",
        "flexible": "弹性",
    },
    "employment_form": {
        "full_time": "全职",
        "part_time": "兼职 小时工 钟点工",
        "internship": "实习",
        "traineeship": "见习",
        "temporary": "临时工 短期工 暑假工 寒假工",
        "dispatch": "派遣",
        "labour_service": "劳务",
    },
    "lodging": {True: "包住"},
    "meals": {True: "包吃"},
    "insurance": {True: "社保 五险"},
}
PLAIN_WORDS = frozenset(word for terms in _TERMS.values() for words in terms.values() for word in words.split())


def listing_text(content: VacancyContent, employer: str, taxonomy: Taxonomy) -> str:
    """What a listing can be found by: the line of the title, and then the rest, closed by the ids of its skills."""
    rest = [content.occupation_stated, employer, content.place.stated]
    occupation = taxonomy.occupations.get(content.occupation or "")
    if occupation is not None:
        rest += [occupation.zh, occupation.en]
    for asked in content.skills:
        skill = taxonomy.skills.get(asked.skill or "")
        rest += [asked.stated, *((skill.zh, skill.en) if skill else ())]
    rest += [terms.get(getattr(content, name), "") for name, terms in _TERMS.items()]
    ids = "".join(skill_mark(asked.skill) for asked in content.skills if asked.skill)
    return f"{_searched([content.title])}\n{_searched(rest)}\n{ids}"


def skill_mark(skill: str) -> str:
    """How a skill's id stands in the text: between characters that nobody can type."""
    return f"\x1f{skill}\x1f"


def _searched(words: Iterable[str]) -> str:
    spelt = (one for word in words for one in (word.casefold(), normalise(word)))
    return " ".join(one.replace("\n", " ") for one in dict.fromkeys(spelt) if one)
