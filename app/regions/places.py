"""PlaceIndex: the division that was meant by what was typed, down to the street. Pure.

Two ways, the sure one first: `addresses` reads names that stand in a text; what is no name as it stands is looked up by
sound, letters and initials among the spellings people use, with and without 广州, 穗, the district and 街道.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from app.lookup import Channel, FuzzyIndex
from app.regions.addresses import AddressReader, Area
from app.regions.spelling import CITY_SHORT, own_spellings

Row = tuple[str, str, str | None]
ACCEPTED_FROM = 92.0  # below this a place is offered, never taken silently
AHEAD_BY = 3.0  # and the next must be this far behind
_READ, _READ_SHARE = 80.0, 19.0  # a reading of an address: more, the more of the text it explains


@dataclass(frozen=True, slots=True)
class PlaceHit:
    """A division that may be meant: its code, how sure (0 to 100), the words that say so, and by which channel."""

    id: str
    score: float
    name: str
    channel: Channel


@dataclass(frozen=True, slots=True)
class PlaceMeant:
    """What a text is taken to mean: one division, or else the choices to ask about; both empty if nothing is known."""

    code: str | None
    choices: tuple[PlaceHit, ...]


class PlaceIndex:
    """An index over divisions (code, name, parent's code), with the areas people name in place of one."""

    def __init__(
        self,
        regions: Iterable[Row],
        *,
        areas: Sequence[Area] = (),
        former: Mapping[str, str] | None = None,
        other_cities: Iterable[str] = (),
    ) -> None:
        rows = list(regions)
        self._names = {code: name for code, name, _ in rows}
        self._parents = {code: parent for code, _, parent in rows}
        known = [area for area in areas if area.code in self._names]  # another city's tree may stand here
        self._reader = AddressReader(rows, areas=known, former=former, other_cities=other_cities)
        spelt: dict[str, dict[str, None]] = {code: dict.fromkeys(self._spellings(code)) for code, _, _ in rows}
        for name, code in (former or {}).items():
            spelt[code].update(dict.fromkeys(own_spellings(name)))
        for area in known:
            spelt[area.code].update(dict.fromkeys((area.name, *area.aliases)))
        self._spelt = spelt

    @cached_property
    def _index(self) -> FuzzyIndex:
        # Made when the first words are no name as they stand: most processes never need it.
        return FuzzyIndex((code, list(names)) for code, names in self._spelt.items())

    def search(self, text: str, limit: int = 5, *, prefix: bool = False) -> list[PlaceHit]:
        """The divisions that may be meant, best first; with `prefix` what was typed may be the beginning of a name."""
        best: dict[str, PlaceHit] = {}
        for hit in (*self._looked_up(text, limit, prefix=prefix), *self._read(text)):
            if hit.id not in best or hit.score > best[hit.id].score:
                best[hit.id] = hit
        return sorted(best.values(), key=lambda hit: -hit.score)[:limit]  # stable: equals stay as they were ranked

    def resolve(self, text: str) -> PlaceMeant:
        """What `text` is taken to mean. What is ambiguous, unsure or in another city is never taken silently."""
        reading = self._reader.read(text)
        if reading.elsewhere:
            return PlaceMeant(None, ())
        if len(reading.codes) == 1:
            return PlaceMeant(reading.codes[0], ())
        hits = self.search(text)
        if reading.codes:
            return PlaceMeant(None, tuple(hit for hit in hits if hit.id in reading.codes) or tuple(hits))
        rivals = [hit for hit in hits if hit.score > hits[0].score - AHEAD_BY]
        if len(rivals) == 1 and hits[0].score >= ACCEPTED_FROM and hits[0].channel is not Channel.INITIALS:
            return PlaceMeant(hits[0].id, ())
        return PlaceMeant(None, tuple(hits))

    def _read(self, text: str) -> Iterator[PlaceHit]:
        reading = self._reader.read(text)
        for code in reading.codes:
            yield PlaceHit(code, _READ + _READ_SHARE * reading.share, " ".join(reading.words), Channel.TEXT)

    def _looked_up(self, text: str, limit: int, *, prefix: bool) -> Iterator[PlaceHit]:
        for hit in self._index.search(text, limit, prefix=prefix):
            yield PlaceHit(hit.id, hit.score, hit.name, hit.channel)

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
