"""The engine gives what the reference gives: the same listings, the same totals, the same order, the same counts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.matching.engine.market import Best, Market, Placed
from app.matching.engine.pool import BestPeople, PlacedPerson, Pool
from app.matching.filters import NO_FILTERS, Filters
from app.matching.profile import KnownListing, KnownPerson, Profile
from app.matching.rank import Match, PersonMatch, rank, rank_people
from app.taxonomy.terms import Shift
from tests.rounds import examples
from tests.unit.matching_values import TABLE, TODAY, places, post
from tests.unit.test_matching_properties import OCCUPATIONS, REGIONS, amounts, listings, maybe, profiles

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ends = st.datetimes(datetime(2026, 11, 22), datetime(2026, 11, 24), timezones=st.just(UTC))  # noqa: DTZ001
filters = st.builds(
    Filters,
    place=maybe(st.sampled_from(REGIONS)),
    occupation=maybe(st.sampled_from(OCCUPATIONS)),
    pay_fen=maybe(amounts),
    shift=maybe(st.sampled_from(Shift)),
    since=maybe(st.dates(date(2026, 11, 1), date(2026, 11, 23))),
    shown_at=maybe(st.just(NOW)),
)
markets = st.lists(st.tuples(ends, listings), max_size=40, unique_by=lambda one: one[1].id)
Known = list[tuple[datetime, KnownListing]]


def reference(profile: Profile, known: Known, limit: int, side: int, narrowed: Filters = NO_FILTERS) -> Best:
    """What the reference says, cut to the same lengths."""
    admitted = [one for ends_at, one in known if narrowed.admit(one, ends_at, TABLE, places())]
    ranking = rank(profile, admitted, TABLE, places(), TODAY, seeker_id="somebody")

    def placed(matches: Sequence[Match], most: int) -> tuple[Placed, ...]:
        return tuple(Placed(match.listing_id, match.origin, match.total) for match in matches[:most])

    return Best(
        ranking.considered,
        placed(ranking.matches, limit),
        len(ranking.matches),
        placed(ranking.other_nearby, side),
        len(ranking.other_nearby),
        placed(ranking.not_shown, side),
        len(ranking.not_shown),
    )


@pytest.mark.parametrize("is_compiled", [False, True], ids=["numpy", "numba"])
@settings(max_examples=examples(150))
@given(profile=profiles, known=markets, limit=st.integers(1, 12), side=st.integers(0, 12))
def test_any_profile_finds_in_any_market_what_the_reference_finds(
    is_compiled: bool, profile: Profile, known: Known, limit: int, side: int
) -> None:
    market = Market.empty(TABLE, places(), is_compiled=is_compiled).holding(known)
    found = market.best(profile, TODAY, limit=limit, side=side, seeker_id="somebody")
    assert found == reference(profile, known, limit, side)
    assert market.top(profile, TODAY, limit, seeker_id="somebody") == found.matches


@settings(max_examples=examples(100))
@given(profiles, markets, filters)
def test_filters_narrow_what_is_looked_at_and_nothing_else(profile: Profile, known: Known, narrowed: Filters) -> None:
    market = Market.empty(TABLE, places()).holding(known)
    found = market.best(profile, TODAY, limit=10, side=10, seeker_id="somebody", filters=narrowed)
    assert found == reference(profile, known, 10, 10, narrowed)


people = st.lists(
    st.builds(KnownPerson, st.uuids().map(str), profiles), max_size=30, unique_by=lambda person: person.id
)


@settings(max_examples=examples(200))
@given(listings, people, st.integers(0, 8), st.integers(0, 8))
def test_any_listing_finds_among_any_persons_whom_the_reference_finds(
    listing: KnownListing, known: list[KnownPerson], limit: int, side: int
) -> None:
    pool = Pool.empty(TABLE, places()).holding(("office", person) for person in known)
    assert pool.best(listing, TODAY, limit=limit, side=side) == reference_people(listing, known, limit, side)


@settings(max_examples=examples(100))
@given(listings, people, people, st.data())
def test_a_pool_that_changed_is_as_one_made_anew(
    listing: KnownListing, known: list[KnownPerson], newer: list[KnownPerson], data: st.DataObject
) -> None:
    by_id = {person.id: person for person in known}
    pool = Pool.empty(TABLE, places()).holding(("office", person) for person in known)
    gone = data.draw(st.sets(st.sampled_from(sorted(by_id)))) if by_id else set()
    again = [replace(one, id=id_) for one, id_ in zip(newer, sorted(by_id)[:2], strict=False)]
    for people_now, leaving in (([*newer[2:]], gone), (again, ())):
        pool = pool.changed((("office", person) for person in people_now), leaving)
        by_id = {id_: one for id_, one in by_id.items() if id_ not in leaving}
        by_id |= {one.id: one for one in people_now}
    found = pool.best(listing, TODAY, limit=8, side=8, office="office")
    assert found == reference_people(listing, list(by_id.values()), 8, 8)
    assert pool.best(listing, TODAY, limit=8, office="another office").considered == 0


def test_asking_a_pool_gives_no_numbers_for_many_may_ask_at_once() -> None:
    pool = Pool.empty(TABLE, places()).holding([("office", KnownPerson("somebody", Profile()))])
    assert pool.best(post(), TODAY, limit=8, office="another office").considered == 0
    assert list(pool.reader.values.offices) == ["office"]
    assert not len(pool.listings.values.works)


def reference_people(listing: KnownListing, known: list[KnownPerson], limit: int, side: int) -> BestPeople:
    """What the reference says, cut to the same lengths."""
    ranking = rank_people(listing, known, TABLE, places(), TODAY)

    def placed(matches: Sequence[PersonMatch], most: int) -> tuple[PlacedPerson, ...]:
        return tuple(PlacedPerson(match.person_id, match.total) for match in matches[:most])

    return BestPeople(
        ranking.considered,
        placed(ranking.matches, limit),
        len(ranking.matches),
        placed(ranking.other_nearby, side),
        len(ranking.other_nearby),
        placed(ranking.not_shown, side),
        len(ranking.not_shown),
    )


@settings(max_examples=examples(150))
@given(profiles, markets, st.data())
def test_a_market_that_changed_is_as_one_made_anew(profile: Profile, known: Known, data: st.DataObject) -> None:
    by_key = {(one.id, one.origin): (ends_at, one) for ends_at, one in known}
    market = Market.empty(TABLE, places()).holding(known)
    for _ in range(data.draw(st.integers(1, 4))):
        gone = data.draw(st.lists(st.sampled_from(sorted(by_key)), unique=True)) if by_key else []
        changed = data.draw(markets)
        again = (
            [(ends_at, replace(one, id=data.draw(st.sampled_from(sorted(by_key)))[0])) for ends_at, one in changed[:1]]
            if by_key
            else []
        )
        market = market.changed([*again, *changed[1:]], gone)
        by_key = {key: one for key, one in by_key.items() if key not in gone}
        by_key |= {(one.id, one.origin): (ends_at, one) for ends_at, one in [*again, *changed[1:]]}
        if data.draw(st.booleans()):
            market = market.settled()
    found = market.best(profile, TODAY, limit=10, side=10, seeker_id="somebody")
    assert found == reference(profile, list(by_key.values()), 10, 10)
