"""What the matching routes ask for: a turn, and the matching of this node.

What only looks something up is `async`: for anything else a thread is asked, which costs more than the look.
"""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request

from app.kernel.writing import WriteTurn
from app.matching.service import Matcher


class MatchTurns:
    """Who may score now: few at once, since scoring takes a whole processor, and fewer of the public.

    Who asks without a token waits in a line of its own and only from its head joins that of the counters, so that a
    crowd at the kiosks is only as many places ahead of anybody at a counter as may score at once.
    """

    def __init__(self, any_: WriteTurn, public: WriteTurn) -> None:
        self.any = any_
        self.public = public


async def _turn(request: Request) -> AsyncIterator[Matcher]:
    turns: MatchTurns = request.app.state.match_turns
    async with turns.any.take():
        yield request.app.state.matcher


async def _public_turn(request: Request) -> AsyncIterator[Matcher]:
    turns: MatchTurns = request.app.state.match_turns
    async with turns.public.take(), turns.any.take():
        yield request.app.state.matcher


# The matching of this node, for as long as it is one's turn. One thing to ask for: each costs its share of a match.
MatcherInTurn = Annotated[Matcher, Depends(_turn, scope="function")]
PublicMatcherInTurn = Annotated[Matcher, Depends(_public_turn, scope="function")]
