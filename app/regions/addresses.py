"""Reading a whole address: which division its words name, or imply by an area everybody knows. Pure.

A district that is written decides; a street or an area refines it, and counts alone where no district is written. What
lies in several places gives several readings, never a silent pick; what names another city gives none. Names may be
written by sound (天合区) or in letters (tianhequ) where an address has them: at its beginning, or before 区, 街 and 镇.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum

from app.lookup.forms import forms_of, variants
from app.lookup.normalise import normalise
from app.regions.spelling import CITY_SHORT, own_spellings

MAX_ADDRESS = 200
_KINDS = ("街道办事处", "街道办", "街道", "办事处", "街", "镇", "区", "市")
# 北京路 and 白云大道 are roads: a stem before these words names no division.
_ROAD = re.compile(
    r"[东南西北中前后]{0,2}(?:路|大道|大街|直街|街|巷)"
    r"|道|桥|公园|广场|站(?!前)|村|涌|山|医院|学校|大学|大厦|中心|酒店|国际|城|湖|花园|商务|科技"
)
_CITY_ROAD = re.compile(r"[东南西北中新]?(?:路|街|巷|大街)")  # 南京市广州路 is in Nanjing
_PROVINCE = re.compile(r"^(?:中国)?(?:广东省?)?")


class Weight(IntEnum):
    """How much a name says. A higher one decides against a lower one."""

    AREA = 1  # an area everybody knows
    STEM = 2  # a division without the word for its kind
    NAMED = 3  # a division with it


@dataclass(frozen=True, slots=True)
class Area:
    """A business area, neighbourhood or road people name in place of a division; it lies in `code`."""

    name: str
    code: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Named:
    """One name in a text: the divisions it may stand for, its length, and how much it says."""

    words: str
    codes: tuple[str, ...]
    weight: Weight


@dataclass(frozen=True, slots=True)
class Reading:
    """What an address says: the divisions it may mean (one if it is clear), the words that say so, and the share of
    the text that these words are."""

    codes: tuple[str, ...]
    words: tuple[str, ...]
    share: float
    elsewhere: bool = False  # it names another city


NOTHING = Reading((), (), 0.0)
ELSEWHERE = Reading((), (), 0.0, elsewhere=True)


class AddressReader:
    """Reads addresses over a table of divisions (code, name, parent's code)."""

    def __init__(
        self,
        rows: Iterable[tuple[str, str, str | None]],
        *,
        areas: Iterable[Area] = (),
        former: Mapping[str, str] | None = None,
        other_cities: Iterable[str] = (),
    ) -> None:
        rows = list(rows)
        self._parents = {code: parent for code, _, parent in rows}
        self._cities = {code for code, _, parent in rows if parent is None}
        self._other_cities = tuple(other_cities)
        known = "|".join(sorted(self._other_cities, key=len, reverse=True)) or "(?!)"
        own = (
            "|".join(spelling for code, name, _ in rows if len(code) <= 6 for spelling in own_spellings(name)) or "(?!)"
        )
        self._foreign = re.compile(rf"(?:{known})市|^(?:[一-鿿]{{2,3}}省)?(?!(?:{own}))[^\W区县街镇]{{2,4}}?市(?!场)")
        self._names: dict[str, tuple[dict[str, None], Weight]] = {}
        for code, name, _ in rows:
            for spelling in {*own_spellings(name), *CITY_SHORT.get(name, ())}:
                self._learn(
                    spelling, code, Weight.NAMED if spelling.endswith(_KINDS) or code in self._cities else Weight.STEM
                )
        for name, code in (former or {}).items():
            self._learn(name, code, Weight.NAMED)
            self._learn(name.removesuffix("区").removesuffix("市"), code, Weight.AREA)
        for area in areas:
            for name in (area.name, *area.aliases):
                self._learn(name, area.code, Weight.AREA)
        self._by_sound = self._heard("sound")
        self._by_letters = self._heard("letters")
        self._short = [name for name, (codes, _) in self._names.items() if set(codes) & self._cities and len(name) > 1]
        self._longest = max((len(name) for name in self._names), default=0)

    def read(self, text: str) -> Reading:
        """What `text` says. `codes` is empty where it names no division, and where it names another city."""
        written = _PROVINCE.sub("", normalise(text[:MAX_ADDRESS]))
        plain = self._ours(written)
        if plain:
            return self._decide(list(self._scan(plain)), len(plain))
        return ELSEWHERE if written else NOTHING

    def _learn(self, spelling: str, code: str, weight: Weight) -> None:
        name = normalise(spelling)
        codes, known = self._names.setdefault(name, ({}, weight))
        if weight > known:
            codes.clear()  # a division's own name is not also an area
            self._names[name] = (codes, weight)
        if weight >= self._names[name][1]:
            codes[code] = None

    def _heard(self, form: str) -> dict[str, str]:
        names = [name for name, (_, weight) in self._names.items() if weight > Weight.AREA and len(name) > 1]
        rarer = {getattr(forms, form): name for name in names for forms in variants(name)}
        return rarer | {getattr(forms_of(name), form): name for name in names}

    def _ours(self, plain: str) -> str:
        """What is left of a text from where it speaks of a city of ours; nothing if it names another city alone."""
        foreign = self._foreign.search(plain) if self._foreign else None
        if foreign is None:
            begins = any(plain.startswith(city) and len(plain) > len(city) for city in self._other_cities)
            return "" if begins and next(self._scan(plain), None) is None else plain
        for short in self._short:
            at = plain.find(short, foreign.end())
            if at >= 0 and any(not self._cities & set(one.codes) for one in self._scan(plain[at:])):
                return plain[at:]
        return "" if not any(plain.startswith(short) for short in self._short) else plain

    def _scan(self, plain: str) -> Iterator[Named]:
        """The names in the text, from left to right, the longest at each place."""
        at, begins = 0, True
        while at < len(plain):
            found = self._written_at(plain, at, begins=begins) or self._heard_at(plain, at, begins=begins)
            if found is None:
                at, begins = at + 1, False
                continue
            yield found
            at += len(found.words)
            begins = found.weight > Weight.AREA

    def _written_at(self, plain: str, at: int, *, begins: bool) -> Named | None:
        for length in range(min(self._longest, len(plain) - at), 0, -1):
            words = plain[at : at + length]
            if words not in self._names:
                continue
            codes, weight = self._names[words]
            rest = plain[at + length :]
            if weight is Weight.STEM and not (begins and self._is_bare(words, rest)):
                continue
            if self._cities & set(codes) and _CITY_ROAD.match(rest):
                continue
            if words.endswith("街") and rest[:1].isdigit() and not begins:
                continue
            return Named(words, tuple(codes), weight)
        return None

    def _is_bare(self, words: str, rest: str) -> bool:
        return not _ROAD.match(rest) and not (rest and words in self._other_cities)

    def _heard_at(self, plain: str, at: int, *, begins: bool) -> Named | None:
        rest = plain[at : at + 40]
        if rest[0].isascii():
            letters = re.match(r"[a-z]+", rest)
            return self._matched(letters[0], self._by_letters, 4, rest) if letters and begins else None
        run = re.match(r"[^\x00-\x7f]{2,6}", rest)
        if run is None:
            return None
        return self._matched(run[0], self._by_sound, 2 if begins else 3, rest, must_name=not begins)

    def _matched(
        self, run: str, heard: Mapping[str, str], least: int, rest: str, *, must_name: bool = False
    ) -> Named | None:
        for length in range(len(run), least - 1, -1):
            words = run[:length]
            name = heard.get(words if words.isascii() else forms_of(words).sound)
            if name is None:
                continue
            more = run[length:]
            if more and words.isascii() and not any(more.startswith(other) for other in self._by_letters):
                continue  # baiyunhu is not baiyun
            codes, weight = self._names[name]
            if weight is Weight.STEM and (must_name or not self._is_bare(name, rest[length:])):
                continue
            return Named(words, tuple(codes), weight)
        return None

    def _decide(self, names: list[Named], length: int) -> Reading:
        """The deepest divisions that agree with the weightiest names."""
        said = [one for one in names if not set(one.codes) <= self._cities]
        if not said:
            return Reading(
                tuple(sorted(self._cities & {c for one in names for c in one.codes})),
                tuple(n.words for n in names),
                _share(names, length),
            )
        for weight in sorted(Weight, reverse=True):
            leading = [one for one in said if one.weight is weight]
            if leading:
                break
        chosen = self._agreeing(leading, said, share_left=_share(names, length) < 1 or len(names) > 1)
        words = tuple(one.words for one in names if any(self._kin(code, c) for code in one.codes for c in chosen))
        return Reading(chosen, words, _share([one for one in names if one.words in words], length))

    def _agreeing(self, leading: list[Named], said: list[Named], *, share_left: bool) -> tuple[str, ...]:
        candidates = list(leading[0].codes)
        if len(said) > 1 or share_left:
            # 白云 is a district and a street elsewhere: in an address the level below the city is meant.
            candidates = [code for code in candidates if self._parents[code] in self._cities] or candidates
        for one in [*leading[1:], *(one for one in said if one not in leading)]:
            narrower = [code for code in one.codes if any(self._lies_in(code, above) for above in candidates)]
            wider = [code for code in candidates if any(self._lies_in(code, above) for above in one.codes)]
            candidates = narrower or wider or candidates
        return tuple(sorted(set(candidates)))

    def _kin(self, one: str, other: str) -> bool:
        return one == other or self._lies_in(one, other) or self._lies_in(other, one)

    def _lies_in(self, code: str, above: str) -> bool:
        parent = self._parents.get(code)
        return parent is not None and (parent == above or self._lies_in(parent, above))


def _share(names: list[Named], length: int) -> float:
    return min(1.0, sum(len(one.words) for one in names) / max(length, 1))
