"""A job seeker as a row of whole numbers, and the values that the numbers stand for. Pure.

Rows hold no name, no citizen id and no contact: what `Profile` has, in numbers. They stay in the memory of the office's
own node and are never written anywhere.
"""

from dataclasses import dataclass
from typing import NamedTuple

from app.matching.engine.facets import FACETS, Value, comfort_of_profile
from app.matching.engine.interned import Interned
from app.matching.engine.kinship import Key, Skill, skill_key, work_key
from app.matching.nearness import work_of
from app.matching.profile import Concepts, KnownPerson
from app.matching.skill_pairs import implying_occupations
from app.people.profile import Hours
from app.taxonomy.terms import PayPeriod

# How a wish for pay is converted to a month.
NO_WISH, BY_HOUR, BY_DAY, BY_MONTH, BY_YEAR = range(5)
_PERIODS = {
    PayPeriod.HOUR: BY_HOUR,
    PayPeriod.DAY: BY_DAY,
    PayPeriod.MONTH: BY_MONTH,
    PayPeriod.YEAR: BY_YEAR,
    PayPeriod.PIECE: NO_WISH,  # cannot be compared: counts like not asked
}


class PersonRow(NamedTuple):
    """One person. Amounts are in fen; `born` is year × 10,000 + month × 100 + day, 0 if not asked."""

    id: str
    office: int
    wishes: tuple[int, ...]  # by rank
    done: tuple[int, ...]
    months: tuple[int, ...]
    has_experience: bool  # whether experience was asked
    claims: tuple[int, ...]
    implying: tuple[int, ...]
    places: tuple[int, ...]
    born: int
    pay_wish: int
    pay_fen: int
    wants_part: bool
    most_hours: int  # 0: none named
    needs_lodging: bool
    comfort: int
    facets: tuple[int, ...]


@dataclass(frozen=True)
class PersonValues:
    """What the numbers in the rows of a pool stand for."""

    offices: Interned[str]
    works: Interned[Key]
    claims: Interned[Skill]
    occupations: Interned[str]
    places: Interned[str]
    comforts: Interned[Value]
    facets: tuple[Interned[Value], ...]

    @classmethod
    def empty(cls) -> "PersonValues":
        """No values."""
        facets = tuple(Interned[Value]() for _ in FACETS)
        return cls(Interned(), Interned(), Interned(), Interned(), Interned(), Interned(), facets)


@dataclass(frozen=True)
class PersonReader:
    """Reads persons into rows; `values` grows by what is new in them."""

    values: PersonValues
    concepts: Concepts

    def read(self, person: KnownPerson, office: str) -> PersonRow:
        """The row of a person registered at `office`."""
        values, profile, concepts = self.values, person.profile, self.concepts
        pay, born = profile.pay, profile.birth_on
        places = profile.named_places
        experience = profile.experience or ()
        return PersonRow(
            id=person.id,
            office=values.offices.number(office),
            wishes=tuple(self._work(wish.occupation, wish.stated) for wish in profile.wishes),
            done=tuple(self._work(entry.occupation, entry.stated) for entry in experience),
            months=tuple(entry.months for entry in experience),
            has_experience=profile.experience is not None,
            claims=tuple(values.claims.number(skill_key(said, concepts)) for said in profile.skills or ()),
            implying=tuple(map(values.occupations.number, implying_occupations(profile, concepts))),
            places=tuple(map(values.places.number, places)),
            born=0 if born is None else born.year * 10_000 + born.month * 100 + born.day,
            pay_wish=NO_WISH if pay is None else _PERIODS[pay.period],
            pay_fen=0 if pay is None else pay.min_fen,
            wants_part=profile.hours is Hours.PART,
            most_hours=profile.max_hours_per_week or 0,
            needs_lodging=profile.lodging_needed is True,
            comfort=values.comforts.number(comfort_of_profile(profile)),
            facets=tuple(
                interned.number(facet.of_profile(profile))
                for facet, interned in zip(FACETS, values.facets, strict=True)
            ),
        )

    def _work(self, occupation: str | None, stated: str) -> int:
        return self.values.works.number(work_key(work_of(occupation, stated, self.concepts)))
