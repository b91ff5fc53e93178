"""The tables in the manual that are made from the code. `make docs` writes them, a test compares them.

A table stands in its page between `<!-- NAME -->` and `<!-- end -->`; the words around it are written by hand.
"""

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import app
from app.auth.roles import ROLE_PERMISSIONS, Role
from app.kernel.actor import Permission
from app.kernel.problems import Problem
from app.matching.table import SCORE_TABLE
from app.settings import Settings
from app.sync.metrics import FAMILIES
from app.vacancies.lifecycle import ENDED, LIFECYCLE, LIVE, PREPARING

DOCS = Path(__file__).resolve().parents[2] / "docs"


def settings_table() -> str:
    """Every setting, its default and what it is for."""
    rows = [
        (f"`{Settings.variable(name)}`", f"`{field.default}`", field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    return _table(("variable", "default", "meaning"), rows)


def permissions_table() -> str:
    """Which role may do what."""
    rows = [(f"`{p.value}`", *("✓" if p in ROLE_PERMISSIONS[role] else "" for role in Role)) for p in Permission]
    return _table(("permission", *(role.value for role in Role)), rows)


def problems_table() -> str:
    """Every refusal: the end of its `type`, its status, and its titles."""
    rows = sorted((f"`{c.slug}`", str(c.status), c.zh, c.en) for c in problem_classes())
    return _table(("type", "status", "title_zh", "title"), rows)


def lifecycle_table() -> str:
    """What can be done to a vacancy: from where, leading where."""
    order = [*sorted(PREPARING), *sorted(LIVE), *sorted(ENDED)]
    rows = [(f"`{t.verb}`", ", ".join(sorted(t.sources, key=order.index)), t.target) for t in LIFECYCLE.transitions]
    return _table(("verb", "from", "to"), rows)


def score_table() -> str:
    """The points of each factor."""
    names = ("occupation", "experience", "skills", "place", "pay", "conditions")
    points = {name: getattr(SCORE_TABLE, name) for name in names}
    rows = [(name, f"{points[name]:,}") for name in names]
    return _table(("factor", f"points, version {SCORE_TABLE.version}"), [*rows, ("all", f"{SCORE_TABLE.total:,}")])


def metrics_table() -> str:
    """Every figure of /metrics."""
    rows = [(f"`{f.name}`", f.kind, ", ".join(f"`{label}`" for label in f.labels), f.meaning) for f in FAMILIES]
    return _table(("name", "kind", "labels", "meaning"), rows)


TABLES: dict[str, Callable[[], str]] = {
    "settings": settings_table,
    "permissions": permissions_table,
    "problems": problems_table,
    "vacancy-lifecycle": lifecycle_table,
    "score-table": score_table,
    "metrics": metrics_table,
}


def problem_classes() -> set[type[Problem]]:
    """Every class of refusal in the program."""
    for module in pkgutil.walk_packages(app.__path__, "app."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)

    def below(cls: type[Problem]) -> set[type[Problem]]:
        return {cls} | {c for sub in cls.__subclasses__() for c in below(sub)}

    return {c for c in below(Problem) if c.__module__.startswith("app.") and "<locals>" not in c.__qualname__}


def with_tables(page: str) -> str:
    """`page` with the table between its marks made anew."""

    def made(match: re.Match[str]) -> str:
        return f"<!-- {match[1]} -->\n{TABLES[match[1]]()}\n<!-- end -->"

    return re.sub(r"<!-- ([a-z-]+) -->\n.*?<!-- end -->", made, page, flags=re.DOTALL)


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def main() -> None:
    """Write every table into its page."""
    for page in sorted(DOCS.glob("*.md")):
        page.write_text(with_tables(page.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
