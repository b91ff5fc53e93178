"""What the local network shows: the progress of the sample, and a table of its nodes that keeps itself up to date."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from app.cli.network.credentials import Credentials
from app.cli.network.plan import NodePlan

TIERS = {"city": "市 city", "district": "区 district", "street": "街道 street"}
REFRESH_S = 1.0
PLAIN_EVERY_S = 10.0
HEADINGS = ("node", "level", "own listings", "known listings", "waiting to push", "refused", "last push", "address")
_WIDTHS = (22, 14, 13, 15, 16, 8, 12, 0)


@dataclass(frozen=True)
class Row:
    """One node as the table shows it; `status` is None while it does not answer."""

    plan: NodePlan
    status: dict[str, Any] | None

    @property
    def cells(self) -> tuple[str, ...]:
        name = f"{self.plan.name} {self.plan.node}"
        tier = TIERS[self.plan.tier]
        if self.status is None:
            return name, tier, "–", "–", "–", "–", "no answer", self.plan.url
        has_parent = self.plan.parent is not None
        return (
            name,
            tier,
            str(self.status["own_listings"]),
            str(self.status["known_listings"]),
            str(self.status["backlog"]) if has_parent else "–",
            str(self.status["rejected"]) if has_parent else "–",
            age(self.status["last_push_age_s"]) if has_parent else "–",
            self.plan.url,
        )

    @property
    def trouble(self) -> str:
        """Why the last push failed, if it did."""
        error = (self.status or {}).get("last_error")
        return f"{self.plan.name}: {error}" if error else ""


def read_rows(client: httpx.Client, plans: Sequence[NodePlan]) -> list[Row]:
    """Ask every node how it is."""
    return [Row(plan, _status(client, plan)) for plan in plans]


def age(seconds: int | None) -> str:
    """Seconds as somebody says them: 12 s, 3 min, 2 h."""
    if seconds is None:
        return "never"
    if seconds < 60:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 3600 else f"{seconds // 3600} h"


def announce(console: Console, plans: Sequence[NodePlan], credentials: Credentials, took_s: float) -> None:
    """Say that it runs: the addresses, the demo accounts, and how to stop."""
    lines = [f"ready in {took_s:.0f} s", ""]
    for plan in plans:
        lines.append(f"{plan.name} {plan.node}  {plan.url}  (API: {plan.url}/openapi.json)")
        lines += [
            f"    {a.username:<22} password {a.password or 'unknown'}  token {a.token}"
            for a in credentials.of(plan.node).values()
        ]
    lines += ["", f"the accounts stand in {credentials.file}", "Ctrl-C stops everything; the same command carries on."]
    _say(console, "\n".join(lines))


def live_table(console: Console, plans: Sequence[NodePlan], check: Callable[[], None]) -> None:
    """Show the table until `check` or a signal raises: redrawn at a terminal, else printed when it has changed."""
    with httpx.Client(timeout=2, trust_env=False) as client:
        if console.is_terminal:
            _redraw(console, client, plans, check)
        else:
            _print_changes(console, client, plans, check)


def _redraw(console: Console, client: httpx.Client, plans: Sequence[NodePlan], check: Callable[[], None]) -> None:
    with Live(_table(read_rows(client, plans)), console=console, auto_refresh=False) as live:
        while True:
            check()
            live.update(_table(read_rows(client, plans)), refresh=True)
            time.sleep(REFRESH_S)


def _print_changes(
    console: Console, client: httpx.Client, plans: Sequence[NodePlan], check: Callable[[], None]
) -> None:
    shown: list[tuple[str, ...]] = []
    due = 0.0
    while True:
        check()
        if time.monotonic() >= due:
            rows = read_rows(client, plans)
            # The age of the last push grows by itself; that alone is no news.
            news = [(*row.cells[:6], row.trouble) for row in rows]
            if news != shown:
                _say(console, plain(rows))
                shown = news
            due = time.monotonic() + PLAIN_EVERY_S
        time.sleep(0.2)


def plain(rows: Sequence[Row]) -> str:
    """The table as lines of text."""
    lines = [_line(HEADINGS), *(_line(row.cells) for row in rows)]
    return "\n".join([*lines, *(row.trouble for row in rows if row.trouble)])


def _line(cells: Sequence[str]) -> str:
    """One line in columns: text to the left, numbers to the right; a Chinese character is two wide."""
    padded = []
    for place, (cell, width) in enumerate(zip(cells, _WIDTHS, strict=True)):
        space = " " * (width - cell_len(cell))
        padded.append(cell + space if place < 2 else space + cell)
    return "  ".join(padded)


def _say(console: Console, text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)
    console.file.flush()


def _table(rows: Sequence[Row]) -> RenderableType:
    table = Table(*HEADINGS, title="三联 Sanlian · local network")
    for column in table.columns[2:7]:
        column.justify = "right"
    for row in rows:
        table.add_row(*row.cells, style="red" if row.status is None else "")
    troubles = [Text(row.trouble, style="yellow") for row in rows if row.trouble]
    return Group(table, *troubles, Text("Ctrl-C stops everything; the same command carries on.", style="dim"))


def _status(client: httpx.Client, plan: NodePlan) -> dict[str, Any] | None:
    try:
        answer = client.get(plan.url + "/v1/node")
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
    except (httpx.HTTPError, ValueError):
        return None
    return found
