"""How near one work or one skill is to many at once: the reference's numbers, a row of them at a time. Pure.

Concepts are asked of the taxonomy one by one; stated words, of which a market has thousands, are compared in one call.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import Indel

from app.matching.nearness import Work, work_names
from app.matching.profile import Concepts
from app.matching.skill_pairs import skill_names
from app.matching.table import SCORE_TABLE
from app.matching.words import normalise

Percents = NDArray[np.uint8]
Answers = NDArray[np.uint16]
Skill = tuple[str | None, str]  # the concept, and the stated words

CREDIT = 128  # an answer is credit × 128 + similarity: the greater is the better, as the reference compares them


def near_posts(wish: Work, posts: Sequence[Work], concepts: Concepts) -> Percents:
    """How near each post is to the wished work, in percent."""
    return _nearness(wish, posts, concepts, concepts.proximity)


def near_wishes(post: Work, wishes: Sequence[Work], concepts: Concepts) -> Percents:
    """How near the post is to each of the wished works, in percent."""
    return _nearness(post, wishes, concepts, lambda mine, wish: concepts.proximity(wish, mine))


def answers_to(listed: Sequence[Skill], claim: Skill, concepts: Concepts) -> Answers:
    """How well a person's skill answers each of the listed ones."""
    return _answers(claim, listed, concepts, lambda mine, other: concepts.skill_similarity(other, mine))


def answers_of(claims: Sequence[Skill], listed: Skill, concepts: Concepts) -> Answers:
    """How well each of a person's skills answers a listed one."""
    return _answers(listed, claims, concepts, concepts.skill_similarity)


def _nearness(one: Work, others: Sequence[Work], concepts: Concepts, proximity: Callable[[str, str], int]) -> Percents:
    found = np.zeros(len(others), dtype=np.uint8)
    by_words = []
    for number, other in enumerate(others):
        if one.occupation is not None and other.occupation is not None:
            found[number] = proximity(one.occupation, other.occupation)
        else:
            by_words.append(number)
    alike = _alike(work_names(one, concepts), [work_names(others[number], concepts) for number in by_words])
    percents = np.where(alike >= SCORE_TABLE.words_alike_from, SCORE_TABLE.words_alike, 0)
    found[by_words] = np.where(alike == 100, SCORE_TABLE.words_equal, percents)
    return found


def _answers(one: Skill, others: Sequence[Skill], concepts: Concepts, similarity: Callable[[str, str], int]) -> Answers:
    alike = np.zeros(len(others), dtype=np.int64)
    by_concept = np.array([one[0] is not None and other[0] is not None for other in others], dtype=np.bool_)
    for number in np.flatnonzero(by_concept).tolist():
        alike[number] = similarity(one[0] or "", others[number][0] or "")
    by_words = np.flatnonzero(~by_concept).tolist()
    names = [skill_names(skill, stated, concepts) for skill, stated in (others[number] for number in by_words)]
    alike[by_words] = _alike(skill_names(*one, concepts), names)
    sibling = by_concept & (alike >= SCORE_TABLE.skill_sibling_from)
    credit = np.where(alike >= SCORE_TABLE.skill_counts_from, alike, np.where(sibling, SCORE_TABLE.skill_sibling, 0))
    return np.where(credit > 0, credit * CREDIT + alike, 0).astype(np.uint16)


def _alike(names: Sequence[str], groups: Sequence[Sequence[str]]) -> NDArray[np.int64]:
    """For each group of names the greatest `words.alike` of one of `names` and one of the group; 0 without names."""
    found = np.zeros(len(groups), dtype=np.int64)
    owners = [number for number, group in enumerate(groups) for name in group if normalise(name)]
    theirs = [plain for group in groups for name in group if (plain := normalise(name))]
    ours = [plain for name in names if (plain := normalise(name))]
    if not ours or not theirs:
        return found
    distance = process.cdist(ours, theirs, scorer=Indel.distance, dtype=np.int32).astype(np.int64)
    length = np.array([len(one) for one in ours])[:, None] + np.array([len(one) for one in theirs])[None, :]
    np.maximum.at(found, owners, (100 * (length - distance) // length).max(axis=0))
    return found
