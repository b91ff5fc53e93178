"""Whether each cell holds what its column may hold. Pure."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum

from app.taxonomy.checking.fault import Fault, Rows, key_of
from app.taxonomy.concepts import LEVELS, AliasKind, OccupationKind, SkillKind
from app.taxonomy.terms import CertificateKind, Refusal

EDITIONS = ("2015", "2022")  # of the national classification
_Holds = Callable[[str], bool]


def _one_of(kinds: type[StrEnum] | Iterable[str]) -> _Holds:
    return {str(kind) for kind in kinds}.__contains__


def _matches(pattern: str) -> _Holds:
    return lambda cell: re.fullmatch(pattern, cell) is not None


def _list_of(kinds: type[StrEnum] | Iterable[str]) -> _Holds:
    known = {str(kind) for kind in kinds}
    return lambda cell: cell == "" or set(cell.split("|")) <= known


_ID = _matches(r"[a-z0-9][a-z0-9-]{0,63}")
_NOT_EMPTY = _matches(r"(?s).*\S.*")
_AGE = _matches(r"1[6-9]|[2-6][0-9]")
# (table, column) → what a cell must be like, and how to say so
COLUMNS: dict[tuple[str, str], tuple[_Holds, str]] = {
    ("occupations", "id"): (_ID, "no id like welder-2"),
    ("occupations", "kind"): (_one_of(OccupationKind), "no kind of occupation"),
    ("occupations", "depth"): (_one_of(("deep", "shallow")), "neither deep nor shallow"),
    ("occupations", "dadian"): (_matches(r"([1-8]-\d\d-\d\d-\d\d)?"), "no code like 6-18-02-04"),
    ("occupations", "dadian_version"): (_one_of(("", *EDITIONS)), "no edition of the classification"),
    ("occupations", "gbt6565"): (_matches(r"([1-8]-?\d\d(-?\d\d)?)?"), "no code of GB/T 6565"),
    ("occupations", "isco08"): (_matches(r"(\d{4})?"), "no unit group of four digits"),
    ("occupations", "isco_relation"): (_one_of(("", "exact", "close", "broader", "narrower")), "no relation"),
    ("occupations", "min_age"): (_AGE, "no age from 16"),
    ("occupations", "traits"): (_list_of(Refusal), "no list of what may be refused"),
    ("aliases", "kind"): (_one_of(AliasKind), "no kind of alias"),
    ("skills", "id"): (_ID, "no id like arc-welding"),
    ("skills", "kind"): (_one_of(SkillKind), "no kind of skill"),
    ("skills", "generic"): (_one_of(("0", "1")), "neither 0 nor 1"),
    ("certificates", "id"): (_ID, "no id like driving-c1"),
    ("certificates", "kind"): (_one_of(CertificateKind), "no kind of certificate"),
    ("certificates", "obtainable_days"): (_matches(r"([1-9]\d{0,2})?"), "no number of days"),
    ("certificates", "levels"): (_list_of(LEVELS), "no list of levels from 5 to 1"),
    ("covers", "relation"): (_one_of(("includes", "equal")), "neither includes nor equal"),
    ("near", "direction"): (_one_of(("both", "forward")), "neither both nor forward"),
    ("near", "reason"): (_NOT_EMPTY, "no reason"),
    ("not_same", "reason"): (_NOT_EMPTY, "no reason"),
    ("skill_near", "similarity"): (_matches(r"\d{1,2}|100"), "no percentage from 0 to 100"),
    ("skill_near", "direction"): (_one_of(("both", "forward")), "neither both nor forward"),
}
_NAMES = (
    ("occupations", "zh"),
    ("occupations", "en"),
    ("skills", "zh"),
    ("certificates", "zh"),
    ("certificates", "en"),
)


def value_faults(rows: Rows) -> Iterator[Fault]:
    """Cells that do not hold, ids that stand twice, codes without edition or given twice."""
    for (table, column), (holds, what) in COLUMNS.items():
        for row in rows(table):
            cell = row.get(column) or ""
            if not holds(cell):
                yield Fault(table, key_of(row), f"{column} '{cell}' is {what}")
    for table, column in _NAMES:
        for row in rows(table):
            if not (row.get(column) or "").strip():
                yield Fault(table, key_of(row), f"{column} is empty")
    for table in ("occupations", "skills", "certificates"):
        yield from _twice(table, (row["id"] for row in rows(table)), "the id stands twice")
    coded = [row for row in rows("occupations") if row["dadian"]]
    yield from (
        Fault("occupations", row["id"], f"the code {row['dadian']} without its edition")
        for row in coded
        if not row["dadian_version"]
    )
    codes = (f"{row['dadian']} of {row['dadian_version']}" for row in coded)
    yield from _twice("occupations", codes, "the code stands twice")


def _twice(table: str, keys: Iterable[str], what: str) -> Iterator[Fault]:
    yield from (Fault(table, key, what) for key, count in Counter(keys).items() if count > 1)
