"""What to search for instead, where nothing was found: a wider place, near work, one condition less. Pure.

An offer is a search of its own, counted and repeatable as it stands: whoever follows it gets just what was promised.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from app.regions.tier import Tier
from app.regions.tree import Regions
from app.vacancies.search.wanted import Part, Search, Wanted


@dataclass(frozen=True, slots=True)
class Offer:
    """A wider search, and what it gives up, in both languages."""

    search: Search
    zh: str
    en: str


EVERYTHING = Offer(Search(), "查看全部在招岗位", "every open post")


def relaxed(wanted: Wanted, regions: Regions) -> list[Offer]:
    """The searches that give up one condition of `wanted`, the least first; for each part what else it may mean."""
    return _each_once(
        [
            *_wider_places(wanted, regions),
            *_nearer_work(wanted),
            *(offer for part in wanted.parts for offer in _meant_otherwise(wanted, part)),
            *_without_one(wanted),
        ]
    )


def single(wanted: Wanted) -> list[Offer]:
    """The searches that keep one condition of `wanted` alone."""
    search = wanted.search
    offers = [Offer(Search(q=part.words), f"只按“{part.words}”查找", f"only {part.words}") for part in wanted.parts]
    if search.occupation is not None:
        only = Search(occupation=search.occupation, near=search.near)
        offers.append(Offer(only, f"只按职业“{search.occupation}”查找", f"only the occupation {search.occupation}"))
    if search.place is not None:
        only = Search(place=search.place, adjacent=search.adjacent)
        offers.append(Offer(only, f"只按地点“{search.place}”查找", f"only the place {search.place}"))
    return _each_once(offers) if len(offers) > 1 else []


def _wider_places(wanted: Wanted, regions: Regions) -> Iterator[Offer]:
    search = wanted.search
    if wanted.place is not None:
        yield from _around(search, wanted.place, regions)
        return
    placed = [part for part in wanted.parts if part.places]
    if len(placed) == 1 and len(placed[0].places) == 1:
        yield from _around(replace(search, q=_rest(wanted, placed[0])), placed[0].places[0], regions)


def _around(search: Search, place: str, regions: Regions) -> Iterator[Offer]:
    """Step by step: the divisions above, the districts around, the city."""
    above = [region for region in reversed(regions.path(place)[:-1]) if region.tier is not Tier.CITY]
    for region in above:
        wider = replace(search, place=region.code, adjacent=False)
        yield Offer(wider, f"地点放宽到{regions.full_name(region.code)}", f"the place widened to {region.name}")
    district, city = regions.district_of(place), regions.city_of(place)
    if district is not None and not search.adjacent:
        wider = replace(search, place=district, adjacent=True)
        name = regions.name(district)
        yield Offer(wider, f"地点放宽到{name}及相邻各区", f"the place widened to {name} and the districts around it")
    if city is not None and city != place:
        name = regions.name(city)
        yield Offer(
            replace(search, place=city, adjacent=False), f"地点放宽到{name}全市", f"the place widened to all of {name}"
        )


def _nearer_work(wanted: Wanted) -> Iterator[Offer]:
    if wanted.occupation is not None and not wanted.search.near:
        yield Offer(replace(wanted.search, near=True), "也看相近职业", "near occupations too")


def _meant_otherwise(wanted: Wanted, part: Part) -> Iterator[Offer]:
    """What words that were only looked for as they stand may mean."""
    if part.occupations or part.skills or not part.is_work or wanted.search.occupation is not None:
        return
    for choice in part.heard.choices:
        search = replace(wanted.search, q=_rest(wanted, part), occupation=choice.code)
        yield Offer(search, f"“{part.words}”指“{choice.name}”吗？", f"is {part.words} meant to be {choice.code}?")


def _without_one(wanted: Wanted) -> Iterator[Offer]:
    search = wanted.search
    for part in wanted.parts:
        rest = replace(search, q=_rest(wanted, part))
        yield Offer(rest, f"去掉{_KINDS[part.heard.kind]}“{part.words}”", f"without {part.words}")
    if search.place is not None:
        yield Offer(replace(search, place=None, adjacent=False), "不限地点", "anywhere")
    if search.occupation is not None:
        yield Offer(replace(search, occupation=None, near=False), "不限职业", "any occupation")


_KINDS = {"place": "地点", "occupation": "职业", "skill": "技能", "condition": "条件", "words": ""}


def _rest(wanted: Wanted, left_out: Part) -> str:
    return " ".join(part.words for part in wanted.parts if part is not left_out)


def _each_once(offers: list[Offer]) -> list[Offer]:
    searches: dict[Search, Offer] = {}
    for offer in offers:
        if offer.search != Search():
            searches.setdefault(offer.search, offer)
    return list(searches.values())
