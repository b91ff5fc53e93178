"""What each group was shown, added up person by person: whole numbers, so that no order matters. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field

from app.matching.exposure.groups import DIMENSIONS
from app.matching.order import band

GOOD_BAND = 30


@dataclass
class Sums:
    """How many persons they are, how many matches they were shown with what totals, and how many had a good one."""

    persons: int = 0
    matches: int = 0
    points: int = 0
    with_good: int = 0

    def add(self, totals: Sequence[int]) -> None:
        """Add one person, shown matches of these totals."""
        self.persons += 1
        self.matches += len(totals)
        self.points += sum(totals)
        self.with_good += any(band(total) >= GOOD_BAND for total in totals)


def total(sums: Iterable[Sums]) -> Sums:
    """Several groups as one."""
    return Sums(*map(sum, zip(*map(astuple, sums), strict=True)))


def _empty() -> dict[str, dict[str, Sums]]:
    return {dimension: {group: Sums() for group in groups} for dimension, groups in DIMENSIONS.items()}


@dataclass
class Tally:
    """The sums of everybody and of every group."""

    all: Sums = field(default_factory=Sums)
    groups: dict[str, dict[str, Sums]] = field(default_factory=_empty)

    def add(self, belongs_to: Mapping[str, str], totals: Sequence[int]) -> None:
        """Add one person of these groups, shown matches of these totals."""
        self.all.add(totals)
        for dimension, group in belongs_to.items():
            self.groups[dimension][group].add(totals)

    def __iter__(self) -> Iterator[tuple[str, dict[str, Sums]]]:
        """Each dimension with the sums of its groups."""
        return iter(self.groups.items())
