"""What a cell says about the place of work: a division, or words kept at city level. Pure."""

import re
from collections.abc import Iterable

from app.kernel.problems import Nearest, UnknownCode, invalid, unknown_code
from app.lookup.understood import Understood
from app.regions.tier import Tier
from app.regions.tree import Region, Regions, stem
from app.regions.understanding import hear_place
from app.vacancies.content import Place
from app.vacancies.intake.spelling import Note, folded

MAX_WORDS = 200

_SEPARATORS = re.compile(r"[-·・/|,;、>()\[\]—–]+")
# Written like a division, but none: 黄埔 has a 开发区, and every town a 工业区.
_NO_DIVISION = re.compile(
    ".*(?:开发|工业|高新|自贸|保税|生活|科技|新城|老城|中心|商业|商务|大学|市辖|示范|各城|全城|各|园|社|校|小|景|片)区"
)
_LIKE_A_DISTRICT = re.compile("[\u4e00-\u9fff]{2,3}区")
# The neighbours that a form may name; a place in one of them is not this city's, whatever follows.
_OTHER_CITY = re.compile(
    "(广州|深圳|珠海|汕头|佛山|韶关|河源|梅州|惠州|汕尾|东莞|中山|江门|阳江|湛江|茂名|肇庆|清远|潮州|揭阳|云浮"
    "|北京|上海|天津|重庆|长沙|武汉|南宁|厦门|福州)(?:市.*|$)"
)
_PROVINCE = re.compile("广东省?|中国")


def read_area(text: str, regions: Regions, city: str, field: str = "area") -> tuple[Place, list[Note]]:
    """The place that `text` names in `city` (its code), with the words kept, and notes.

    A code, the city, a district (with or without 区, a merged one too) and a street by its full name are taken as they
    stand. What else names one place clearly (珠江新城, 五山, 天合区) lands in its division with a note; what does not
    stays at city level with its words, and the note says what may be meant. Invalid (422) for another city,
    UnknownCode for a code or a district that nothing is like, with the nearest.
    """
    words = " ".join(text.split())
    if len(words) > MAX_WORDS:
        raise invalid(field, f"最长{MAX_WORDS}字", f"at most {MAX_WORDS} characters")
    plain = folded(words)
    if plain.isdecimal():
        return Place(region=regions.require(plain, field).code), []
    parts = [part for part in _SEPARATORS.split(plain) if part]
    found = [named for part in _without_city(parts, regions, city, field) for named in _divisions(part, regions, city)]
    region = _only(found, regions)
    if region is not None:
        return Place(region=region.code, stated="" if plain == region.name else words), []
    if not found and _is_city_alone(plain, regions, city):
        return Place(region=city), []
    if found:
        return Place(region=city, stated=words), [_several(words, regions.name(city), field)]
    heard = hear_place(regions, words, field)
    if heard.code is not None and regions.within(heard.code, city):
        return Place(region=heard.code, stated=words), [_understood(words, heard.name or heard.code, field)]
    _refuse_unknown_district(parts, regions, city, field)
    return Place(region=city, stated=words), [_kept(heard, regions.name(city), field)]


def _understood(words: str, name: str, field: str) -> Note:
    return Note(field, f"“{words}”按{name}登记，原文保留", f"'{words}' is read as {name}; its words are kept")


def _without_city(parts: Iterable[str], regions: Regions, city: str, field: str) -> Iterable[str]:
    """The parts without the names of province and city in front; Invalid for a city that is another."""
    name = regions.name(city)
    for part in parts:
        rest = _PROVINCE.sub("", part, count=1) if part.startswith(("广东", "中国")) else part
        found = _OTHER_CITY.fullmatch(rest)
        other = found[1] if found else ""
        # 北京 and 中山 alone may be a street or a road of this city; with 市 they are not.
        if other not in ("", stem(name)) and (rest != other or (other != "中山" and not regions.named(other))):
            raise invalid(field, f"“{other}”不在{name}，本节点不登记", f"{other} is not in {name}")
        for prefix in (name, stem(name)):
            longer = rest.removeprefix(prefix)
            # 广州大道 is a road: the short name is taken off only where a division follows it.
            if longer != rest and (prefix == name or not longer or any(_divisions(longer, regions, city))):
                rest = longer
                break
        if rest:
            yield rest


def _divisions(part: str, regions: Regions, city: str) -> list[Region]:
    """The division of `city` that `part` is or begins with; empty when it does neither."""
    whole = [region for region in regions.named(part) if regions.within(region.code, city)]
    if whole:
        return _of_name(part, whole, regions)
    districts = [d for d in regions.children(city) if part.startswith(d.name)]
    if districts:
        rest = part.removeprefix(districts[0].name)
        street = next((s for s in regions.children(districts[0].code) if rest.startswith(s.name)), None)
        return [street or districts[0]]
    for end in (3, 4):
        former = [r for r in regions.named(part[:end]) if part[:end].endswith("区") and r.tier is Tier.DISTRICT]
        if former:
            return former[:1]
    streets = [r for r in regions.named(_official(part)) if _official(part) == r.name and regions.within(r.code, city)]
    return streets if len(streets) == 1 else []


def _of_name(part: str, whole: list[Region], regions: Regions) -> list[Region]:
    """What a whole part names: a district, or a street by its full name. A bare 五山 or an ambiguous 白云 is none."""
    districts = [region for region in whole if region.tier is Tier.DISTRICT]
    exact = [region for region in whole if region.name == part]
    if len(exact) == 1:
        return exact
    if len(districts) == 1 and all(regions.within(region.code, districts[0].code) for region in whole):
        return districts
    return []


def _official(part: str) -> str:
    """The leading full name of a street or town in `part`: 北京街道中山五路 → 北京街道."""
    found = re.match("[\u4e00-\u9fff]{1,6}?(?:街道|镇)", part)
    return found.group() if found else part


def _only(found: list[Region], regions: Regions) -> Region | None:
    """The one division that is meant: the deepest, if all others lie above it."""
    if not found:
        return None
    deepest = max(found, key=lambda region: region.tier.depth)
    return deepest if all(regions.within(deepest.code, region.code) for region in found) else None


def _refuse_unknown_district(parts: list[str], regions: Regions, city: str, field: str) -> None:
    """UnknownCode for a part that is written like a district but is none (越透区): the nearest are named."""
    for part in parts:
        name = part.removeprefix(regions.name(city))
        if _LIKE_A_DISTRICT.fullmatch(name) and not _NO_DIVISION.fullmatch(name):
            raise _unknown(name, regions, city, field)


def _unknown(name: str, regions: Regions, city: str, field: str) -> UnknownCode:
    near = regions.unknown(name, field).errors[0].nearest
    districts = [n for n in near if regions.city_of(n.code) == city and len(n.code) == 6]
    everyone = [Nearest(d.code, regions.full_name(d.code)) for d in regions.children(city)]
    return unknown_code(field, name, districts or everyone)


def _is_city_alone(plain: str, regions: Regions, city: str) -> bool:
    name = regions.name(city)
    return plain in (name, stem(name), "全市", f"{name}各区", f"{stem(name)}各区", f"广东{name}", f"广东省{name}")


def _several(words: str, city: str, field: str) -> Note:
    return Note(
        field, f"“{words}”涉及多个区，按{city}登记并保留原文", f"'{words}' names several places; kept at city level"
    )


def _kept(heard: Understood, city: str, field: str) -> Note:
    may_be = f"（可能是：{'、'.join(one.name for one in heard.choices)}）" if heard.choices else ""
    codes = f" (it may be: {', '.join(one.code for one in heard.choices)})" if heard.choices else ""
    return Note(
        field,
        f"“{heard.words}”不能确定是哪个行政区划{may_be}，按{city}登记并保留原文",
        f"'{heard.words}' is no certain division{codes}; kept at city level with its words",
    )
