"""The cursor of a copy: how far it has read, in which history of this node, of which listings.

The mark is that of the commit that gave out the number, not of one before it: a node restored from a backup gives the
same numbers out again, and only a commit that it still knows proves that they mean the same. A copy of other
conditions, or of what another version of the program made of the records, cannot be carried on either: what left
without a change of its record would never be told.
"""

from urllib.parse import urlencode

from sqlalchemy.orm import Session

from app import __version__
from app.exchange import changes
from app.kernel.paging import decode_cursor, encode_cursor
from app.kernel.problems import Problem
from app.vacancies.search.wanted import Wanted

SNAPSHOT = "/v1/listings/snapshot"


class CursorGone(Problem):
    """`snapshot` is the address to begin again at."""

    status, slug, zh, en = 410, "cursor-gone", "此游标已不能续读，请重新取快照", "This cursor leads no further"


def cursor_at(session: Session, seq: int, wanted: Wanted) -> str:
    """The cursor of a copy of what is `wanted` that holds everything up to `seq`."""
    return encode_cursor(changes.log_id(session), seq, changes.mark_of(session, seq), *_reading(wanted))


def read_from(session: Session, cursor: str | None, wanted: Wanted) -> int:
    """The number behind which a copy of what is `wanted` reads on; None begins an empty copy at the beginning.

    Invalid (422) for what is no cursor, CursorGone (410) for one that cannot be carried on here.
    """
    if cursor is None:
        return 0
    history, seq, mark, *reading = decode_cursor(cursor, str, int, str, str, str, str)
    is_known = history == changes.log_id(session) and (seq == 0 or changes.has_mark(session, str(mark)))
    if not is_known or int(seq) < changes.swept_to(session) or tuple(reading) != _reading(wanted):
        said = wanted.search.parameters()
        address = f"{SNAPSHOT}?{urlencode(said)}" if said else SNAPSHOT
        raise CursorGone(
            f"游标属于本节点的另一段历史、另一组条件或另一个程序版本，请从 {SNAPSHOT} 重新开始",
            f"it is of another history of this node, other conditions or another version: begin again with {SNAPSHOT}",
            snapshot=address,
        )
    return int(seq)


def _reading(wanted: Wanted) -> tuple[str, str, str]:
    return __version__, wanted.place or "", wanted.occupation or ""
