"""The signed records this node shares: publishing, applying, and one sequence that every reader follows.

`exchange` knows no kind of record by name: what a kind means to the tables above is registered in `main`. Start with
`envelope` (what travels), `models` (what is kept), `records` (publish, retract, erase), `commit` (how a record gets its
number), `receive` (what happens to one that arrives) and `trust` (whose signature counts).
"""

from app.exchange.bodies import PseudonymousBody, PublicBody
from app.exchange.records import erase, publish, retract

__all__ = ["PseudonymousBody", "PublicBody", "erase", "publish", "retract"]
