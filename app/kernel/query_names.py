"""The names in a query: every one is known to the operation and stands once, or the answer would quietly be another.

`?places=440104` on a search by `place` would list everything. Pure.
"""

import difflib
from collections.abc import Collection, Iterable

from app.kernel.problems import FieldError, Nearest, check_fields

_MAX_SHOWN = 64


def check_query_names(sent: Iterable[str], known: Collection[str]) -> None:
    """Invalid (422) for a name that is not `known`, with the nearest that are, and for one that stands twice."""
    names = list(sent)
    faults = [_unknown(name, known) for name in dict.fromkeys(names) if name not in known]
    faults += [
        FieldError(name, "查询参数只能出现一次", "a query parameter stands once")
        for name in dict.fromkeys(names)
        if name in known and names.count(name) > 1
    ]
    check_fields(faults)


def _unknown(name: str, known: Collection[str]) -> FieldError:
    shown = name[:_MAX_SHOWN]
    near = difflib.get_close_matches(shown, known, n=3, cutoff=0.5) or sorted(known)
    zh, en = f"没有查询参数“{shown}”", f"there is no query parameter '{shown}' here"
    zh += f"，可用的是：{'、'.join(near)}" if near else "，这里不接受查询参数"
    en += f"; there is: {', '.join(near)}" if near else "; this operation takes none"
    return FieldError(shown, zh, en, [Nearest(one) for one in near])
