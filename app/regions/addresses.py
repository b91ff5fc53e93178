"""Reading a whole address: which division its words name, or imply by an area everybody knows. Pure.

A district that is written decides; a street, a community or an area refines it, and counts alone where no district is
written. What lies in several places gives several readings, never a silent pick; what names another city gives none.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from app.regions.gazetteer import Elsewhere, Gazetteer
from app.regions.mentions import Mention, Scanner, Weight
from app.regions.surroundings import COUNTRY, LIST, PATH, cut

MAX_ADDRESS = 200


@dataclass(frozen=True, slots=True)
class Reading:
    """What an address says: the divisions it may mean, whether the one that stands there is `clear`, the words that
    say so, the share of the text that these words are, and the place in another city that it names instead."""

    codes: tuple[str, ...]
    words: tuple[str, ...]
    share: float
    clear: bool = False
    elsewhere: Elsewhere | None = None


NOTHING = Reading((), (), 0.0)


class AddressReader:
    """Reads addresses by the names of a gazetteer."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._known = gazetteer
        self._scanner = Scanner(gazetteer)

    def read(self, text: str) -> Reading:
        """What `text` says. `codes` is empty where it names no division, and where it names another city."""
        plain = cut(text[:MAX_ADDRESS])
        mentions = self._scanner.scan(plain)
        ours = self._here(mentions, plain)
        elsewhere = next((one.elsewhere for one in mentions if one.elsewhere), None)
        if not ours:
            return replace(NOTHING, elsewhere=elsewhere)
        reading = self._decide(ours, plain)
        if elsewhere is not None and not self._is_whole_address(ours):
            return replace(reading, clear=False)  # 北京/上海/广州
        return reading

    def _is_whole_address(self, ours: Sequence[Mention]) -> bool:
        """Whether a district is written in full or behind its city: then another city beside it is another matter."""
        return any(self._is_district_named(one) for one in ours) or any(
            before.words.endswith("市") and before.end == one.start and one.weight > Weight.HINT
            for before, one in pairwise(ours)
        )

    def _here(self, mentions: Sequence[Mention], plain: str) -> list[Mention]:
        """The mentions that do not stand behind another city's name: 佛山|南海|广州本田 says nothing about us."""
        kept: list[Mention] = []
        away: Mention | None = None
        for place, one in enumerate(mentions):
            if one.elsewhere is not None:
                away = one
                continue
            apart = away is not None and LIST in plain[away.end : one.start]
            if away is not None and self._is_city(one):
                following = mentions[place + 1] if place + 1 < len(mentions) else None
                district = following is not None and following.start == one.end and self._is_district_named(following)
                if apart or district or one.words.endswith("市"):
                    away = None
            if away is None:
                kept.append(one)
            elif apart and self._is_district_named(one):
                kept.append(replace(one, weight=Weight.HINT))
        return kept

    def _decide(self, ours: list[Mention], plain: str) -> Reading:
        cities = [one for one in ours if self._is_city(one)]
        said = [one for one in ours if not self._is_city(one)]
        sure = [one for one in said if one.weight > Weight.HINT]
        if not said:
            codes = _distinct(code for one in cities for code in one.codes)
            return self._reading(codes, cities, plain, clear=any(one.weight > Weight.HINT for one in cities))
        if not sure:
            codes = _distinct(code for one in (*said, *cities) for code in (*one.codes, *one.also))
            return self._reading(codes, said, plain, clear=False)
        alone = self._is_alone(ours, said, plain)
        chosen = self._alone(said[0], cities) if alone else self._deepened(self._agreeing(sure), said)
        return self._reading(chosen, ours, plain, clear=len(chosen) == 1)

    def _alone(self, one: Mention, cities: Sequence[Mention]) -> tuple[str, ...]:
        """A name that is all there is stands for everything that is called so; 广州白云 is the district."""
        districts = tuple(code for code in one.codes if self._known.is_district(code))
        return districts if districts and cities else _distinct((*one.codes, *one.also))

    def _is_alone(self, ours: Sequence[Mention], said: Sequence[Mention], plain: str) -> bool:
        country = COUNTRY.match(plain)
        spoken = sum(len(one.words) for one in ours) + (len(country[0]) if country else 0)
        return len(said) == 1 and spoken >= len(plain.replace(LIST, "").replace(PATH, ""))

    def _agreeing(self, sure: Sequence[Mention]) -> tuple[str, ...]:
        """The deepest divisions that agree with the weightiest mentions."""
        top = max(one.weight for one in sure)
        leading = [one for one in sure if one.weight == top]
        if top is Weight.NAMED:
            leading = self._without_strange_roads(leading)
        chosen = self._meant(leading[0])
        for one in leading[1:]:
            chosen = self._narrowed(chosen, one) or self._shared(chosen, one)
        districts = any(self._known.is_district(code) for one in leading for code in one.codes)
        decided = top is Weight.NAMED or (top is Weight.STEM and districts)
        for one in sorted(sure, key=lambda one: -one.weight):
            if one.weight < top:
                narrowed = self._narrowed(chosen, one)
                # What is written in full decides against what is said beside it, unless that is another district.
                rival = one.weight is Weight.STEM and any(self._known.is_district(code) for code in one.codes)
                chosen = narrowed or (chosen if decided and not rival else self._shared(chosen, one))
        return chosen

    def _deepened(self, chosen: tuple[str, ...], said: Sequence[Mention]) -> tuple[str, ...]:
        """`chosen` with the full name of a street in it that stands where no name should begin: 越秀渠六榕街道."""
        for one in said:
            if one.weight is Weight.HINT and one.words.endswith(("街道", "镇")):
                chosen = tuple(c for c in one.codes if any(self._known.lies_in(c, above) for above in chosen)) or chosen
        return chosen

    def _without_strange_roads(self, named: list[Mention]) -> list[Mention]:
        """Without those like 人民街 that lie in no other division named: a road of that name is meant."""
        kept = [
            one
            for one in named
            if not one.words.endswith("街")
            or any(self._narrowed(one.codes, other) for other in named if other is not one)
        ]
        return kept or named

    def _meant(self, one: Mention) -> tuple[str, ...]:
        """白云 is a district and a street elsewhere: among other words the level below the city is meant."""
        districts = tuple(code for code in one.codes if self._known.is_district(code))
        return districts if districts and one.weight in (Weight.STEM, Weight.HEARD) else one.codes

    def _narrowed(self, chosen: tuple[str, ...], one: Mention) -> tuple[str, ...]:
        """`chosen` with what `one` adds; empty where they have nothing in common."""
        deeper = [code for code in one.codes if any(code == c or self._known.lies_in(code, c) for c in chosen)]
        wider = [c for c in chosen if any(self._known.lies_in(c, code) for code in one.codes)]
        return _distinct(deeper or wider)

    def _shared(self, chosen: tuple[str, ...], one: Mention) -> tuple[str, ...]:
        """What holds both, below the city; else both, to be asked about."""
        both = _distinct((*chosen, *one.codes))
        common = self._known.common(both)
        return both if common is None else (common,)

    def _is_city(self, one: Mention) -> bool:
        return bool(self._known.cities & set(one.codes))

    def _is_district_named(self, one: Mention) -> bool:
        return one.weight is Weight.NAMED and any(self._known.is_district(code) for code in one.codes)

    def _reading(self, codes: tuple[str, ...], said: Sequence[Mention], plain: str, *, clear: bool) -> Reading:
        telling = [one for one in said if any(self._says(one, code) for code in codes)]
        spoken = sum(len(one.words) for one in telling)
        words = tuple(one.words for one in telling)
        return Reading(codes, words, min(1.0, spoken / max(len(plain), 1)), clear)

    def _says(self, one: Mention, code: str) -> bool:
        """Whether it names the division, or one that holds it."""
        return any(code == other or self._known.lies_in(code, other) for other in (*one.codes, *one.also))


def _distinct(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(codes))
