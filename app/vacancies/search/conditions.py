"""The conditions of a post that a search may name: 包吃住, 双休, 夜班, 日结. Pure.

Each is read off a field of the listing. Its words are those of advertisements and of people who look for work.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.lookup.normalise import normalise
from app.taxonomy.terms import EmploymentForm, PayBasis, PayPeriod, Shift
from app.vacancies.content import VacancyContent

TWO_DAYS_A_WEEK, A_DAY_A_WEEK = 8, 4  # days off a month


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition, the name it is shown by, the other words for it, and whether a post has it."""

    code: str
    name: str
    others: tuple[str, ...]
    holds: Callable[[VacancyContent], bool]

    @property
    def words(self) -> tuple[str, ...]:
        return self.name, *self.others


def _condition(code: str, words: str, holds: Callable[[VacancyContent], bool]) -> Condition:
    name, *others = words.split()
    return Condition(code, name, tuple(others), holds)


def _shift(code: str, words: str, *shifts: Shift) -> Condition:
    return _condition(code, words, lambda content: content.shift in shifts)


def _form(form: EmploymentForm, words: str) -> Condition:
    return _condition(form.value, words, lambda content: content.employment_form is form)


def _paid_by(period: PayPeriod, words: str) -> Condition:
    def holds(content: VacancyContent) -> bool:
        pay = content.pay
        if pay is None:
            return False
        return pay.period is period or (period is PayPeriod.PIECE and pay.basis is PayBasis.PIECE)

    return _condition(f"paid_by_{period}", words, holds)


def _days_off(content: VacancyContent) -> int:
    return content.days_off_per_month or 0


# Advertisements hang these on a name without a blank: 服务员包吃住.
BENEFITS = (
    _condition("lodging", "包住 管住 提供住宿 提供宿舍", lambda content: content.lodging is True),
    _condition("meals", "包吃 包餐 包三餐 管吃 管饭 提供工作餐", lambda content: content.meals is True),
    _condition(
        "lodging_and_meals",
        "包吃包住 包吃住 包住包吃 包食宿 管吃住 管吃管住 提供食宿",
        lambda content: content.lodging is True and content.meals is True,
    ),
    _condition("insurance", "社保 五险 五险一金 六险一金 买社保 交社保", lambda content: content.insurance is True),
    _condition("two_days_off", "双休 周末双休 做五休二", lambda content: _days_off(content) >= TWO_DAYS_A_WEEK),
    _condition("one_day_off", "单休 做六休一", lambda content: A_DAY_A_WEEK <= _days_off(content) < TWO_DAYS_A_WEEK),
    _paid_by(PayPeriod.DAY, "日结 日薪 天结"),
    _paid_by(PayPeriod.HOUR, "时薪 按小时算"),
    _paid_by(PayPeriod.PIECE, "计件 计件工资"),
)
CONDITIONS = (
    *BENEFITS,
    _shift("day_shift", "白班 日班 长白班 常白班", Shift.DAY),
    _shift("early_shift", "早班", Shift.EARLY),
    _shift("late_shift", "中班", Shift.LATE),
    _shift("late_or_night_shift", "晚班", Shift.LATE, Shift.NIGHT),
    _shift("night_shift", "夜班", Shift.NIGHT),
    _shift("rotating_shifts", "倒班 轮班 两班倒 三班倒", Shift.ROTATING),
    _shift("split_shift", "两头班", Shift.SPLIT),
    _shift("flexible_hours", "弹性 弹性工作", Shift.FLEXIBLE),
    _form(EmploymentForm.FULL_TIME, "全职"),
    _form(EmploymentForm.PART_TIME, "兼职 小时工 钟点工"),
    _form(EmploymentForm.INTERNSHIP, "实习"),
    _form(EmploymentForm.TRAINEESHIP, "见习"),
    _form(EmploymentForm.TEMPORARY, "临时工 短期工 暑假工 寒假工"),
    _form(EmploymentForm.DISPATCH, "派遣"),
    _form(EmploymentForm.LABOUR_SERVICE, "劳务"),
)
_BY_WORDS = {normalise(word): one for one in CONDITIONS for word in one.words}
_BENEFIT = re.compile("|".join(sorted((word for one in BENEFITS for word in one.words), key=len, reverse=True)))


def condition_of(words: str) -> Condition | None:
    """The condition that these words are, all of them; None if they are none."""
    return _BY_WORDS.get(normalise(words))


def benefits_in(run: str) -> Iterator[tuple[int, int]]:
    """Where benefits stand in `run`: the start and the end of each."""
    return (found.span() for found in _BENEFIT.finditer(run))


def held_by(content: VacancyContent) -> Iterator[Condition]:
    """The conditions that a post has."""
    return (one for one in CONDITIONS if one.holds(content))
