"""What `sanlian sync statement` does: draw up, find again, check and show a statement 对账单."""

import json
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.console import Refusal, node_here

if TYPE_CHECKING:
    from app.kernel.db import Database
    from app.settings import Settings
    from app.sync.statement import Document


class Format(StrEnum):
    """How a statement is shown."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"


def statement_of(settings: "Settings", database: "Database", day: str | None) -> "Document":
    """The one kept of a day, or one that is drawn up with the parent now, and kept; Refusal if there is none."""
    from app.cli.sync import compare_with_parent
    from app.kernel.clock import SystemClock
    from app.sync.statements import document_of, keep, of_day

    if day is not None:
        with database.read() as session:
            row = of_day(session, _day(day))
            if row is None:
                raise Refusal(f"No statement of {day} is kept.", "`sanlian sync statement` makes one now.")
            return document_of(row)
    found = compare_with_parent(settings, database)
    with database.write() as session:
        kept = keep(session, SystemClock(), node_here(settings, database), found)
        if kept is not None:
            return document_of(kept)
    raise Refusal("The parent signs no statements yet.", "Upgrade the parent.")


def checked(database: "Database", path: Path) -> "Document":
    """The statement in a file, both of whose signatures hold under keys that this node knows; Refusal otherwise."""
    from app.exchange.sql_ledger import SqlLedger
    from app.sync.statement import DoesNotHold, check, read

    try:
        with database.read() as session:
            document, shown = read(path.read_bytes())
            if check(document, SqlLedger(session).keys) != shown:
                raise DoesNotHold("what it shows is not what was signed")
            return document
    except OSError as error:
        raise Refusal(f"{path} cannot be read: {error.strerror}.", "Name a file that is there.") from None
    except DoesNotHold as error:
        raise Refusal(f"{path} does not hold: {error}.", "Ask the node for its own copy.") from None


def render(document: "Document", as_format: Format) -> str:
    """A statement as text for people, as JSON with what was signed, or as a table."""
    from app.sync.statement import as_csv, as_fields, said_in

    said = said_in(document)
    if as_format is Format.CSV:
        return as_csv(said)
    if as_format is Format.JSON:
        return json.dumps(as_fields(document), ensure_ascii=False, indent=2) + "\n"
    return _text(said)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal(f"'{text}' is no day.", "It looks like 2026-11-24.") from None


def _text(said: dict[str, Any]) -> str:
    node, parent = said["node"], said["parent"]
    lines = [
        f"对账单 Statement {said['day']}  {node['node']} {node['name']} ↔ {parent['node']} {parent['name']}",
        f"  时间 at {said['at']}",
        *map(_line, said["lines"]),
        f"  本节点摘要 digest here {node['digest']}",
        f"  上级摘要 digest there {parent['digest']}",
        *(
            f"  不一致 differs: {one['origin']} {one['kind']} {one['id']}: here {one['here'] or 'missing'},"
            f" there {one['there'] or 'missing'}"
            for one in said["differences"]
        ),
        "一致 agree" if said["agrees"] else f"不一致 {said['differing']} records differ",
    ]
    return "\n".join(lines) + "\n"


def _line(line: dict[str, Any]) -> str:
    held = f"本节点 here {line['here']}, 上级 there {line['there']}"
    on_the_way = f"待上报 waiting {line['waiting']}, 被拒 refused {line['rejected']}"
    return (
        f"  {line['origin']} {line['name']}  {line['kind']}: {held}, {on_the_way}, 不一致 differing {line['differing']}"
    )
