"""Real addresses against what is written in them: how often the district is right, offered, or silently wrong.

An address in which one district is written tells the truth about itself. It is read as it stands and after what people
do to addresses: the city left out, 区 dropped, a homophone in the district, the district in pinyin. Without any
district the rest may be too little to go by: that line is for information.

    python tests/bench/addresses.py [--seed 1]

reads the invented addresses of tests/data, or where SANLIAN_EVAL_DIR names a folder its addresses and postings (also
where they lie in its subfolder data).
"""

import argparse
import csv
import os
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # run as a script, from anywhere

from app.lookup.forms import forms_of
from app.lookup.readings import readings
from app.regions.shipped import former_districts, load_shipped
from app.regions.tree import Regions

CITY = "440100"
ASKED = 0.99
OWN = Path(__file__).parent.parent / "data" / "addresses.txt"
_CITY_BEFORE = re.compile(r"(?:中国)?(?:广东省?)?广州市?\s*")
# The characters people know: the first level of GB 2312.
_COMMON = [
    character
    for high in range(0xB0, 0xD8)
    for low in range(0xA1, 0xFF)
    if (character := bytes((high, low)).decode("gb2312", "ignore"))
]


@dataclass(frozen=True)
class Address:
    """A text, the district written in it (天河区) and the code that this means today."""

    text: str
    written: str
    code: str


def addresses_of(lines: Iterable[str], regions: Regions) -> list[Address]:
    """Those of `lines` in which exactly one district is written, of today or merged."""
    districts = {one.name: one.code for one in regions.children(CITY)}
    districts |= {name: code for name, code in former_districts().items() if name.endswith("区")}
    found = []
    for line in lines:
        written = [name for name in districts if name in line]
        if len(written) == 1:
            found.append(Address(line.strip(), written[0], districts[written[0]]))
    return found


def _homophone(name: str, rnd: random.Random) -> str:
    """`name` with one character of its stem replaced by another of the same syllable."""
    places = list(range(len(name) - 1))
    for at in rnd.sample(places, len(places)):
        others = [one for one in _COMMON if readings(one)[:1] == readings(name[at])[:1] and one != name[at]]
        if others:
            return name[:at] + rnd.choice(others) + name[at + 1 :]
    return name


def changes(rnd: random.Random) -> Mapping[str, Callable[[Address], str]]:
    """What may happen to an address, by the name of the kind."""
    return {
        "as written": lambda one: one.text,
        "without city": lambda one: _CITY_BEFORE.sub("", one.text),
        "区 dropped": lambda one: one.text.replace(one.written, one.written[:-1]),
        "homophone": lambda one: one.text.replace(one.written, _homophone(one.written, rnd)),
        "pinyin": lambda one: one.text.replace(one.written, forms_of(one.written).letters),
        "no district": lambda one: one.text.replace(one.written, ""),
    }


@dataclass
class Line:
    """One kind's counts, and what went wrong."""

    kind: str
    counts: Counter[str]
    faults: list[str]

    @property
    def right(self) -> float:
        """The share whose district was taken, and right."""
        return self.counts["right"] / max(self.counts.total(), 1)


def measure(addresses: list[Address], regions: Regions, seed: int = 1) -> Iterator[Line]:
    """One line for each kind of change."""
    for kind, change in changes(random.Random(seed)).items():
        line = Line(kind, Counter(), [])
        for one in addresses:
            text = change(one)
            outcome = judge(text, one.code, regions)
            line.counts[outcome] += 1
            if outcome == "wrong" or (outcome != "right" and kind != "no district"):
                line.faults.append(f"{outcome}: {text}")
        yield line


def judge(text: str, district: str, regions: Regions) -> str:
    """Whether what was made of `text` is right, wrong, or neither: offered, only the city, nothing."""
    meant = regions.places.resolve(text)
    if meant.code == CITY:
        return "city only"
    if meant.code is not None:
        return "right" if regions.within(meant.code, district) else "wrong"
    return "offered" if any(regions.within(hit.id, district) for hit in meant.choices) else "nothing"


def answered(areas: Iterable[str], regions: Regions) -> tuple[float, list[str]]:
    """The share of area strings that were taken, offered as choices or told to be in another city; and the others."""
    given = list(areas)
    meant = {area: regions.places.resolve(area) for area in set(given)}
    lost = [area for area in given if not (meant[area].code or meant[area].choices or meant[area].elsewhere)]
    return 1 - len(lost) / max(len(given), 1), lost


def _outside_folder() -> Path | None:
    named = os.environ.get("SANLIAN_EVAL_DIR")
    if not named:
        return None
    inner = Path(named) / "data"
    return inner if inner.is_dir() else Path(named)


def _posting_areas(folder: Path) -> list[str]:
    with (folder / "postings/postings_guangzhou.csv").open(encoding="utf-8", newline="") as file:
        return [row["area"] for row in csv.DictReader(file) if row["area"]]


def main() -> int:
    """Print the table; 1 if a kind is under what is asked or anything was taken wrongly."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", action="store_true", help="list what was not right")
    given = parser.parse_args()
    folder = _outside_folder()
    file = folder / "addresses/addresses.txt" if folder else OWN
    regions = load_shipped()
    lines = file.read_text("utf-8").splitlines()
    addresses = addresses_of(lines, regions)
    regions.places.resolve("预热")
    print(f"{len(addresses)} addresses with one district, of {len(lines)}")
    kept = True
    for line in measure(addresses, regions, given.seed):
        shares = ", ".join(f"{what} {count}" for what, count in sorted(line.counts.items()))
        print(f"  {line.kind:14s} right {line.right:.4f}, wrong {line.counts['wrong']}  ({shares})")
        kept &= line.kind == "no district" or (line.counts["wrong"] == 0 and line.right >= ASKED)
        if given.faults:
            print(*(f"      {fault}" for fault in line.faults), sep="\n")
    took = []
    for text in lines:
        began = time.perf_counter()
        regions.places.resolve(text)
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    print(f"  resolve p50 {took[len(took) // 2]:.3f} ms, p99 {took[len(took) * 99 // 100]:.3f} ms")
    if folder:
        share, lost = answered(_posting_areas(folder), regions)
        print(f"area strings of postings answered: {share:.3f}", *sorted(set(lost)))
        kept &= share >= 0.95
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
