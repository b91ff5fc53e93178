"""The order of results and the three lists, in both directions."""

import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.matching.conditions import Name
from app.matching.order import band, listing_key, shuffle
from app.matching.profile import KnownListing, KnownPerson, PayWish, Wish
from app.matching.rank import rank, rank_people
from app.taxonomy.terms import PayPeriod, ReservedFor
from tests.unit.matching_values import OPENED, TABLE, TODAY, ZENGCHENG, pay, person, places, post


def ids(listings: Any) -> list[str]:
    return [match.listing_id for match in listings]


def ranked(listings: list[KnownListing], seeker_id: str = "", today: date = TODAY, **profile: Any) -> Any:
    return rank(person(**profile), listings, TABLE, places(), today, seeker_id=seeker_id)


def test_250_points_make_a_band() -> None:
    assert [band(points) for points in (0, 249, 250, 9_999, 10_000)] == [0, 0, 1, 39, 40]


def test_the_band_comes_before_everything_else() -> None:
    near, far = post(id="near", referred=100), post(id="far", region=ZENGCHENG)
    assert ids(ranked([far, near], home=near.region).matches) == ["near", "far"]


def test_within_a_band_the_emptier_door_comes_first() -> None:
    listings = [post(id="full", seats=2, referred=3), post(id="empty", seats=1, referred=1), post(id="none", seats=9)]
    assert ids(ranked(listings).matches) == ["none", "empty", "full"]


def test_a_few_points_do_not_beat_the_emptier_door() -> None:
    # 5,000 points with the shift and days off unknown either way; a higher wage lifts points within one band only.
    better_paid = post(id="better", pay=pay(440_000), referred=1)
    emptier = post(id="emptier", pay=pay(439_000))

    found = ranked([better_paid, emptier], pay=PayWish(450_000, PayPeriod.MONTH)).matches
    assert band(found[0].total) == band(found[1].total)
    assert ids(found) == ["emptier", "better"]
    assert found[0].total < found[1].total


def test_then_the_post_opened_later_comes_first_by_the_offices_day() -> None:
    older = post(id="older", opened_at=OPENED - timedelta(days=1))
    assert ids(ranked([older, post(id="newer")]).matches) == ["newer", "older"]
    # 15:59 and 16:01 UTC are two days in Guangzhou.
    late, early = datetime(2026, 11, 20, 16, 1, tzinfo=UTC), datetime(2026, 11, 20, 15, 59, tzinfo=UTC)
    assert listing_key(0, post(opened_at=late), "", TODAY)[2] == listing_key(0, post(opened_at=early), "", TODAY)[2] - 1


def test_equal_posts_are_spread_over_the_seekers_and_stay_put_for_one_of_them_all_day() -> None:
    listings = [post(id=f"post-{number}") for number in range(8)]
    first = {ranked(listings, seeker_id=f"seeker-{number}").matches[0].listing_id for number in range(100)}
    assert first == {listing.id for listing in listings}
    assert ids(ranked(listings, "seeker-1").matches) == ids(ranked(listings[::-1], "seeker-1").matches)
    days = {tuple(ids(ranked(listings, "seeker-1", TODAY + timedelta(days=n)).matches)) for n in range(10)}
    assert len(days) > 1


def test_the_daily_hash_is_the_published_one() -> None:
    assert shuffle("s", date(2026, 11, 23), "l") == hashlib.sha256(b"s\n2026-11-23\nl").digest()


def test_the_order_is_total_even_for_one_id_from_two_origins() -> None:
    twins = [post(origin="b"), post(origin="a")]
    assert [match.origin for match in ranked(twins).matches] == ["a", "b"]


def test_every_listing_stands_in_just_one_list() -> None:
    listings = [
        post(id="suits"),
        post(id="other", occupation="cashier"),
        post(id="paused", status="paused"),
        post(id="reserved", reserved_for=ReservedFor.VETERAN),
    ]
    found = ranked(listings, target_groups=frozenset())
    assert (ids(found.matches), ids(found.other_nearby)) == (["suits"], ["other"])
    assert {match.listing_id: match.failed for match in found.not_shown} == {
        "paused": (Name.OPEN,),
        "reserved": (Name.RESERVED,),
    }
    assert (found.considered, found.version) == (4, "2026.1")


def test_the_nearest_miss_stands_first_and_what_nobody_can_open_and_other_work_last() -> None:
    listings = [
        post(id="other", occupation="driver"),
        post(id="expired", valid_until=date(2026, 1, 1)),
        post(id="two", reserved_for=ReservedFor.VETERAN, lodging=False),
        post(id="one", lodging=False),
    ]
    found = ranked(listings, lodging_needed=True, target_groups=frozenset(), certificates=frozenset())
    assert ids(found.not_shown) == ["one", "two", "expired", "other"]


def test_both_directions_share_one_judgement() -> None:
    people = [
        KnownPerson("suits", person(home=post().region)),
        KnownPerson("far", person(home=ZENGCHENG)),
        KnownPerson("other", person(wishes=(Wish("cashier"),))),
        KnownPerson("needs-lodging", person(lodging_needed=True)),
    ]
    listing = post(lodging=False)
    found = rank_people(listing, people, TABLE, places(), TODAY)
    assert [match.person_id for match in found.matches] == ["suits", "far"]
    assert [match.person_id for match in found.other_nearby] == ["other"]
    assert [(match.person_id, match.failed) for match in found.not_shown] == [("needs-lodging", (Name.LODGING,))]
    for match in (*found.matches, *found.other_nearby, *found.not_shown):
        back = rank(match.person.profile, [listing], TABLE, places(), TODAY, seeker_id=match.person_id)
        (same,) = (*back.matches, *back.other_nearby, *back.not_shown)
        assert same.judgement == match.judgement


def test_equal_persons_are_shuffled_daily() -> None:
    people = [KnownPerson(f"person-{number}", person()) for number in range(8)]
    first = {
        rank_people(post(), people, TABLE, places(), TODAY + timedelta(days=n)).matches[0].person_id for n in range(7)
    }
    assert len(first) > 1


def test_a_sanctioned_employer_stands_in_no_list_that_is_shown() -> None:
    found = ranked([post(employer_sanctioned=True)])
    assert (found.matches, found.not_shown[0].failed) == ((), (Name.EMPLOYER,))
