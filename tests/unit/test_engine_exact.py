"""The engine gives what the reference gives: the same listings, the same totals, the same order, the same counts."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from app.matching.engine.market import Best, Market, Placed
from app.matching.filters import NO_FILTERS, Filters
from app.matching.profile import KnownListing, Profile
from app.matching.rank import Match, rank
from app.taxonomy.terms import Shift
from tests.unit.matching_values import TABLE, TODAY, places
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


@settings(max_examples=200, deadline=None)
@given(profiles, markets, st.integers(1, 12), st.integers(0, 12))
def test_any_profile_finds_in_any_market_what_the_reference_finds(
    profile: Profile, known: Known, limit: int, side: int
) -> None:
    market = Market.empty(TABLE, places()).holding(known)
    found = market.best(profile, TODAY, limit=limit, side=side, seeker_id="somebody")
    assert found == reference(profile, known, limit, side)


@settings(max_examples=100, deadline=None)
@given(profiles, markets, filters)
def test_filters_narrow_what_is_looked_at_and_nothing_else(profile: Profile, known: Known, narrowed: Filters) -> None:
    market = Market.empty(TABLE, places()).holding(known)
    found = market.best(profile, TODAY, limit=10, side=10, seeker_id="somebody", filters=narrowed)
    assert found == reference(profile, known, 10, 10, narrowed)
