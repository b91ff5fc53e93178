"""What the matching routes ask for: a turn, and the matching of this node."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request

from app.kernel.writing import WriteTurn
from app.matching.service import Matcher

AT_ONCE, QUEUE, WAIT_S = 2, 8, 5.0
PUBLIC_AT_ONCE, PUBLIC_QUEUE, PUBLIC_WAIT_S = 1, 2, 3.0


class MatchTurns:
    """Who may score now: few at once, since scoring takes a whole processor, and of the public one, counters first."""

    def __init__(self) -> None:
        self.any = WriteTurn(AT_ONCE, QUEUE, WAIT_S)
        self.public = WriteTurn(PUBLIC_AT_ONCE, PUBLIC_QUEUE, PUBLIC_WAIT_S)


async def _turn(request: Request) -> AsyncIterator[None]:
    turns: MatchTurns = request.app.state.match_turns
    async with turns.any.take():
        yield


async def _public_turn(request: Request) -> AsyncIterator[None]:
    turns: MatchTurns = request.app.state.match_turns
    async with turns.public.take(), turns.any.take():
        yield


def _matcher(request: Request) -> Matcher:
    matcher: Matcher = request.app.state.matcher
    return matcher


MatchTurn = Annotated[None, Depends(_turn, scope="function")]
PublicMatchTurn = Annotated[None, Depends(_public_turn, scope="function")]
CurrentMatcher = Annotated[Matcher, Depends(_matcher)]
