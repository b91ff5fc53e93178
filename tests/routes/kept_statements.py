"""Statements 对账单 that a node of the route tests keeps, as if it had a parent."""

from datetime import date

from app.kernel.ids import new_id
from app.sync.models import SyncStatement
from app.sync.reconciliation import Line, Party, Statement
from app.sync.statement import draw, parent_part
from tests.routes.import_node import ImportNode


def keep_statement(node: ImportNode, day: date, here: int = 3) -> str:
    """A statement of a day; its id."""
    local, at = node.app.state.exchange.local, node.clock.now()
    counts = {(local.node, "listing"): 3}
    parent = parent_part(local.key, "above", local.node, at, {}, counts, "ab" * 32)
    line = Line(local.node, "=虚构", "listing", here, 3, 0, 0, here - 3)
    found = Statement(at, Party(local.node, local.name, "ab" * 32), Party("above", "", "ab" * 32), [line], [], parent)
    node.clock.advance(seconds=1)
    row = SyncStatement(
        id=new_id(node.clock), day=day, at=at, parent="above", agrees=here == 3, differing=here - 3,
        document=draw(local.key, day, found, parent).model_dump_json(),
    )  # fmt: skip
    with node.app.state.database.write() as session:
        session.add(row)
        return row.id
