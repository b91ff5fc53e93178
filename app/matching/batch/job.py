"""What a batch computes. Two jobs that are equal give the same rows, whoever computes them. Pure."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from app.matching.batch.spread import Rule
from app.matching.filters import NO_FILTERS, Filters
from app.taxonomy.terms import Shift

EVERY_OFFICE = ""


@dataclass(frozen=True)
class Job:
    """The best `depth` matches on `day` of each active person of an office, of the listings that `filters` admit.

    With `spread` they are candidates, over whom the seats are spread by that rule.
    """

    day: date
    depth: int
    office: str = EVERY_OFFICE
    filters: Filters = NO_FILTERS
    spread: Rule | None = None

    def written(self) -> dict[str, Any]:
        """The job as JSON."""
        filters = {name: str(value) for name, value in asdict(self.filters).items() if value is not None}
        return {
            "day": self.day.isoformat(),
            "depth": self.depth,
            "office": self.office,
            "filters": filters,
            "spread": None if self.spread is None else asdict(self.spread),
        }

    @classmethod
    def read(cls, written: dict[str, Any]) -> "Job":
        """The job that `written` gave; ValueError, KeyError or TypeError for what is none."""
        filters, rule = written["filters"], written["spread"]
        return cls(
            day=date.fromisoformat(written["day"]),
            depth=int(written["depth"]),
            office=str(written["office"]),
            filters=Filters(
                place=filters.get("place"),
                occupation=filters.get("occupation"),
                pay_fen=int(filters["pay_fen"]) if "pay_fen" in filters else None,
                shift=Shift(filters["shift"]) if "shift" in filters else None,
                since=date.fromisoformat(filters["since"]) if "since" in filters else None,
            ),
            spread=None if rule is None else Rule(**rule),
        )
