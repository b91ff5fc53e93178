"""What was typed into a search, in parts: a place, an occupation or a skill, a condition, or plain words. Pure.

It is divided at blanks and punctuation, and then at the names that stand in it: 珠江新城电工夜班 is a place, an
occupation and a condition. What is no name as it stands is heard as `lookup` hears it; several occupations that are
likely are all searched.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from app.lookup import Channel, Hit
from app.lookup.noise import Left, parts
from app.lookup.normalise import normalise
from app.lookup.understood import Choice, How, Understood
from app.regions.shipped import business_areas, former_districts
from app.regions.spelling import own_spellings
from app.regions.tier import Tier
from app.regions.tree import Regions
from app.regions.understanding import hear_place
from app.taxonomy.tables import Taxonomy
from app.taxonomy.understanding import hear_occupation, hear_skill
from app.vacancies.search.conditions import benefits_in, condition_of
from app.vacancies.search.wanted import Part

SEARCHED_FROM = 90.0  # of 100: what is likely is searched at once, and said to be unclear
TOLD_FROM = 70.0  # what else may be meant by words that are only looked for as they stand
_LIKELY = (Channel.TEXT, Channel.SOUND, Channel.PINYIN, Channel.INITIALS)
LONGEST_NAME, LONGEST_RUN = 14, 40  # characters of a name, and of a run that is looked through for names
MOST_PARTS = 8
_BETWEEN = re.compile(r"[\s,，。、;；/|·]+")
# Around what is meant: never looked for, unless there is nothing else.
_FILLER = "附近|周边|一带|一份|工作|上班|招聘|岗位|想|找|做|会|用|要|我|在|的|去|招|急|兼|和|或"
_AROUND = re.compile(f"^(?:{_FILLER})+|(?:{_FILLER})+$")
_BRACKETS = "()[]（）【】"
_INSIDE_LATIN = re.compile(r"[a-z0-9]{2}")
_ROAD = re.compile(r"路|大道|大街|桥|站")  # 五山路 is more than 五山


class PartReader:
    """Divides what was typed and finds what each part means."""

    def __init__(self, regions: Regions, taxonomy: Taxonomy) -> None:
        self._regions = regions
        self._taxonomy = taxonomy
        self._places = _place_names(regions)
        # Heard once for all offers of a search, which say its words again.
        self._choices: dict[str, tuple[Hit, ...]] = {}
        self._sounds: dict[str, Part | None] = {}

    def read(self, q: str) -> tuple[Part, ...]:
        """The parts of `q`, in their order; none for blanks."""
        if not q.strip():
            return ()
        whole = self._named(q)
        if whole is not None:
            return (whole,)
        found = [part for run in _BETWEEN.split(q) if run for part in self._parts_of(run)]
        if len(found) > 1 and all(part.heard.how is How.AS_WRITTEN for part in found):
            whole = self._sounding(q) or self._likely(q)  # bao jie yuan, bao jie
            found = [whole] if whole is not None else found
        return tuple(found[:MOST_PARTS]) or (self._plain(q),)

    def _parts_of(self, run: str) -> list[Part]:
        """The parts of a run of characters: itself, or those of what stands before, in and behind its benefits."""
        named = self._named(run)
        if named is not None:
            return [named]
        pieces = self._cut_benefits(run)
        if len(pieces) == 1:
            return self._divided(run)
        bare = [piece.strip(_BRACKETS) for piece in pieces]
        told = (piece if self._named(piece) else _AROUND.sub("", piece) for piece in bare)
        return [part for piece in told if len(normalise(piece)) > 1 for part in self._parts_of(piece)]

    def _cut_benefits(self, run: str) -> list[str]:
        """`run` cut before and behind its benefits: 服务员, 包吃住. What is part of a name (社保专员) is none."""
        told = (span for span in benefits_in(run) if not self._is_in_a_name(run, *span))
        cuts = [0, *(place for span in told for place in span), len(run)]
        return [run[start:end] for start, end in pairwise(cuts) if start < end]

    def _is_in_a_name(self, run: str, start: int, end: int) -> bool:
        """Whether what stands there is part of the name of an occupation or a skill."""
        around = (
            run[first:last]
            for first in range(max(0, end - LONGEST_NAME), start + 1)
            for last in range(end, min(len(run), first + LONGEST_NAME) + 1)
        )
        return any(
            condition_of(words) is None and (self._is_occupation(words) or self._is_skill(words)) for words in around
        )

    def _divided(self, run: str) -> list[Part]:
        """The parts of a run without benefits: it without the noise around it, or the names that stand in it."""
        variants = [run, *(part.text for part in parts(run) if part.left <= Left.DOUBT and part.text != run)]
        for variant in variants:
            named = self._named(variant)
            if named is not None:
                return [named]
        plain = normalise(variants[-1])
        if not plain or len(plain) > LONGEST_RUN:
            return [self._plain(run)]
        found: list[Part] = []
        work: list[tuple[str, bool]] = []
        for words, is_name in self._pieces(plain):
            if is_name and self._is_place(words):
                found += [*self._work(work), self._meaning(words)]
                work = []
            else:
                work.append((words, is_name))
        found += self._work(work)
        is_divided = len(found) > 1 or (found and found[0].heard.how is How.EXACT)
        return found if is_divided else [self._meaning(run)]

    def _work(self, pieces: Sequence[tuple[str, bool]]) -> list[Part]:
        """The parts between places: names, unless all together sound like one. A lone character says nothing."""
        if len(pieces) > 1 and not all(is_name for _, is_name in pieces):
            whole = self._sounding("".join(words for words, _ in pieces))
            if whole is not None:
                return [whole]
        told = (words if is_name else _AROUND.sub("", words) for words, is_name in pieces)
        return [self._meaning(words) for words in told if len(words) > 1]

    def _pieces(self, plain: str) -> list[tuple[str, bool]]:
        """`plain` cut so that names cover as much as they can, and as few as can be; (words, is a name)."""
        best = [(0, 0)]  # characters covered and, the fewer the better, names used up to here
        cuts = [0]
        for end in range(1, len(plain) + 1):
            best.append(best[end - 1])
            cuts.append(end - 1)
            for start in range(max(0, end - LONGEST_NAME), end - 1):
                covered, names = best[start]
                reached = (covered + end - start, names - 1)
                if reached > best[end] and self._is_name(plain, start, end):
                    best[end], cuts[end] = reached, start
        pieces: list[tuple[str, bool]] = []
        end = len(plain)
        while end:
            start = cuts[end]
            if end - start > 1 or not pieces or pieces[0][1]:
                pieces.insert(0, (plain[start:end], end - start > 1))
            else:
                pieces[0] = (plain[start] + pieces[0][0], False)
            end = start
        return pieces

    def _is_name(self, plain: str, start: int, end: int) -> bool:
        words = plain[start:end]
        if _INSIDE_LATIN.match(plain[max(0, start - 1) : start + 1]) or _INSIDE_LATIN.match(plain[end - 1 : end + 1]):
            return False  # BA is a name, and bao does not begin with it
        if words in self._places:
            return not _ROAD.match(plain, end)
        return condition_of(words) is not None or self._is_occupation(words) or self._is_skill(words)

    def _is_occupation(self, words: str) -> bool:
        return self._taxonomy.resolve_occupation_text(words) is not None or normalise(words) in self._taxonomy.ambiguous

    def _is_skill(self, words: str) -> bool:
        return self._taxonomy.resolve_skill_text(words) is not None

    def _is_place(self, words: str) -> bool:
        return normalise(words) in self._places and not self._is_occupation(words) and not self._is_skill(words)

    def _meaning(self, words: str) -> Part:
        return self._named(words) or self._sounding(words) or self._likely(words) or self._plain(words)

    def _named(self, words: str) -> Part | None:
        """The part that these words are, if all of them together are a name."""
        condition = condition_of(words)
        if condition is not None:
            said = Understood(
                field="q",
                words=words,
                kind="condition",
                code=condition.code,
                name=condition.name,
                how=How.EXACT,
                choices=[],
            )
            return Part(words, said, condition=condition.code)
        heard: Understood | None = None
        occupations: tuple[str, ...] = ()
        skills: tuple[str, ...] = ()
        if self._is_skill(words):
            heard = hear_skill(self._taxonomy, words, "q")
            skills = _codes(heard)
        if self._is_occupation(words):
            heard = hear_occupation(self._taxonomy, words, "q")
            occupations = _codes(heard)
        if heard is not None:
            return Part(words, heard, occupations=occupations, skills=skills)
        if normalise(words) in self._places:
            heard = hear_place(self._regions, words, "q")
            places = self._called(words) or _codes(heard)
            return Part(words, heard, places=places) if places else None
        return None

    def _called(self, words: str) -> tuple[str, ...]:
        """The divisions that are called just that; others that may be meant are only told."""
        hits = self._regions.places.resolve(words).choices
        return tuple(hit.id for hit in hits if normalise(hit.name) == normalise(words))

    def _sounding(self, words: str) -> Part | None:
        """The part that these words clearly are, though typed otherwise."""
        if words not in self._sounds:
            self._sounds[words] = self._heard_as(words)
        return self._sounds[words]

    def _heard_as(self, words: str) -> Part | None:
        occupation = hear_occupation(self._taxonomy, words, "q")
        if occupation.code is not None:
            return Part(words, occupation, occupations=(occupation.code,))
        place = hear_place(self._regions, words, "q")
        if place.code is not None:
            return Part(words, place, places=(place.code,))
        skill = hear_skill(self._taxonomy, words, "q")
        return Part(words, skill, skills=(skill.code,)) if skill.code is not None else None

    def _likely(self, words: str) -> Part | None:
        """The occupations that these words may be, where that is likely: all of them, to be asked about."""
        likely = tuple(hit.id for hit in self._may_be(words) if hit.score >= SEARCHED_FROM and hit.channel in _LIKELY)
        return Part(words, hear_occupation(self._taxonomy, words, "q"), occupations=likely) if likely else None

    def _may_be(self, words: str) -> tuple[Hit, ...]:
        if words not in self._choices:
            self._choices[words] = self._taxonomy.occupation_index.resolve(words).choices
        return self._choices[words]

    def _plain(self, words: str) -> Part:
        """Words that are looked for as they stand; what they may mean besides is told."""
        hits = [hit for hit in self._may_be(words) if hit.score >= TOLD_FROM]
        choices = [Choice(code=hit.id, name=self._taxonomy.occupations[hit.id].zh) for hit in hits]
        heard = Understood(
            field="q", words=words, kind="words", code=None, name=None, how=How.AS_WRITTEN, choices=choices
        )
        return Part(words, heard)


def _codes(heard: Understood) -> tuple[str, ...]:
    return (heard.code,) if heard.code is not None else tuple(choice.code for choice in heard.choices)


@lru_cache(maxsize=4)
def _place_names(regions: Regions) -> frozenset[str]:
    """Every name of a division down to the street, of a merged district or an area, as text is compared."""
    names = [
        spelling
        for region in regions.by_code.values()
        if region.tier is not Tier.COMMUNITY
        for spelling in (*own_spellings(region.name), regions.full_name(region.code))
    ]
    names += [spelling for name in former_districts() for spelling in own_spellings(name)]
    names += [name for area in business_areas() if area.code in regions for name in (area.name, *area.aliases)]
    return frozenset(key for key in map(normalise, names) if len(key) > 1)
