"""What a cell says about education: `不限`, `大专及以上`, `高中/中专`, `本科优先`. Pure."""

import re
from dataclasses import dataclass

from app.kernel.problems import Nearest, invalid
from app.taxonomy.terms import EducationLevel
from app.vacancies.intake.spelling import folded

_LEVELS = {
    EducationLevel.PRIMARY: "小学",
    EducationLevel.JUNIOR: "初中|初级中学|juniorhigh|junior",
    EducationLevel.SENIOR: "高中|highschool|senior",
    EducationLevel.VOCATIONAL: "中专|中技|中职|技校|职高|职中|中等专业学校|中等职业|vocational",
    EducationLevel.COLLEGE: "大专|专科|大学专科|高职|高等职业|college|associate",
    EducationLevel.BACHELOR: "本科|大学本科|学士|大学|bachelor",
    EducationLevel.MASTER: "硕士研究生|硕士|研究生|mba|emba|master",
    EducationLevel.DOCTOR: "博士研究生|博士|phd|doctor",
}
_WORDS = {word: level for level, words in _LEVELS.items() for word in words.split("|")}
_LEVEL = "|".join(sorted(_WORDS, key=len, reverse=True))
_ANY = re.compile(
    "(?:学历|文化程度|文化|education)?:?(?:要求)?(?:不限|无|无要求|不要求|没有要求|均可|any|none|norequirement)(?:学历)?|不限学历"
)
_ASKED = re.compile(
    f"(?:学历|文化程度)?:?(?:要求)?(?:至少|全日制|统招|国家统招)*(?P<levels>(?:{_LEVEL})(?:(?:/|或|、|,|\\(|-)(?:{_LEVEL})\\)?)*)"
    "(?:毕业)?(?:学历|文化|文化程度|毕业生|degree)?(?:及|或|含|或者|\\(含\\))?(?P<side>以上|以下|起)?(?:学历|文化程度|文化|毕业)?"
    "(?P<nice>者?优先(?:考虑)?)?"
)


@dataclass(frozen=True, slots=True)
class Education:
    """The lowest level asked for (None: any), and whether one below it is turned away."""

    level: EducationLevel | None
    is_must: bool


def read_education(text: str, field: str = "education") -> Education:
    """The lowest education that `text` asks for; Invalid (422) naming `field` when it cannot be told.

    Of alternatives (`高中/中专`) the lowest counts, the first of equal ones. `初中及以下` asks for nothing.
    """
    plain = folded(text)
    if _ANY.fullmatch(plain):
        return Education(None, is_must=False)
    found = _ASKED.fullmatch(plain)
    if not found:
        nearest = [Nearest(words.split("|", maxsplit=1)[0], level) for level, words in _LEVELS.items()]
        names = "、".join(["不限", *(n.code for n in nearest)])
        shown = text[:40]
        raise invalid(
            field, f"“{shown}”不是学历；可写：{names}", f"'{shown}' is no education; write one of {names}", nearest
        )
    if found["side"] == "以下":
        return Education(None, is_must=False)
    named = re.findall(_LEVEL, found["levels"])
    level = min((_WORDS[word] for word in named), key=lambda one: one.rank)
    return Education(level, is_must=not found["nice"])
