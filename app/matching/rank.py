"""The exact reference: every known listing is judged, then put in order. Both directions share one judgement. Pure.

This is the specification in code. A faster engine must give the same totals, the same lists and the same order.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from app.matching.conditions import Condition, Name, Status
from app.matching.judging import Judgement, Judging, Post, post_of
from app.matching.order import ListingKey, PersonKey, listing_key, person_key
from app.matching.profile import Concepts, KnownListing, KnownPerson, Places, Profile
from app.matching.score import Factors
from app.matching.table import SCORE_TABLE

# Conditions that no seeker, employer or clerk can bring about today come last among the near misses.
_CLOSED = frozenset({Name.OPEN, Name.VALIDITY})


@dataclass(frozen=True, slots=True)
class _Judged:
    judgement: Judgement

    @property
    def total(self) -> int:
        return self.judgement.total

    @property
    def factors(self) -> Factors:
        return self.judgement.factors

    @property
    def conditions(self) -> tuple[Condition, ...]:
        return self.judgement.conditions

    @property
    def is_other_work(self) -> bool:
        return self.judgement.is_other_work

    @property
    def failed(self) -> tuple[Name, ...]:
        return self.judgement.failed


@dataclass(frozen=True, slots=True)
class Match(_Judged):
    """A listing judged for a person."""

    post: Post

    @property
    def listing(self) -> KnownListing:
        return self.post.listing

    @property
    def listing_id(self) -> str:
        return self.listing.id

    @property
    def origin(self) -> str:
        return self.listing.origin


@dataclass(frozen=True, slots=True)
class PersonMatch(_Judged):
    """A person judged for a listing."""

    person: KnownPerson

    @property
    def person_id(self) -> str:
        return self.person.id


@dataclass(frozen=True, slots=True)
class Ranking:
    """All known listings for one person: what suits, other work nearby, and what failed, nearest misses first."""

    matches: tuple[Match, ...]
    other_nearby: tuple[Match, ...]
    not_shown: tuple[Match, ...]
    considered: int
    version: str = SCORE_TABLE.version


@dataclass(frozen=True, slots=True)
class PeopleRanking:
    """The persons of an office for one listing, in the same three lists."""

    matches: tuple[PersonMatch, ...]
    other_nearby: tuple[PersonMatch, ...]
    not_shown: tuple[PersonMatch, ...]
    considered: int
    version: str = SCORE_TABLE.version


def judge(
    profile: Profile,
    listing: KnownListing,
    taxonomy: Concepts,
    regions: Places,
    today: date,
) -> Judgement:
    """Points, conditions and relevance of one pair."""
    return Judging(profile, taxonomy, regions, today).judge(post_of(listing, taxonomy))


def rank(
    profile: Profile,
    listings: Iterable[KnownListing],
    taxonomy: Concepts,
    regions: Places,
    today: date,
    *,
    seeker_id: str = "",
) -> Ranking:
    """Every listing judged for one person and put in order. `seeker_id` only seeds the daily shuffle."""
    judging = Judging(profile, taxonomy, regions, today)
    found = [Match(judging.judge(post), post) for post in (post_of(listing, taxonomy) for listing in listings)]

    def key(match: Match) -> ListingKey:
        return listing_key(match.total, match.listing, seeker_id, today)

    shown = sorted((match for match in found if not match.failed), key=key)
    return Ranking(
        matches=tuple(match for match in shown if not match.is_other_work),
        other_nearby=tuple(match for match in shown if match.is_other_work),
        not_shown=tuple(sorted((m for m in found if m.failed), key=lambda m: (_distance(m.judgement), key(m)))),
        considered=len(found),
    )


def rank_people(
    listing: KnownListing,
    people: Iterable[KnownPerson],
    taxonomy: Concepts,
    regions: Places,
    today: date,
) -> PeopleRanking:
    """Every person judged for one listing and put in order, by the same judgement as `rank`."""
    post = post_of(listing, taxonomy)
    found = [PersonMatch(Judging(one.profile, taxonomy, regions, today).judge(post), one) for one in people]

    def key(match: PersonMatch) -> PersonKey:
        return person_key(match.total, match.person_id, listing.id, today)

    shown = sorted((match for match in found if not match.failed), key=key)
    return PeopleRanking(
        matches=tuple(match for match in shown if not match.is_other_work),
        other_nearby=tuple(match for match in shown if match.is_other_work),
        not_shown=tuple(sorted((m for m in found if m.failed), key=lambda m: (_distance(m.judgement), key(m)))),
        considered=len(found),
    )


def _distance(judgement: Judgement) -> tuple[bool, bool, int]:
    """How far a miss is from being shown: other work last, then what is closed, then by the conditions to change."""
    failed = [one for one in judgement.conditions if one.status is Status.FAILED]
    return judgement.is_other_work, any(one.name in _CLOSED for one in failed), len(failed)
