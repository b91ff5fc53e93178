"""The engine as it is measured: its kernels, side by side in one process.

Whatever of the engine cannot be measured is named here with the reason, and nowhere else.
"""

import importlib.util
from dataclasses import replace

from app.matching.engine.asked import Asker
from app.matching.engine.kernels import Kernels
from app.matching.engine.market import Market
from app.matching.engine.segment import Segment

NUMPY, NUMBA = "numpy", "numba"
KERNELS = (NUMPY, NUMBA)


def missing(kernel: str) -> str | None:
    """Why a kernel cannot be measured; None if it can."""
    if kernel == NUMBA and importlib.util.find_spec("numba") is None:
        return "numba is not installed"
    return None


def present() -> list[str]:
    """The kernels that can be measured."""
    return [kernel for kernel in KERNELS if missing(kernel) is None]


def on(market: Market, kernel: str) -> Market:
    """The same market with this kernel."""
    return replace(market, kernels=Kernels.choose(is_compiled=kernel == NUMBA))


def apart(market: Market, kernel: str) -> Market:
    """The same listings on this kernel, with nothing kept yet: what one contender works out must not serve another."""
    reader = market.reader
    asker = Asker(reader.values, reader.concepts, reader.places)
    segments = tuple(Segment.of(segment.columns) for segment in market.segments)
    return replace(on(market, kernel), asker=asker, segments=segments)
