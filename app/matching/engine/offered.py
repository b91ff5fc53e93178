"""What one listing makes of every value of a pool of persons: `asked`, with the roles exchanged. Pure."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.matching.engine.facets import FACETS, Value, comfort_of_listing, comfort_points
from app.matching.engine.kinship import Answers, Skill, answers_of, near_posts, near_wishes
from app.matching.engine.listing_rows import GUARANTEED, ListingRow
from app.matching.engine.person_rows import PersonValues
from app.matching.nearness import Work, work_of_listing
from app.matching.pay import board_fen, days_a_month
from app.matching.place import PERCENT, Way, way_between
from app.matching.profile import Concepts, KnownListing, Places, Profile
from app.matching.skill_pairs import is_generic, skill_of
from app.matching.table import SCORE_TABLE

_TABLE = SCORE_TABLE
_KEPT = 4096

Table = NDArray[np.int64]


@dataclass(frozen=True)
class OfferedSkill:
    """One listed skill: its weight, and how well each claim, and each occupation's skills, answer it."""

    weight: int
    is_generic: bool
    claims: Answers
    implied: Answers


@dataclass(frozen=True)
class Offered:
    """The tables of one listing, and the listing's own numbers."""

    row: ListingRow
    today: date
    days: int  # of a month × 100, where a day's pay is converted
    near: Table  # percent by work, and 0 for none before the first
    counted: Table  # percent of a month that counts, by work
    is_clear: NDArray[np.bool_]  # by work: whether no words hide months that count
    has_concept: bool
    skills: tuple[OfferedSkill, ...]
    place: Table  # percent by place
    board: tuple[int, int]  # fen a month: who needs no lodging, who does
    comfort: Table
    failures: tuple[NDArray[np.uint8], ...]


class Offerer:
    """Makes the tables of listings over the values of one pool. Safe for concurrent readers."""

    def __init__(self, values: PersonValues, concepts: Concepts, places: Places) -> None:
        self._values, self._concepts, self._places = values, concepts, places
        kept = lru_cache(maxsize=_KEPT)
        self._near = kept(self._near_to)
        self._claims = kept(self._claims_for)
        self._implied = kept(self._implied_for)
        self._ways = kept(self._ways_to)
        self._comforts = kept(self._comfort_of)
        self._failures = kept(self._failures_of)

    def offer(self, listing: KnownListing, row: ListingRow, today: date) -> Offered:
        """The tables of `listing`, whose row is `row`, over all values that have a number now."""
        values, concepts = self._values, self._concepts
        work = work_of_listing(listing, concepts)
        key = work.occupation, "" if work.occupation else work.words
        near, counted, is_clear = self._near(key, len(values.works))
        board = [
            sum(board_fen(Profile(lodging_needed=needed), listing, self._places, today)) for needed in (False, True)
        ]
        facets = [facet.of_listing(listing, work.occupation, concepts) for facet in FACETS]
        return Offered(
            row=row,
            today=today,
            days=days_a_month(listing),
            near=near,
            counted=counted,
            is_clear=is_clear,
            has_concept=work.occupation is not None,
            skills=tuple(
                self._skill((skill_of(one.skill, one.stated, concepts), one.stated), weight)
                for one, weight in zip(listing.skills, row.weights, strict=True)
            ),
            place=self._ways(listing.region, len(values.places)),
            board=(board[0], board[1]) if row.pay_known == GUARANTEED else (0, 0),
            comfort=self._comforts(comfort_of_listing(listing), len(values.comforts)),
            failures=tuple(self._failures(n, value, len(values.facets[n])) for n, value in enumerate(facets)),
        )

    def _skill(self, listed: Skill, weight: int) -> OfferedSkill:
        claims = self._claims(listed, len(self._values.claims))
        implied = self._implied(listed, len(self._values.occupations))
        return OfferedSkill(weight, is_generic(listed[0], self._concepts), claims, implied)

    # Below: one table each, kept by what it depends on. The count names how many values there were.

    def _near_to(self, key: tuple[str | None, str], count: int) -> tuple[Table, Table, NDArray[np.bool_]]:
        post = Work(*key)
        works = [Work(occupation, words) for occupation, words in self._values.works.first(count)]
        near = near_wishes(post, works, self._concepts).astype(np.int64)
        counted = np.minimum(near, near_posts(post, works, self._concepts))
        known = np.array([work.occupation is not None for work in works], dtype=np.bool_)
        return np.concatenate([np.zeros(1, dtype=np.int64), near]), counted, known | (counted > 0)

    def _claims_for(self, listed: Skill, count: int) -> Answers:
        return answers_of(self._values.claims.first(count), listed, self._concepts)

    def _implied_for(self, listed: Skill, count: int) -> Answers:
        concepts = self._concepts
        skills = [concepts.occupations[one].skills for one in self._values.occupations.first(count)]
        return np.array(
            [answers_of([(skill, "") for skill in own], listed, concepts).max(initial=0) for own in skills], np.uint16
        )

    def _ways_to(self, post: str, count: int) -> Table:
        return np.array(
            [PERCENT[way_between(code, post, self._places)] for code in self._values.places.first(count)], np.int64
        )

    def _comfort_of(self, offered: Value, count: int) -> Table:
        return np.array([comfort_points(wished, offered) for wished in self._values.comforts.first(count)], np.int64)

    def _failures_of(self, facet: int, offered: Value, count: int) -> NDArray[np.uint8]:
        ask, persons = FACETS[facet].failures, self._values.facets[facet].first(count)
        return np.array([ask(value, offered, self._concepts) for value in persons], dtype=np.uint8)


NOT_NAMED: Any = PERCENT[Way.NOT_ASKED]
