"""What the engine is measured against is itself right: it says what the reference says, of every pair."""

from datetime import UTC, datetime

from app.matching.filters import Filters
from app.matching.rank import rank
from app.matching.reading import read_listing
from tests.bench.brute_force import BruteForce, differences
from tests.bench.listing_table import table_of
from tests.bench.loaded_node import body
from tests.bench.workload import TODAY, Workload, changes

WORK = Workload()
KNOWN = list(WORK.listings(150))
LISTINGS = [one for _, one in KNOWN]
BRUTE = BruteForce(table_of(KNOWN, WORK.taxonomy, WORK.regions))
PROFILES = [WORK.profile(number) for number in range(12)]


def test_brute_force_says_of_every_pair_what_the_reference_says() -> None:
    assert differences(BRUTE, LISTINGS, PROFILES, TODAY, len(PROFILES) * len(LISTINGS)) == []


def test_its_three_lists_are_those_of_the_reference() -> None:
    for profile in PROFILES:
        ranking = rank(profile, LISTINGS, WORK.taxonomy, WORK.regions, TODAY, seeker_id="x")
        best = BRUTE.best(profile, TODAY, limit=10, side=10, seeker_id="x")
        for found, expected in (
            (best.matches, ranking.matches),
            (best.other_nearby, ranking.other_nearby),
            (best.not_shown, ranking.not_shown),
        ):
            assert [(one.id, one.total) for one in found] == [(one.listing_id, one.total) for one in expected[:10]]


def test_it_admits_what_the_filters_admit() -> None:
    day, instant = LISTINGS[0].opened_at.date(), datetime(2026, 12, 1, tzinfo=UTC)
    for filters in (
        Filters(place="440106"),
        Filters(occupation=LISTINGS[3].occupation, since=day),
        Filters(pay_fen=450_000, shown_at=instant),
        Filters(shift=LISTINGS[1].shift),
    ):
        expected = [filters.admit(one, ends, WORK.taxonomy, WORK.regions) for ends, one in KNOWN]
        assert BRUTE.admitted(filters).tolist() == expected


def test_changes_open_end_and_change_listings_of_the_market_only() -> None:
    known = list(LISTINGS)
    ids = {one.id for one in known}
    for change in changes(WORK, known, 200, len(LISTINGS)):
        if change.is_end:
            ids.remove(change.listing.id)
        else:
            ids.add(change.listing.id)
        assert {one.id for one in known} == ids
    assert ids != {one.id for one in LISTINGS}


def test_a_body_is_read_back_as_the_listing_it_was_made_of() -> None:
    for one in LISTINGS:
        assert read_listing(one.id, one.origin, body(one), one.received_at) == one
