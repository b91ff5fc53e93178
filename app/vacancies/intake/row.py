"""One row read whole: its cells by field become what a vacancy says, or every reason why they cannot. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from pydantic import ValidationError

from app.kernel.problems import FieldError, Problem, invalid
from app.regions.tree import Regions
from app.taxonomy.tables import Taxonomy
from app.taxonomy.terms import Need
from app.taxonomy.understanding import hear_occupation
from app.vacancies import rules
from app.vacancies.content import SkillAsked, VacancyContent
from app.vacancies.intake import answers
from app.vacancies.intake.area import read_area
from app.vacancies.intake.education import read_education
from app.vacancies.intake.experience import read_experience
from app.vacancies.intake.fields import BY_NAME
from app.vacancies.intake.pay import read_pay
from app.vacancies.intake.spelling import Note
from app.vacancies.intake.words import fit, notes_on, read_certificates, read_skills

MAX_LINE, MAX_PROSE, MAX_REFERENCE = 200, 4000, 100

_BOTH = re.compile(r"(?P<experience>经验\s*[^/／|]+?)\s*[/／|]\s*(?P<education>[^/／|]+)")


@dataclass(frozen=True, slots=True)
class Context:
    """What cells are read against: the tables, the city of the office, and the day."""

    regions: Regions
    taxonomy: Taxonomy
    city: str
    today: date


@dataclass
class RowRead:
    """What a row says. `content` is None exactly when there are faults."""

    employer: str = ""
    uscc: str | None = None
    seats: int = 0
    valid_until: date | None = None
    content: VacancyContent | None = None
    faults: list[FieldError] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def read_row(cells: Mapping[str, str], defaults: Mapping[str, str], context: Context) -> RowRead:
    """Read `cells` by field; `defaults` stand in where a row says nothing. Every fault is found, not only the first."""
    own = {name: text for name, text in cells.items() if text.strip()}
    said = {name for group in _SAY_THE_SAME if group & own.keys() for name in group}
    standing_in = {name: text for name, text in defaults.items() if name not in said}
    return _Reader({**standing_in, **own}, context).read()


# A row that fills in one of these is not completed by a default for another.
_SAY_THE_SAME = (
    {"pay", "pay_min", "pay_max"},
    {"valid_until", "valid_days"},
    {"experience", "experience_education"},
    {"education", "experience_education"},
)


class _Reader:
    """Reads one row, cell by cell, gathering faults and notes."""

    def __init__(self, cells: dict[str, str], context: Context) -> None:
        self.cells = cells
        self.context = context
        self.row = RowRead()
        self.values: dict[str, Any] = {}
        self.left_over: list[str] = []  # words that have no field of their own

    def read(self) -> RowRead:
        self._try(self._divide_both)
        self._try(self._join_pay)
        for name, step in _STEPS.items():
            if name in self.cells:
                self._try(lambda step=step, name=name: step(self, self.cells[name]))  # type: ignore[misc]
        self._skills()
        self._requirements()
        self._finish()
        return self.row

    def _try(self, step: Callable[[], None]) -> None:
        try:
            step()
        except Problem as refused:
            self.row.faults += refused.errors

    def _divide_both(self) -> None:
        """`12k-18k 经验1-3年 / 本科` is two cells, behind a repeat of the pay."""
        both = self.cells.pop("experience_education", "").strip()
        if not both:
            return
        pay = self.cells.get("pay", "").strip()
        found = _BOTH.fullmatch(both.removeprefix(pay).strip() if pay else both)
        if not found:
            raise invalid(
                "experience_education",
                f"“{both[:40]}”看不懂，请写成 经验1-3年 / 大专",
                f"'{both[:40]}' is not understood; write it like 经验1-3年 / 大专",
            )
        for name in ("experience", "education"):
            self.cells.setdefault(name, found[name])

    def _join_pay(self) -> None:
        """Two columns of pay are one cell: 3000 and 5000 are 3000-5000."""
        least, most = self.cells.pop("pay_min", ""), self.cells.pop("pay_max", "")
        if "pay" in self.cells or not (least or most):
            return
        if not least:
            raise invalid("pay_min", "须填写最低报酬", "the least pay is needed")
        self.cells["pay"] = f"{least}-{most}" if most and most != least else least

    def pay(self, text: str) -> None:
        said = self.cells.get("pay_period")
        period = answers.read_word(said, answers.PERIODS, "pay_period") if said else None
        self.values["pay"], notes = read_pay(text, period)
        self.row.notes += notes

    def area(self, text: str) -> None:
        self.values["place"], notes = read_area(text, self.context.regions, self.context.city)
        self.row.notes += notes

    def experience(self, text: str) -> None:
        found = read_experience(_line(text, "experience"))
        self.values |= {"experience_months": found.months, "experience_must": found.is_must}

    def education(self, text: str) -> None:
        found = read_education(_line(text, "education"))
        self.values |= {"education": found.level, "education_must": found.is_must}

    def occupation(self, text: str) -> None:
        words = _line(text, "occupation")
        self.values["occupation_stated"] = words
        if words in self.context.taxonomy.occupations:
            self.values |= {"occupation": words, "occupation_stated": ""}
            return
        heard = hear_occupation(self.context.taxonomy, words)
        self.values["occupation"] = heard.code
        self.row.notes += notes_on([heard], "职业", "occupations")

    def certificates(self, text: str) -> None:
        found, kept, notes = read_certificates(text, self.context.taxonomy)
        self.values["certificates"] = found
        self.row.notes += notes
        if kept:
            self.left_over.append("证书：" + "、".join(kept))

    def valid_days(self, text: str) -> None:
        days = answers.read_count(text, "valid_days", 1, rules.MAX_VALID_DAYS, "天|日|days?")
        self.row.valid_until = self.context.today + timedelta(days=days)

    def valid_until(self, text: str) -> None:
        self.row.valid_until = answers.read_day(text, "valid_until")

    def seats(self, text: str) -> None:
        self.row.seats = answers.read_count(text, "seats", 1, 9999, "人|名|个|位")

    def employer(self, text: str) -> None:
        self.row.employer = _line(text, "employer")

    def uscc(self, text: str) -> None:
        self.row.uscc = _line(text, "uscc")

    def title(self, text: str) -> None:
        self.values["title"] = _line(text, "title")

    def _skills(self) -> None:
        lists: dict[str, list[SkillAsked]] = {"skills_must": [], "skills": []}
        for name, need in (("skills_must", Need.MUST), ("skills", Need.NICE)):
            try:
                lists[name], notes = read_skills(self.cells.get(name, ""), self.context.taxonomy, need, name)
            except Problem as refused:
                self.row.faults += refused.errors
            else:
                self.row.notes += notes
        self.values["skills"], beyond = fit(lists["skills_must"], lists["skills"])
        if beyond:
            self.left_over.append("其他技能：" + "、".join(beyond))
            shown = "、".join(beyond)
            zh, en = f"技能最多8项，其余写入招聘条件：{shown}", f"at most 8 skills; kept in the requirements: {shown}"
            self.row.notes.append(Note("skills", zh, en))

    def _requirements(self) -> None:
        """The conditions: as written, else from the words on experience and education; with what found no field."""
        own = self.cells.get("requirements", "").strip()
        if not own:
            said = [(zh, self.cells[name].strip()) for name, zh in _CONDITIONS.items() if name in self.cells]
            own = "；".join(words if words.startswith(zh) else f"{zh}{words}" for zh, words in said)
        self.values["requirements"] = "\n".join(part for part in (own, *self.left_over) if part)

    def _finish(self) -> None:
        row = self.row
        # A cell that was refused is not missing as well.
        refused = {fault.field for fault in row.faults}
        asked = ("title", "employer", "area", "seats")
        row.faults += [_missing(name) for name in asked if name not in self.cells and name not in refused]
        for name in ("duties", "requirements"):
            self.values[name] = self.values.get(name, self.cells.get(name, "")).strip()
            if len(self.values[name]) > MAX_PROSE:
                row.faults.append(FieldError(name, f"最长{MAX_PROSE}字", f"at most {MAX_PROSE} characters"))
        if row.faults:
            return
        try:
            row.content = VacancyContent.model_validate(self.values)
        except ValidationError as error:
            row.faults += [_said_by_pydantic(one["loc"], one["msg"]) for one in error.errors()]
            return
        row.faults += rules.missing_elements(row.content, row.valid_until)
        row.faults += rules.personal_numbers(row.content)
        row.faults += rules.validity_faults(row.valid_until, self.context.today)
        row.faults += rules.pay_faults(row.content.pay)
        if row.faults:
            row.content = None


def _word(name: str, words: Mapping[Any, str]) -> Callable[[_Reader, str], None]:
    def step(reader: _Reader, text: str) -> None:
        reader.values[name] = answers.read_word(text, words, name)

    return step


def _yes(name: str) -> Callable[[_Reader, str], None]:
    def step(reader: _Reader, text: str) -> None:
        reader.values[name] = answers.read_yes(text, name)

    return step


def _count(name: str, least: int, most: int, units: str) -> Callable[[_Reader, str], None]:
    def step(reader: _Reader, text: str) -> None:
        reader.values[name] = answers.read_count(text, name, least, most, units)

    return step


# In this order: a last day wins over a number of days.
_STEPS: dict[str, Callable[[_Reader, str], None]] = {
    "title": _Reader.title,
    "employer": _Reader.employer,
    "uscc": _Reader.uscc,
    "area": _Reader.area,
    "seats": _Reader.seats,
    "pay": _Reader.pay,
    "experience": _Reader.experience,
    "education": _Reader.education,
    "occupation": _Reader.occupation,
    "certificates": _Reader.certificates,
    "valid_days": _Reader.valid_days,
    "valid_until": _Reader.valid_until,
    "shift": _word("shift", answers.SHIFTS),
    "employment_form": _word("employment_form", answers.FORMS),
    "reserved_for": _word("reserved_for", answers.RESERVED),
    "lodging": _yes("lodging"),
    "meals": _yes("meals"),
    "insurance": _yes("insurance"),
    "hours_per_week": _count("hours_per_week", 1, 168, "小时|h|hours?"),
    "days_off_per_month": _count("days_off_per_month", 0, 31, "天|日|days?"),
}
_CONDITIONS = {"experience": "经验", "education": "学历"}


def _line(text: str, name: str) -> str:
    line = " ".join(text.split())
    if len(line) > MAX_LINE:
        raise invalid(name, f"最长{MAX_LINE}字", f"at most {MAX_LINE} characters")
    return line


def _missing(name: str) -> FieldError:
    zh = BY_NAME[name].zh
    return FieldError(name, f"缺少{zh}", f"there is no {name} ({zh})")


def _said_by_pydantic(loc: tuple[int | str, ...], message: str) -> FieldError:
    name = {"place": "area", "occupation_stated": "occupation"}.get(str(loc[0]), str(loc[0])) if loc else "row"
    return FieldError(name, "内容不符合要求", message)
