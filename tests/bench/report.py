"""The figures as a table to read and as one line of JSON, with what they hold for."""

import json
import os
import platform
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console
from rich.table import Table

Figure = bool | float | int | str | None

# What the figures are held against; a figure that is not listed is only told.
ASKED: dict[str, float] = {
    "vs_postgresql_numpy": 10,
    "vs_postgresql_numba": 30,
    "vs_rapidfuzz_numpy": 60,
    "vs_rapidfuzz_numba": 200,
    "vs_tantivy_numpy": 1,
    "threads_2": 1.7,
    "endpoint_share_numpy": 0.25,
    "endpoint_share_numba": 0.30,
}
ASKED_AT_MOST: dict[str, float] = {"growth_numpy": 7, "growth_numba": 9}


@dataclass
class Report:
    """Figures by name in the order in which they came, and why some are missing."""

    title: str = "Matching, measured beside its peers"
    asked: Mapping[str, float] = field(default_factory=lambda: ASKED)
    asked_at_most: Mapping[str, float] = field(default_factory=lambda: ASKED_AT_MOST)
    figures: dict[str, Figure] = field(default_factory=dict)
    why_missing: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def tell(self, **figures: Figure) -> None:
        """Add figures; what is a number is rounded to three digits that matter."""
        for name, figure in figures.items():
            self.figures[name] = float(f"{figure:.3g}") if isinstance(figure, float) else figure

    def lack(self, reason: str, *names: str) -> None:
        """Say that figures cannot be given, and why."""
        for name in names:
            self.figures[name] = None
            self.why_missing[name] = reason

    def print(self) -> None:
        """The table, the notes, and last the line of JSON."""
        console = Console(width=110)
        table = Table("figure", "value", "asked", "", title=self.title)
        for name, figure in self.figures.items():
            table.add_row(name, _shown(figure), self._asked(name), self._verdict(name, figure))
        console.print(table)
        for note in self.notes:
            console.print(note, markup=False, soft_wrap=True)
        missing = {"missing": self.why_missing} if self.why_missing else {}
        print(json.dumps({**self.figures, **missing}, ensure_ascii=False))

    def _verdict(self, name: str, figure: Figure) -> str:
        if figure is None:
            return self.why_missing.get(name, "")
        if isinstance(figure, bool):
            return "yes" if figure else "NO"
        if isinstance(figure, str):
            return ""
        if name in self.asked:
            return "yes" if figure >= self.asked[name] else "NO"
        if name in self.asked_at_most:
            return "yes" if figure <= self.asked_at_most[name] else "NO"
        return ""

    def _asked(self, name: str) -> str:
        if name in self.asked:
            return f"≥ {self.asked[name]:g}"
        return f"≤ {self.asked_at_most[name]:g}" if name in self.asked_at_most else ""


def _shown(figure: Figure) -> str:
    return "–" if figure is None else f"{figure:,}" if isinstance(figure, int | float) else str(figure)


def conditions() -> str:
    """The machine, the versions, and what else it was busy with."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    measured = [name for name in ("numpy", "numba", "rapidfuzz", "tantivy") if find_spec(name) is not None]
    packages = " ".join(f"{name} {version(name)}" for name in measured)
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    cpu = f"{os.cpu_count()} × {names[0] if names else platform.machine()}"
    return f"{cpu}; Python {platform.python_version()} {packages} SQLite {sqlite3.sqlite_version}; load {load}"
