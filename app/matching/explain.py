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
from app.matching.judging import Judgement, Post
from app.matching.nearness import Kinship, Work, work_of
from app.matching.pay import PayCompared, PayKnown
from app.matching.place import Way
from app.matching.profile import Concept, Concepts, Places, Profile
from app.matching.score import ConditionsScore, ExperienceScore, FactorScore, OccupationScore, PlaceScore, SkillsScore
from app.matching.skill_pairs import Claim, SkillPair
from app.matching.table import SCORE_TABLE
from app.matching.texts import Said, label, length, say, together, yuan

NOT_CONSIDERED = tuple(say(f"not_considered.{what}") for what in ("sex", "ethnicity", "household", "age", "photo"))
_SKILLS_TO_LEARN = 3
_KEPT = 16_384  # sentences of a kind


class FactorLine(NamedTuple):
    """One factor: its points and its sentence."""

    factor: str
    points: int
    of: int
    said: Said


@dataclass(frozen=True, slots=True, eq=False)
class SkillLine:
    """One listed skill and what answers it; `claim` is None where nothing does."""

    listed: Said
    claim: Said | None
    similarity: int
    must: bool
    generic: bool
    inferred: bool
    said: Said


@dataclass(frozen=True, slots=True, eq=False)
class ConditionLine:
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


def explain(judgement: Judgement, profile: Profile, post: Post, taxonomy: Concepts, regions: Places) -> Explanation:
    """The explanation of `judgement`, which is that of this profile and this post."""
    teller = _Teller(judgement, profile, post, taxonomy, regions)
    conditions = tuple([_condition_line(one, taxonomy) for one in judgement.conditions])
    return Explanation(
        factors=teller.factors(),
        skills=tuple([_skill_line(pair, taxonomy) for pair in judgement.factors.skills.pairs]),
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
    post: Post
    taxonomy: Concepts
    regions: Places

    def factors(self) -> tuple[FactorLine, ...]:
        found = self.judgement.factors
        return (
            _factor_line("occupation", found.occupation, self._occupation(found.occupation)),
            _factor_line("experience", found.experience, _experience(found.experience)),
            _factor_line("skills", found.skills, self._skills(found.skills)),
            _factor_line("place", found.place, self._place(found.place)),
            _factor_line("pay", found.pay, _pay(found.pay.pay)),
            _factor_line("conditions", found.conditions, _conditions(found.conditions)),
        )

    def _occupation(self, score: OccupationScore) -> Said:
        return _occupation(score.wish, score.near.kinship, score.rank, score.has_wishes, self.post.work, self.taxonomy)

    def _skills(self, score: SkillsScore) -> Said:
        answered = sum([pair.credit > 0 for pair in score.pairs])
        return _skills(len(score.pairs), answered, score.from_occupation)

    def _place(self, score: PlaceScore) -> Said:
        found, post = score.nearest, self.regions.name(self.post.listing.region)
        if found is None or found.place is None:
            return _place(post, None, "", is_home=False, lodging_counts=found is not None and found.lodging_counts)
        return _place(
            post,
            found.way,
            self.regions.name(found.place),
            is_home=found.is_home,
            lodging_counts=found.lodging_counts,
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
            yield say("change.skill", skill=_skill_name(pair.listed.skill, pair.listed.stated, self.taxonomy))
        if self.judgement.is_other_work:
            yield say("change.other_work", post=_work_name(self.post.work, self.taxonomy))

    def inferences(self) -> Iterator[Said]:
        found = self.judgement.factors
        if self.judgement.is_other_work:
            yield say("other_work", points=SCORE_TABLE.other_work_at_most)
        yield from self._readings()
        for pair in found.skills.pairs:
            if pair.claim is not None and pair.claim.implied_by is not None:
                occupation = _occupation_name(pair.claim.implied_by, self.taxonomy)
                yield say("skills.implied", occupation=occupation, skill=_claim_name(pair.claim, self.taxonomy))
        if not found.skills.pairs:
            yield say("skills.not_listed")
        elif found.skills.from_occupation:
            yield say("skills.by_occupation")
        if found.pay.pay is not None and found.pay.pay.known is PayKnown.COMPARED:
            yield from _pay_assumptions(found.pay.pay)

    def _readings(self) -> Iterator[Said]:
        """Words that were taken for a concept: the wish that counts, and the post."""
        works = [self.post.work] if self.post.listing.occupation is None else []
        wish = self.judgement.factors.occupation.rank
        if wish and self.profile.wishes[wish - 1].occupation is None:
            works.append(work_of(None, self.profile.wishes[wish - 1].stated, self.taxonomy))
        for work in works:
            if work.occupation is not None:
                yield say("read_as", words=work.words, concept=_occupation_name(work.occupation, self.taxonomy))

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
            yield _pay(found.pay.pay)

    def _place_unknowns(self, score: PlaceScore) -> Iterator[Said]:
        if score.nearest is not None and score.nearest.way is Way.NOT_ASKED:
            yield self._place(score)
        if self.post.listing.place_stated:
            yield say("place.stated", words=self.post.listing.place_stated)
        if self.regions.street_of(self.post.listing.region) is None:
            yield say("place.not_exact", post=_region_name(self.regions.name(self.post.listing.region)))


# Below: a sentence each of what it depends on. They are few, and said again and again.


def _factor_line(name: str, score: FactorScore, said: Said) -> FactorLine:
    return FactorLine(name, score.points, score.of, said)


@lru_cache(maxsize=_KEPT)
def _occupation(
    wish: Work | None, kinship: Kinship, rank: int, has_wishes: bool, post: Work, taxonomy: Concepts
) -> Said:
    name = _work_name(post, taxonomy)
    if wish is None:
        return say("occupation.none", post=name) if has_wishes else say("occupation.no_wish")
    line = say(f"occupation.{kinship}", wish=_work_name(wish, taxonomy), post=name)
    return together(line, say(f"occupation.rank_{rank}")) if rank > 1 else line


def _experience(score: ExperienceScore) -> Said:
    if not score.is_asked:
        return say("experience.to_ask")
    if score.months == 0:
        return say("experience.zero")
    held = length(score.months)
    if score.months >= score.needed:
        return say("experience.full", held=held)
    return say("experience.part", held=held, needed=length(score.needed))


@lru_cache(maxsize=_KEPT)
def _skills(listed: int, answered: int, from_occupation: bool) -> Said:
    if not listed:
        return say("skills.not_listed")
    counts = say("skills.some" if answered else "skills.none", listed=listed, found=answered)
    return together(counts, say("skills.by_occupation")) if from_occupation else counts


@lru_cache(maxsize=_KEPT)
def _place(post: str, way: Way | None, place: str, *, is_home: bool, lodging_counts: bool) -> Said:
    if way is None:
        line = say("place.not_asked", post=_region_name(post))
    else:
        whose = say("place.home" if is_home else "place.wish")
        line = say(f"place.{way}", post=_region_name(post), whose=whose, place=_region_name(place))
    return together(line, say("place.lodging")) if lodging_counts else line


@lru_cache(maxsize=_KEPT)
def _pay(pay: PayCompared | None) -> Said:
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
    return together(*lines, *_pay_assumptions(pay))


def _pay_assumptions(pay: PayCompared) -> Iterator[Said]:
    if pay.by_day_hundredths:
        yield say("pay.by_day", days=yuan(pay.by_day_hundredths))
    if pay.by_hour:
        yield say("pay.by_hour", hours=SCORE_TABLE.hours_a_month)
    if pay.lodging_fen:
        yield say("pay.lodging", amount=yuan(pay.lodging_fen))
    if pay.meals_fen:
        yield say("pay.meals", amount=yuan(pay.meals_fen))


def _conditions(score: ConditionsScore) -> Said:
    return _comfort(score.shift, score.days_off, score.form, score.insurance)


@lru_cache(maxsize=_KEPT)
def _comfort(shift: int | None, days_off: int | None, form: int | None, insurance: int | None) -> Said:
    parts = {"shift": shift, "days_off": days_off, "form": form, "insurance": insurance}
    known = [say(f"conditions.{part}_{percent}") for part, percent in parts.items() if percent is not None]
    return together(*known) if known else say("conditions.nothing")


@lru_cache(maxsize=_KEPT)
def _skill_line(pair: SkillPair, taxonomy: Concepts) -> SkillLine:
    listed, claim = _skill_name(pair.listed.skill, pair.listed.stated, taxonomy), pair.claim
    implied_by = claim.implied_by if claim else None
    answer = _claim_name(claim, taxonomy) if claim else None
    if answer is None:
        said = say("skills.pair_none", listed=listed)
    elif implied_by is not None:
        said = say("skills.pair_implied", listed=listed, occupation=_occupation_name(implied_by, taxonomy))
    elif pair.similarity == 100:
        said = say("skills.pair_same", listed=listed)
    else:
        said = say("skills.pair", claim=answer, listed=listed, similarity=pair.similarity)
    return SkillLine(listed, answer, pair.similarity, pair.listed.must, pair.generic, implied_by is not None, said)


def _work_name(work: Work, taxonomy: Concepts) -> Said:
    return Said(work.words, work.words) if work.occupation is None else _occupation_name(work.occupation, taxonomy)


def _occupation_name(occupation: str, taxonomy: Concepts) -> Said:
    return _name_of(taxonomy.occupations[occupation])


def _skill_name(skill: str | None, stated: str, taxonomy: Concepts) -> Said:
    if skill is not None and skill in taxonomy.skills:
        return _name_of(taxonomy.skills[skill])
    words = stated or skill or ""
    return Said(words, words)


def _claim_name(claim: Claim, taxonomy: Concepts) -> Said:
    return _skill_name(claim.skill, claim.words, taxonomy)


def _region_name(name: str) -> Said:
    """Names of divisions are Chinese in both languages: that is what stands on the street sign."""
    return Said(name, name)


@lru_cache(maxsize=_KEPT)
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
