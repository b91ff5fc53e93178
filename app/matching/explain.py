"""Why a pair has its points: a sentence per factor, the skill pairs, the conditions, and what would change them. Pure.

It only retells a judgement; it decides nothing and reads no clock. The sentences themselves stand in `texts.py`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from app.matching.conditions import CertificateId, Condition, Fact, Months, Name, Status
from app.matching.nearness import Kinship, Work, work_of, work_of_listing
from app.matching.pay import PayCompared, PayKnown
from app.matching.place import Way
from app.matching.profile import Concept, Concepts, KnownListing, Places, Profile
from app.matching.rank import Judgement
from app.matching.score import ConditionsScore, ExperienceScore, OccupationScore, PlaceScore, SkillsScore
from app.matching.skill_pairs import Claim, SkillPair
from app.matching.table import SCORE_TABLE
from app.matching.texts import Said, label, length, say, together, yuan

NOT_CONSIDERED = tuple(say(f"not_considered.{what}") for what in ("sex", "ethnicity", "household", "age", "photo"))
_SKILLS_TO_LEARN = 3


class FactorLine(NamedTuple):
    """One factor: its points and its sentence."""

    factor: str
    points: int
    of: int
    said: Said


class SkillLine(NamedTuple):
    """One listed skill and what answers it; `claim` is None where nothing does."""

    listed: Said
    claim: Said | None
    similarity: int
    must: bool
    generic: bool
    inferred: bool
    said: Said


class ConditionLine(NamedTuple):
    """One hard condition and, where it failed or a card is missing, what would change it."""

    name: Name
    status: Status
    subject: str
    said: Said
    change: Said | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that is said of one judgement."""

    factors: tuple[FactorLine, ...]
    skills: tuple[SkillLine, ...]
    conditions: tuple[ConditionLine, ...]
    would_change: tuple[Said, ...]
    inferred: tuple[Said, ...]
    unknown: tuple[Said, ...]
    not_considered: tuple[Said, ...] = NOT_CONSIDERED


def explain(
    judgement: Judgement, profile: Profile, listing: KnownListing, taxonomy: Concepts, regions: Places
) -> Explanation:
    """The explanation of `judgement`, which is that of this profile and this listing."""
    teller = _Teller(judgement, profile, listing, taxonomy, regions)
    conditions = tuple(_condition_line(one, taxonomy) for one in judgement.conditions)
    return Explanation(
        factors=tuple(teller.factors()),
        skills=tuple(teller.skill_line(pair) for pair in judgement.factors.skills.pairs),
        conditions=conditions,
        would_change=tuple(dict.fromkeys(teller.changes(conditions))),
        inferred=tuple(dict.fromkeys(teller.inferences())),
        unknown=tuple(dict.fromkeys(teller.unknowns(conditions))),
    )


@dataclass(frozen=True, slots=True)
class _Teller:
    """One judgement with what it was made from, so that each sentence below is a few lines."""

    judgement: Judgement
    profile: Profile
    listing: KnownListing
    taxonomy: Concepts
    regions: Places

    def factors(self) -> Iterator[FactorLine]:
        found = self.judgement.factors
        sentences = {
            "occupation": self._occupation(found.occupation),
            "experience": self._experience(found.experience),
            "skills": self._skills(found.skills),
            "place": self._place(found.place),
            "pay": self._pay(found.pay.pay),
            "conditions": self._conditions(found.conditions),
        }
        for name, score in found.in_order():
            yield FactorLine(name, score.points, score.of, sentences[name])

    def _occupation(self, score: OccupationScore) -> Said:
        post = self._work_name(work_of_listing(self.listing, self.taxonomy))
        if score.wish is None:
            return say("occupation.none", post=post) if score.has_wishes else say("occupation.no_wish")
        line = say(f"occupation.{score.near.kinship}", wish=self._work_name(score.wish), post=post)
        return together(line, say(f"occupation.rank_{score.rank}")) if score.rank > 1 else line

    def _experience(self, score: ExperienceScore) -> Said:
        if not score.is_asked:
            return say("experience.to_ask")
        if score.months == 0:
            return say("experience.zero")
        held = length(score.months)
        if score.months >= score.needed:
            return say("experience.full", held=held)
        return say("experience.part", held=held, needed=length(score.needed))

    def _skills(self, score: SkillsScore) -> Said:
        if not score.pairs:
            return say("skills.not_listed")
        answered = sum(pair.credit > 0 for pair in score.pairs)
        counts = say("skills.some" if answered else "skills.none", listed=len(score.pairs), found=answered)
        return together(counts, say("skills.by_occupation")) if score.from_occupation else counts

    def _place(self, score: PlaceScore) -> Said:
        found = score.nearest
        if found is None or found.place is None:
            line = say("place.not_asked", post=self._region(self.listing.region))
        else:
            whose = say("place.home" if found.is_home else "place.wish")
            line = say(
                f"place.{found.way}",
                post=self._region(self.listing.region),
                whose=whose,
                place=self._region(found.place),
            )
        if found is not None and found.lodging_counts:
            line = together(line, say("place.lodging"))
        return line

    def _pay(self, pay: PayCompared | None) -> Said:
        if pay is None or pay.known is PayKnown.NOT_ASKED:
            return say("pay.not_asked")
        if pay.known is PayKnown.NOT_COMPARABLE:
            return say("pay.not_comparable")
        if pay.known is PayKnown.NOT_STATED:
            is_half = pay.permille == 10 * SCORE_TABLE.pay_not_stated
            return say("pay.not_stated" if is_half else "pay.top_too_low")
        per, unit = (SCORE_TABLE.hours_a_month, "hour") if pay.by_hour else (1, "month")
        offered, wished = pay.offered_fen // per, pay.wished_fen // per
        verdict = "reached" if pay.offered_fen >= pay.wished_fen else "below"
        amounts = {"offered": yuan(offered), "wished": yuan(wished), "gap": yuan(abs(wished - offered))}
        lines = [say(f"pay.{verdict}_{unit}", **amounts)]
        if pay.board_fen:  # what nobody pays in money is never called pay
            paid = say(f"pay.paid_{unit}", paid=yuan((pay.offered_fen - pay.board_fen) // per))
            lines = [paid, say(f"pay.{verdict}_with_board", **amounts)]
        return together(*lines, *self._pay_assumptions(pay))

    def _pay_assumptions(self, pay: PayCompared) -> Iterator[Said]:
        if pay.by_day_hundredths:
            yield say("pay.by_day", days=yuan(pay.by_day_hundredths))
        if pay.by_hour:
            yield say("pay.by_hour", hours=SCORE_TABLE.hours_a_month)
        if pay.lodging_fen:
            yield say("pay.lodging", amount=yuan(pay.lodging_fen))
        if pay.meals_fen:
            yield say("pay.meals", amount=yuan(pay.meals_fen))

    def _conditions(self, score: ConditionsScore) -> Said:
        parts = {
            "shift": score.shift,
            "days_off": score.days_off,
            "form": score.form,
            "insurance": score.insurance,
        }
        known = [say(f"conditions.{part}_{percent}") for part, percent in parts.items() if percent is not None]
        return together(*known) if known else say("conditions.nothing")

    def skill_line(self, pair: SkillPair) -> SkillLine:
        listed, claim = self._skill(pair.listed.skill, pair.listed.stated), pair.claim
        implied_by = claim.implied_by if claim else None
        if claim is None:
            said = say("skills.pair_none", listed=listed)
        elif implied_by is not None:
            said = say("skills.pair_implied", listed=listed, occupation=self._occupation_name(implied_by))
        elif pair.similarity == 100:
            said = say("skills.pair_same", listed=listed)
        else:
            said = say("skills.pair", claim=self._claim(claim), listed=listed, similarity=pair.similarity)
        return SkillLine(
            listed,
            self._claim(claim) if claim else None,
            pair.similarity,
            pair.listed.must,
            pair.generic,
            implied_by is not None,
            said,
        )

    def changes(self, conditions: Iterable[ConditionLine]) -> Iterator[Said]:
        yield from (condition.change for condition in conditions if condition.change is not None)
        pay = self.judgement.factors.pay.pay
        if pay is not None and pay.known is PayKnown.COMPARED and pay.permille < 1000:
            if pay.by_hour:
                yield say("change.pay_hour", offered=yuan(pay.offered_fen // SCORE_TABLE.hours_a_month))
            else:
                yield say("change.pay", offered=yuan(pay.offered_fen))
        missing = [pair for pair in self.judgement.factors.skills.pairs if pair.credit == 0 and pair.listed.must]
        for pair in missing[:_SKILLS_TO_LEARN]:
            yield say("change.skill", skill=self._skill(pair.listed.skill, pair.listed.stated))
        if self.judgement.is_other_work:
            yield say("change.other_work", post=self._work_name(work_of_listing(self.listing, self.taxonomy)))

    def inferences(self) -> Iterator[Said]:
        found = self.judgement.factors
        if self.judgement.is_other_work:
            yield say("other_work", points=SCORE_TABLE.other_work_at_most)
        yield from self._readings()
        for pair in found.skills.pairs:
            if pair.claim is not None and pair.claim.implied_by is not None:
                occupation = self._occupation_name(pair.claim.implied_by)
                yield say("skills.implied", occupation=occupation, skill=self._claim(pair.claim))
        if not found.skills.pairs:
            yield say("skills.not_listed")
        elif found.skills.from_occupation:
            yield say("skills.by_occupation")
        if found.pay.pay is not None and found.pay.pay.known is PayKnown.COMPARED:
            yield from self._pay_assumptions(found.pay.pay)

    def _readings(self) -> Iterator[Said]:
        """Words that were taken for a concept: the wish that counts, and the post."""
        works = [work_of_listing(self.listing, self.taxonomy)] if self.listing.occupation is None else []
        wish = self.judgement.factors.occupation.rank
        if wish and self.profile.wishes[wish - 1].occupation is None:
            works.append(work_of(None, self.profile.wishes[wish - 1].stated, self.taxonomy))
        for work in works:
            if work.occupation is not None:
                yield say("read_as", words=work.words, concept=self._occupation_name(work.occupation))

    def unknowns(self, conditions: Iterable[ConditionLine]) -> Iterator[Said]:
        yield from (condition.said for condition in conditions if condition.status is Status.UNKNOWN)
        found = self.judgement.factors
        if not found.experience.is_asked:
            yield say("experience.to_ask")
        if not found.skills.is_asked:
            yield say("skills.to_ask")
        if found.occupation.near.kinship is Kinship.WORDS_ALIKE or not found.occupation.has_wishes:
            yield self._occupation(found.occupation)
        yield from self._place_unknowns(found.place)
        if found.pay.pay is None or found.pay.pay.known is not PayKnown.COMPARED:
            yield self._pay(found.pay.pay)

    def _place_unknowns(self, score: PlaceScore) -> Iterator[Said]:
        if score.nearest is not None and score.nearest.way is Way.NOT_ASKED:
            yield self._place(score)
        if self.listing.place_stated:
            yield say("place.stated", words=self.listing.place_stated)
        if self.regions.street_of(self.listing.region) is None:
            yield say("place.not_exact", post=self._region(self.listing.region))

    def _work_name(self, work: Work) -> Said:
        return Said(work.words, work.words) if work.occupation is None else self._occupation_name(work.occupation)

    def _occupation_name(self, occupation: str) -> Said:
        return _name_of(self.taxonomy.occupations[occupation])

    def _skill(self, skill: str | None, stated: str) -> Said:
        if skill is not None and skill in self.taxonomy.skills:
            return _name_of(self.taxonomy.skills[skill])
        words = stated or skill or ""
        return Said(words, words)

    def _claim(self, claim: Claim) -> Said:
        return self._skill(claim.skill, claim.words)

    def _region(self, code: str) -> Said:
        """Names of divisions are Chinese in both languages: that is what stands on the street sign."""
        name = self.regions.name(code)
        return Said(name, name)


@lru_cache(maxsize=16_384)  # like the sentences, they are few
def _condition_line(condition: Condition, taxonomy: Concepts) -> ConditionLine:
    values = {name: _fact(fact, taxonomy) for name, fact in condition.facts}
    changes = condition.status in (Status.FAILED, Status.OBTAINABLE)
    return ConditionLine(
        condition.name,
        condition.status,
        condition.subject,
        say(condition.reason, **values),
        say(f"change.{condition.reason}", **values) if changes else None,
    )


def _fact(fact: Fact, taxonomy: Concepts) -> Said | str | int:
    if isinstance(fact, CertificateId):
        known = taxonomy.certificates.get(fact.id)
        return _name_of(known) if known is not None else Said(fact.id, fact.id)
    if isinstance(fact, Months):
        return length(fact.length)
    if isinstance(fact, StrEnum):
        return label(fact)
    return fact.isoformat() if isinstance(fact, date) else fact


def _name_of(concept: Concept) -> Said:
    return Said(concept.zh, concept.en or concept.zh)
