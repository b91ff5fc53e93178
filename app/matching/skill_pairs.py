"""Which of a person's skills answers which listed one, and how well. Pure.

Stated words that are the name or an alias of a skill stand for it. Skills with concepts are compared by the taxonomy;
where one side has words only, by the words. Twelve months in an
occupation imply that occupation's skills: they count, marked as inferred, and yield to a stated skill that is as good.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from app.matching.nearness import work_of
from app.matching.profile import Concepts, ListedSkill, Profile, SkillClaim
from app.matching.table import SCORE_TABLE
from app.matching.words import alike


class Claim(NamedTuple):
    """A skill of the person; `implied_by` is the occupation that implies it, None if the person said so."""

    skill: str | None
    words: str
    implied_by: str | None = None


class SkillPair(NamedTuple):
    """A listed skill and the person's best answer to it; `claim` is None where nothing comes near."""

    listed: ListedSkill
    weight: int
    generic: bool
    claim: Claim | None
    similarity: int
    credit: int

    @property
    def is_proof(self) -> bool:
        """Whether it shows that this work suits: a particular skill, said by the person, alike enough."""
        return (
            not self.generic
            and self.claim is not None
            and self.claim.implied_by is None
            and self.similarity >= SCORE_TABLE.skill_counts_from
        )


def similarity(listed: ListedSkill | SkillClaim, claim: Claim, concepts: Concepts) -> int:
    """How alike a listed skill and a person's are, 0 to 100."""
    return _alike(skill_of(listed.skill, listed.stated, concepts), listed.stated, claim, concepts)


def _alike(wanted: str | None, stated: str, claim: Claim, concepts: Concepts) -> int:
    if wanted is not None and claim.skill is not None:
        return concepts.skill_similarity(wanted, claim.skill)
    names = skill_names(claim.skill, claim.words, concepts)
    return max((alike(one, other) for one in skill_names(wanted, stated, concepts) for other in names), default=0)


def skill_of(skill: str | None, stated: str, concepts: Concepts) -> str | None:
    """The skill that an id and stated words speak of. An id that this node's table lacks gives way to the words."""
    if skill is not None and skill in concepts.skills:
        return skill
    return concepts.resolve_skill_text(stated) if stated else None


def is_generic(skill: str | None, concepts: Concepts) -> bool:
    """Whether a skill is asked for everywhere and says little."""
    return skill is not None and concepts.skills[skill].generic


def listed_weight(skill: str | None, must: bool, concepts: Concepts) -> int:
    """What a listed skill weighs, in quarters."""
    weight = SCORE_TABLE.skill_must_weight if must else SCORE_TABLE.skill_nice_weight
    return weight // SCORE_TABLE.skill_generic_divisor if is_generic(skill, concepts) else weight


def credit_for(alikeness: int, *, by_concept: bool) -> int:
    """What a similarity counts in percent: itself from 75; siblings, which only concepts can be, 60; else nothing."""
    if alikeness >= SCORE_TABLE.skill_counts_from:
        return alikeness
    if by_concept and alikeness >= SCORE_TABLE.skill_sibling_from:
        return SCORE_TABLE.skill_sibling
    return 0


def claims_of(profile: Profile, concepts: Concepts) -> Iterator[Claim]:
    """What the person can do: what was said, then what the work implies that was done long enough."""
    for said in profile.skills or ():
        yield Claim(skill_of(said.skill, said.stated, concepts), said.stated)
    for occupation in implying_occupations(profile, concepts):
        for skill in sorted(concepts.occupations[occupation].skills):
            yield Claim(skill, "", occupation)


def implying_occupations(profile: Profile, concepts: Concepts) -> list[str]:
    """The occupations that the person did long enough to have their skills, in the order of their ids."""
    months: dict[str, int] = {}
    for entry in profile.experience or ():
        occupation = work_of(entry.occupation, entry.stated, concepts).occupation
        if occupation is not None:
            months[occupation] = months.get(occupation, 0) + entry.months
    return sorted(one for one, total in months.items() if total >= SCORE_TABLE.skill_implied_after_months)


def pair_skill(listed: ListedSkill, claims: Sequence[Claim], concepts: Concepts) -> SkillPair:
    """A listed skill with its best answer."""
    wanted = skill_of(listed.skill, listed.stated, concepts)
    generic, weight = is_generic(wanted, concepts), listed_weight(wanted, listed.must, concepts)
    best: tuple[int, int, Claim | None] = (0, 0, None)
    for claim in claims:  # stated before implied: the first of equals stays
        found = _alike(wanted, listed.stated, claim, concepts)
        credit = credit_for(found, by_concept=wanted is not None and claim.skill is not None)
        if (credit, found) > best[:2]:
            best = (credit, found, claim)
    credit, found, answer = best
    return SkillPair(listed, weight, generic, answer if credit else None, found if credit else 0, credit)


def skill_names(skill: str | None, stated: str, concepts: Concepts) -> list[str]:
    """The names by which a skill is compared with words."""
    names = [stated] if stated else []
    if skill is not None:
        names += [concepts.skills[skill].zh, concepts.skills[skill].en]
    return names
