"""How long random rounds are: short where somebody waits for `make test`, whole in `make test-all`, which CI runs."""

import os

IS_WHOLE = os.environ.get("SANLIAN_WHOLE_ROUNDS") == "1"


def examples(whole: int) -> int:
    """Of so many random examples, those that are tried now."""
    return whole if IS_WHOLE else max(10, whole // 5)
