"""The engine gives what the reference gives: the same listings, the same totals, the same order, the same counts."""

from collections.abc import Sequence
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from app.matching.engine.market import Best, Market, Placed
from app.matching.profile import KnownListing, Profile
from app.matching.rank import Match, rank
from tests.unit.matching_values import TABLE, TODAY, places
from tests.unit.test_matching_properties import listings, profiles

LATER = datetime(2027, 12, 31, tzinfo=UTC)


def reference(profile: Profile, known: Sequence[KnownListing], limit: int, side: int) -> Best:
    """What the reference says, cut to the same lengths."""
    ranking = rank(profile, known, TABLE, places(), TODAY, seeker_id="somebody")

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


@settings(max_examples=300, deadline=None)
@given(profiles, st.lists(listings, max_size=40, unique_by=lambda one: one.id), st.integers(1, 12), st.integers(0, 12))
def test_any_profile_finds_in_any_market_what_the_reference_finds(
    profile: Profile, known: list[KnownListing], limit: int, side: int
) -> None:
    market = Market.empty(TABLE, places()).holding((LATER, listing) for listing in known)
    assert market.best(profile, TODAY, limit=limit, side=side, seeker_id="somebody") == reference(
        profile, known, limit, side
    )
