"""How long rounds are: short where somebody waits for `make test`, whole in `make test-all`, which CI runs.

A test that is written for both kinds of database runs on one of them in `make test`, each on the one that its name
draws, so that of every file about half run on either; on the other it runs with what is slow.
"""

import os
from zlib import crc32

import pytest

KINDS = ("sqlite", "postgresql")
IS_WHOLE = os.environ.get("SANLIAN_WHOLE_ROUNDS") == "1"


def examples(whole: int) -> int:
    """Of so many random examples, those that are tried now."""
    return whole if IS_WHOLE else max(10, whole // 5)


def is_drawn(item: pytest.Item) -> bool:
    """Whether this test, if it is one of a pair for both kinds of database, is the one that `make test` runs."""
    params = item.callspec.params.values() if isinstance(item, pytest.Function) and hasattr(item, "callspec") else ()
    kind = next((kind for kind in KINDS if kind in params), None)
    return kind is None or kind == KINDS[crc32(item.nodeid.replace(kind, "").encode()) % 2]
