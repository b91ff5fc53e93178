"""The names that stand in an address, one after another, each with what its surroundings let it say. Pure."""

import re
from dataclasses import dataclass, replace
from enum import IntEnum

from app.regions import surroundings as around
from app.regions.gazetteer import Elsewhere, Gazetteer, Sense

_HOLLOW = re.compile(r"场|路|道")  # 佛山市|场: no city
_LETTERS = re.compile(r"[a-z]+")
_HAN = re.compile(r"[一-鿿]{3,8}")
_PROPER = 3  # from this length a name is no common word: 黄花岗, but 人民


class Weight(IntEnum):
    """How much a name says where it stands. A higher one decides against a lower one."""

    HINT = 0  # it may be meant, and is only ever offered
    HEARD = 1  # written by sound or in letters
    AREA = 2  # an area everybody knows, or a community
    STEM = 3  # a division without the word for its kind
    NAMED = 4  # a division with it


@dataclass(frozen=True, slots=True)
class Mention:
    """`words` from `start` on: the divisions they may stand for, or a place `elsewhere`. `also` are divisions so called
    that are meant, if at all, where nothing else is said."""

    start: int
    words: str
    weight: Weight
    codes: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    elsewhere: Elsewhere | None = None

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.start + len(self.words)


class Scanner:
    """Finds the mentions in a text that `surroundings.cut` has prepared."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._known = gazetteer

    def scan(self, plain: str) -> list[Mention]:
        """The mentions from left to right, the longest at each place, none within another."""
        found: list[Mention] = []
        at = edge = self._skip_country(plain, 0)
        while at < len(plain):
            if plain[at] in (around.LIST, around.PATH):
                at = edge = self._skip_country(plain, at + 1)
                continue
            mention = self._at(plain, at, found[-1] if found and found[-1].end == at else None, edge=edge == at)
            if mention is None:
                at += 1
            else:
                found.append(mention)
                at = mention.end
        return self._vouched(found)

    @staticmethod
    def _skip_country(plain: str, at: int) -> int:
        return around.COUNTRY.match(plain, at).end()  # type: ignore[union-attr]  # it may match nothing at all

    def _at(self, plain: str, at: int, last: Mention | None, *, edge: bool) -> Mention | None:
        for words in self._known.longest(plain, at):
            rest = plain[at + len(words) :]
            mention = None if self._cuts_a_name(plain, at, words) else self._ours(plain, at, words, last, edge=edge)
            if mention is None or self._rather_elsewhere(plain, mention, last):
                mention = self._other(at, words, rest, last, edge=edge) or mention
            if mention is not None:
                return mention
        slot = edge or last is not None or plain[at - 1] == "市"
        if slot and (last is None or last.elsewhere is None):
            return self._spelt(plain, at, last) if plain[at].isascii() else self._heard(plain, at, last)
        return None

    def _cuts_a_name(self, plain: str, at: int, words: str) -> bool:
        """Whether the words end within a name that begins behind a district: 番禺|市桥, 白云|机场路."""
        for shorter in self._known.longest(words[:-1], 0):
            behind = at + len(shorter)
            following = next(self._known.longest(plain, behind), "")
            stems = self._known.own.get(shorter, {}).get(Sense.STEM, ())
            if behind + len(following) > at + len(words) and any(map(self._known.is_district, stems)):
                return True
        return False

    def _rather_elsewhere(self, plain: str, mention: Mention, last: Mention | None) -> bool:
        """北京 is a street of ours only where nothing else is said, or behind a name of ours."""
        alone = mention.end == len(plain) and around.COUNTRY.fullmatch(plain[: mention.start])
        return mention.weight is Weight.HINT and mention.words in self._known.others and not alone and last is None

    def _other(self, at: int, words: str, rest: str, last: Mention | None, *, edge: bool) -> Mention | None:
        kind, place = self._known.others.get(words, ("", None))
        if place is None or _HOLLOW.match(rest):
            return None
        led = last is not None and last.elsewhere is not None
        if not (kind == "full" or edge or led or (kind == "near" and last is not None)):
            return None
        if kind in ("city", "near", "province") and around.is_road(rest):
            return None
        sounds_like = self._known.heard(words) if kind == "county" and not led else ()
        if sounds_like:  # 黄浦区 is in Shanghai, and a slip for 黄埔区
            return Mention(at, words, Weight.HINT, sounds_like)
        return Mention(at, words, Weight.NAMED, elsewhere=place)

    def _ours(self, plain: str, at: int, words: str, last: Mention | None, *, edge: bool) -> Mention | None:
        senses = self._known.own.get(words)
        if senses is None:
            return None
        rest = plain[at + len(words) :]
        begins = edge or last is not None or around.may_begin(plain, at)
        named, stems, areas, villages = (senses.get(sense, ()) for sense in reversed(Sense))
        if self._known.cities & {*named, *stems}:
            return self._city(at, words, named + stems, rest, edge=edge)
        if named:
            weight = self._named(words, named, rest, last, begins=begins)
            return Mention(at, words, weight, named)
        if stems:
            found = self._stem(words, stems, rest, last, begins=begins)
            strangers = tuple(code for code in areas if not self._akin(code, stems))
            one_district = len(stems) == 1 and self._known.is_district(stems[0])
            also = () if one_district else tuple(code for code in villages if not self._akin(code, stems))
            return None if found is None else Mention(at, words, found, stems + strangers, also)
        if areas:
            found = self._area(plain, at, words, rest, begins=begins)
            namesakes = villages + self._known.namesakes(words)
            also = tuple(code for code in namesakes if not self._akin(code, areas))
            return None if found is None else Mention(at, words, found, areas, also)
        stands_alone = around.ends(rest) and (edge or last is not None) and words not in self._known.others
        return Mention(at, words, Weight.HINT, villages) if stands_alone else None

    def _city(self, at: int, words: str, codes: tuple[str, ...], rest: str, *, edge: bool) -> Mention | None:
        if len(words) == 1 and not (edge and any(one in self._known.own for one in self._known.longest(rest, 0))):
            return None
        if around.is_road(rest):
            return None  # 南京市广州路
        whole = words.endswith("市") or around.is_told(rest) or around.is_address(rest)
        return Mention(at, words, Weight.NAMED if whole else Weight.HINT, codes)

    def _named(self, words: str, codes: tuple[str, ...], rest: str, last: Mention | None, *, begins: bool) -> Weight:
        if any(self._known.is_district(code) for code in codes):
            return Weight.NAMED
        led = last is not None and any(self._akin(code, last.codes) for code in codes)
        if words.endswith("街") and rest[:1].isdigit() and not led:
            return Weight.HINT  # 人民街12号 is a road
        return Weight.NAMED if begins else Weight.HINT

    def _stem(
        self, words: str, codes: tuple[str, ...], rest: str, last: Mention | None, *, begins: bool
    ) -> Weight | None:
        district = any(self._known.is_district(code) for code in codes)
        if not begins:
            return None if not district else Weight.STEM if around.is_branch(rest) else Weight.HINT
        if words in self._known.others and last is None:
            return Weight.HINT
        in_city = last is not None and last.words.endswith("市")
        named_after = around.is_namesake(rest)
        if around.is_told(rest) or (district and around.is_branch(rest)):
            return Weight.STEM
        if district and not named_after and (in_city or around.is_address(rest)):
            return Weight.STEM
        proper = len(words) >= _PROPER and not around.is_carried_away(rest)
        return Weight.AREA if proper and (around.is_road(rest) or not named_after) else Weight.HINT

    def _area(self, plain: str, at: int, words: str, rest: str, *, begins: bool) -> Weight | None:
        if _within_letters(plain, at, words):
            return None
        if len(words) < _PROPER:
            if not begins:
                return None
            return Weight.AREA if around.is_told(rest, station=True) else Weight.HINT
        if not begins or around.is_carried_away(rest) or (words[-1] == "村" and rest[:1] == "镇"):
            return Weight.HINT
        return Weight.AREA

    def _heard(self, plain: str, at: int, last: Mention | None) -> Mention | None:
        run = _HAN.match(plain, at)
        for length in range(len(run[0]) if run else 0, 2, -1):
            words = plain[at : at + length]
            codes = self._known.heard(words)
            if codes:
                return self._understood(plain, at, words, codes, last)
        return None

    def _spelt(self, plain: str, at: int, last: Mention | None) -> Mention | None:
        run = _LETTERS.match(plain, at)
        letters = run[0] if run else ""
        elsewhere = self._known.spelt_elsewhere(letters) if last is None else None
        if elsewhere is not None:
            return Mention(at, letters, Weight.NAMED, elsewhere=elsewhere)
        for length in range(len(letters), 3, -1):
            codes = self._known.spelt(letters[:length])
            more = letters[length:]
            if codes and (more in ("", "district") or self._begins_spelt(more)):
                words = letters if more == "district" else letters[:length]
                kind = plain[at + len(words) : at + len(words) + 1]
                return self._understood(plain, at, words + kind if kind in tuple("区市镇街") else words, codes, last)
        return None  # baiyunhu is not baiyun

    def _begins_spelt(self, letters: str) -> bool:
        return any(self._known.spelt(letters[:length]) for length in range(4, len(letters) + 1))

    def _understood(self, plain: str, at: int, words: str, codes: tuple[str, ...], last: Mention | None) -> Mention:
        """A name that was written by sound: it counts where an address has one, and below a division that holds it."""
        led = tuple(
            code for code in codes if last is not None and any(self._known.lies_in(code, c) for c in last.codes)
        )
        wide = [code for code in codes if self._known.is_district(code) or code in self._known.cities]
        told = words.endswith(("区", "街道", "镇", "街", "qu", "jiedao", "zhen"))
        whole = at == 0 and len(words) == len(plain)
        counts = led or wide or (whole and told)
        return Mention(at, words, Weight.HEARD if counts else Weight.HINT, led or codes)

    def _akin(self, code: str, others: tuple[str, ...]) -> bool:
        return any(self._known.kin(code, other) for other in others)

    def _vouched(self, found: list[Mention]) -> list[Mention]:
        """A hint counts where a name follows at once that lies in the same place: 天河|体育西路, 番禺|大石."""
        kept = list(found)
        for place in range(len(kept) - 2, -1, -1):
            one, following = kept[place], kept[place + 1]
            if one.weight is not Weight.HINT or one.elsewhere or following.elsewhere or one.end != following.start:
                continue
            codes = tuple(code for code in one.codes if self._akin(code, following.codes))
            districts = tuple(code for code in one.codes if self._known.is_district(code))
            if codes and (following.weight > Weight.HINT or any(map(self._known.is_district, codes))):
                kept[place] = replace(one, codes=codes, also=(), weight=Weight.STEM)
            elif districts and any(map(self._known.is_district, following.codes)):
                kept[place] = replace(one, codes=districts, also=(), weight=Weight.STEM)  # 天河|越秀: both are said
        return kept


def _within_letters(plain: str, at: int, words: str) -> bool:
    """Whether a name in Latin letters is part of a longer word: tit in title."""
    before, after = plain[at - 1 : at] if at else "", plain[at + len(words) :][:1]
    return (_is_letter(words[0]) and _is_letter(before)) or (_is_letter(words[-1]) and _is_letter(after))


def _is_letter(sign: str) -> bool:
    return sign.isascii() and sign.isalpha()
