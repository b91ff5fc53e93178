"""The tree of divisions in memory: who lies in whom, what is called how, which districts touch. Pure.

A code that a person entered is checked with `require`, which refuses and names the nearest. Every other question is
total: codes in records from elsewhere may be newer than this node's table, and must not break a reader.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process
from rapidfuzz.distance import JaroWinkler

from app.kernel.lazy import Lazy
from app.kernel.problems import Nearest, UnknownCode, unknown_code
from app.regions.gazetteer import Area, Elsewhere, Row
from app.regions.places import PlaceIndex
from app.regions.tier import Tier

NEAREST = 5
_SUFFIXES = ("街道", "区", "镇", "市", "街")


@dataclass(frozen=True, slots=True)
class Region:
    """One division. `parent` is None for a city, the root of its tree."""

    code: str
    name: str
    parent: str | None
    tier: Tier


class BrokenTree(ValueError):
    """A table of divisions that is no tree: a code twice, a parent that is missing or not above its child."""


class Regions:
    """A frozen forest of divisions, one tree per city, in the order of their codes."""

    def __init__(
        self,
        regions: Iterable[Region],
        *,
        borders: Iterable[tuple[str, str]] = (),
        former: Mapping[str, str] | None = None,
        areas: Sequence[Area] = (),
        elsewhere: Sequence[Elsewhere] = (),
    ) -> None:
        """Build from `regions` in any order; `borders` are pairs of district codes, `former` old name → district code.

        `areas` are what people name in place of a division, `elsewhere` the places of other cities.

        BrokenTree when the parts do not make a forest.
        """
        ordered = sorted(regions, key=lambda region: region.code)
        self.by_code: Mapping[str, Region] = {region.code: region for region in ordered}
        if len(self.by_code) != len(ordered):
            raise BrokenTree("a code occurs twice")
        self._children: dict[str | None, list[Region]] = {}
        self._paths: dict[str, tuple[Region, ...]] = {}
        self._at: dict[Tier, dict[str, str]] = {tier: {} for tier in Tier}  # what a code lies in or is, by tier
        for region in sorted(ordered, key=lambda region: region.tier.depth):
            self._place(region)
        self._borders = frozenset(frozenset(pair) for pair in borders if self.by_code.keys() >= set(pair))
        self._former = dict(former or {})
        self._areas, self._elsewhere = tuple(areas), tuple(elsewhere)
        self._named = self._index_names(ordered)
        self._place_index = Lazy(self._index_places)

    @property
    def places(self) -> PlaceIndex:
        """Finds the division that was meant by what was typed or written, down to the community where it is written."""
        return self._place_index()

    def _index_places(self) -> PlaceIndex:
        rows: list[Row] = []
        communities: list[Row] = []
        for one in self.by_code.values():
            (communities if one.tier is Tier.COMMUNITY else rows).append((one.code, one.name, one.parent))
        former = {name: code for name, code in self._former.items() if code in self.by_code}
        return PlaceIndex(rows, areas=self._areas, former=former, communities=communities, elsewhere=self._elsewhere)

    def _place(self, region: Region) -> None:
        above: tuple[Region, ...] = ()
        if region.parent is not None:
            parent = self.by_code.get(region.parent)
            if parent is None or parent.tier.depth >= region.tier.depth:
                raise BrokenTree(f"{region.code} {region.name}: no division above it has the code {region.parent}")
            above = self._paths[parent.code]
        elif region.tier is not Tier.CITY:
            raise BrokenTree(f"{region.code} {region.name}: only a city stands alone")
        self._paths[region.code] = (*above, region)
        for one in self._paths[region.code]:
            self._at[one.tier][region.code] = one.code
        self._children.setdefault(region.parent, []).append(region)

    def _index_names(self, ordered: list[Region]) -> dict[str, tuple[Region, ...]]:
        found: dict[str, list[Region]] = {}
        for region in ordered:
            if region.tier is not Tier.COMMUNITY:
                for spelling in {region.name, stem(region.name)}:
                    found.setdefault(spelling, []).append(region)
        for name, code in self._former.items():
            for spelling in {name, stem(name)}:
                known = found.setdefault(spelling, [])
                if code in self.by_code and self.by_code[code] not in known:
                    known.append(self.by_code[code])
        return {name: tuple(sorted(them, key=lambda r: (r.tier.depth, r.code))) for name, them in found.items()}

    def __contains__(self, code: object) -> bool:
        return code in self.by_code

    def __len__(self) -> int:
        return len(self.by_code)

    def path(self, code: str) -> tuple[Region, ...]:
        """From the city down to the division itself; empty for a code that is not in the table."""
        return self._paths.get(code, ())

    def parent(self, code: str) -> Region | None:
        """The division directly above; None for a city or an unknown code."""
        above = self.path(code)[:-1]
        return above[-1] if above else None

    def children(self, code: str | None) -> list[Region]:
        """The divisions directly below, in the order of their codes; with None the cities."""
        return list(self._children.get(code, ()))

    def name(self, code: str) -> str:
        """The division's own name; the code itself if it is not in the table."""
        region = self.by_code.get(code)
        return region.name if region else code

    def full_name(self, code: str) -> str:
        """The names from the city down, unseparated as on a form: 广州市越秀区北京街道; else the code itself."""
        return "".join(region.name for region in self.path(code)) or code

    def city_of(self, code: str) -> str | None:
        """The code of the city that `code` lies in or is."""
        return self._at[Tier.CITY].get(code)

    def district_of(self, code: str) -> str | None:
        """The code of the district that `code` lies in or is; None above it, and in a city without districts."""
        return self._at[Tier.DISTRICT].get(code)

    def street_of(self, code: str) -> str | None:
        """The code of the street that `code` lies in or is; None above it."""
        return self._at[Tier.STREET].get(code)

    def within(self, code: str, ancestor: str) -> bool:
        """Whether `code` is `ancestor` or lies in it."""
        return code == ancestor or any(region.code == ancestor for region in self.path(code))

    def adjacent(self, a: str, b: str) -> bool:
        """Whether the districts `a` and `b` share a border. A district is not adjacent to itself."""
        return frozenset((a, b)) in self._borders

    def neighbours(self, code: str) -> list[str]:
        """The codes of the districts that share a border with the district `code`, sorted."""
        return sorted(other for pair in self._borders if code in pair for other in pair if other != code)

    def named(self, name: str) -> tuple[Region, ...]:
        """Every city, district and street with just this name, with or without its suffix, widest first.

        A merged district gives today's. More than one answer means that the name alone does not tell: 白云 is a
        district and a street, 新塘 a street of 天河 and a town of 增城. Communities are left out: 119 names repeat.
        """
        return self._named.get(name.strip(), ())

    def require(self, code: str, field: str = "region") -> Region:
        """The division with this code; UnknownCode (422) naming `field` and the nearest codes otherwise."""
        region = self.by_code.get(code)
        if region is None:
            raise self.unknown(code, field)
        return region

    def unknown(self, value: str, field: str = "region") -> UnknownCode:
        """The refusal of `value`: nearest by digits if it is a number, else by name."""
        near = self._near_digits(value) if value.isdigit() else self._near_names(value)
        return unknown_code(field, value, [Nearest(code, self.full_name(code)) for code in near])

    def _near_digits(self, value: str) -> list[str]:
        # A slip seldom changes the length; a common start counts most, as the front digits are the upper levels.
        same_length = [code for code in self.by_code if len(code) == len(value)]
        found = process.extract(
            value[:12], same_length or list(self.by_code), scorer=JaroWinkler.similarity, limit=NEAREST
        )
        return [code for code, _, _ in found]

    def _near_names(self, value: str) -> list[str]:
        exact = [region.code for region in self.named(value)]
        names = {code: region.name for code, region in self.by_code.items()}
        found = process.extract(value[:40], names, scorer=fuzz.ratio, limit=NEAREST, score_cutoff=50)
        return list(dict.fromkeys([*exact, *(code for _, _, code in found)]))[:NEAREST]


def stem(name: str) -> str:
    """`name` without the word for its kind: 越秀区 → 越秀, 北京街道 → 北京. At least two characters remain."""
    for suffix in _SUFFIXES:
        if name.endswith(suffix) and len(name) >= len(suffix) + 2:
            return name.removesuffix(suffix)
    return name
