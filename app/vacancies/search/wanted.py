"""A search: the conditions as they were sent, and what they are taken to mean. Pure."""

from dataclasses import dataclass

from app.kernel.problems import invalid
from app.lookup.normalise import normalise
from app.lookup.understood import Understood
from app.regions.tree import Regions
from app.regions.understanding import require_place
from app.taxonomy.tables import Taxonomy
from app.taxonomy.understanding import require_occupation


@dataclass(frozen=True, slots=True)
class Search:
    """The conditions as they were sent. `adjacent` and `near` widen `place` and `occupation`."""

    q: str = ""
    place: str | None = None
    adjacent: bool = False
    occupation: str | None = None
    near: bool = False

    def parameters(self) -> dict[str, str]:
        """The query parameters that repeat it."""
        said = {"q": self.q, "place": self.place, "occupation": self.occupation}
        flags = {"adjacent": self.adjacent, "near": self.near}
        return {k: v for k, v in said.items() if v} | {k: "true" for k, v in flags.items() if v}


@dataclass(frozen=True, slots=True)
class Part:
    """One part of what was typed: the words, and the codes of what they name. Any of them answers it.

    `condition` is one of `conditions`, such as lodging.
    """

    words: str
    heard: Understood
    places: tuple[str, ...] = ()
    occupations: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    condition: str | None = None

    @property
    def is_work(self) -> bool:
        """Whether it says what is to be done, or by what name: neither where nor on which conditions."""
        return not self.places and self.condition is None

    @property
    def needles(self) -> tuple[str, ...]:
        """How the words may stand in a listing's text."""
        return tuple(dict.fromkeys(one for one in (normalise(self.words), self.words.strip().casefold()) if one))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A search as it is understood. `place` and `occupation` are codes, which have to hold."""

    search: Search
    parts: tuple[Part, ...]
    place: str | None
    occupation: str | None
    heard: tuple[Understood, ...]


def check_search(search: Search) -> None:
    """Invalid (422) for `adjacent` or `near` without what they widen."""
    if search.adjacent and search.place is None:
        raise invalid("adjacent", "请同时给出 place", "adjacent widens a place: name one")
    if search.near and search.occupation is None:
        raise invalid("near", "请同时给出 occupation", "near widens an occupation: name one")


def understand(search: Search, parts: tuple[Part, ...], regions: Regions, taxonomy: Taxonomy) -> Wanted:
    """What `search` means; `parts` are those of its `q`.

    UnclearWords (422) naming the choices where `place` or `occupation` are words that are not clear, UnknownCode for a
    code in no table.
    """
    place = require_place(regions, search.place, "place") if search.place is not None else None
    occupation = require_occupation(taxonomy, search.occupation) if search.occupation is not None else None
    named = tuple(one for one in (place, occupation) if one is not None)
    return Wanted(
        search,
        parts,
        place.code if place else None,
        occupation.code if occupation else None,
        (*(part.heard for part in parts), *named),
    )
