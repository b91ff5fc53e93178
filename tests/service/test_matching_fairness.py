"""Sex, ethnicity and household registration change nothing: a thousand persons, each matched before and after a swap.

None of the three is in a profile. They could only come in through what is stored beside it: the citizen id (its 17th
digit says the sex, its first six where it was issued), the name and the address. So these are what is swapped, for the
same person with the same answers, and everything that the service says is compared.
"""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from app.kernel.db import Database
from app.matching.answers import matches_json, people_json
from app.matching.service import Matcher, Wanted
from app.people.citizen_id import CitizenId
from app.people.models import JobSeeker
from tests.fakes import FakeClock
from tests.rounds import examples
from tests.service import seekers
from tests.service.market import Market, make_market, matcher_of

# Names as are common among a people, each invented; addresses in and out of the city.
NAMES = ("古丽·示例", "扎西示例", "巴特尔示例", "朴示例", "韦示例", "示例")
ADDRESSES = ("广州市越秀区示例路 1 号", "新疆示例县示例村", "西藏示例乡", "示例省示例市")
AREAS = ("990104", "990203", "980102", "970301")  # no province begins so: the numbers can belong to nobody
WANTED = Wanted(5, 2)
THOUSAND = {"sqlite": examples(1000), "postgresql": examples(100)}


@pytest.fixture
def market(database: Database, clock: FakeClock, tmp_path: Path) -> Market:
    found = make_market(database, clock, tmp_path / "keys")
    seekers.open_posts(found, 30)
    return found


@pytest.fixture
def matcher(market: Market, tmp_path: Path) -> Matcher:
    return matcher_of(market, tmp_path / "live")


def swapped(market: Market, persons: list[JobSeeker]) -> list[JobSeeker]:
    """The same persons of the other sex, of another people, registered elsewhere; born on the same day."""
    with market.database.write() as session:
        return [
            seekers.change_in(session, market, person, **other_person(person, number))
            for number, person in enumerate(persons)
        ]


def other_person(person: JobSeeker, number: int) -> dict[str, str]:
    rnd = Random(number)
    order = 2 * (number % 499) + (CitizenId(person.citizen_id).sex == "female")
    area = rnd.choice([one for one in AREAS if one != person.citizen_id[:6]])
    return {
        "citizen_id": seekers.citizen_id(person.citizen_id[6:14], order, area),
        "name": rnd.choice(NAMES),
        "address": rnd.choice(ADDRESSES),
        "phone": f"154{number + 10**7:08d}",
    }


def registered(market: Market, count: int) -> list[JobSeeker]:
    with market.database.write() as session:
        return [seekers.register_in(session, market, number, name="张示例") for number in range(count)]


def test_a_swap_of_sex_people_and_household_changes_nothing_for_a_thousand_persons(
    market: Market, matcher: Matcher
) -> None:
    persons = registered(market, THOUSAND["sqlite" if market.database.is_sqlite else "postgresql"])
    before = [answer(matcher, market, person) for person in persons]
    others = swapped(market, persons)
    for person, other in zip(persons, others, strict=True):
        assert CitizenId(other.citizen_id).sex != CitizenId(person.citizen_id).sex
        assert other.citizen_id[:6] != person.citizen_id[:6]
        assert (other.id, other.birth_on) == (person.id, person.birth_on)
    assert [answer(matcher, market, other) for other in others] == before
    assert sum(len(one["items"]) for one in before) > len(persons)


def answer(matcher: Matcher, market: Market, person: JobSeeker) -> Any:
    """All that the counter is shown for a person."""
    found = matcher.for_seeker(market.officer, person.id, WANTED)
    return json.loads(matches_json(found, matcher.taxonomy, matcher.regions))


def test_an_employer_sees_the_same_persons_in_the_same_order_after_a_swap(market: Market, matcher: Matcher) -> None:
    persons = registered(market, 40)
    matches = matcher.for_seeker(market.officer, persons[0].id, WANTED).lists.matches
    before = [for_post(matcher, market, one.listing_id) for one in matches]
    swapped(market, persons)
    assert [for_post(matcher, market, one.listing_id) for one in matches] == before
    assert any(post["items"] for post in before)


def for_post(matcher: Matcher, market: Market, listing_id: str) -> Any:
    """All that is shown of the persons for a post but their masked names, which are the persons' own."""
    found = matcher.for_vacancy(market.officer, listing_id, WANTED)
    shown = json.loads(people_json(found, matcher.taxonomy, matcher.regions))
    for one in (*shown["items"], *shown["other_nearby"], *shown["why_not"]):
        assert one["person"].pop("name")
    return shown
