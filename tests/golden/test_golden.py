"""The hand-judged cases, through the whole of matching with the shipped tables."""

from collections.abc import Iterator
from functools import cache
from itertools import islice

import pytest

from app.matching.conditions import Status
from app.matching.profile import Profile
from app.matching.rank import Match, rank
from app.regions.shipped import load_shipped as load_regions
from app.regions.tree import Regions
from app.taxonomy.shipped import load_shipped as load_taxonomy
from app.taxonomy.tables import Taxonomy
from tests.golden.reading import TODAY, Case, cases

# An order that only the daily shuffle makes is no judgement: it must hold for every seeker.
SEEKERS = ("", "seeker-1", "seeker-2", "seeker-3", "seeker-4", "seeker-5")

taxonomy = cache(load_taxonomy)
regions = cache(load_regions)


def _named(case: Case) -> str:
    return f"{case.theme}/{case.id}"


def _reasons(match: Match) -> frozenset[str]:
    return frozenset(one.reason for one in match.conditions if one.status is Status.FAILED)


@pytest.mark.parametrize("case", cases(), ids=_named)
def test_as_an_officer_would(case: Case) -> None:
    profile, listings = case.read_profile(), case.read_listings()
    for seeker in SEEKERS:
        ranking = rank(profile, listings, taxonomy(), regions(), TODAY, seeker_id=seeker)
        found = {
            "excluded": {match.listing_id: _reasons(match) for match in ranking.not_shown},
            "other": {match.listing_id for match in ranking.other_nearby},
        }
        assert found == {"excluded": case.excluded, "other": case.other}, case.why
        shown = [match.listing_id for match in ranking.matches]
        points = {match.listing_id: match.total for match in ranking.matches}
        assert _grouped(shown, case) == list(case.order), f"{case.why} {points}"


def _grouped(shown: list[str], case: Case) -> list[frozenset[str]]:
    """`shown` cut into runs as long as the steps of the case's order."""
    rest = iter(shown)
    runs = [frozenset(islice(rest, len(step))) for step in case.order]
    tail = frozenset(rest)
    return [*runs, tail] if tail else runs


def test_the_cases_are_well_formed() -> None:
    assert len(cases()) >= 44
    assert len({case.id for case in cases()}) == len(cases())
    for case in cases():
        judged = [*(id_ for step in case.order for id_ in step), *case.excluded, *case.other]
        assert sorted(judged) == sorted(case.bodies), f"{_named(case)}: each listing is judged once"
        assert 2 <= len(judged) <= 6, _named(case)
        assert case.why.endswith("."), _named(case)
        assert all(body["title"] for body in case.bodies.values()), f"{_named(case)}: a post has a title"


def test_the_cases_use_codes_that_exist() -> None:
    for case in cases():
        unknown = [*_unknown_codes(case, taxonomy(), regions())]
        assert not unknown, f"{_named(case)}: {unknown}"


def _unknown_codes(case: Case, concepts: Taxonomy, places: Regions) -> Iterator[str]:
    profile: Profile = case.read_profile()
    listings = case.read_listings()
    occupations = {wish.occupation for wish in profile.wishes} | {listing.occupation for listing in listings}
    occupations |= {entry.occupation for entry in profile.experience or ()}
    skills = {claim.skill for claim in profile.skills or ()}
    skills |= {entry.skill for listing in listings for entry in listing.skills}
    certificates = {entry.certificate for listing in listings for entry in listing.certificates}
    certificates |= profile.certificates or frozenset()
    divisions = {*profile.places, *(listing.region for listing in listings)}
    if profile.home is not None:
        divisions.add(profile.home)
    yield from (code for code in occupations if code is not None and code not in concepts.occupations)
    yield from (code for code in skills if code is not None and code not in concepts.skills)
    yield from (code for code in certificates if code not in concepts.certificates)
    yield from (code for code in divisions if code not in places)
