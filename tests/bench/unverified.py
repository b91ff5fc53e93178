"""`sanlian serve` that takes every signature of a record for good: what an exchange costs without checking.

For measurements alone. Nothing in `app` can be told not to verify; here two methods of the ledger are put in the place
of its own before the program begins.
"""

from app import cli
from app.exchange.sql_ledger import SqlLedger

PROGRAM = "tests.bench.unverified:main"


def _check_ahead(*_: object) -> None: ...


def _is_signed(*_: object) -> bool:
    return True


def main() -> None:
    """Do in this process what `sanlian` was told, unverified."""
    SqlLedger.check_ahead = _check_ahead  # type: ignore[assignment, method-assign]
    SqlLedger.is_signed = _is_signed  # type: ignore[assignment, method-assign]
    cli.main()
