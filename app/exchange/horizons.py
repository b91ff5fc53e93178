"""What is always noted of a node: since when it and its parent have been at one (docs/wire.md §11).

A horizon says up to which number the parent had everything, and when. The last one also dates this state of the node:
whoever finds it on a disk can tell by it how long ago that was. So there is one from the first start on, and one is
left when what the others say counts no more; number 0 claims nothing.
"""

from app.exchange.ledger import Ledger


def date(ledger: Ledger) -> None:
    """See to it that something tells of what time this state is."""
    if not ledger.horizons():
        ledger.note_horizon(0)


def void(ledger: Ledger, above: int = 0) -> None:
    """Whether the parent has what is numbered above `above` is open again: it was put back, or this node was.

    To be called when the two have agreed.
    """
    ledger.forget_horizons([one for one in ledger.horizons() if one.seq > above])
    date(ledger)
