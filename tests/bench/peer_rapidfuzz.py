"""rapidfuzz.process.extract over the title and the skills of every listing, joined: what people reach for first."""

from collections.abc import Iterable

from rapidfuzz import fuzz, process

from app.matching.profile import KnownListing, Profile
from app.taxonomy.tables import Taxonomy


class Rapidfuzz:
    """Ten listings by words alone: no conditions, no pay, no place."""

    def __init__(self, listings: Iterable[KnownListing], taxonomy: Taxonomy) -> None:
        self._taxonomy = taxonomy
        self._texts = {one.id: self.text(one) for one in listings}

    def text(self, one: KnownListing) -> str:
        """The words of a listing."""
        return " ".join([one.title, *(self._skill(skill.skill, skill.stated) for skill in one.skills)])

    def words(self, profile: Profile) -> str:
        """The words of a profile: the first wish and the skills."""
        wishes = [self._occupation(wish.occupation, wish.stated) for wish in profile.wishes[:1]]
        return " ".join([*wishes, *(self._skill(one.skill, one.stated) for one in profile.skills or ())])

    def by_default(self, words: str) -> list[str]:
        """The ids of the best ten with the scorer that `extract` takes by itself, WRatio."""
        return [found[2] for found in process.extract(words, self._texts, limit=10)]

    def by_ratio(self, words: str) -> list[str]:
        """The same with `fuzz.ratio`, the fastest scorer, and the best one for Chinese."""
        return [found[2] for found in process.extract(words, self._texts, scorer=fuzz.ratio, limit=10)]

    def _occupation(self, occupation: str | None, stated: str) -> str:
        known = self._taxonomy.occupations.get(occupation or "")
        return known.zh if known else stated

    def _skill(self, skill: str | None, stated: str) -> str:
        known = self._taxonomy.skills.get(skill or "")
        return known.zh if known else stated
