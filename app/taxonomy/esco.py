"""ESCO's occupations in English: the official export is read and checked, kept in the node's folder, and read again.

ESCO is not shipped. A node whose folder has `esco.csv` finds occupations by ESCO's names, too, and `TitleIndex("en")`
knows its concepts; everything works without. The kept file has the export's columns that are used, and is read by the
same rules.
"""

import csv
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import process

from app.lookup.normalise import normalise
from app.taxonomy.concepts import Occupation

KEPT_AS = "esco.csv"
URI, ISCO, NAME, OTHERS = "conceptUri", "iscoGroup", "preferredLabel", "altLabels"
COLUMNS = (URI, ISCO, NAME, OTHERS)
_OCCUPATION = "http://data.europa.eu/esco/occupation/"
_MAX_FINDINGS = 200
_TELL_EVERY = 100
_SUFFIX = ".new"


@dataclass(frozen=True, slots=True)
class EscoOccupation:
    """One occupation of ESCO: its address, its ISCO-08 unit group (four digits), its name and its other names."""

    uri: str
    isco08: str
    name: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EscoFinding:
    """What is wrong with the file, and in which line; 0 means the file as a whole."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}" if self.line else self.reason


class EscoUnreadable(Exception):
    """The file is no export of ESCO's occupations; `findings` say why."""

    def __init__(self, findings: Sequence[EscoFinding]) -> None:
        super().__init__("; ".join(map(str, findings[:3])))
        self.findings = list(findings)


def read_export(file: Path, progress: Callable[[int], None] = lambda _: None) -> list[EscoOccupation]:
    """The occupations of an export, obsolete ones left out; EscoUnreadable lists everything that is wrong.

    `progress` is told of rows read, some hundred at a time.
    """
    findings: list[EscoFinding] = []
    found: dict[str, EscoOccupation] = {}
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.DictReader(opened, strict=True)
            _check_headings(reader.fieldnames or ())
            for number, row in enumerate(reader, 1):
                if number % _TELL_EVERY == 0:
                    progress(_TELL_EVERY)
                _read_row(row, reader.line_num, found, findings)
    except UnicodeDecodeError:
        raise EscoUnreadable([EscoFinding(0, "it is not UTF-8 text")]) from None
    except csv.Error as error:
        raise EscoUnreadable([EscoFinding(0, f"it is not CSV as ESCO writes it: {error}")]) from None
    except OSError as error:
        raise EscoUnreadable([EscoFinding(0, error.strerror or "it cannot be read")]) from None
    if not findings and not found:
        findings.append(EscoFinding(0, "there is no occupation in it"))
    if findings:
        raise EscoUnreadable(findings)
    return list(found.values())


def keep(occupations: Iterable[EscoOccupation], folder: Path) -> Path:
    """Write them into the node's folder, in place of what was there, whole or not at all; the file."""
    file = folder / KEPT_AS
    folder.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(KEPT_AS + _SUFFIX)
    with fresh.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(COLUMNS)
        writer.writerows((one.uri, one.isco08, one.name, "\n".join(one.others)) for one in occupations)
        opened.flush()
        os.fsync(opened.fileno())
    fresh.replace(file)
    return file


def load_kept(folder: Path) -> list[EscoOccupation]:
    """What was imported into this folder; [] if nothing was. EscoUnreadable if somebody spoilt the file."""
    file = folder / KEPT_AS
    return read_export(file) if file.exists() else []


def english_names(occupations: Mapping[str, Occupation], esco: Iterable[EscoOccupation]) -> Iterator[tuple[str, str]]:
    """(our id, ESCO's name) for the names that ESCO gives to an occupation of ours and we do not have.

    ESCO's is ours if its preferred name is one of ours and both lie in one unit group: its other names are many and
    loose, and prove nothing. A name that would come to two of ours is left out.
    """
    esco = list(esco)
    if not esco:
        return
    ours = {normalise(name): one.id for one in occupations.values() for name in (one.en, *one.english)}
    taken = ours.keys() | {normalise(name) for one in occupations.values() for name in (one.id, one.zh, *one.aliases)}
    owners: dict[str, set[str]] = defaultdict(set)
    written: dict[str, str] = {}
    for concept in esco:
        id_ = ours.get(normalise(concept.name))
        if id_ is None or occupations[id_].isco08 != concept.isco08:
            continue
        for name in concept.others:
            key = normalise(name)
            if key and key not in taken:
                owners[key].add(id_)
                written.setdefault(key, name)
    yield from ((next(iter(ids)), written[key]) for key, ids in owners.items() if len(ids) == 1)


def _check_headings(headings: Iterable[str]) -> None:
    headings = list(headings)
    findings = []
    for column in COLUMNS:
        if column not in headings:
            near = process.extractOne(column, headings, score_cutoff=75)
            findings.append(EscoFinding(0, f"the column {column} is missing" + (f"; near: {near[0]}" if near else "")))
    if findings:
        raise EscoUnreadable(findings)


def _read_row(
    row: Mapping[str, str | None], line: int, found: dict[str, EscoOccupation], findings: list[EscoFinding]
) -> None:
    if (row.get("status") or "released").strip() == "obsolete":
        return
    uri, isco, name = ((row[column] or "").strip() for column in (URI, ISCO, NAME))
    others = (" ".join(part.split()) for part in (row[OTHERS] or "").splitlines())
    kind = (row.get("conceptType") or "Occupation").strip()
    checks = (
        (kind == "Occupation", f"conceptType is '{kind}', not 'Occupation'"),
        (uri.startswith(_OCCUPATION), f"conceptUri '{uri}' does not begin with {_OCCUPATION}"),
        (uri not in found, f"{uri} stands twice"),
        (len(isco) == 4 and isco.isascii() and isco.isdigit(), f"iscoGroup '{isco}' is not four digits"),
        (bool(name), "preferredLabel is empty"),
    )
    wrong = [reason for holds, reason in checks if not holds]
    findings.extend(EscoFinding(line, reason) for reason in wrong[: _MAX_FINDINGS - len(findings)])
    if not wrong:
        names = dict.fromkeys(other for other in others if other and other != name)
        found[uri] = EscoOccupation(uri, isco, name, tuple(names))
