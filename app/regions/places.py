"""PlaceIndex: the division that was meant by what was typed, down to the street. Pure.

Two ways, the sure one first: `addresses` reads names that stand in a text; what is no name as it stands is looked up by
sound, letters and initials among the spellings people use, with and without 广州, 穗, the district and 街道.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from app.kernel.lazy import Lazy
from app.lookup import Channel, FuzzyIndex, Hit, best_of
from app.lookup.normalise import normalise
from app.regions.addresses import AddressReader, Reading
from app.regions.gazetteer import Area, Elsewhere, Gazetteer, Row
from app.regions.spelling import CITY_SHORT, own_spellings, stem_and_kind

ACCEPTED_FROM = 92.0  # below this a place is offered, never taken silently
AHEAD_BY = 3.0  # and the next must be this far behind
# What a reading of an address is worth: (at least, and more for the share of the text that it explains).
_CLEAR, _SEVERAL, _HINTED = (86.0, 13.0), (80.0, 19.0), (55.0, 19.0)
_ONE_SLIP = 82.0  # a name of three characters or more with one of them wrong: more than another's beginning
_WORTH_ASKING = 60.0  # what is less like a name is not offered: 超市 is none
_WORTH_ADDING = 75.0  # and beside a reading only what was nearly written
MOST_CHOICES = 10
_TAKEN_BY = frozenset({Channel.TEXT, Channel.SOUND, Channel.PINYIN})  # an accent or initials are never enough
_NO_COMMON_WORD = 3  # syllables: 新世界 sounds like 新市街, 任何 like 人和


@dataclass(frozen=True, slots=True)
class PlaceMeant:
    """What a text is taken to mean: one division, or else the choices to ask about; both empty if nothing is known.

    `elsewhere` is the place in another city that the text names, if it names one.
    """

    code: str | None
    choices: tuple[Hit, ...]
    elsewhere: Elsewhere | None = None


class PlaceIndex:
    """An index over divisions (code, name, parent's code), with the areas people name in place of one."""

    def __init__(
        self,
        regions: Iterable[Row],
        *,
        areas: Sequence[Area] = (),
        former: Mapping[str, str] | None = None,
        communities: Sequence[Row] = (),
        elsewhere: Sequence[Elsewhere] = (),
    ) -> None:
        rows = list(regions)
        self._names = {code: name for code, name, _ in rows}
        known = [area for area in areas if area.code in self._names]  # another city's tree may stand here
        gazetteer = Gazetteer(rows, communities, known, former or {}, elsewhere)
        self._parents = gazetteer.parents  # of communities, too
        self._reader = AddressReader(gazetteer)
        spelt: dict[str, dict[str, None]] = {code: dict.fromkeys(self._spellings(code)) for code, _, _ in rows}
        for name, code in (former or {}).items():
            spelt[code].update(dict.fromkeys(own_spellings(name)))
        for area in known:
            spelt[area.code].update(dict.fromkeys((area.name, *area.aliases)))
        # Made when the first words are no name as they stand: most processes never need it.
        self._index = Lazy(lambda: FuzzyIndex((code, list(names)) for code, names in spelt.items()))

    def search(self, text: str, limit: int = 5, *, prefix: bool = False) -> list[Hit]:
        """The divisions that may be meant, best first; with `prefix` what was typed may be the beginning of a name."""
        found = self._looked_up(text, limit, prefix=prefix)
        return best_of((*found, *self._read(self._reader.read(text))), limit)

    def resolve(self, text: str) -> PlaceMeant:
        """What `text` is taken to mean. What is ambiguous, unsure or in another city is never taken silently."""
        reading = self._reader.read(text)
        if reading.clear:
            return PlaceMeant(reading.codes[0], (), reading.elsewhere)
        if reading.elsewhere and not reading.codes:
            return PlaceMeant(None, (), reading.elsewhere)
        found = self._looked_up(text, MOST_CHOICES // 2, prefix=False)
        hits = [hit for hit in found if hit.score >= _WORTH_ASKING]
        if reading.codes:
            read = list(self._read(reading))
            more = [hit for hit in hits if hit.id not in reading.codes and hit.score >= _WORTH_ADDING]
            return PlaceMeant(None, tuple([*read, *more][:MOST_CHOICES]), reading.elsewhere)
        rivals = [hit for hit in hits if hit.score > hits[0].score - AHEAD_BY]
        if len(rivals) == 1 and hits[0].score >= ACCEPTED_FROM and self._is_telling(hits[0]):
            return PlaceMeant(hits[0].id, ())
        return PlaceMeant(None, tuple(hits))

    def _is_telling(self, hit: Hit) -> bool:
        """Whether so like a name is enough: a name of two syllables may be any word that sounds so."""
        if hit.channel is Channel.TEXT:
            return True
        stem, _ = stem_and_kind(self._names[hit.id])
        return hit.channel in _TAKEN_BY and (self._is_city_or_district(hit.id) or len(stem) >= _NO_COMMON_WORD)

    def _depth(self, code: str) -> int:
        above = self._parents[code]
        return 0 if above is None else 1 + self._depth(above)

    def _is_city_or_district(self, code: str) -> bool:
        parent = self._parents[code]
        return parent is None or self._parents[parent] is None

    def _read(self, reading: Reading) -> Iterator[Hit]:
        least, more = _CLEAR if reading.clear else _SEVERAL if reading.share == 1.0 else _HINTED
        for code in sorted(reading.codes, key=self._depth):  # the widest first
            yield Hit(code, least + more * reading.share, " ".join(reading.words), Channel.TEXT)

    def _looked_up(self, text: str, limit: int, *, prefix: bool) -> Iterator[Hit]:
        for hit in self._index().search(text, limit, prefix=prefix):
            slip = hit.score < _ONE_SLIP and _is_one_slip(normalise(text), hit.name)
            yield replace(hit, score=_ONE_SLIP) if slip else hit

    def _spellings(self, code: str) -> Iterator[str]:
        own = list(own_spellings(self._names[code]))
        yield from own
        above: list[str] = []  # from the city down
        parent = self._parents[code]
        while parent is not None:
            above.insert(0, self._names[parent])
            parent = self._parents[parent]
        for name in above:
            befores = {*own_spellings(name), *CITY_SHORT.get(name, ())} - {"穗"}
            yield from (before + one for before in sorted(befores) for one in own)
        if above:
            yield from ("".join(above) + one for one in own)
            yield "".join(["穗", *above[1:], own[0]])


def _is_one_slip(typed: str, name: str) -> bool:
    wrong = sum(one != other for one, other in zip(typed, name, strict=False))
    return len(typed) == len(name) >= _NO_COMMON_WORD and wrong == 1 and not typed.isascii()
