"""Lifecycles as one table: verb, from, to. Pure. What guards a verb stands in the slice's rules."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.kernel.problems import RefusedTransition


@dataclass(frozen=True)
class Transition:
    """One line of the table: `verb` leads from any of `sources` to `target`."""

    verb: str
    sources: frozenset[str]
    target: str


class Lifecycle:
    """A transition table: `target` says where a verb leads, `offered` what a person can ask for.

    Verbs in `by_itself` follow from something else (a quota, a date, a change) and are nobody's to ask for.
    """

    def __init__(
        self, name: str, transitions: Iterable[Transition], *, by_itself: frozenset[str] = frozenset()
    ) -> None:
        self.name = name
        self.by_itself = by_itself
        self.transitions = tuple(transitions)
        self._targets = {(source, t.verb): t.target for t in self.transitions for source in t.sources}

    def target(self, state: str, verb: str) -> str:
        """The state that `verb` leads to; RefusedTransition (409) naming what is possible from `state`."""
        found = self._targets.get((state, verb))
        if found is None:
            possible = self.offered(state)
            raise RefusedTransition(
                f"“{state}”状态不能“{verb}”" + (f"，可以：{'、'.join(possible)}" if possible else "，已是终态"),
                f"'{verb}' is not possible from '{state}'"
                + (f"; possible: {', '.join(possible)}" if possible else "; that state is final"),
                state=state,
                verb=verb,
                possible=possible,
            )
        return found

    def offered(self, state: str) -> list[str]:
        """What a person can ask for from `state`, sorted."""
        return [verb for verb in self.verbs(state) if verb not in self.by_itself]

    def verbs(self, state: str) -> list[str]:
        """What can be done from `state`, sorted."""
        return sorted(verb for source, verb in self._targets if source == state)
