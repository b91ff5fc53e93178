"""How near a person's work is to a post's: by concept where both have one, else by the stated words. Pure.

A concept always decides alone. Only where one side has no concept are words compared: equal words count 100, words
that are alike (85 of 100 and more) count 60 like the weakest reviewed kinship, because nobody has reviewed them; less
counts nothing. At 85 two names may differ by one added character (销售员, 销售人员) but a replaced one is forgiven only
in names of seven characters and more: 硬件工程师 and 软件工程师 (80) are two occupations.
"""

from enum import StrEnum
from typing import NamedTuple

from app.matching.profile import Concepts, KnownListing
from app.matching.table import SCORE_TABLE
from app.matching.words import alike, normalise


class Kinship(StrEnum):
    """In what way two occupations belong together."""

    SAME = "same"
    COVERED = "covered"  # the wish is an umbrella or ancestor of the post
    NEAR = "near"  # a reviewed near pair, or a narrow wish and a broad post
    CLASS = "class"  # the same small class
    WORDS_EQUAL = "words_equal"
    WORDS_ALIKE = "words_alike"
    NONE = "none"


class Work(NamedTuple):
    """An occupation as far as it is known: a concept of the table, else the words."""

    occupation: str | None
    words: str


class Nearness(NamedTuple):
    """How near, in percent, and why."""

    percent: int
    kinship: Kinship


NOT_NEAR = Nearness(0, Kinship.NONE)


def work_of(occupation: str | None, stated: str, concepts: Concepts) -> Work:
    """The work that an id and stated words speak of. An id that this node's table lacks gives way to the words."""
    if occupation is not None and occupation in concepts.occupations:
        return Work(occupation, stated)
    return Work(concepts.resolve_occupation_text(stated) if stated else None, stated)


def work_of_listing(listing: KnownListing, concepts: Concepts) -> Work:
    """The post's work; without a concept and stated words, what its title says."""
    return work_of(listing.occupation, listing.occupation_stated or listing.title, concepts)


def nearness(wish: Work, post: Work, concepts: Concepts) -> Nearness:
    """How near `post` is to `wish`. Not symmetric: whoever wishes an umbrella wishes what is under it."""
    if wish.occupation is None or post.occupation is None:
        return _by_words(work_names(wish, concepts), work_names(post, concepts))
    percent = concepts.proximity(wish.occupation, post.occupation)
    if wish.occupation == post.occupation:
        return Nearness(percent, Kinship.SAME)
    kinship = {100: Kinship.COVERED, 70: Kinship.NEAR, 0: Kinship.NONE}.get(percent, Kinship.CLASS)
    return Nearness(percent, kinship)


def experience_percent(done: Work, post: Work, concepts: Concepts) -> int:
    """How much of a month in `done` counts for `post`, in percent.

    The lesser of both directions: who wishes any general work wishes this post too, but who did general work has not
    thereby done this one.
    """
    return min(nearness(done, post, concepts).percent, nearness(post, done, concepts).percent)


def work_names(work: Work, concepts: Concepts) -> list[str]:
    """The names by which a work is compared with words."""
    if work.occupation is None:
        return [work.words] if work.words else []
    concept = concepts.occupations[work.occupation]
    return [concept.zh, concept.en, *concept.aliases]


def _by_words(ours: list[str], theirs: list[str]) -> Nearness:
    best = 0
    for one in ours:
        for other in theirs:
            if normalise(one) and normalise(one) == normalise(other):
                return Nearness(SCORE_TABLE.words_equal, Kinship.WORDS_EQUAL)
            best = max(best, alike(one, other))
    if best >= SCORE_TABLE.words_alike_from:
        return Nearness(SCORE_TABLE.words_alike, Kinship.WORDS_ALIKE)
    return NOT_NEAR
