"""What the local network shows: the progress of the sample, and a table of its nodes that keeps itself up to date."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from rich import box
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from app.cli.network.credentials import Credentials
from app.cli.network.plan import NodePlan

TIERS = {"city": "市 city", "district": "区 district", "street": "街道 street"}
REFRESH_S = 1.0
PLAIN_EVERY_S = 10.0
HEADINGS = ("node", "level", "own listings", "known listings", "waiting to push", "refused", "last push", "address")
# Where there is no room for all of that: the level is in the name, and the addresses were printed above the table.
NARROW = ("node", None, "own", "known", "waiting", "refused", "last push", "port")
_WIDTHS = (22, 14, 13, 15, 16, 8, 12, 0)


@dataclass(frozen=True)
class Row:
    """One node as the table shows it; `status` is None while it does not answer. `ended` says how it stopped."""

    plan: NodePlan
    status: dict[str, Any] | None
    ended: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        name = f"{self.plan.name} {self.plan.node}"
        tier = TIERS[self.plan.tier]
        if self.status is None or self.ended:
            return name, tier, "–", "–", "–", "–", "stopped" if self.ended else "no answer", self.plan.url
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
        """What is wrong with it: how it stopped, or why the last push failed."""
        error = (self.status or {}).get("last_error")
        return self.ended or (f"{self.plan.name}: {error}" if error else "")


@dataclass(frozen=True)
class Shown:
    """All that the table shows at one moment."""

    rows: Sequence[Row]
    way_out: str = ""  # how to start again what has stopped; empty while nothing has

    @property
    def troubles(self) -> list[str]:
        found = [row.trouble for row in self.rows if row.trouble]
        return [*found, self.way_out] if self.way_out else found


def read(client: httpx.Client, plans: Sequence[NodePlan], stopped: dict[str, str], way_out: str) -> Shown:
    """Ask every node how it is, but for those that have `stopped`."""
    rows = [
        Row(plan, None, stopped[plan.node]) if plan.node in stopped else Row(plan, _status(client, plan))
        for plan in plans
    ]
    return Shown(rows, way_out if stopped else "")


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


def live_table(console: Console, plans: Sequence[NodePlan], look: Callable[[], dict[str, str]], way_out: str) -> None:
    """Show the table until a signal raises: redrawn at a terminal, else printed when it has changed.

    `look` says which nodes have stopped, and how; `way_out` how to start them again.
    """
    with httpx.Client(timeout=2, trust_env=False) as client:

        def shown() -> Shown:
            return read(client, plans, look(), way_out)

        if console.is_terminal:
            _redraw(console, shown)
        else:
            _print_changes(console, shown)


def _redraw(console: Console, shown: Callable[[], Shown]) -> None:
    with Live(table(shown(), console), console=console, auto_refresh=False) as live:
        while True:
            live.update(table(shown(), console), refresh=True)
            time.sleep(REFRESH_S)


def _print_changes(console: Console, shown: Callable[[], Shown]) -> None:
    said: list[tuple[str, ...]] = []
    due = 0.0
    while True:
        now = shown()
        # The age of the last push grows by itself; that alone is no news. That a node has stopped is told at once.
        news = [(*row.cells[:6], row.trouble) for row in now.rows]
        if news != said and (now.way_out or time.monotonic() >= due):
            _say(console, plain(now))
            said, due = news, time.monotonic() + PLAIN_EVERY_S
        time.sleep(REFRESH_S)


def plain(shown: Shown) -> str:
    """The table as lines of text."""
    return "\n".join([_line(HEADINGS), *(_line(row.cells) for row in shown.rows), *shown.troubles])


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


def table(shown: Shown, console: Console) -> RenderableType:
    """The table for a terminal: whole where it fits, else with fewer columns; nothing is cut off from 80 columns on."""
    whole = _columns(HEADINGS, [(row, row.cells) for row in shown.rows])
    fits = Measurement.get(console, console.options.update(max_width=1000), whole).maximum <= console.width
    ports = [(row, (*row.cells[:-1], str(row.plan.port))) for row in shown.rows]
    troubles = [Text(trouble, style="yellow") for trouble in shown.troubles]
    return Group(
        whole if fits else _columns(NARROW, ports),
        *troubles,
        Text("Ctrl-C stops everything; the same command carries on.", style="dim"),
    )


def _columns(headings: Sequence[str | None], rows: Sequence[tuple[Row, Sequence[str]]]) -> Table:
    """A table of the columns that have a heading."""
    found = Table(title="三联 Sanlian · local network", box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for place, heading in enumerate(headings):
        if heading is not None:
            found.add_column(heading, justify="right" if 2 <= place < 7 else "left", no_wrap=True)
    for row, cells in rows:
        kept = [cell for heading, cell in zip(headings, cells, strict=True) if heading is not None]
        found.add_row(*kept, style="red" if row.status is None else "")
    return found


def _status(client: httpx.Client, plan: NodePlan) -> dict[str, Any] | None:
    try:
        answer = client.get(plan.url + "/v1/node")
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
    except (httpx.HTTPError, ValueError):
        return None
    return found
