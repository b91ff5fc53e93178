"""How near one work or one skill is to all others at once: the reference's numbers, a row of them at a time. Pure.

A concept is asked about those of the taxonomy that are akin to it, which are few; to all others it is nothing. Stated
words, of which a market has thousands, are compared in one call, and only those that come near are looked at closely.
"""

from bisect import bisect_left
from collections.abc import Callable, Collection, Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from rapidfuzz.distance import Indel

from app.matching.engine.interned import Interned
from app.matching.nearness import Work, work_names
from app.matching.profile import Concepts, ListedSkill, SkillClaim
from app.matching.skill_pairs import skill_names, skill_of
from app.matching.table import SCORE_TABLE
from app.matching.words import normalise

Percents = NDArray[np.uint8]
Answers = NDArray[np.uint16]
Likeness = NDArray[np.int64]
Key = tuple[str | None, str]  # the concept, and the stated words
Skill = Key

CREDIT = 128  # an answer is credit × 128 + similarity: the greater is the better, as the reference compares them


class Names:
    """The names of the works or skills of a market, read on as values come. Safe for concurrent readers."""

    def __init__(self, values: Interned[Key], names_of: Callable[[Key], Sequence[str]]) -> None:
        self._values, self._names_of = values, names_of
        self._lock = Lock()
        self._read = 0
        self._numbers: dict[str, list[int]] = {}  # of a concept: it stands with various words
        self._named = _Named()  # values with a concept
        self._worded = _Named()  # values that are words alone

    def alike(self, one: Key, start: int, at_least: int) -> tuple[int, Likeness]:
        """How many values there are, and for those from `start` on how alike their names are to those of `one`.

        Values with a concept are compared with words only, words with everything. Below `at_least` it may be 0.
        """
        count = self._read_on()
        found = np.zeros(count - start, dtype=np.int64)
        ours = [plain for name in self._names_of(one) if (plain := normalise(name))]
        for group in (self._worded,) if one[0] is not None else (self._worded, self._named):
            group.compare(ours, start, count, at_least, found)
        return count, found

    def numbers(self, concepts: Collection[str], start: int, count: int) -> list[tuple[int, str]]:
        """(number, concept) of the values from `start` to below `count` that have one of `concepts`."""
        found = []
        for concept in concepts:
            numbers = self._numbers.get(concept, [])
            first = bisect_left(numbers, start)
            found += [(number, concept) for number in numbers[first:] if number < count]
        return found

    def _read_on(self) -> int:
        with self._lock:
            values = self._values.first(len(self._values))
            for number in range(self._read, len(values)):
                concept = values[number][0]
                if concept is not None:
                    self._numbers.setdefault(concept, []).append(number)
                group = self._worded if concept is None else self._named
                group.add(number, [plain for name in self._names_of(values[number]) if (plain := normalise(name))])
            self._read = len(values)
            return self._read


class _Named:
    """Names, normalised, with the numbers of the values that bear them, in rising order."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._owners: list[int] = []

    def add(self, number: int, names: Sequence[str]) -> None:
        self._names += names
        self._owners += [number] * len(names)

    def compare(self, ours: Sequence[str], start: int, count: int, at_least: int, found: Likeness) -> None:
        """Raise `found`, which begins at `start`, to the greatest likeness of one of `ours` and one of a value's."""
        first, last = bisect_left(self._owners, start), bisect_left(self._owners, count)
        names, owners = self._names[first:last], self._owners[first:last]
        if not ours or not names:
            return
        # A first look in floating point leaves few; those are counted in whole numbers, as the reference counts.
        likely = process.cdist(ours, names, scorer=fuzz.ratio, score_cutoff=at_least - 1, dtype=np.float32)
        for mine, other in np.argwhere(likely).tolist():
            length = len(ours[mine]) + len(names[other])
            alike = 100 * (length - Indel.distance(ours[mine], names[other])) // length
            number = owners[other] - start
            found[number] = max(found[number], alike)


def work_key(work: Work) -> Key:
    """What a work is known and compared by: its concept, or else its words."""
    return work.occupation, "" if work.occupation else work.words


def skill_key(said: SkillClaim | ListedSkill, concepts: Concepts) -> Skill:
    """The same of a skill that is said or listed; words beside a concept count, too."""
    return skill_of(said.skill, said.stated, concepts), said.stated


class WorkKinship:
    """How near works are to all works of a market."""

    def __init__(self, values: Interned[Key], concepts: Concepts) -> None:
        self._values, self._concepts = values, concepts
        self._names = Names(values, lambda key: work_names(Work(*key), concepts))

    def near_posts(self, wish: Key, start: int) -> Percents:
        """How near each work from `start` on is to the wished one, in percent."""
        return self._row(wish, start, self._concepts.proximity)

    def near_wishes(self, post: Key, start: int) -> Percents:
        """How near the post is to each of the works from `start` on, if they are wished, in percent."""
        return self._row(post, start, lambda mine, wish: self._concepts.proximity(wish, mine))

    def counted(self, one: Key, start: int) -> Percents:
        """How much a month of one counts for the other, in percent, for each of the works from `start` on."""
        posts, wishes = self.near_posts(one, start), self.near_wishes(one, start)
        size = min(len(posts), len(wishes))
        return np.minimum(posts[:size], wishes[:size])

    def have_concepts(self, _: str, start: int) -> NDArray[np.bool_]:
        """Whether each work from `start` on is a concept, and not words alone."""
        works = self._values.first(len(self._values))[start:]
        return np.array([occupation is not None for occupation, _ in works], dtype=np.bool_)

    def _row(self, one: Key, start: int, proximity: Callable[[str, str], int]) -> Percents:
        count, alike = self._names.alike(one, start, SCORE_TABLE.words_alike_from)
        percents = np.where(alike >= SCORE_TABLE.words_alike_from, SCORE_TABLE.words_alike, 0)
        found = np.where(alike == 100, SCORE_TABLE.words_equal, percents).astype(np.uint8)
        if one[0] is not None:
            for number, other in self._names.numbers(self._concepts.akin_occupations(one[0]), start, count):
                found[number - start] = proximity(one[0], other)
        return found


class SkillKinship:
    """How well skills answer all skills of a market, or are answered by them."""

    def __init__(self, values: Interned[Key], concepts: Concepts) -> None:
        self._concepts = concepts
        self._names = Names(values, lambda key: skill_names(*key, concepts))

    def answers_to(self, claim: Key, start: int) -> Answers:
        """How well a person's skill answers each listed one from `start` on."""
        return self._row(claim, start, lambda mine, listed: self._concepts.skill_similarity(listed, mine))

    def answers_of(self, listed: Key, start: int) -> Answers:
        """How well each of the persons' skills from `start` on answers a listed one."""
        return self._row(listed, start, self._concepts.skill_similarity)

    def _row(self, one: Key, start: int, similarity: Callable[[str, str], int]) -> Answers:
        count, alike = self._names.alike(one, start, SCORE_TABLE.skill_counts_from)
        found = np.where(alike >= SCORE_TABLE.skill_counts_from, alike * (CREDIT + 1), 0).astype(np.uint16)
        if one[0] is not None:
            for number, other in self._names.numbers(self._concepts.akin_skills(one[0]), start, count):
                found[number - start] = answer(similarity(one[0], other))
        return found


def answer(alike: int) -> int:
    """What a likeness of two concepts is worth: itself from 75, a sibling's 60 from 60, else nothing."""
    if alike >= SCORE_TABLE.skill_counts_from:
        return alike * (CREDIT + 1)
    return SCORE_TABLE.skill_sibling * CREDIT + alike if alike >= SCORE_TABLE.skill_sibling_from else 0
