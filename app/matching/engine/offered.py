"""What one listing makes of every value of a pool of persons: `asked`, with the roles exchanged. Pure."""

from dataclasses import dataclass
from datetime import date
from functools import partial

import numpy as np
from numpy.typing import NDArray

from app.matching.engine.facets import FACETS, Value, comfort_of_listing, comfort_points_of
from app.matching.engine.kept_rows import KeptRows
from app.matching.engine.kinship import CREDIT, Answers, Skill, SkillKinship, WorkKinship, answer, skill_key, work_key
from app.matching.engine.listing_rows import GUARANTEED, ListingRow
from app.matching.engine.person_rows import PersonValues
from app.matching.nearness import work_of_listing
from app.matching.pay import board_fen, days_a_month
from app.matching.place import PERCENT, way_between
from app.matching.profile import Concepts, KnownListing, ListedSkill, Places, Profile
from app.matching.skill_pairs import Claim, is_generic, similarity
from app.matching.table import SCORE_TABLE

_TABLE = SCORE_TABLE

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
        self._works, self._skill_kin = WorkKinship(values.works, concepts), SkillKinship(values.claims, concepts)
        self._near = KeptRows(self._works.near_wishes)
        self._counted = KeptRows(self._works.counted)
        self._have_concepts = KeptRows(self._works.have_concepts)
        self._claims = KeptRows(self._skill_kin.answers_of)
        self._implied = KeptRows(self._implied_for)
        self._ways = KeptRows(self._ways_to)
        self._comforts = KeptRows(self._comfort_of)
        self._failures = [KeptRows(partial(self._failures_of, number)) for number in range(len(FACETS))]

    def offer(self, listing: KnownListing, row: ListingRow, today: date) -> Offered:
        """The tables of `listing`, whose row is `row`, over all values that have a number now."""
        values, concepts = self._values, self._concepts
        work = work_of_listing(listing, concepts)
        key, works = work_key(work), len(values.works)
        near, counted = (kept.get(key, works).astype(np.int64) for kept in (self._near, self._counted))
        board = [
            sum(board_fen(Profile(lodging_needed=needed), listing, self._places, today)) for needed in (False, True)
        ]
        facets = [facet.of_listing(listing, work.occupation, concepts) for facet in FACETS]
        return Offered(
            row=row,
            today=today,
            days=days_a_month(listing),
            near=np.concatenate([np.zeros(1, dtype=np.int64), near]),
            counted=counted,
            is_clear=self._have_concepts.get("", works) | (counted > 0),
            has_concept=work.occupation is not None,
            skills=tuple(
                self._skill(skill_key(one, concepts), weight)
                for one, weight in zip(listing.skills, row.weights, strict=True)
            ),
            place=self._ways.get(listing.region, len(values.places)),
            board=(board[0], board[1]) if row.pay_known == GUARANTEED else (0, 0),
            comfort=self._comforts.get(comfort_of_listing(listing), len(values.comforts)),
            failures=tuple(
                kept.get(value, len(known))
                for kept, value, known in zip(self._failures, facets, values.facets, strict=True)
            ),
        )

    def _skill(self, listed: Skill, weight: int) -> OfferedSkill:
        claims = self._claims.get(listed, len(self._values.claims))
        implied = self._implied.get(listed, len(self._values.occupations))
        return OfferedSkill(weight, is_generic(listed[0], self._concepts), claims, implied)

    # Below: one table each, for the values from `start` on.

    def _implied_for(self, listed: Skill, start: int) -> Answers:
        """The best answer among the skills of each occupation."""
        concepts, found = self._concepts, []
        akin = {} if listed[0] is None else {one: self._answer(one, listed) for one in concepts.akin_skills(listed[0])}
        for occupation in self._values.occupations.first(len(self._values.occupations))[start:]:
            skills = concepts.occupations[occupation].skills
            found.append(
                max((akin.get(one, 0) if listed[0] else self._answer(one, listed) for one in skills), default=0)
            )
        return np.array(found, dtype=np.uint16)

    def _answer(self, skill: str, listed: Skill) -> int:
        if listed[0] is not None:
            return answer(self._concepts.skill_similarity(listed[0], skill))
        wanted = ListedSkill(None, listed[1])
        alike = similarity(wanted, Claim(skill, ""), self._concepts)
        return alike * (CREDIT + 1) if alike >= _TABLE.skill_counts_from else 0

    def _ways_to(self, post: str, start: int) -> Table:
        codes = self._values.places.first(len(self._values.places))[start:]
        return np.array([PERCENT[way_between(code, post, self._places)] for code in codes], dtype=np.int64)

    def _comfort_of(self, offered: Value, start: int) -> Table:
        wished = self._values.comforts.first(len(self._values.comforts))[start:]
        return np.array(comfort_points_of(wished, offered), dtype=np.int64)

    def _failures_of(self, facet: int, offered: Value, start: int) -> NDArray[np.uint8]:
        known = self._values.facets[facet]
        ask, persons = FACETS[facet].failures, known.first(len(known))[start:]
        return np.array([ask(value, offered, self._concepts) for value in persons], dtype=np.uint8)
