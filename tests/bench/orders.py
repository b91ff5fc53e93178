"""Ways to put a seeker's judged posts in order: ours, ours without something, and what people use instead.

Each gives the posts that are shown, best first, and those that are not.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from app.matching.conditions import Name
from app.matching.judging import Judgement
from app.matching.order import listing_key
from app.matching.profile import KnownListing, Profile
from app.matching.rank import judge
from app.matching.table import SCORE_TABLE
from app.regions.tree import Regions
from app.taxonomy.tables import Taxonomy
from tests.bench.workload import TODAY
from tests.judged.reading import JudgedPost, JudgedSeeker

FACTORS = ("occupation", "experience", "skills", "place", "pay", "conditions")
_K1, _B = 1.2, 0.75  # BM25's usual constants


@dataclass(frozen=True)
class Ordered:
    """The posts that are shown, best first, and the failed conditions of those that are not."""

    shown: tuple[JudgedPost, ...]
    hidden: dict[str, tuple[Name, ...]]  # by listing id


Order = Callable[[JudgedSeeker], Ordered]


class Orders:
    """The ways by name. `ours` is the published order; `without …` leaves one thing out of it."""

    def __init__(self, taxonomy: Taxonomy, regions: Regions, every: Sequence[JudgedSeeker]) -> None:
        self._taxonomy, self._regions = taxonomy, regions
        self._bm25 = BM25([self._terms(post.listing) for seeker in every for post in seeker.posts])

    def by_name(self) -> dict[str, Order]:
        """Ours first, then the others, then ours without each factor and each rule."""
        left_out: dict[str, Order] = {
            f"without {factor}": lambda seeker, factor=factor: self._ours(seeker, without=factor)  # type: ignore[misc]
            for factor in (*FACTORS, "relevance cap", "hard conditions", "emptier door and day")
        }
        return {"ours": self._ours, "rapidfuzz on titles": self._by_titles, "BM25": self._by_words} | left_out

    def _ours(self, seeker: JudgedSeeker, without: str = "") -> Ordered:
        judged = {
            post.listing.id: judge(seeker.profile, post.listing, self._taxonomy, self._regions, TODAY)
            for post in seeker.posts
        }
        hidden = {} if without == "hard conditions" else {id_: one.failed for id_, one in judged.items() if one.failed}

        def key(post: JudgedPost) -> tuple[object, ...]:
            judgement = judged[post.listing.id]
            is_apart = judgement.is_other_work and without not in ("occupation", "relevance cap")
            points = _points(judgement, without, is_apart)
            order = listing_key(points, post.listing, seeker.id, TODAY)
            if without == "emptier door and day":
                return is_apart, order[0], order[3:]
            return is_apart, order

        shown = sorted((post for post in seeker.posts if post.listing.id not in hidden), key=key)
        return Ordered(tuple(shown), hidden)

    def _by_titles(self, seeker: JudgedSeeker) -> Ordered:
        names = self._wishes(seeker.profile)

        def score(post: JudgedPost) -> float:
            return max((fuzz.ratio(name, post.listing.title) for name in names), default=0.0)

        return Ordered(tuple(sorted(seeker.posts, key=lambda post: (-score(post), post.listing.id))), {})

    def _by_words(self, seeker: JudgedSeeker) -> Ordered:
        profile = seeker.profile
        asked = [pair for name in self._wishes(profile) for pair in _pairs(name)]
        asked += [pair for claim in profile.skills or () for pair in _pairs(self._skill(claim.skill, claim.stated))]
        asked += [code[:length] for code in (*profile.places, profile.home or "") for length in (6, 9) if code]
        scores = {post.listing.id: self._bm25.score(asked, self._terms(post.listing)) for post in seeker.posts}
        return Ordered(tuple(sorted(seeker.posts, key=lambda post: (-scores[post.listing.id], post.listing.id))), {})

    def _wishes(self, profile: Profile) -> list[str]:
        known = self._taxonomy.occupations
        return [known[one.occupation].zh if one.occupation in known else one.stated for one in profile.wishes]

    def _skill(self, skill: str | None, stated: str) -> str:
        known = self._taxonomy.skills.get(skill or "")
        return known.zh if known else stated

    def _terms(self, one: KnownListing) -> list[str]:
        words = [one.title, one.duties, *(self._skill(skill.skill, skill.stated) for skill in one.skills)]
        return [pair for word in words for pair in _pairs(word)] + [one.region[:6], one.region[:9]]


class BM25:
    """Okapi BM25 over lists of terms, with the usual constants."""

    def __init__(self, documents: Sequence[Sequence[str]]) -> None:
        self._count = len(documents)
        self._average = sum(map(len, documents)) / max(self._count, 1)
        self._in = Counter(term for document in documents for term in set(document))

    def score(self, asked: Sequence[str], document: Sequence[str]) -> float:
        """How well a document answers."""
        times, length = Counter(document), len(document)
        found = 0.0
        for term in set(asked):
            rare = math.log(1 + (self._count - self._in[term] + 0.5) / (self._in[term] + 0.5))
            found += rare * times[term] * (_K1 + 1) / (times[term] + _K1 * (1 - _B + _B * length / self._average))
        return found


def _points(judgement: Judgement, without: str, is_apart: bool) -> int:
    points = sum(score.points for name, score in judgement.factors.in_order() if name != without)
    return min(points, SCORE_TABLE.other_work_at_most) if is_apart else points


def _pairs(text: str) -> list[str]:
    return [text[place : place + 2] for place in range(len(text) - 1)] or [text]
