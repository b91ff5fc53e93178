"""What can be done to a vacancy, from where, leading where: the whole table. Pure. docs/vacancy-lifecycle.md prints it.

`freeze` and `unfreeze` follow from the referral quota, `expire` from the last day, `revise` and `amend` from a change:
nobody asks for them by name. An end state is final: the listing's
tombstone travels, and relisting makes a new vacancy.
"""

from app.kernel.lifecycle import Lifecycle, Transition

PREPARING = frozenset({"draft", "submitted", "returned", "approved"})
LIVE = frozenset({"open", "paused", "frozen"})
ENDED = frozenset({"filled", "expired", "closed_early", "withdrawn", "taken_down"})
STATES = PREPARING | LIVE | ENDED

LIFECYCLE = Lifecycle(
    "vacancy",
    [
        Transition("submit", frozenset({"draft"}), "submitted"),
        Transition("return", frozenset({"submitted"}), "returned"),
        Transition("revise", frozenset({"returned"}), "draft"),
        Transition("approve", frozenset({"submitted"}), "approved"),
        Transition("open", frozenset({"approved"}), "open"),
        Transition("pause", frozenset({"open", "frozen"}), "paused"),
        Transition("resume", frozenset({"paused"}), "open"),
        Transition("freeze", frozenset({"open"}), "frozen"),
        Transition("unfreeze", frozenset({"frozen"}), "open"),
        Transition("renew", frozenset({"open"}), "open"),
        Transition("renew", frozenset({"paused"}), "paused"),
        Transition("renew", frozenset({"frozen"}), "frozen"),
        Transition("amend", LIVE, "submitted"),
        Transition("fill", LIVE, "filled"),
        Transition("close", LIVE, "closed_early"),
        Transition("withdraw", PREPARING | LIVE, "withdrawn"),
        Transition("take_down", PREPARING | LIVE, "taken_down"),
        Transition("expire", PREPARING | LIVE, "expired"),
    ],
    by_itself=frozenset({"freeze", "unfreeze", "expire", "revise", "amend"}),
)
