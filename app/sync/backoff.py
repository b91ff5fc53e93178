"""How long to wait before the next try: full jitter, doubling up to a cap (docs/wire.md §4). Pure."""

import random
from dataclasses import dataclass, field


@dataclass
class Backoff:
    """Delays that grow with each failure and start anew after a success."""

    first_s: float
    cap_s: float
    rnd: random.Random = field(default_factory=random.SystemRandom)
    failures: int = 0

    def failed(self, asked_s: float | None = None) -> float:
        """Note a failure; seconds to wait, anything from 0 to the present limit, so that peers do not march in step.

        A peer that is busy says when to come (`asked_s`) and spreads its children itself: nobody then stays away for
        longer because it was sent away often. It speaks in whole seconds, within which they are spread here.
        """
        limit = min(self.cap_s, self.first_s * 2.0 ** min(self.failures, 32))
        self.failures += 1
        return self.rnd.uniform(0, limit) if asked_s is None else asked_s + self.rnd.uniform(0, 1)

    def succeeded(self) -> None:
        """Note a success: the next failure waits the first delay again."""
        self.failures = 0
