"""Every name that may stand in an address, ours and other cities', and what each may stand for. Pure.

One spelling may have several senses (大塘 is a street, a neighbourhood elsewhere and four communities); they are kept
apart here, and the reader decides by what stands around them.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from app.lookup.forms import forms_of, variants
from app.lookup.normalise import normalise
from app.regions.spelling import (
    CITY_SHORT,
    community_name,
    community_spellings,
    community_stem,
    own_spellings,
    stem_and_kind,
)

Row = tuple[str, str, str | None]  # code, name, parent's code
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Area:
    """A business area, neighbourhood or road people name in place of a division; it lies in `code`."""

    name: str
    code: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A place that is not ours. `kind` is province, city, county (by its full name only) or near: a district or town
    next door that people name without its city. `lies_in` is the city, or empty."""

    name: str
    kind: str
    lies_in: str = ""

    @property
    def full_name(self) -> str:
        """With its city before it: 佛山南海."""
        return self.lies_in + self.name

    def spellings(self) -> Iterator[tuple[str, str]]:
        """(spelling, kind), where a city or province with the word for its kind is of the kind "full"."""
        yield self.name, self.kind
        words = {"province": ("省",), "city": ("市",), "near": ("区", "镇", "街道", "街"), "county": ()}
        for word in words[self.kind]:
            yield self.name + word, "county" if self.kind == "near" else "full"


class Sense(IntEnum):
    """What a spelling of ours is: the higher, the more it says."""

    COMMUNITY = 0  # a community without the word for its kind
    AREA = 1  # an area everybody knows, or a community with that word
    STEM = 2  # a division without the word for its kind
    NAMED = 3  # a division with it


@dataclass(slots=True)
class Gazetteer:
    """The names of `rows` (divisions down to the street), of `communities`, `areas` and former districts."""

    rows: Sequence[Row]
    communities: Sequence[Row] = ()
    areas: Sequence[Area] = ()
    former: Mapping[str, str] = field(default_factory=dict)
    elsewhere: Sequence[Elsewhere] = ()

    parents: dict[str, str | None] = field(init=False)
    cities: frozenset[str] = field(init=False)
    own: dict[str, dict[Sense, tuple[str, ...]]] = field(init=False)
    others: dict[str, tuple[str, Elsewhere]] = field(init=False)  # spelling → kind and place
    _reach: dict[str, int] = field(init=False)
    _by_sound: dict[tuple[str, str], tuple[str, ...]] = field(init=False)
    _by_letters: dict[str, tuple[str, ...]] = field(init=False)
    _others_by_letters: dict[str, Elsewhere] = field(init=False)

    def __post_init__(self) -> None:
        self.parents = {code: parent for code, _, parent in (*self.rows, *self.communities)}
        self.cities = frozenset(code for code, _, parent in self.rows if parent is None)
        self.own = self._own_names()
        self.others = self._other_names()
        self._reach = {}
        for name in (*self.own, *self.others):
            self._reach[name[0]] = max(self._reach.get(name[0], 0), len(name))
        self._by_sound, self._by_letters = self._heard_names()
        big = [place for place in self.elsewhere if place.kind == "city" and not place.lies_in]
        self._others_by_letters = {
            forms.letters: place for place in big if place.name in self.others for forms in variants(place.name)
        }

    def longest(self, plain: str, at: int) -> Iterator[str]:
        """The names that stand in `plain` at `at`, the longest first."""
        for length in range(min(self._reach.get(plain[at : at + 1], 0), len(plain) - at), 0, -1):
            words = plain[at : at + length]
            if words in self.own or words in self.others:
                yield words

    def heard(self, words: str) -> tuple[str, ...]:
        """The divisions that sound like `words`, which end in a written word for a kind: 天合区 is 天河区."""
        stem, kind = stem_and_kind(words)
        return self._by_sound.get((forms_of(stem).sound, kind), ()) if kind and stem else ()

    def spelt(self, letters: str) -> tuple[str, ...]:
        """The divisions whose name, with or without the word for its kind, is spelt so in pinyin."""
        return self._by_letters.get(letters, ())

    def spelt_elsewhere(self, letters: str) -> Elsewhere | None:
        """The other city that is spelt so in pinyin, if none of ours is."""
        return None if self.spelt(letters) else self._others_by_letters.get(letters)

    def namesakes(self, words: str) -> tuple[str, ...]:
        """What else is called as the community `words` is, without the word for its kind: 逢源社区 is not in 逢源."""
        senses = self.own.get(community_name(words), {})
        return (*senses.get(Sense.STEM, ()), *senses.get(Sense.AREA, ()))

    def lies_in(self, code: str, above: str) -> bool:
        """Whether `code` lies in `above` and is not the same."""
        parent = self.parents.get(code)
        return parent is not None and (parent == above or self.lies_in(parent, above))

    def kin(self, one: str, other: str) -> bool:
        """Whether one is or lies in the other."""
        return one == other or self.lies_in(one, other) or self.lies_in(other, one)

    def is_district(self, code: str) -> bool:
        """Whether it lies directly below a city: a district, or a street of a city without districts."""
        return self.parents.get(code) in self.cities

    def common(self, codes: Iterable[str]) -> str | None:
        """The deepest division below the city that all of `codes` are or lie in."""
        first, *rest = codes
        above: str | None = first
        while above is not None and above not in self.cities:
            if all(other == above or self.lies_in(other, above) for other in rest):
                return above
            above = self.parents.get(above)
        return None

    def _own_names(self) -> dict[str, dict[Sense, tuple[str, ...]]]:
        found: dict[str, dict[Sense, dict[str, None]]] = defaultdict(lambda: defaultdict(dict))
        for code, name, _ in self.rows:
            stem, kind = stem_and_kind(name)
            short = {*CITY_SHORT.get(name, ()), *([stem] if kind else [])}
            for spelling in {*own_spellings(name), *short}:
                sense = Sense.STEM if spelling in short else Sense.NAMED
                found[normalise(spelling)][sense][code] = None
        for name, code in self.former.items():
            found[normalise(name)][Sense.NAMED][code] = None
            if len(name) > _SHORTEST:  # 花县 without 县 would be any 花
                found[normalise(re.sub("[区市县]$", "", name))][Sense.STEM][code] = None
        for area in self.areas:
            for name in (area.name, *area.aliases):
                found[normalise(name)][Sense.AREA][area.code] = None
        for code, name, _ in self.communities:
            stem, kinds = community_stem(normalise(name))
            found[stem][Sense.COMMUNITY if kinds else Sense.AREA][code] = None
            for spelling in community_spellings(stem, kinds):
                found[spelling][Sense.AREA][code] = None
        return {
            name: {sense: tuple(codes) for sense, codes in senses.items()} for name, senses in found.items() if name
        }

    def _other_names(self) -> dict[str, tuple[str, Elsewhere]]:
        ours = {name for _, name, parent in self.rows if parent is None}
        found: dict[str, tuple[str, Elsewhere]] = {}
        for place in self.elsewhere:
            if {place.name, place.lies_in} & {spelling for name in ours for spelling in own_spellings(name)}:
                continue
            for spelling, kind in place.spellings():
                # 白云区 is ours although Guiyang has one, and 沙河 although Hebei has a town of that name.
                if spelling not in self.own or (kind in ("city", "province") and not place.lies_in):
                    found.setdefault(spelling, (kind, place))
        return found

    def _heard_names(self) -> tuple[dict[tuple[str, str], tuple[str, ...]], dict[str, tuple[str, ...]]]:
        sounds: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        letters: dict[str, dict[str, None]] = defaultdict(dict)
        named = [(spelling, code) for code, name, _ in self.rows for spelling in own_spellings(name)]
        named += list(self.former.items())
        for spelling, code in named:
            name = normalise(spelling)
            stem, kind = stem_and_kind(name)
            ending = forms_of(name[len(stem) :]).letters
            for forms in variants(stem):
                sounds[forms.sound, kind][code] = None
                letters[forms.letters + ending][code] = None
        return (
            {key: tuple(codes) for key, codes in sounds.items() if key[1]},
            {key: tuple(codes) for key, codes in letters.items() if len(key) > 3},
        )
