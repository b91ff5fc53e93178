"""How near a post is to the places that a person named: by division, until travel times are known. Pure.

What is not known counts as the lesser: a post that names only its district is in the same district as every wished
street of it, never in the same street; a post that names only the city is somewhere in the city. A wish for a whole
district is in the same district as every post there. A wish for the whole city accepts the way and counts like an
adjacent district, so that home and named districts still come first.
"""

from enum import StrEnum
from typing import NamedTuple

from app.matching.profile import Places, Profile
from app.matching.table import SCORE_TABLE


class Way(StrEnum):
    """How a post lies to a place."""

    SAME_STREET = "same_street"
    SAME_DISTRICT = "same_district"
    ADJACENT = "adjacent_district"
    CITY_WISHED = "city_wished"
    SAME_CITY = "same_city"
    ELSEWHERE = "elsewhere"
    NOT_ASKED = "not_asked"


PERCENT = {
    Way.SAME_STREET: SCORE_TABLE.same_street,
    Way.SAME_DISTRICT: SCORE_TABLE.same_district,
    Way.ADJACENT: SCORE_TABLE.adjacent_district,
    Way.CITY_WISHED: SCORE_TABLE.city_wished,
    Way.SAME_CITY: SCORE_TABLE.same_city,
    Way.ELSEWHERE: 0,
    Way.NOT_ASKED: SCORE_TABLE.same_city,  # costs what a mismatch in this city costs
}


_Divisions = tuple[str, str | None, str | None]


class Nearest(NamedTuple):
    """The best of a person's places for a post. `place` is None when the person named none."""

    way: Way
    place: str | None
    is_home: bool
    lodging_counts: bool

    @property
    def percent(self) -> int:
        """What it is worth; lodging that is offered and accepted makes any distance bearable."""
        percent = PERCENT[self.way]
        return max(percent, SCORE_TABLE.lodging_accepted) if self.lodging_counts else percent


def way_between(wished: str, post: str, places: Places) -> Way:
    """How the post's division lies to a wished one."""
    return _way(wished, divisions(post, places), places)


def _way(wished: str, post: _Divisions, places: Places) -> Way:
    city, district, street = divisions(wished, places)
    post_city, post_district, post_street = post
    if street is not None and street == post_street:
        return Way.SAME_STREET
    if district is not None and post_district is not None:
        if district == post_district:
            return Way.SAME_DISTRICT
        if places.adjacent(district, post_district):
            return Way.ADJACENT
    if city != post_city:
        return Way.ELSEWHERE
    return Way.CITY_WISHED if wished == city else Way.SAME_CITY


def divisions(code: str, places: Places) -> _Divisions:
    """City, district and street of a division. One that is newer than this node's table is read by its digits."""
    city = places.city_of(code)
    if city is not None:
        return city, places.district_of(code), places.street_of(code)
    city = code[:4] + "00"
    return city, code[:6] if code[:6] != city else None, code[:9] if len(code) >= 9 else None


def nearest(profile: Profile, region: str, lodging: bool | None, places: Places) -> Nearest:
    """The wished place, or home, that is nearest to a post in `region`; the first named wins a tie."""
    lodging_counts = lodging is True and profile.lodging_needed is True
    best = Nearest(Way.NOT_ASKED, None, is_home=False, lodging_counts=lodging_counts)
    post, most = divisions(region, places), -1
    for number, code in enumerate(profile.named_places):
        way = _way(code, post, places)
        if PERCENT[way] > most:
            best, most = Nearest(way, code, number == len(profile.places), lodging_counts), PERCENT[way]
    return best
