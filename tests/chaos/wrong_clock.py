"""`sanlian serve` by a clock that is wrong: the machine's, a number of seconds ahead or behind.

python -m tests.chaos.wrong_clock SECONDS
"""

import sys
from datetime import date, datetime, timedelta

from app.cli.console import settings
from app.cli.serve import run
from app.kernel.clock import SystemClock, local_day

PROGRAM = "tests.chaos.wrong_clock:main"


class WrongClock:
    """The machine's clock, set wrong."""

    def __init__(self, offset_s: float) -> None:
        self._offset = timedelta(seconds=offset_s)

    def now(self) -> datetime:
        return SystemClock().now() + self._offset

    def today(self) -> date:
        return local_day(self.now())


def main() -> None:
    run(settings(), clock=WrongClock(float(sys.argv[1])))


if __name__ == "__main__":
    main()
