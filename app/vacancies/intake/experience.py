"""What a cell says about experience: `1-3年`, `两年以上`, `不限`, `应届`. Pure."""

import re
from dataclasses import dataclass

from app.kernel.problems import invalid
from app.vacancies.intake.spelling import DASH, folded, not_understood, with_arabic_numbers

MAX_MONTHS = 720

_NAMES = "(?:相关)?(?:工作|从业|岗位|行业)?(?:经验|年限|经历|experience)"
_NONE = re.compile(
    f"(?:{_NAMES})?:?(?:不限|不限经验|无|无要求|不要求|无需|没有要求|不限年限|均可|any|none|norequirement)(?:{_NAMES})?"
    f"|(?:无|不限|无需|不需要|不要求)(?:相关)?(?:工作|从业)?经验(?:要求|亦可|也可|可)?|生手亦可|生熟手均可|有(?:相关)?(?:工作)?经验者?优先(?:考虑)?"
)
_NEWCOMERS = re.compile(f"(?:{_NAMES})?:?(?:应届|应届生|应届毕业生|在校|在校生|在读|实习生|在校/应届|graduate)+")
_LESS = re.compile(f"(?:{_NAMES})?:?([0-9.]+)(年|个月)(?:以下|以内|及以下)(?:{_NAMES})?")
_YEARS = re.compile(
    f"(?:{_NAMES})?:?(?:至少|最少|须|需|具有|具备|有)?(?P<least>[0-9]+(?:[.]5)?|半)(?P<own>年|个月|years?|months?)?"
    f"(?:{DASH}(?P<most>[0-9]+(?:[.]5)?))?(?P<unit>年|个月|years?|months?)?"
    f"(?:或|及|含)?(?:以上|起|\\+)?(?:的)?(?:{_NAMES})?(?P<nice>者?优先(?:考虑)?)?"
)


@dataclass(frozen=True, slots=True)
class Experience:
    """Months asked for, and whether one without them is turned away."""

    months: int
    is_must: bool


def read_experience(text: str, field: str = "experience") -> Experience:
    """The least experience that `text` asks for; Invalid (422) naming `field` when it cannot be told.

    `应届`, `1年以下` and `有经验者优先` ask for none: such posts take newcomers.
    """
    plain = with_arabic_numbers(folded(text))
    if _NONE.fullmatch(plain) or _NEWCOMERS.fullmatch(plain) or _LESS.fullmatch(plain):
        return Experience(0, is_must=False)
    found = _YEARS.fullmatch(plain)
    unit = found and (found["unit"] or found["own"])
    if not found or not unit:
        raise not_understood(
            field, text, "请写成 不限、应届、1-3年、3年以上 或 6个月", "write 不限, 应届, 1-3年, 3年以上 or 6个月"
        )
    each = 12 if unit.startswith(("年", "year")) else 1
    own = 12 if (found["own"] or unit).startswith(("年", "year")) else 1
    least = own * (0.5 if found["least"] == "半" else float(found["least"]))
    if found["most"] and float(found["most"]) * each < least:
        raise invalid(field, f"“{text}”上限小于下限", f"'{text}': the most is less than the least")
    months = round(least)
    if months > MAX_MONTHS:
        raise invalid(field, f"“{text}”超过60年", f"'{text}' is more than 60 years")
    return Experience(months, is_must=months > 0 and not found["nice"])
