"""Matching at the counter, at the kiosk and for programs: a person's listings, a vacancy's persons, a loose profile.

Everything here only reads. Persons are those of the actor's own office; listings are all that this node knows, for a
loose profile all that are shown. `reads` opens the session, which is closed again before anything is scored.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.kernel.access import Actor
from app.kernel.clock import Clock
from app.kernel.problems import Conflict
from app.lookup.understood import Understood
from app.matching.known import KnownListings
from app.matching.profile import KnownListing, Profile
from app.matching.queries import active_people, known_listing
from app.matching.rank import PeopleRanking, Ranking, rank, rank_people
from app.matching.reading import read_profile
from app.matching.schemas import MatchIn
from app.people.codes import check_codes, heard, understood
from app.people.profile import stored
from app.people.queries import get_seeker, profile_values
from app.regions.tree import Regions
from app.taxonomy.tables import Taxonomy
from app.vacancies.queries import get_vacancy

_Reads = Callable[[], AbstractContextManager[Session]]


class NotPublished(Conflict):
    slug = "vacancy-not-published"
    zh, en = (
        "岗位尚未发布或已结束，不能匹配求职者",
        "The vacancy is not published or has ended: persons are not matched",
    )


@dataclass(frozen=True)
class Matched:
    """A profile with its ranking, and what its words were taken to mean."""

    profile: Profile
    ranking: Ranking
    understood: list[Understood]


@dataclass(frozen=True)
class MatchedPeople:
    """A listing with the ranking of an office's persons and their masked names by id."""

    listing: KnownListing
    ranking: PeopleRanking
    masked_names: dict[str, str]


def match_seeker(
    reads: _Reads,
    known: KnownListings,
    actor: Actor,
    clock: Clock,
    regions: Regions,
    taxonomy: Taxonomy,
    seeker_id: str,
) -> Matched:
    """Every known listing judged for a job seeker; NotFound also where the person belongs to another office."""
    with reads() as session:
        values = profile_values(get_seeker(session, actor, seeker_id))
        listings = known.every(session)
    profile = read_profile(values)
    ranking = rank(profile, listings, taxonomy, regions, clock.today(), seeker_id=seeker_id)
    return Matched(profile, ranking, heard(values, regions, taxonomy))


def match_vacancy(
    reads: _Reads, actor: Actor, clock: Clock, regions: Regions, taxonomy: Taxonomy, vacancy_id: str
) -> MatchedPeople:
    """The active job seekers of the actor's office judged for a vacancy, own or received.

    NotPublished for an own vacancy that is no listing, NotFound for what this node does not know.
    """
    with reads() as session:
        listing = known_listing(session, vacancy_id)
        if listing is None:
            get_vacancy(session, actor, vacancy_id)
            raise NotPublished()
        people, masked_names = active_people(session, actor)
    ranking = rank_people(listing, people, taxonomy, regions, clock.today())
    return MatchedPeople(listing, ranking, masked_names)


def match_profile(
    reads: _Reads, known: KnownListings, clock: Clock, regions: Regions, taxonomy: Taxonomy, entered: MatchIn
) -> Matched:
    """Every shown listing judged for a profile that is not stored.

    UnknownCode (422) for codes in no table, UnclearWords (422) for a place that is not clear.
    """
    values: dict[str, Any] = stored(entered.model_dump(mode="json"))
    if "target_groups" not in entered.model_fields_set:
        values["target_groups"] = None  # its default is an empty list, but here nobody was asked
    check_codes(values, regions, taxonomy)
    values = understood(values, regions, taxonomy)
    profile = read_profile(values)
    with reads() as session:
        listings = known.shown(session, clock.now())
    ranking = rank(profile, listings, taxonomy, regions, clock.today())
    return Matched(profile, ranking, heard(values, regions, taxonomy))
