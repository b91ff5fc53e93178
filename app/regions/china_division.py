"""Reading the CSV files of the package china-division (provinces, cities, areas, streets, villages): one city's tree.

What a file holds is told by its headings, never by its name. Every finding names file and line; with one finding
nothing is imported, because half a tree is worse than the old one. Oddities of the package that are handled here: a
city has four digits (4403 → 440300); a city without districts (东莞) stands again among the areas, with its own code,
and its streets hang directly under the city; the "cities" of Beijing and the like are called 市辖区.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rapidfuzz import process

from app.regions.tier import Tier
from app.regions.tree import Region


@dataclass(frozen=True)
class _Layout:
    """What one file holds: a level (None: provinces), the heading with the parent's code, the digits of a code."""

    tier: Tier | None
    above: str
    digits: int


# The lowest level first: each file's headings contain those of the levels above.
_LAYOUTS = (
    _Layout(Tier.COMMUNITY, "streetCode", 12),
    _Layout(Tier.STREET, "areaCode", 9),
    _Layout(Tier.DISTRICT, "cityCode", 6),
    _Layout(Tier.CITY, "provinceCode", 4),
    _Layout(None, "code", 2),
)
_MAX_FINDINGS = 200
_TELL_EVERY = 1 << 16
_COLLECTIVE = ("市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划")
HEADINGS = "code,name[,provinceCode[,cityCode[,areaCode[,streetCode]]]]"

_Row = dict[str, str | None]


@dataclass(frozen=True)
class Finding:
    """What is wrong, and where: `line` 0 means the file as a whole."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}" if self.line else f"{self.file}: {self.reason}"


class Unreadable(Exception):
    """The files do not give a whole city; nothing was imported."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("; ".join(map(str, findings[:3])))
        self.findings = list(findings)


@dataclass
class _Reading:
    """What has been read so far for one city, before it is checked as a whole."""

    city: str
    findings: list[Finding] = field(default_factory=list)
    provinces: dict[str, str] = field(default_factory=dict)
    cities: dict[str, str] = field(default_factory=dict)
    # code → (division with its parent's code, file, line)
    found: dict[str, tuple[Region, str, int]] = field(default_factory=dict)

    def complain(self, file: str, line: int, reason: str) -> None:
        if len(self.findings) < _MAX_FINDINGS:
            self.findings.append(Finding(file, line, reason))


def csv_files(paths: Iterable[Path]) -> list[Path]:
    """`paths` with each folder replaced by the CSV files in it, sorted; Unreadable when there is none."""
    files: list[Path] = []
    for path in paths:
        files.extend(sorted(path.glob("*.csv")) if path.is_dir() else [path])
    if not files:
        raise Unreadable([Finding(str(path), 0, "no .csv file here") for path in paths])
    return files


def city_code(text: str) -> str:
    """The six-digit code of a city given as 4403 or 440300; ValueError for anything else."""
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"'{text}' is no city code; four digits like 4403, or six like 440300")
    if len(text) == 4:
        return text + "00"
    if len(text) == 6 and text.endswith("00") and not text.endswith("0000"):
        return text
    raise ValueError(f"'{text}' is no city code; four digits like 4403, or six like 440300")


def read_city(
    files: Sequence[Path], city: str, *, city_name: str = "", progress: Callable[[int], None] = lambda _: None
) -> list[Region]:
    """The whole tree of the city with the six-digit code `city`, by code; `progress` is told of bytes read.

    `city_name` is needed only when no cities file is among `files`. Unreadable lists everything that is wrong.
    """
    reading = _Reading(city)
    for file in files:
        _read_file(file, reading, progress)
    name = city_name or reading.cities.get(city, "")
    if name in _COLLECTIVE:
        name = reading.provinces.get(city[:2], name)
    if not name:
        reading.findings.insert(0, _no_such_city(reading, files))
    elif not reading.found:
        reading.complain(str(files[0]), 0, f"no district or street of {name} in these files")
    root = Region(city, name, None, Tier.CITY)
    for code, (region, path, line) in reading.found.items():
        if region.parent != city and region.parent not in reading.found:
            reading.complain(path, line, f"{code} {region.name}: its parent {region.parent} is missing")
    if reading.findings:
        raise Unreadable(reading.findings)
    return sorted([root, *(region for region, _, _ in reading.found.values())], key=lambda region: region.code)


def _no_such_city(reading: _Reading, files: Sequence[Path]) -> Finding:
    if not reading.cities:
        return Finding(str(files[0]), 0, "no cities file among these: say what the city is called with --name")
    near = process.extract(reading.city, list(reading.cities), limit=3)
    names = ", ".join(f"{code[:4]} {reading.cities[code]}" for code, _, _ in near)
    return Finding(str(files[0]), 0, f"no city {reading.city[:4]} in these files; nearest: {names}")


def _counted(lines: Iterable[str], progress: Callable[[int], None]) -> Iterator[str]:
    """`lines`, telling `progress` every now and then how many bytes they had."""
    waiting = 0
    for line in lines:
        waiting += len(line.encode())
        if waiting >= _TELL_EVERY:
            progress(waiting)
            waiting = 0
        yield line
    progress(waiting)


def _read_file(path: Path, reading: _Reading, progress: Callable[[int], None]) -> None:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(_counted(file, progress))
            headings = set(rows.fieldnames or ())
            layout = next((layout for layout in _LAYOUTS if layout.above in headings), None)
            below_city = layout is not None and layout.tier not in (None, Tier.CITY)
            if layout is None or "name" not in headings or "code" not in headings:
                reading.complain(str(path), 0, f"the headings should be {HEADINGS}")
            elif below_city and "cityCode" not in headings:
                reading.complain(str(path), 0, "the heading cityCode is missing")
            else:
                take = _take_division if below_city else _take_name
                for row in rows:
                    take(row, layout, reading, str(path), rows.line_num)
    except UnicodeDecodeError:
        reading.complain(str(path), 0, "not UTF-8")
    except csv.Error as error:
        reading.complain(str(path), 0, f"not CSV: {error}")
    except OSError as error:
        reading.complain(str(path), 0, error.strerror or "cannot be read")


def _take_name(row: _Row, layout: _Layout, reading: _Reading, path: str, line: int) -> None:
    """Note what a province or city is called."""
    code, name = _cell(row, "code"), _cell(row, "name")
    if len(code) != layout.digits or not name:
        reading.complain(path, line, f"expected a code of {layout.digits} digits and a name")
    elif layout.tier is None:
        reading.provinces[code] = name
    else:
        reading.cities[code + "00"] = name


def _take_division(row: _Row, layout: _Layout, reading: _Reading, path: str, line: int) -> None:
    """Note a district, street or community of the city that is being read."""
    if _cell(row, "cityCode") + "00" != reading.city or layout.tier is None:
        return
    code, name = _cell(row, "code"), _cell(row, "name")
    if len(code) != layout.digits or not (code.isascii() and code.isdigit()):
        reading.complain(path, line, f"the code '{code[:20]}' should have {layout.digits} digits")
    elif not name or len(name) > 200 or not name.isprintable():
        reading.complain(path, line, f"{code}: the name is missing, too long or has control characters")
    elif code in reading.found:
        reading.complain(path, line, f"{code} stands twice")
    elif code != reading.city:
        parent = reading.city if layout.tier is Tier.DISTRICT else _cell(row, layout.above)
        reading.found[code] = (Region(code, name, parent, layout.tier), path, line)


def _cell(row: _Row, heading: str) -> str:
    return (row.get(heading) or "").strip()
