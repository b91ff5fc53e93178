"""Short answers in one cell: numbers, days, yes or no, and words of the closed vocabularies. Pure."""

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import TypeVar

from app.kernel.problems import Nearest, invalid
from app.taxonomy.terms import EmploymentForm, PayPeriod, ReservedFor, Shift
from app.vacancies.intake.spelling import folded, not_understood

_Word = TypeVar("_Word", bound=StrEnum)

PERIODS = {
    PayPeriod.HOUR: "小时|时|时薪|每小时|元/小时",
    PayPeriod.DAY: "天|日|日薪|每天|元/天|日结",
    PayPeriod.MONTH: "月|月薪|每月|元/月|月结",
    PayPeriod.YEAR: "年|年薪|每年|元/年",
    PayPeriod.PIECE: "件|计件|元/件",
}
FORMS = {
    EmploymentForm.FULL_TIME: "全日制|全职|正式|合同制|fulltime",
    EmploymentForm.PART_TIME: "非全日制|兼职|小时工|钟点工|parttime",
    EmploymentForm.LABOUR_SERVICE: "劳务|劳务合同|返聘",
    EmploymentForm.DISPATCH: "派遣|劳务派遣",
    EmploymentForm.PLATFORM: "平台|平台用工|众包",
    EmploymentForm.TRAINEESHIP: "见习|就业见习",
    EmploymentForm.INTERNSHIP: "实习",
    EmploymentForm.TEMPORARY: "临时|临时工|短期工|暑假工|寒假工",
}
SHIFTS = {
    Shift.DAY: "白班|日班|常白班|长白班|正常班",
    Shift.EARLY: "早班",
    Shift.LATE: "中班|晚班",
    Shift.NIGHT: "夜班",
    Shift.ROTATING: "倒班|轮班|两班倒|三班倒|翻班|两班制|三班制",
    Shift.SPLIT: "分段|两头班|分段班",
    Shift.FLEXIBLE: "弹性|弹性工作|弹性工作制|自由安排",
}
RESERVED = {
    ReservedFor.PUBLIC_WELFARE: "公益性|公益性岗位|公益岗",
    ReservedFor.TRAINEESHIP: "见习|见习岗|就业见习岗位",
    ReservedFor.DISABILITY: "残疾人|残疾人专岗|残疾人岗位",
    ReservedFor.VETERAN: "退役军人|退役军人专岗",
    ReservedFor.MOTHER: "妈妈|妈妈岗",
    ReservedFor.GRADUATE: "毕业生|毕业生岗|应届毕业生|高校毕业生",
}
_YES = re.compile("是|有|包|提供|可|yes|y|true|1|√|✓|包住|包吃|包食宿|购买|缴纳|五险|五险一金")
_NO = re.compile("否|无|不|没有|不包|不提供|no|n|false|0|×|✗|不购买")
_DAY = re.compile("([0-9]{4})[-/.年]?([0-9]{1,2})[-/.月]?([0-9]{1,2})日?(?:t?[0-9:.]*)?")


def read_word(text: str, words: Mapping[_Word, str], field: str) -> _Word:
    """The one word of a vocabulary that `text` is, by code or name; Invalid (422) naming all of them."""
    plain = folded(text)
    for word, names in words.items():
        if plain in (word.value, word.value.replace("_", ""), word.value.replace("_", "-"), *names.split("|")):
            return word
    nearest = [Nearest(word.value, names.split("|", maxsplit=1)[0]) for word, names in words.items()]
    zh, en = "、".join(n.name for n in nearest), ", ".join(n.code for n in nearest)
    raise invalid(field, f"“{text[:40]}”不在可选值之内：{zh}", f"'{text[:40]}' is none of {en}", nearest)


def read_yes(text: str, field: str) -> bool:
    """Yes or no; Invalid (422) for anything else."""
    plain = folded(text)
    if _YES.fullmatch(plain):
        return True
    if _NO.fullmatch(plain):
        return False
    raise not_understood(field, text, "请写 是 或 否", "write yes or no")


def read_count(text: str, field: str, least: int, most: int, units: str = "") -> int:
    """A whole number from `least` to `most`, perhaps with one of `units` behind it; Invalid (422) otherwise."""
    found = re.fullmatch(f"([0-9]{{1,9}})(?:[.]0+)?(?:{units})?", folded(text))
    if not found or not least <= int(found[1]) <= most:
        raise not_understood(field, text, f"应为{least}至{most}的整数", f"write a whole number from {least} to {most}")
    return int(found[1])


def read_day(text: str, field: str) -> date:
    """A day like 2026-12-31, 2026/12/31, 2026年12月31日 or 20261231; Invalid (422) otherwise."""
    found = _DAY.fullmatch(folded(text))
    if found:
        try:
            return date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            pass
    raise not_understood(field, text, "日期请写成 2026-12-31", "write a day like 2026-12-31")
