"""`sanlian serve` that takes every signature of a record for good: what an exchange costs without checking.

    python -m tests.bench.unverified serve

For measurements alone. Nothing in `app` can be told not to verify; here two methods of the ledger are put in the place
of its own before the program begins.
"""

from app.cli import main
from app.exchange.sql_ledger import SqlLedger


def _check_ahead(*_: object) -> None: ...


def _is_signed(*_: object) -> bool:
    return True


if __name__ == "__main__":
    SqlLedger.check_ahead = _check_ahead  # type: ignore[assignment, method-assign]
    SqlLedger.is_signed = _is_signed  # type: ignore[assignment, method-assign]
    main()
