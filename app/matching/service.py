"""Matching at the counter, at the kiosk and for programs: a person's listings, a vacancy's persons, a loose profile.

Everything here only reads. The engine finds the best; the reference judges those few once more, for their factors and
sentences. Persons are those of the actor's own office; listings are all that this node knows, for a loose profile all
that are shown.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import structlog

from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.problems import Conflict
from app.lookup.understood import Understood
from app.matching.engine.market import Placed
from app.matching.engine.pool import PlacedPerson
from app.matching.filters import NO_FILTERS, Filters
from app.matching.judging import Judging, Post, post_of
from app.matching.lists import Lists
from app.matching.live_market import LiveMarket, Reads
from app.matching.live_pool import LivePool
from app.matching.profile import Profile
from app.matching.queries import known_listing, people_by_id
from app.matching.rank import Match, PersonMatch
from app.matching.reading import read_profile
from app.matching.schemas import MatchIn
from app.matching.table import SCORE_TABLE
from app.people.codes import check_codes, heard, understood
from app.people.profile import stored
from app.people.queries import get_seeker, profile_values
from app.regions.tree import Regions
from app.taxonomy.tables import Taxonomy
from app.vacancies.queries import get_vacancy

log = structlog.get_logger(__name__)


class NotPublished(Conflict):
    slug = "vacancy-not-published"
    zh, en = (
        "岗位尚未发布或已结束，不能匹配求职者",
        "The vacancy is not published or has ended: persons are not matched",
    )


@dataclass(frozen=True)
class Wanted:
    """How much is wanted: at most `limit` matches and `side` of each other list, of the listings `filters` admit."""

    limit: int
    side: int
    filters: Filters = NO_FILTERS


@dataclass(frozen=True)
class Matched:
    """A profile with its listings, and what its words were taken to mean."""

    profile: Profile
    lists: Lists[Match]
    understood: list[Understood]


@dataclass(frozen=True)
class MatchedPeople:
    """A post with the persons of an office and their masked names by id."""

    post: Post
    lists: Lists[PersonMatch]
    masked_names: dict[str, str]


@dataclass(frozen=True)
class Matcher:
    """The matching of one node. `reads` opens a session; none is open while anything is searched or explained."""

    reads: Reads
    market: LiveMarket
    pool: LivePool
    clock: Clock
    regions: Regions
    taxonomy: Taxonomy

    def for_seeker(self, actor: Actor, seeker_id: str, wanted: Wanted) -> Matched:
        """The listings for a job seeker; NotFound also where the person belongs to another office."""
        with self.reads() as session:
            values = profile_values(get_seeker(session, actor, seeker_id))
        return self._matched(values, wanted, seeker_id)

    def for_profile(self, entered: MatchIn, wanted: Wanted) -> Matched:
        """The shown listings for a profile that is not stored.

        UnknownCode (422) for codes in no table, UnclearWords (422) for a place that is not clear.
        """
        values: dict[str, Any] = stored(entered.model_dump(mode="json"))
        if "target_groups" not in entered.model_fields_set:
            values["target_groups"] = None  # its default is an empty list, but here nobody was asked
        check_codes(values, self.regions, self.taxonomy)
        values = understood(values, self.regions, self.taxonomy)
        shown = replace(wanted, filters=replace(wanted.filters, shown_at=self.clock.now()))
        return self._matched(values, shown, "")

    def for_vacancy(self, actor: Actor, vacancy_id: str, wanted: Wanted) -> MatchedPeople:
        """The active job seekers of the actor's office for a vacancy, own or received.

        NotPublished for an own vacancy that is no listing, NotFound for what this node does not know.
        """
        today = self.clock.today()
        with self.reads() as session:
            listing = known_listing(session, vacancy_id)
            if listing is None:
                get_vacancy(session, actor, vacancy_id)
                raise NotPublished()
            pool = self.pool.current(session)
        best = pool.best(listing, today, limit=wanted.limit, side=wanted.side, office=actor.office_id)
        with self.reads() as session:
            people, masked_names = people_by_id(session, actor, [placed.id for placed in best.every])
        post = post_of(listing, self.taxonomy)

        def judged(placed: tuple[PlacedPerson, ...]) -> Iterator[PersonMatch]:
            for one in placed:
                if (person := people.get(one.id)) is not None:  # else the person left a moment ago
                    judgement = Judging(person.profile, self.taxonomy, self.regions, today).judge(post)
                    _compare(judgement.total, one.total, listing.id)
                    yield PersonMatch(judgement, person)

        return MatchedPeople(post, best.through(judged), masked_names)

    def _matched(self, values: dict[str, Any], wanted: Wanted, seeker_id: str) -> Matched:
        profile, today = read_profile(values), self.clock.today()
        best = self.market.latest(self.reads).best(
            profile, today, limit=wanted.limit, side=wanted.side, seeker_id=seeker_id, filters=wanted.filters
        )
        posts = self.market.posts(self.reads, best.every)
        judging = Judging(profile, self.taxonomy, self.regions, today)

        def judged(placed: tuple[Placed, ...]) -> Iterator[Match]:
            for one in placed:
                if (post := posts.get((one.origin, one.id))) is not None:  # else it ended a moment ago
                    judgement = judging.judge(post)
                    _compare(judgement.total, one.total, one.id)
                    yield Match(judgement, post)

        return Matched(profile, best.through(judged), heard(values, self.regions, self.taxonomy))


def _compare(judged: int, found: int, listing_id: str) -> None:
    """The engine and the reference agree to the last point; if they ever do not, somebody has to hear of it."""
    if judged != found:
        log.error("engine and reference disagree", kind=listing_id, version=SCORE_TABLE.version, count=judged - found)
