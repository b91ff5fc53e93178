"""Which column of a file is which field: by our template, by headings that real files carry, or as told. Pure.

Nothing is mapped by likeness: a heading that is nearly one of ours is named in the refusal, and not used.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from app.kernel.problems import FieldError, Nearest, check_fields
from app.vacancies.intake.fields import BY_NAME, FIELDS, NAMES
from app.vacancies.intake.spelling import folded

LEAST_LIKENESS = 60
# What a heading says of the pay below it: 月薪, 薪资（元/月）.
_PERIOD_SAID = re.compile(
    "(?P<hour>时薪|小时)|(?P<day>日薪|[/每]天|[/每]日)|(?P<month>月薪|月工资|/月|每月)|(?P<year>年薪|/年|每年)"
)
_BESIDE = re.compile(r"[(\[【<].*?[)\]】>]|[*:_\-./]|必填|选填")


def _key(heading: str) -> str:
    return _BESIDE.sub("", folded(heading).replace("（", "(").replace("）", ")"))


_KNOWN = {_key(spelling): one.name for one in FIELDS for spelling in (one.name, one.zh, *one.aliases) if spelling}


@dataclass(frozen=True)
class Columns:
    """Position → field of the columns that are read, the headings that are not, and what the headings imply."""

    fields: Mapping[int, str]
    ignored: Sequence[str]
    width: int
    implied: Mapping[str, str] = field(default_factory=dict)

    def row(self, cells: Sequence[str]) -> dict[str, str]:
        """The cells that say something, by field."""
        found = {name: cells[at].strip() for at, name in self.fields.items() if at < len(cells) and cells[at].strip()}
        return {**self.implied, **found} if found else {}


def recognise(headings: Sequence[str], told: Mapping[str, str] | None = None) -> Columns:
    """Map `headings` to fields; `told` maps field → heading and wins.

    Invalid (422) for an unknown field or heading in `told`, and for two columns that claim one field.
    """
    told = told or {}
    _check_told(headings, told)
    places = {name: _place(headings, heading) for name, heading in told.items()}
    fields = {at: name for name, at in places.items()}
    faults = []
    for at, heading in enumerate(headings):
        name = _KNOWN.get(_key(heading))
        if at in fields or name is None or name in told:
            continue
        first = next((headings[other] for other, taken in fields.items() if taken == name), None)
        if first is not None:
            faults.append(_claimed_twice(name, first, heading))
        fields[at] = name
    check_fields(faults)
    ignored = [heading for at, heading in enumerate(headings) if at not in fields and heading.strip()]
    return Columns(dict(sorted(fields.items())), ignored, len(headings), _implied(headings, fields))


def check_required(columns: Columns, given: Mapping[str, str]) -> None:
    """Invalid (422) when a field that every row needs has neither a column nor a default in `given`."""
    present = {*columns.fields.values(), *given}
    faults = [
        _missing(name, columns.ignored)
        for name in (one.name for one in FIELDS if one.is_required)
        if not present & _STANDS_IN.get(name, {name})
    ]
    check_fields(faults)


_STANDS_IN = {"pay": {"pay", "pay_min", "pay_max"}, "valid_until": {"valid_until", "valid_days"}}


def count_known(headings: Sequence[str], told: Mapping[str, str]) -> int:
    """How many of these cells are headings: tells a heading row from a title line above it."""
    names = {_key(heading) for heading in told.values()}
    return sum(1 for heading in headings if heading.strip() and (_key(heading) in _KNOWN or _key(heading) in names))


def field_named(text: str) -> str | None:
    """The field that a person means by its name or by a heading that is recognised; None if there is none."""
    return text if text in BY_NAME else _KNOWN.get(_key(text))


def unknown_field(name: str, where: str) -> FieldError:
    """The refusal of a field name that no column has, with the nearest."""
    near = process.extract(name[:40], NAMES, scorer=fuzz.ratio, limit=3)
    nearest = [Nearest(one, BY_NAME[one].zh) for one, _, _ in near]
    names = ", ".join(f"{n.code} {n.name}" for n in nearest)
    return FieldError(
        where, f"没有“{name}”这一列，最接近的是：{names}", f"there is no column '{name}'; nearest: {names}", nearest
    )


def _check_told(headings: Sequence[str], told: Mapping[str, str]) -> None:
    faults = [unknown_field(name, f"columns.{name}") for name in told if name not in BY_NAME]
    for name, heading in told.items():
        if _place(headings, heading) < 0:
            near = [one for one, _, _ in process.extract(heading, list(headings), scorer=fuzz.ratio, limit=3)]
            shown = "、".join(near)
            zh, en = f"表中没有“{heading}”列，最接近的是：{shown}", f"no column is headed '{heading}'; nearest: {shown}"
            faults.append(FieldError(f"columns.{name}", zh, en, [Nearest(one) for one in near]))
    check_fields(faults)


def _place(headings: Sequence[str], heading: str) -> int:
    keys = [folded(one) for one in headings]
    return keys.index(folded(heading)) if folded(heading) in keys else -1


def _claimed_twice(name: str, first: str, second: str) -> FieldError:
    zh = f"“{first}”和“{second}”都可作“{BY_NAME[name].zh}”，请用 --columns {name}=… 指明"
    en = f"both '{first}' and '{second}' can be {name}; say which with --columns {name}=…"
    return FieldError(name, zh, en, [Nearest(first), Nearest(second)])


def _missing(name: str, ignored: Sequence[str]) -> FieldError:
    spellings = [BY_NAME[name].zh, *BY_NAME[name].aliases]
    scored = [(max(fuzz.ratio(folded(one), folded(s)) for s in spellings), one) for one in ignored]
    near = [one for score, one in sorted(scored, reverse=True) if score >= LEAST_LIKENESS][:3]
    zh = f"缺少“{BY_NAME[name].zh}”列" + (f"，最接近的列是：{'、'.join(near)}" if near else "")
    en = f"no column is '{name}' ({BY_NAME[name].zh})" + (f"; nearest: {', '.join(near)}" if near else "")
    return FieldError(name, zh, en, [Nearest(one) for one in near])


def _implied(headings: Sequence[str], fields: Mapping[int, str]) -> dict[str, str]:
    if "pay_period" in fields.values():
        return {}
    said = [
        found.lastgroup
        for at, name in fields.items()
        if name in ("pay", "pay_min", "pay_max") and (found := _PERIOD_SAID.search(folded(headings[at])))
    ]
    return {"pay_period": said[0]} if said and said[0] and len(set(said)) == 1 else {}
