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

    def failed(self) -> float:
        """Note a failure; seconds to wait, anything from 0 to the present limit, so that peers do not march in step."""
        limit = min(self.cap_s, self.first_s * 2.0 ** min(self.failures, 32))
        self.failures += 1
        return self.rnd.uniform(0, limit)

    def succeeded(self) -> None:
        """Note a success: the next failure waits the first delay again."""
        self.failures = 0
